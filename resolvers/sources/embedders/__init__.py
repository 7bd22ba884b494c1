"""Models beside the default one: each fulfils `AwaitedEmbedder`, and has its foreign library to itself."""

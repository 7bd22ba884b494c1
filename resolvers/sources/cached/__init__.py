"""The cache: a source around an engine, which answers what it remembers and asks the engine for the rest."""

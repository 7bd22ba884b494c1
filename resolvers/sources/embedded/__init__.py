"""The engine that needs no server: tantivy for words, vectors for meaning, LMDB for facts, all memory-mapped."""

"""What a text matches is a set of documents, the same in every engine for ranking, listing, counting and figures:

LEXICAL     documents with any of its words, or about any of the concepts that it names
SEMANTIC    the NEAREST documents, by meaning, of those that pass the filter
HYBRID      both of these together, each document once
"""

NEAREST = 500
"""How many documents a text is near to."""

ROLE_WEIGHTS = {"title": 1.0, "aliases": 1.0, "skills": 1.0, "occupation": 0.75, "body": 0.75}
"""What a word counts for by the role of the text it stands in."""

CONCEPT_WEIGHTS = {"concepts": 0.4, "broader": 0.15}
"""What a concept that a text names counts for in documents about it, and in documents about something narrower."""

NO_CONCEPT = "none"
"""Stands where a document is about nothing: the engines' BM25 would differ in whether they count it."""

"""What a text matches is a set of documents, the same in every engine for ranking, listing, counting and figures:

LEXICAL     documents with any of its words
SEMANTIC    the NEAREST documents, by meaning, of those that pass the filter
HYBRID      both of these together, each document once
"""

NEAREST = 500
"""How many documents a text is near to."""

ROLE_WEIGHTS = {"title": 1.0, "aliases": 1.0, "skills": 1.0, "occupation": 0.75, "body": 0.75}
"""What a word counts for by the role of the text it stands in."""

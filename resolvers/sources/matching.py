"""What a text matches is a set of documents, the same in every engine for ranking, listing, counting and figures:

LEXICAL     documents with any of its words, or about any of the concepts that it names
SEMANTIC    the NEAREST documents, by meaning, of those that pass the filter
HYBRID      both of these together, each document once
"""

from collections.abc import Iterable

from resolvers.catalog.kind import Kind

NEAREST = 500
"""How many documents a text is near to."""

ROLE_WEIGHTS = {"title": 1.0, "aliases": 0.8, "skills": 1.0, "occupation": 0.8, "body": 1.0}
"""What a word counts for by the role of the text it stands in.

BM25 already favours words of short texts, so that a word of a title counts for more than one of a body all the same.
"""

CONCEPT_WEIGHTS = {"concepts": 0.4, "broader": 0.15}
"""What a concept that a text names counts for in documents about it, and in documents about something narrower."""

NO_CONCEPT = "none"
"""Stands where a document is about nothing: the engines' BM25 would differ in whether they count it."""

MEANING_DECIMALS = 5
"""Cosines are told so exactly: equal names have vectors that differ by rounding, and are in the order of ids so."""

KINDS_OF_NAMES = frozenset({Kind.SKILL, Kind.OCCUPATION})
NAMES_SEMANTIC_WEIGHT, TEXTS_SEMANTIC_WEIGHT = 0.6, 0.3
"""The share of meaning in a hybrid score, where names are searched and where texts are.

A name has few words, and another name of the same thing often none of them, so that there is more in its meaning.
benchmarks/adaptation.py measures the first on aliases that were left out and on titles of jobs, benchmarks/fusion.py
the second.
"""


def semantic_weight(kinds: Iterable[Kind], wanted: float | None = None) -> float:
    """The share of meaning in a hybrid score over some kinds, which is one for all of them: scores are compared.

    `wanted` is what the request says of it.
    """
    if wanted is not None:
        return wanted
    return NAMES_SEMANTIC_WEIGHT if KINDS_OF_NAMES.issuperset(kinds) else TEXTS_SEMANTIC_WEIGHT

"""What a text matches is a set of documents, the same in every engine for ranking, listing, counting and figures:

LEXICAL     documents with any of its words, or about any of the concepts that it names
SEMANTIC    the NEAREST documents, by meaning, of those that pass the filter
HYBRID      both of these together, each document once
"""

from collections.abc import Iterable

from resolvers.catalog.kind import Kind

NEAREST = 500
"""How many documents a text is near to."""

ROLE_WEIGHTS = {"whole": 0.7, "title": 0.3, "aliases": 0.24, "skills": 0.2, "occupation": 0.2}
"""What a word counts for by the role of the text it stands in; `whole` is all of the text.

How rare a word is, and how often is often, are better told by the whole text than by each part of it. The other roles
add what a word counts for more where it says what something is called. ADR 70 measures that.
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

"""How text becomes words, in documents and in queries alike.

Names keep what tells them apart: `C++`, `C#` and `.NET` are words of their own; `node.js` and `scikit-learn` are two
words each. Words are folded to lower-case ASCII and stemmed for English.
"""

import re

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

WORDS = "words"
LONGEST_WORD_BYTES = 60
SIGNS = re.compile(r"\.net\b|(?<=\w)(?:\+\+|#)", re.IGNORECASE)
SPELLINGS = {".net": " dotnet", "++": "plusplus", "#": "sharp"}

STOP_WORDS = [
    "a",
    "an",
    "and",
    "are",
    "as",
    "at",
    "be",
    "but",
    "by",
    "for",
    "if",
    "in",
    "into",
    "is",
    "no",
    "not",
    "of",
    "on",
    "or",
    "such",
    "that",
    "the",
    "their",
    "then",
    "there",
    "these",
    "they",
    "this",
    "to",
    "was",
    "will",
    "with",
]
"""Lucene's English stop words without `it`, which is a trade here."""


def spelled(text: str) -> str:
    """A text whose signs that belong to a name are spelled out, as the tokenizer would drop them.

    A tokenizer with a pattern of its own would keep them, and makes indexing half as fast.
    """
    if "+" in text or "#" in text or ".n" in text or ".N" in text:
        return SIGNS.sub(lambda found: SPELLINGS[found[0].lower()], text)
    return text


def _builder() -> TextAnalyzerBuilder:
    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(LONGEST_WORD_BYTES))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
    )


def document_analyzer() -> TextAnalyzer:
    """For indexing: every word counts."""
    return _builder().filter(Filter.stemmer("english")).build()


def query_analyzer() -> TextAnalyzer:
    """For queries: stop words are left out."""
    return _builder().filter(Filter.custom_stopword(STOP_WORDS)).filter(Filter.stemmer("english")).build()


class QueryWords:
    """The words of a query, each once, in order. A query of nothing but stop words keeps them."""

    def __init__(self) -> None:
        self._query, self._document = query_analyzer(), document_analyzer()

    def __call__(self, text: str) -> list[str]:
        text = spelled(text)
        return list(dict.fromkeys(self._query.analyze(text) or self._document.analyze(text)))

"""How the cluster makes words of texts: the same words as in the embedded engine.

Signs that belong to a name are spelled out before the tokenizer would drop them (`C++`, `C#`, `.NET`); everything that
is no letter or digit parts words (`node.js`, `scikit-learn`). Words are folded to lower-case ASCII and stemmed.
"""

from typing import Any

from resolvers.sources.words import LONGEST_WORD_BYTES, STOP_WORDS

DOCUMENT_WORDS = "document_words"
QUERY_WORDS = "query_words"
"""For queries: stop words are left out."""
TYPEAHEAD = "typeahead"
TYPED = "typed"
LONGEST_PREFIX = 15

_NAMES = ["dotnet", "sharp", "plusplus"]
_FOLDED = ["not_too_long", "lowercase", "asciifolding"]


def _analyzer(*filters: str) -> dict[str, Any]:
    return {"type": "custom", "char_filter": _NAMES, "tokenizer": "letters_and_digits", "filter": [*_FOLDED, *filters]}


def _spelling(pattern: str, spelling: str) -> dict[str, str]:
    # (?U): letters are Unicode's, as in Python.
    return {"type": "pattern_replace", "pattern": f"(?U){pattern}", "replacement": spelling}


ANALYSIS: dict[str, Any] = {
    "char_filter": {
        "dotnet": _spelling(r"(?i)\.net\b", " dotnet"),
        "sharp": _spelling(r"(?<=\w)#", "sharp"),
        "plusplus": _spelling(r"(?<=\w)\+\+", "plusplus"),
    },
    "tokenizer": {"letters_and_digits": {"type": "pattern", "pattern": r"[^\p{IsAlphabetic}\p{N}]+"}},
    "filter": {
        "not_too_long": {"type": "length", "max": LONGEST_WORD_BYTES - 1},
        "stop_words": {"type": "stop", "stopwords": sorted(STOP_WORDS)},
        # Snowball's English, also known as Porter 2.
        "english": {"type": "stemmer", "language": "porter2"},
        "prefixes": {"type": "edge_ngram", "min_gram": 1, "max_gram": LONGEST_PREFIX},
        "typed_prefix": {"type": "truncate", "length": LONGEST_PREFIX},
    },
    "analyzer": {
        DOCUMENT_WORDS: _analyzer("english"),
        QUERY_WORDS: _analyzer("stop_words", "english"),
        TYPEAHEAD: _analyzer("prefixes"),
        TYPED: _analyzer("typed_prefix"),
    },
}

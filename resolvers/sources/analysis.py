"""How text becomes words, in documents and in queries alike, and where in a text its words stand.

Names keep what tells them apart: `C++`, `C#` and `.NET` are words of their own; `node.js` and `scikit-learn` are two
words each. Words are folded to lower-case ASCII and stemmed for English.
"""

import re
import unicodedata
from collections.abc import Iterator, Set
from functools import lru_cache
from typing import NamedTuple

from tantivy import Filter, Index, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from resolvers.sources.words import LONGEST_WORD_BYTES, STOP_WORDS, spelled

WORDS = "words"
TYPED_WORDS = "typed_words"
_STANDS = re.compile(r"\.net\b|(?:[^\W_]|(?<=[^\W_])(?:\+\+|#))+", re.IGNORECASE)
"""A word as it stands in a text, with the signs that `spelled` spells out."""
_KNOWN_WORDS = 1 << 16


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


def typed_analyzer() -> TextAnalyzer:
    """For what somebody is still typing: words as they are written, since a stem has no beginning to look for."""
    return _builder().build()


def query_analyzer() -> TextAnalyzer:
    """For queries: stop words are left out."""
    return _builder().filter(Filter.custom_stopword(sorted(STOP_WORDS))).filter(Filter.stemmer("english")).build()


def know_words(index: Index) -> Index:
    """Tell an index how its texts become words."""
    index.register_tokenizer(WORDS, document_analyzer())
    index.register_tokenizer(TYPED_WORDS, typed_analyzer())
    return index


class QueryWords:
    """The words of a query, in order, each as often as it is there. One of nothing but stop words keeps them."""

    def __init__(self) -> None:
        self._query, self._document = query_analyzer(), document_analyzer()

    def __call__(self, text: str) -> list[str]:
        text = spelled(text)
        words: list[str] = self._query.analyze(text) or self._document.analyze(text)
        return words


class Word(NamedTuple):
    """A word of a text: where it stands, in code points, how it is spelled when folded, and its stem."""

    start: int
    end: int
    folded: str
    stem: str


def words_of(text: str, stems: Set[str] | None = None) -> Iterator[Word]:
    """The words of a text, in order; if stems are given, those that have one of them.

    A mark that combines with a word's last letter belongs to the word.
    """
    is_plain = text.isascii()
    for found in _STANDS.finditer(text):
        forms = _forms(found[0])
        if forms is not None and (stems is None or forms[1] in stems):
            end = found.end() if is_plain else _behind_marks(text, found.end())
            yield Word(found.start(), end, *forms)


def _behind_marks(text: str, end: int) -> int:
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


@lru_cache(_KNOWN_WORDS)
def _forms(word: str) -> tuple[str, str] | None:
    """A word's folded form and its stem; None for one that is too long to be a word."""
    word = spelled(word)
    folded, stems = _FOLDING.analyze(word), _STEMMING.analyze(word)
    return (folded[0], stems[0]) if folded else None


_FOLDING, _STEMMING = typed_analyzer(), document_analyzer()

"""The words of a phrase in their normal form, in which different spellings of a name are the same."""

import re
import unicodedata
from typing import NamedTuple

from resolvers.sources.words import spelled

_WORD = re.compile(r"\.net\b|[^\W_]+(?:\+\+|#)?", re.IGNORECASE)
_KEEPS_ITS_S = ("ss", "us", "is")
SHORTEST_PLURAL = 4


class Word(NamedTuple):
    """A word of a text: its normal form, and where it stands."""

    form: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a text. `C++`, `C#` and `.NET` are words of their own."""
    return [Word(_normal(found[0]), found.start(), found.end()) for found in _WORD.finditer(text)]


def phrase_of(text: str) -> tuple[str, ...]:
    """The normal forms of a text's words."""
    return tuple(word.form for word in words_of(text))


def _normal(word: str) -> str:
    """Lower case without accents, signs spelled out, and without the s of a plural."""
    folded = word.lower()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    form = spelled(folded).strip()
    if len(form) >= SHORTEST_PLURAL and form.endswith("s") and not form.endswith(_KEEPS_ITS_S):
        return form[:-1]
    return form

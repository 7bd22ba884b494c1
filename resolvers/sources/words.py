"""What counts as a word of a text, the same in every engine."""

import re
import unicodedata

LONGEST_WORD_BYTES = 60
"""A word of this length in UTF-8 or a longer one is none."""
SIGNS = re.compile(r"\.net\b|(?<=\w)(?:\+\+|#)", re.IGNORECASE)
SPELLINGS = {".net": " dotnet", "++": "plusplus", "#": "sharp"}
_STOP_WORDS = """
a an and are as at be but by for if in into is no not of on or such
that the their then there these they this to was will with
"""
STOP_WORDS = _STOP_WORDS.split()
"""Lucene's English stop words without `it`, which is a trade here."""
_WORD = re.compile(r"[^\W_]+")


def spelled(text: str) -> str:
    """A text whose signs that belong to a name are spelled out, as a tokenizer drops them.

    A tokenizer with a pattern of its own would keep them, and makes indexing half as fast in the embedded engine.
    """
    if "+" in text or "#" in text or ".n" in text or ".N" in text:
        return SIGNS.sub(lambda found: SPELLINGS[found[0].lower()], text)
    return text


def is_of_stop_words(text: str) -> bool:
    """Whether a text has words and all of them are stop words, so that they have to be searched for."""
    words = _words(text)
    return bool(words) and all(word in STOP_WORDS for word in words)


def left_out(text: str) -> list[str]:
    """The words of a text that are not searched for, each once, in small letters."""
    words = _words(text)
    return [] if is_of_stop_words(text) else list(dict.fromkeys(word for word in words if word in STOP_WORDS))


def _words(text: str) -> list[str]:
    folded = "".join(
        character for character in unicodedata.normalize("NFKD", spelled(text)) if not unicodedata.combining(character)
    )
    return [word for word in _WORD.findall(folded.lower()) if len(word.encode()) < LONGEST_WORD_BYTES]

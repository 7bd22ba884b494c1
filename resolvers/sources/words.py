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
_QUESTION_WORDS = """
about been between could did do does during from had has have he her his how i its may me might must my our she
should so some than through we were what when where which who whom whose why would you your
"""
STOP_WORDS = frozenset((*_STOP_WORDS.split(), *_QUESTION_WORDS.split()))
"""Lucene's English stop words without `it`, which is a trade here, and those that only make a question of what is said.

A text rarely asks a question, so that BM25 would take these for rare words, which tell most. They are among the common
words of SMART (Salton, "The SMART Retrieval System", 1971); its list as a whole has trades (`it`) and places (`us`).
"""
_UNWANTED = re.compile(r"[\s,;(]+(?:except(?:ing)?(?:\s+for)?|excluding)\s+(?=\w)[^.;:()\n]*\)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


def spelled(text: str) -> str:
    """A text whose signs that belong to a name are spelled out, as a tokenizer drops them.

    A tokenizer with a pattern of its own would keep them, and makes indexing half as fast in the embedded engine.
    """
    if "+" in text or "#" in text or ".n" in text or ".N" in text:
        return SIGNS.sub(lambda found: SPELLINGS[found[0].lower()], text)
    return text


def wanted_part(text: str) -> str:
    """A text without what it says is not wanted: `drummers, except for jazz` asks for drummers.

    Models of words take what is named for what is wanted (Zhang et al., "ExcluIR: Exclusionary Neural Information
    Retrieval", AAAI 2025). What stands behind the word goes up to the end of the clause. A text that is nothing else
    stays as it is.
    """
    wanted = _UNWANTED.sub(" ", text).strip()
    return wanted if wanted != text.strip() and _WORD.search(wanted) else text


def unwanted_parts(text: str) -> list[str]:
    """What of a text is not searched for because the text says that it is not wanted, as it stands there."""
    return [] if wanted_part(text) == text else [found[0].strip(" ,;()") for found in _UNWANTED.finditer(text)]


def is_of_stop_words(text: str) -> bool:
    """Whether a text has words and all of them are stop words, so that they have to be searched for."""
    words = folded_words(text)
    return bool(words) and all(word in STOP_WORDS for word in words)


def left_out(text: str) -> list[str]:
    """The words of a text that are not searched for, each once, in small letters."""
    words = folded_words(text)
    return [] if is_of_stop_words(text) else list(dict.fromkeys(word for word in words if word in STOP_WORDS))


def telling_words(text: str) -> list[str]:
    """The words of a text that are no stop words, each once, in their order and folded."""
    return [word for word in dict.fromkeys(folded_words(text)) if word not in STOP_WORDS]


def folded_words(text: str) -> list[str]:
    """The words of a text in their order, in small letters without accents, signs spelled out."""
    folded = spelled(text)
    if not folded.isascii():
        letters = unicodedata.normalize("NFKD", folded)
        folded = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return [word for word in _WORD.findall(folded.lower()) if len(word.encode()) < LONGEST_WORD_BYTES]

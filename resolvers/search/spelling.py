"""What a query may have been meant to say, in the words that the catalog itself uses.

A word that finds nothing is unknown, and one that finds next to nothing is doubtful. The vocabulary are the words of
titles and of the names of skills and occupations, of which the typeahead finds those that a typo or two are between.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from resolvers.context import Context
from resolvers.loaders.searches import subject
from resolvers.sources.analysis import Word, words_of
from resolvers.sources.base import EVERYTHING, RetrievalMode, SearchRequest
from resolvers.sources.typeahead import (
    CANDIDATES,
    HOLDERS,
    TITLED,
    Suggested,
    SuggestRequest,
    typos_allowed,
    typos_between,
)
from resolvers.sources.words import STOP_WORDS
from resolvers.understanding.counts import goes_with_number
from resolvers.understanding.places import is_place

MOST_WORDS = 12
"""How many words of a query are looked at."""
DOUBTFUL = 5
"""A word that so few documents have may be misspelled there too,"""
CONVINCING = 20
"""where so many times as many have the word that it is close to."""
_HOLLOW = re.compile(r"\(\s*\)|\[\s*\]|\"\s*\"|“\s*”")
_REPEATED = re.compile(r"(?:(\s*[/|&])|\s*([,;:]))(?:\s*[,;:/|&])*")
_ENDS = re.compile(r"^(?:[\s,;:/|&]|(?:and|or)\b)+|[\s,;:/|&]+$", re.IGNORECASE)


class Counted(NamedTuple):
    """A word of a query, as it stands there, and how many documents of the kinds searched have it."""

    word: Word
    said: str
    documents: int


async def counted_words(context: Context, about: SearchRequest) -> list[Counted]:
    """The words of a search's text, in order, each with how many documents have it, whatever the filter."""
    text = about.text or ""
    words = {word.stem: word for word in words_of(text) if word.folded not in STOP_WORDS}
    looked_at = list(words.values())[:MOST_WORDS]
    said = [text[word.start : word.end] for word in looked_at]
    counts = await _counts(context, about, said)
    return [Counted(*one) for one in zip(looked_at, said, counts, strict=True)]


async def corrections(context: Context, about: SearchRequest, words: Iterable[Counted]) -> dict[str, str]:
    """What unknown and doubtful words were probably meant to be, by how they are said.

    Romania is no such word, and neither are the stars of `6 stars`.
    """
    doubtful = [one for one in words if one.documents <= DOUBTFUL and typos_allowed(one.word.folded)]
    text = about.text or ""
    suspects = [
        one for one in doubtful if not is_place(one.said) and not goes_with_number(text, one.word.start, one.word.end)
    ]
    meant = await _meant(context, suspects)
    counts = dict(zip(meant.values(), await _counts(context, about, list(meant.values())), strict=True))
    return {
        one.said: meant[one.said]
        for one in suspects
        if one.said in meant and counts[meant[one.said]] > one.documents * CONVINCING
    }


async def did_you_mean(context: Context, about: SearchRequest) -> str | None:
    """The text with its misspelled words corrected; None where that finds, by words, no more than the text does."""
    words = await counted_words(context, about)
    meant = await corrections(context, about, words)
    if not meant:
        return None
    text = _respelled(about.text or "", meant)
    as_it_is, corrected = await context.searches.load_many([_count(context, about, one) for one in (about.text, text)])
    return text if (corrected.total or 0) > (as_it_is.total or 0) else None


async def relaxed(context: Context, about: SearchRequest) -> str | None:
    """What to search for instead of a text that finds nothing; None where its words would find nothing either, or where
    no word of it says what is wanted: nearly everything has an "in".

    Misspelled words are corrected, and words that nobody uses are dropped. Any word of a text is enough to be found, so
    that to drop one that somebody uses would find no more.
    """
    words = await counted_words(context, about)
    meant = await corrections(context, about, words)
    unknown = {one.said for one in words if not one.documents} - meant.keys()
    text = " ".join(_respelled(_without(about.text or "", unknown), meant).split())
    if text == about.text or all(word.folded in STOP_WORDS for word in words_of(text)):
        return None
    found = await context.searches.load(_count(context, about, text))
    return text if found.total else None


async def _counts(context: Context, about: SearchRequest, texts: Sequence[str]) -> list[int]:
    everywhere = about.but(filter=EVERYTHING)
    found = await context.searches.load_many([_count(context, everywhere, text) for text in texts]) if texts else []
    return [one.total or 0 for one in found]


def _count(context: Context, about: SearchRequest, text: str | None) -> SearchRequest:
    return context.saying(subject(about), text).but(mode=RetrievalMode.LEXICAL, count=True)


async def _meant(context: Context, suspects: Sequence[Counted]) -> dict[str, str]:
    """The nearest words of the vocabulary to each word, the most used of them, by how the word is said."""
    kinds = (*TITLED, *HOLDERS)
    asked = [SuggestRequest(kind, (one.word.folded,), CANDIDATES) for one in suspects for kind in kinds]
    found = iter(await context.suggestions.load_many(asked) if asked else [])
    meant = {}
    for one in suspects:
        names = [suggested for _ in kinds for suggested in next(found)]
        best = _nearest(one.word, names)
        if best is not None:
            meant[one.said] = best.lower() if one.said.islower() else best
    return meant


def _nearest(word: Word, names: Iterable[Suggested]) -> str | None:
    used: Counter[str] = Counter()
    written: dict[str, str] = {}
    for suggested in names:
        name = suggested.alias or suggested.text
        for other in words_of(name):
            if other.stem != word.stem and other.folded[0] == word.folded[0]:
                used[other.folded] += (suggested.jobs or 0) + (suggested.talent or 0)
                written.setdefault(other.folded, name[other.start : other.end])
    typos = {folded: typos_between(word.folded, folded) for folded in used}
    near = [folded for folded, count in typos.items() if count <= typos_allowed(word.folded)]
    best = min(near, key=lambda folded: (typos[folded], -used[folded], folded), default=None)
    return None if best is None else written[best]


def _without(text: str, dropped: Set[str]) -> str:
    """The text without some of its words, the common words that led to them, and the signs that are left over."""
    parts: list[str] = []
    behind = end = 0
    led_from: int | None = None
    for word in words_of(text):
        is_led = text[end : word.start].isspace()
        start = led_from if led_from is not None and is_led else word.start
        end, led_from = word.end, start if word.folded in STOP_WORDS else None
        if text[word.start : end] in dropped:
            parts.append(text[behind:start])
            behind = end
    left = _HOLLOW.sub("", "".join([*parts, text[behind:]]))
    return _ENDS.sub("", _REPEATED.sub(r"\1\2", left)) if dropped else text


def _respelled(text: str, instead: Mapping[str, str]) -> str:
    parts, behind = [], 0
    for word in words_of(text):
        said = text[word.start : word.end]
        parts += [text[behind : word.start], instead.get(said, said)]
        behind = word.end
    return "".join([*parts, text[behind:]])

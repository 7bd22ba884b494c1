"""A text taken apart: phrases that say a condition, and what is left to be searched for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from resolvers.catalog.kind import Kind
from resolvers.understanding.clocks import clock_phrases
from resolvers.understanding.condition import Phrase
from resolvers.understanding.fixed import fixed_phrases, number_phrases
from resolvers.understanding.languages import language_phrases
from resolvers.understanding.levels import level_phrases
from resolvers.understanding.money import money_phrases
from resolvers.understanding.places import place_phrases
from resolvers.understanding.times import time_phrases

_QUOTED = re.compile(r'"[^"]*"|“[^”]*”')
_LINKING = r"and|with|who|which|that|is|are|for|at|a|an|the|or"
_EDGES = re.compile(
    rf"^(?:[\s,;.&|]+|(?:{_LINKING})(?=[\s,;]|$))+|(?:[\s,;.&|]+|(?<![\w-])(?:{_LINKING}))+$", re.IGNORECASE
)


@dataclass(frozen=True)
class Understood:
    """What a text says: the phrases with a condition, in their order, and the rest of its words."""

    text: str
    phrases: tuple[Phrase, ...] = ()


def understand(kind: Kind, text: str, now: datetime) -> Understood:
    """Take a text about entities of a kind apart. What stands in quotation marks is never taken for a condition.

    Of phrases that overlap the longest counts. Of two phrases about the same fact the first counts, and the second
    stays in the text.
    """
    quoted = [range(found.start(), found.end()) for found in _QUOTED.finditer(text)]
    found = [phrase for phrase in _phrases(kind, text, now) if not any(phrase.start in part for part in quoted)]
    chosen = _chosen(found)
    return Understood(_rest(text, chosen) if chosen else text, tuple(chosen))


def _phrases(kind: Kind, text: str, now: datetime) -> Iterator[Phrase]:
    yield from money_phrases(kind, text)
    yield from time_phrases(kind, text, now)
    yield from place_phrases(kind, text)
    yield from clock_phrases(kind, text, now)
    yield from language_phrases(kind, text)
    yield from level_phrases(kind, text)
    yield from number_phrases(kind, text)
    yield from fixed_phrases(kind, text)


def _chosen(phrases: Sequence[Phrase]) -> list[Phrase]:
    chosen: list[Phrase] = []
    for phrase in sorted(phrases, key=lambda one: (one.start - one.end, one.start)):
        if all(phrase.end <= other.start or other.end <= phrase.start for other in chosen):
            chosen.append(phrase)
    chosen.sort(key=lambda one: one.start)
    places: set[tuple[str, ...]] = set()
    kept = []
    for phrase in chosen:
        own = {condition.place for condition in phrase.conditions}
        if not own & places:
            kept.append(phrase)
            places |= own
    return kept


def _rest(text: str, phrases: Sequence[Phrase]) -> str:
    """The text without the phrases, and without what only linked them to it."""
    ends = [0, *(phrase.end for phrase in phrases)]
    starts = [*(phrase.start for phrase in phrases), len(text)]
    pieces = (_EDGES.sub("", text[end:start]) for end, start in zip(ends, starts, strict=True))
    return " ".join(piece for piece in pieces if piece)

"""A text taken apart: phrases that say a condition, and what is left to be searched for."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from resolvers.catalog.kind import Kind
from resolvers.understanding import counts, fixed, languages, levels, times
from resolvers.understanding.clocks import clock_phrases
from resolvers.understanding.condition import Condition, Is, Meaning, NoneOf, OneOf, Phrase
from resolvers.understanding.money import money_phrases
from resolvers.understanding.places import place_phrases

_NUMBER = re.compile(r"\d")
_QUOTED = re.compile(r'"[^"]*"|“[^”]*”')
_LINKING = r"and|with|who|which|that|is|are|for|at|a|an|the|or"
_EDGES = re.compile(
    rf"^(?:[\s,;.&|]+|(?:{_LINKING})(?=[\s,;]|$))+|(?:[\s,;.&|]+|(?<![\w-])(?:{_LINKING}))+$", re.IGNORECASE
)
_OR = re.compile(r"\s*(?:,?\s*\bor\b|/)\s*", re.IGNORECASE)
# "4 stars or more" says one thing, "w/" is "with", and a slash between spaces parts what is wanted together.
_OR_ELSE = re.compile(
    r"(?:\s*,?\s*\bor\b|/(?!\s))(?!\s*(?:above|below|better|fewer|higher|less|lower|more|so|under|up)\b)\s*\S",
    re.IGNORECASE,
)
_ELSE_OR = re.compile(r"(?:(?<!\w)or\s+|(?<!\s)(?<!\bw)/)\Z", re.IGNORECASE)
_NOT = re.compile(
    r"(?<![\w-])(?:but\s+)?(?:not|non|no|cannot|(?:isn|aren|can)['\u2019]t)[\s-]+(?:be\s+)?\Z", re.IGNORECASE
)
_EXCEPT = re.compile(r"(?<![\w-])(?:except(?:ing)?(?:\s+for)?|excluding|without|or\s+not)\s+\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Understood:
    """What a text says: the phrases with a condition, in their order, and the rest of its words."""

    text: str
    phrases: tuple[Phrase, ...] = ()


def understand(kind: Kind, text: str, now: datetime) -> Understood:
    """Take a text about entities of a kind apart. What stands in quotation marks is never taken for a condition.

    Of phrases that overlap the longest counts. Two about the same fact with `or` between them are alternatives, and one
    that is an alternative to anything else stays in the text. Of two others the first counts, and the second stays in
    the text, unless they are about languages, all of which are needed. Behind `not` a phrase means the opposite, where
    there is a condition that says that; else it stays in the text, as it does behind `except`.
    """
    quoted = [range(found.start(), found.end()) for found in _QUOTED.finditer(text)]
    found = [phrase for phrase in _phrases(kind, text, now) if not any(phrase.start in part for part in quoted)]
    chosen = _chosen(text, found)
    return Understood(_rest(text, chosen) if chosen else text, tuple(chosen))


class Said(NamedTuple):
    """A text, its words as they compare, and whether there is any number in it."""

    kind: Kind
    text: str
    now: datetime
    folded: str
    has_number: bool

    def has_any(self, words: Sequence[str]) -> bool:
        return any(word in self.folded for word in words)


SORTS: Sequence[tuple[Callable[[Said], bool], Callable[[Said], Iterator[Phrase]]]] = (
    (lambda said: said.has_number, lambda said: money_phrases(said.kind, said.text)),
    (lambda said: said.has_any(times.WORDS), lambda said: times.time_phrases(said.kind, said.text, said.now)),
    (lambda _: True, lambda said: place_phrases(said.kind, said.text)),
    (
        lambda said: said.has_number or "zone" in said.folded,
        lambda said: clock_phrases(said.kind, said.text, said.now),
    ),
    (lambda said: said.has_any(languages.WORDS), lambda said: languages.language_phrases(said.kind, said.text)),
    (lambda said: said.has_any(levels.WORDS), lambda said: levels.level_phrases(said.kind, said.text)),
    (lambda said: said.has_any(counts.WORDS), lambda said: counts.number_phrases(said.kind, said.text)),
    (lambda said: said.has_any(fixed.WORDS), lambda said: fixed.fixed_phrases(said.kind, said.text)),
)
"""Sorts of phrases, and of each what tells that a text may have any. Most have none, and patterns take their time."""


def said_of(kind: Kind, text: str, now: datetime) -> Said:
    """A text, to be looked through."""
    return Said(kind, text, now, text.casefold(), _NUMBER.search(text) is not None)


def _phrases(kind: Kind, text: str, now: datetime) -> Iterator[Phrase]:
    said = said_of(kind, text, now)
    for may_be_there, phrases in SORTS:
        if may_be_there(said):
            yield from phrases(said)


def _chosen(text: str, phrases: Sequence[Phrase]) -> list[Phrase]:
    chosen: list[Phrase] = []
    for phrase in sorted(phrases, key=lambda one: (one.start - one.end, one.start)):
        if all(phrase.end <= other.start or other.end <= phrase.start for other in chosen):
            chosen.append(phrase)
    chosen.sort(key=lambda one: one.start)
    places: set[tuple[str, ...]] = set()
    kept: list[Phrase] = []
    for phrase in _alternatives(text, [meant for one in chosen if (meant := _as_negated(text, one))]):
        own = {condition.place for condition in phrase.conditions} - {languages.LANGUAGES_OF}
        if not own & places and not _is_alternative(text, phrase):
            kept.append(phrase)
            places |= own
    return kept


def _as_negated(text: str, phrase: Phrase) -> Phrase | None:
    """The phrase with a `not` in front of it, if there is one; None where that cannot be said by a condition."""
    before = text[: phrase.start]
    if _EXCEPT.search(before):
        return None
    negation = _NOT.search(before)
    if negation is None:
        return phrase
    [condition, *others] = phrase.conditions
    # "Non-native English" is English.
    if others or not phrase.is_whole or condition.place == languages.LANGUAGES_OF:
        return None
    opposite = _opposite(condition.meaning)
    if opposite is None:
        return None
    return Phrase(negation.start(), phrase.end, (Condition(condition.place, opposite),))


def _opposite(meaning: Meaning) -> Meaning | None:
    match meaning:
        case OneOf(values):
            return NoneOf(values)
        case NoneOf(values):
            return OneOf(values)
        case Is(value):
            return Is(not value)
        case _:
            return None


def _alternatives(text: str, phrases: Sequence[Phrase]) -> list[Phrase]:
    """The phrases, those that are alternatives in one: `full time or part time`."""
    found: list[Phrase] = []
    for phrase in phrases:
        both = _either(found[-1], phrase) if found and _OR.fullmatch(text[found[-1].end : phrase.start]) else None
        if both is None:
            found.append(phrase)
        else:
            found[-1] = both
    return found


def _is_alternative(text: str, phrase: Phrase) -> bool:
    """Whether it may be something else instead: a condition would leave out those of `French or German speaking`."""
    return bool(_OR_ELSE.match(text, phrase.end) or _ELSE_OR.search(text[: phrase.start]))


def _either(one: Phrase, other: Phrase) -> Phrase | None:
    """One phrase for two that list values of the same fact; None for others."""
    match one.conditions, other.conditions:
        case (Condition(place, OneOf(values)),), (Condition(same, OneOf(more)),) if place == same:
            listed = tuple(dict.fromkeys((*values, *more)))
            return Phrase(one.start, other.end, (Condition(place, OneOf(listed)),))
        case _:
            return None


def _rest(text: str, phrases: Sequence[Phrase]) -> str:
    """The text without the phrases, and without what only linked them to it."""
    ends = [0, *(phrase.end for phrase in phrases)]
    starts = [*(phrase.start for phrase in phrases), len(text)]
    pieces = (_EDGES.sub("", text[end:start]) for end, start in zip(ends, starts, strict=True))
    return " ".join(piece for piece in pieces if piece)

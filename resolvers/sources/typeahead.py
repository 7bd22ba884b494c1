"""What completes a text that somebody is typing: the same in every engine.

Each typed word has to begin a word of one name: of a title, or of a name or alias of a skill or occupation. Where
nothing of a kind does so, typed words may have typos, behind their first letter. Popular names come first.

An engine looks for candidates; what is here decides which of them match, and what is said of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import islice

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.offsets import Span
from resolvers.sources.analysis import Word, words_of

ONE_TYPO_FROM, TWO_TYPOS_FROM = 4, 8
"""From how many letters on a typed word may have one typo, and two."""
CANDIDATES = 50
"""Of how many names at the least the engine looks at each, the most popular ones."""
TITLED = (Kind.JOB, Kind.TALENT)
"""The kinds whose titles are suggested; equal ones are one suggestion."""
HOLDERS = {Kind.SKILL: "skill_ids", Kind.OCCUPATION: "occupation_id"}
"""The kinds that are suggested themselves, and the field by which jobs and talent have them."""
LONGEST_TITLE = 255
_HASH_BITS = 55
_KNOWN_PAIRS, _KNOWN_NAMES = 1 << 15, 1 << 13


@dataclass(frozen=True)
class SuggestRequest:
    """At most `limit` names of a kind that complete the typed words, which are folded. Without words there are none."""

    kind: Kind
    typed: tuple[str, ...]
    limit: int

    @property
    def may_have_typos(self) -> bool:
        """Whether any of the words is long enough for a typo."""
        return any(map(typos_allowed, self.typed))


@dataclass(frozen=True)
class Suggested:
    """A name that completes what was typed.

    `alias` is the other name of the entity that matched, None where `text` did itself; `matches` are the parts of that
    one, in code points. `ref` is None for a title. `jobs` and `talent` are how many have it, None where that is not
    counted.
    """

    kind: Kind
    text: str
    alias: str | None
    matches: tuple[Span, ...]
    ref: Ref | None
    jobs: int | None
    talent: int | None


def typed_words(text: str) -> tuple[str, ...]:
    """The words of what somebody has typed, folded, each once."""
    return tuple(dict.fromkeys(word.folded for word in words_of(text)))


def title_key(title: str) -> int:
    """A number of 63 bits that equal titles share, however they are written; shorter titles have lower ones.

    0 for a title without a word. Two different titles get the same number once in 2^55 pairs.
    """
    folded = " ".join(word.folded for word in words_of(title))
    if not folded:
        return 0
    digest = int.from_bytes(blake2b(folded.encode(), digest_size=8).digest())
    return min(len(folded), LONGEST_TITLE) << _HASH_BITS | digest >> 64 - _HASH_BITS


def typos_allowed(typed: str) -> int:
    """How many typos a typed word may have."""
    return (len(typed) >= ONE_TYPO_FROM) + (len(typed) >= TWO_TYPOS_FROM)


def titles(request: SuggestRequest, found: Iterable[tuple[str, int]], *, typos: bool) -> list[Suggested]:
    """The suggestions of titles with how many documents have each, in their order. Looks no further than it has to."""
    return list(islice(_titles(request, found, typos=typos), request.limit))


def _titles(request: SuggestRequest, found: Iterable[tuple[str, int]], *, typos: bool) -> Iterator[Suggested]:
    for title, count in found:
        matches = matched(request.typed, title, typos=typos)
        if matches:
            jobs, talent = (count, None) if request.kind is Kind.JOB else (None, count)
            yield Suggested(request.kind, title, None, matches, None, jobs, talent)


def entities(request: SuggestRequest, found: Iterable[tuple[Document, int, int]], *, typos: bool) -> list[Suggested]:
    """The suggestions of entities with how many jobs and talent have each, in their order, likewise."""
    return list(islice(_entities(request, found, typos=typos), request.limit))


def _entities(
    request: SuggestRequest, found: Iterable[tuple[Document, int, int]], *, typos: bool
) -> Iterator[Suggested]:
    for document, jobs, talent in found:
        name, *aliases = names_of(document)
        every = ((one, matched(request.typed, one, typos=typos)) for one in (name, *aliases))
        one, matches = next((found for found in every if found[1]), (name, ()))
        if matches:
            yield Suggested(request.kind, name, None if one == name else one, matches, document.ref, jobs, talent)


def names_of(document: Document) -> Sequence[str]:
    """The names that a document is suggested by, the first of which is its own."""
    texts = KINDS[document.ref.kind].texts(document.record, {})
    return (texts.title, *texts.aliases)


def matched(typed: Sequence[str], name: str, *, typos: bool) -> tuple[Span, ...]:
    """The parts of a name that the typed words begin; none when one of them begins no word of it."""
    words = _words_of_name(name)
    spans: set[Span] = set()
    for one in typed:
        span = next(_begun(one, words, typos=typos), None)
        if span is None:
            return ()
        spans.add(span)
    return tuple(sorted(spans))


@lru_cache(_KNOWN_NAMES)
def _words_of_name(name: str) -> tuple[Word, ...]:
    """The words of a name, remembered since popular names are looked at again and again."""
    return tuple(words_of(name))


def _begun(typed: str, words: Sequence[Word], *, typos: bool) -> Iterator[Span]:
    """The words that a typed one begins, those without a typo first."""
    for word in words:
        if word.folded.startswith(typed):
            # Where folding has changed the length, nobody knows which letter became which.
            is_told = len(word.folded) == word.end - word.start
            yield Span(word.start, word.start + len(typed) if is_told else word.end)
    most = typos_allowed(typed) if typos else 0
    for word in words if most else ():
        if word.folded[0] == typed[0] and typos_in_beginning(typed, word.folded) <= most:
            yield Span(word.start, word.end)


@lru_cache(_KNOWN_PAIRS)
def typos_in_beginning(typed: str, word: str) -> int:
    """The fewest typos between what was typed and any beginning of a word.

    A typo is a letter too many, one missing, a wrong one, or two that have changed places: Damerau's, as optimal string
    alignment counts them, and as both engines do.
    """
    return min(_distances(typed, word))


def typos_between(one: str, other: str) -> int:
    """The typos between two words."""
    return _distances(one, other)[-1]


def _distances(one: str, other: str) -> list[int]:
    """The typos between a word and each beginning of another."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, last, row = row, before, [at]
        for to, wanted in enumerate(other, 1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != wanted))
            if at > 1 < to and letter == other[to - 2] and one[at - 2] == wanted:
                cost = min(cost, last[to - 2] + 1)
            row.append(cost)
    return row

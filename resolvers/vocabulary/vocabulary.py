"""The names of skills and occupations, and the concepts that a text names by them."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.occupation import OccupationRecord
from resolvers.catalog.skill import SkillRecord
from resolvers.sources.base import Concept
from resolvers.sources.words import STOP_WORDS
from resolvers.vocabulary.words import Word, phrase_of, words_of

Phrase = tuple[str, ...]
NAMED_KINDS = (Kind.SKILL, Kind.OCCUPATION)
MOST_CONCEPTS = 24
"""How many concepts one text is searched by. Each is a term more for the engine."""
INNER_WEIGHT = 0.4
"""What a narrower skill counts for beside the one that a text names."""
LONGEST_NAME_WORDS = 12
MOST_KNOWN = 1_000
"""Texts whose concepts are remembered: an operation looks at the same one several times, and few are rare."""
_QUALIFIER = re.compile(r"\s*\([^)]*\)\s*\Z")


@dataclass(frozen=True)
class Mention:
    """A place of a text that names skills or occupations: all those of which it is a name.

    `start` and `end` are offsets of characters in the text.
    """

    start: int
    end: int
    refs: tuple[Ref, ...]


class Named(NamedTuple):
    """What a text names: the concepts that a search for it looks for too, and the text with abbreviations written out.

    `written_out` is None where the text has none.
    """

    concepts: tuple[Concept, ...] = ()
    written_out: str | None = None


NOTHING_NAMED = Named()


@dataclass(frozen=True)
class Vocabulary:
    """The names of one index. Made by `vocabulary_of`; empty when made without arguments."""

    refs: Mapping[Phrase, tuple[Ref, ...]] = field(default_factory=dict)
    longest: Mapping[str, int] = field(default_factory=dict)
    inner: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Below a skill, the skills that have narrower ones themselves."""
    abbreviations: Mapping[Phrase, str] = field(default_factory=dict)
    """What abbreviations stand for that models of meaning do not know."""
    _known: dict[str, Named] = field(default_factory=dict, init=False, compare=False, repr=False)

    def read(self, text: str) -> Named:
        """What the text names."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            mentions = self.mentions(text)
            known = self._known[text] = Named(self._concepts(mentions), self._written_out(text, mentions))
        return known

    def concepts(self, text: str) -> tuple[Concept, ...]:
        """What a search for the text also looks for: the concepts that it names, and what is inside of them.

        A name that several concepts have counts for each of them by the root of its share.
        """
        return self.read(text).concepts

    def _concepts(self, mentions: Sequence[Mention]) -> tuple[Concept, ...]:
        weights: dict[str, float] = {}
        for mention in mentions:
            weight = len(mention.refs) ** -0.5
            for ref in mention.refs:
                weights[ref.id] = max(weight, weights.get(ref.id, 0.0))
                for id_ in self.inner.get(ref.id, ()):
                    weights.setdefault(id_, weight * INNER_WEIGHT)
        heaviest = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:MOST_CONCEPTS]
        return tuple(Concept(id_, weight) for id_, weight in heaviest)

    def written_out(self, text: str) -> str | None:
        """The text with its abbreviations written out; None where it has none. Of a text that is asked once."""
        return self._written_out(text, self.mentions(text))

    def _written_out(self, text: str, mentions: Sequence[Mention]) -> str | None:
        parts, behind = [], 0
        for mention in mentions:
            meaning = self.abbreviations.get(phrase_of(text[mention.start : mention.end]))
            if meaning is not None and mention.start >= behind:
                parts += [text[behind : mention.start], meaning]
                behind = mention.end
        return "".join([*parts, text[behind:]]) if parts else None

    def mentions(self, text: str) -> list[Mention]:
        """The longest names in the text that do not overlap, from its start; and skills within occupations' names."""
        words = words_of(text)
        found: list[Mention] = []
        at = 0
        while at < len(words):
            length = self._longest_at(words, at, len(words))
            if not length:
                at += 1
                continue
            mention = self._mention(words, at, length)
            found.append(mention)
            if length > 1 and mention.refs[0].kind is Kind.OCCUPATION:
                found += self._skills_within(words, at, length)
            at += length
        return found

    def _longest_at(self, words: Sequence[Word], at: int, end: int) -> int:
        """How many words the longest name has that begins here; 0 where none does."""
        most = min(self.longest.get(words[at].form, 0), end - at)
        forms = tuple(word.form for word in words[at : at + most])
        return next((length for length in range(most, 0, -1) if forms[:length] in self.refs), 0)

    def _mention(self, words: Sequence[Word], at: int, length: int) -> Mention:
        refs = self.refs[tuple(word.form for word in words[at : at + length])]
        return Mention(words[at].start, words[at + length - 1].end, refs)

    def _skills_within(self, words: Sequence[Word], at: int, length: int) -> list[Mention]:
        found = []
        for start in range(at, at + length):
            # Less than the whole, which is the occupation itself.
            inside = self._longest_at(words, start, min(start + length - 1, at + length))
            if inside:
                mention = self._mention(words, start, inside)
                if all(ref.kind is Kind.SKILL for ref in mention.refs):
                    found.append(mention)
        return found


EMPTY = Vocabulary()


def vocabulary_of(documents: Iterable[Document]) -> Vocabulary:
    """The vocabulary of skills and occupations. Abbreviations stand for what has the name that they stand for."""
    names: defaultdict[Phrase, dict[Ref, None]] = defaultdict(dict)
    narrower: defaultdict[str, list[str]] = defaultdict(list)
    for document in documents:
        record = document.record
        if isinstance(record, SkillRecord | OccupationRecord):
            for name in _names(record):
                names[name][document.ref] = None
        if isinstance(record, SkillRecord):
            for broader in record.broader_ids:
                narrower[broader].append(record.id)
    written_out: dict[Phrase, str] = {}
    for short, meaning in _abbreviations():
        if phrase_of(meaning) in names:
            names[short].update(names[phrase_of(meaning)])
            if _is_shorter(short, meaning):
                written_out[short] = meaning
    longest: dict[str, int] = {}
    for name in names:
        longest[name[0]] = max(len(name), longest.get(name[0], 0))
    return Vocabulary(
        {name: tuple(refs) for name, refs in names.items()},
        longest,
        {id_: found for id_ in narrower if (found := _with_narrower(id_, narrower))},
        written_out,
    )


def _is_shorter(short: Phrase, meaning: str) -> bool:
    """Whether it says less than what it stands for: "golang" says more than "Go", and "vue" is a part of "Vue.js"."""
    return len(" ".join(short)) < len(meaning) and not set(short) <= set(phrase_of(meaning))


def _names(record: SkillRecord | OccupationRecord) -> set[Phrase]:
    """All names, with and without a qualifier in brackets at the end. A stop word alone names nothing."""
    texts = {record.name, *record.aliases}
    phrases = {phrase_of(text) for text in texts | {_QUALIFIER.sub("", text) for text in texts}}
    return {
        phrase
        for phrase in phrases
        if 0 < len(phrase) <= LONGEST_NAME_WORDS and not (len(phrase) == 1 and phrase[0] in STOP_WORDS)
    }


def _with_narrower(id_: str, narrower: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Everything below a skill that has something below it; a circle is walked once."""
    found: dict[str, None] = {}
    ahead = list(narrower[id_])
    while ahead:
        one = ahead.pop()
        if one in narrower and one not in found and one != id_:
            found[one] = None
            ahead += narrower[one]
    return tuple(sorted(found))


@cache
def _abbreviations() -> tuple[tuple[Phrase, str], ...]:
    text = (files("resolvers.vocabulary") / "abbreviations.toml").read_text()
    table: dict[str, str] = tomllib.loads(text)["abbreviations"]
    return tuple((phrase_of(short), meaning) for short, meaning in table.items())

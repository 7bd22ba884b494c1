"""What of a found entity shows why it was found: in its own texts, and in the names of its skills and occupation.

Made here of the stored facts and by the same rules of words for every engine, so that all of them give the same.
"""

from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from resolvers.catalog.extract import names
from resolvers.catalog.kind import Document, Kind, KindSpec, Ref, Related, Texts
from resolvers.catalog.kinds import KINDS
from resolvers.context import Context
from resolvers.errors import InvalidRequest
from resolvers.search.fragments import Fragment, fragments, matching
from resolvers.sources.analysis import QueryWords

MOST_FRAGMENTS, SHORTEST_FRAGMENT, LONGEST_FRAGMENT = 5, 40, 1_000
_query_words = QueryWords()


class HighlightField(StrEnum):
    """A text of an entity that a search looks into."""

    TITLE = "TITLE"
    ALIAS = "ALIAS"
    SKILL = "SKILL"
    OCCUPATION = "OCCUPATION"
    DESCRIPTION = "DESCRIPTION"


REFERRED = {Kind.SKILL: HighlightField.SKILL, Kind.OCCUPATION: HighlightField.OCCUPATION}


@dataclass(frozen=True)
class Wanted:
    """Which fields are highlighted, in how many fragments each, of how many code points."""

    fields: Collection[HighlightField] = tuple(HighlightField)
    fragments: int = 1
    length: int = 160

    def check(self) -> None:
        """Raise InvalidRequest for numbers out of bounds."""
        if not 1 <= self.fragments <= MOST_FRAGMENTS:
            raise InvalidRequest(f"`fragments` is {self.fragments}; ask for 1 to {MOST_FRAGMENTS}")
        if not SHORTEST_FRAGMENT <= self.length <= LONGEST_FRAGMENT:
            raise InvalidRequest(f"`length` is {self.length}; ask for {SHORTEST_FRAGMENT} to {LONGEST_FRAGMENT}")


class Highlight(NamedTuple):
    """The fragments of one field. `ref` is the skill or occupation whose name it is, None for a text of its own."""

    field: HighlightField
    ref: Ref | None
    fragments: list[Fragment]


class Passage(NamedTuple):
    """Texts of a field of which one is highlighted at the most: the names of one entity, or a text alone."""

    field: HighlightField
    ref: Ref | None
    texts: Sequence[str]


class Sought(NamedTuple):
    """What a text looks for: the stems of its words, and the ids of the skills and occupations that it names."""

    stems: Set[str]
    ids: Set[str]


async def highlights(context: Context, document: Document, text: str | None, wanted: Wanted) -> list[Highlight]:
    """The parts of an entity that match a text, in the order of the fields.

    Raises InvalidRequest for bounds that are none, and SourceError when a skill or occupation could not be fetched.
    """
    wanted.check()
    stems = frozenset(_query_words(text or ""))
    if not stems:
        return []
    spec = KINDS[document.ref.kind]
    others = {one.ref.id: one.record for one in await context.existing(_referred(spec, document, wanted))}
    named = {concept.id for concept in context.vocabulary.concepts(text or "")}
    return list(_found(spec, document, others, Sought(stems, named), wanted))


def _referred(spec: KindSpec[Any], document: Document, wanted: Wanted) -> list[Ref]:
    return [
        Ref(reference.kind, id_)
        for reference in spec.references
        if REFERRED.get(reference.kind) in wanted.fields
        for id_ in reference.ids(document.record)
    ]


def _found(
    spec: KindSpec[Any], document: Document, others: Related, sought: Sought, wanted: Wanted
) -> Iterator[Highlight]:
    for field, ref, texts in _passages(spec, document, others):
        if field in wanted.fields:
            best = (
                max(texts, key=lambda text: matching(text, sought.stems), default="") if len(texts) != 1 else texts[0]
            )
            # Titles and names are short, and shown whole.
            length = wanted.length if field is HighlightField.DESCRIPTION else len(best)
            parts = fragments(best, sought.stems, most=wanted.fragments, length=length)
            if not parts and texts and _is_named(document, field, ref, others, sought):
                # Found as what the text calls by another name, or as something inside of that.
                parts = fragments(texts[0], {*_query_words(texts[0])}, most=1, length=len(texts[0]))
            if parts:
                yield Highlight(field, ref, parts)


def _is_named(document: Document, field: HighlightField, ref: Ref | None, others: Related, sought: Sought) -> bool:
    """Whether the texts are the names of a skill or occupation that is looked for, or of a narrower one."""
    named = document.ref if field is HighlightField.TITLE else ref
    if named is None:
        return False
    record = document.record if named == document.ref else others.get(named.id)
    # What is sought has of the narrower ones only those with narrower ones themselves.
    return not sought.ids.isdisjoint((named.id, *getattr(record, "broader_ids", ())))


def _passages(spec: KindSpec[Any], document: Document, others: Related) -> Iterator[Passage]:
    texts: Texts = spec.texts(document.record, others)
    yield Passage(HighlightField.TITLE, None, (texts.title,))
    yield from (Passage(HighlightField.ALIAS, None, (alias,)) for alias in texts.aliases)
    searched = {*texts.skills, *texts.occupation}
    for kind, field in REFERRED.items():
        for reference in spec.references:
            for id_ in reference.ids(document.record) if reference.kind is kind else ():
                yield Passage(field, Ref(kind, id_), [name for name in names(others, id_) if name in searched])
    yield Passage(HighlightField.DESCRIPTION, None, (texts.body,))

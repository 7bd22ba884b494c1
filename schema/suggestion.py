"""Suggestions in the graph."""

from typing import Annotated, Any

import strawberry

from resolvers.catalog.kind import Kind
from resolvers.offsets import utf16_offsets
from resolvers.sources.typeahead import Suggested
from resolvers.suggestions.suggest import LONGEST_PREFIX, MOST_SUGGESTIONS, SUGGESTED_KINDS
from schema.costs import some
from schema.entity import Info, Node, one
from schema.enums import EntityKind
from schema.highlights import TextRange

Prefix = Annotated[
    str,
    strawberry.argument(
        description=f"What has been typed so far, {LONGEST_PREFIX} characters at most. Every word of it begins a word "
        "of each suggestion, in any order. Without a letter or digit there are no suggestions."
    ),
]
Kinds = Annotated[
    list[EntityKind] | None,
    strawberry.argument(
        description=f"What to suggest: {', '.join(SUGGESTED_KINDS)}, which is also the order when null. The kinds take "
        "turns, in the order given."
    ),
]
First = Annotated[
    int, strawberry.argument(description=f"How many suggestions at the most, 0 to {MOST_SUGGESTIONS}, of all kinds.")
]


@strawberry.type(
    description="A text that what was typed may become. Of one kind, popular ones come first. Where nothing of a kind "
    "begins as typed, typos are mended."
)
class Suggestion:
    kind: EntityKind = strawberry.field(
        description="JOB and TALENT: `text` is a title. SKILL and OCCUPATION: it is the name of `entity`."
    )
    text: str = strawberry.field(description="What to show, and to search for when it is chosen.")
    alias: str | None = strawberry.field(
        description="The other name of the entity that was typed, such as `JS` for JavaScript; null when it was `text`."
    )
    matches: list[TextRange] = strawberry.field(
        directives=some(2),
        description="What of it was typed, to be shown as such: parts of `alias`, or of `text` where that is null. A "
        "word with a typo is marked whole.",
    )
    job_count: int | None = strawberry.field(
        description="How many jobs, open or not, have this title, skill or occupation; null for a TALENT title. May be "
        "as old as a search out of the cache."
    )
    talent_count: int | None = strawberry.field(
        description="How many talent have this title, skill or occupation; null for a JOB title. May be as old as a "
        "search out of the cache."
    )
    entity_id: strawberry.Private[str | None]

    @strawberry.field(description="The skill or occupation, for filters by its id; null for a title.")
    async def entity(self, info: Info) -> Node | None:
        found: Node | None = None if self.entity_id is None else await one(info, Kind(self.kind), self.entity_id)
        return found


def suggestion(suggested: Suggested) -> Suggestion:
    """A suggestion as the graph has it."""
    units = utf16_offsets(suggested.alias or suggested.text)
    about: dict[str, Any] = {
        "kind": suggested.kind,
        "text": suggested.text,
        "alias": suggested.alias,
        "job_count": suggested.jobs,
        "talent_count": suggested.talent,
        "entity_id": suggested.ref and suggested.ref.id,
    }
    return Suggestion(**about, matches=[TextRange(start=units(a), end=units(b)) for a, b in suggested.matches])

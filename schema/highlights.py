"""Highlights in the graph: which parts of a hit match the query."""

from typing import Annotated

import strawberry

from resolvers.search import highlights as found
from schema.costs import some
from schema.enums import HighlightField

OF_ONE_ENTITY = "the id of the skill or occupation whose name it is; null for a text of the item itself"


@strawberry.type(
    description="A part of a text, in UTF-16 code units: what JavaScript's `slice(start, end)` takes. An emoji has two."
)
class TextRange:
    start: int = strawberry.field(description="Where it begins.")
    end: int = strawberry.field(description="Where it ends: the offset behind its last unit.")


@strawberry.type(description="A part of a text that has matches in it. Plain text: escape it where you show it.")
class HighlightFragment:
    text: str = strawberry.field(
        description="The part, cut between words; the whole where that is no longer than `length`."
    )
    start: int = strawberry.field(
        description="Where the part begins in the whole text, in UTF-16 code units; above 0, something is left out."
    )
    is_cut: bool = strawberry.field(description="Whether the whole text goes on behind the part.")
    matches: list[TextRange] = strawberry.field(
        directives=some(3),
        description="The words of `text` that match, in their order; offsets count from the start of `text`.",
    )


@strawberry.type(description="Why an item was found: what of one of its texts matches the query.")
class Highlight:
    field: HighlightField = strawberry.field(description="Which text it is.")
    entity_id: strawberry.ID | None = strawberry.field(description=f"For SKILL and OCCUPATION {OF_ONE_ENTITY}.")
    fragments: list[HighlightFragment] = strawberry.field(
        directives=some(1), description="The parts, in the order of the text."
    )


Fields = Annotated[
    list[HighlightField] | None, strawberry.argument(description="Which texts to look into; null: all of them.")
]
Fragments = Annotated[
    int,
    strawberry.argument(
        description=f"How many parts of one text at the most, 1 to {found.MOST_FRAGMENTS}: those with most matches."
    ),
]
Length = Annotated[
    int,
    strawberry.argument(
        description="About how many characters (Unicode code points) a part may have, "
        f"{found.SHORTEST_FRAGMENT} to {found.LONGEST_FRAGMENT}. A shorter text is given whole."
    ),
]


def highlight(one: found.Highlight) -> Highlight:
    """A highlight as the graph has it."""
    parts = [
        HighlightFragment(
            text=part.text,
            start=part.start,
            is_cut=part.is_cut,
            matches=[TextRange(start=span.start, end=span.end) for span in part.matches],
        )
        for part in one.fragments
    ]
    return Highlight(field=one.field, entity_id=one.ref and strawberry.ID(one.ref.id), fragments=parts)

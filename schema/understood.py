"""What was made of a query: conditions that its phrases say, put into the filter, and the concepts that it names."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import chain, groupby
from typing import Any

import strawberry
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.errors import InvalidFilter
from resolvers.offsets import utf16_offsets
from resolvers.search.search import LONGEST_TEXT
from resolvers.understanding import condition as said
from resolvers.understanding.understand import Understood, understand
from resolvers.vocabulary.vocabulary import Mention
from schema import conditions, inputs
from schema.costs import some
from schema.entity import Node, entity
from schema.facets.kinds import FacetsOf
from schema.facets.shapes import TYPES
from schema.highlights import TextRange
from schema.languages import NeededLanguagesFilter, SpokenLanguageFilter
from schema.scalars import TimeZone
from schema.timezones import TimeZoneDistance, TimeZoneFilter, WorkingHoursOverlap
from schema.wording import condition_of, title_of

UNDERSTOOD = "What was made of the query; null without a query, and where `understand` is false."


@strawberry.type(description="A phrase of the query that says a condition.")
class UnderstoodPhrase:
    text: str = strawberry.field(description="The phrase as it stands in the query.")
    range: TextRange = strawberry.field(description="Where it stands in the query.")
    label: str = strawberry.field(description='What it means, such as "Hourly rate: below 60, Currency: USD".')
    is_applied: bool = strawberry.field(description="Whether its condition was put into the filter.")
    reason: str | None = strawberry.field(description="Why it was not; null where it was.")


@strawberry.type(description="A name in the text that was searched for, and what has it.")
class UnderstoodName:
    text: str = strawberry.field(description="The name as it stands there.")
    concepts: list[Node] = strawberry.field(
        directives=some(2),
        description="The skills and occupations of that name. Whatever is about one of them was found too, by whatever "
        "name, and what is about a narrower skill below it.",
    )


@strawberry.type(
    description="What was made of the query. To search for its words as they stand, ask with `understand: false`, or "
    'put them in "quotation marks".'
)
class UnderstoodQuery:
    text: str = strawberry.field(description="What is left to be searched for by words and meaning.")
    phrases: list[UnderstoodPhrase] = strawberry.field(
        directives=some(3), description="The phrases that were taken for conditions."
    )
    filter: JSON = strawberry.field(
        description="The whole filter that was applied, ready to be sent as a variable: with it, `text` as the query "
        "and `understand: false` the search is the same."
    )
    context: strawberry.Private[Context]
    mentions: strawberry.Private[list[Mention]]

    @strawberry.field(
        directives=some(3),
        description="The names of skills and occupations in `text`. Null when they could not be fetched.",
    )
    async def names(self) -> list[UnderstoodName] | None:
        refs = list(dict.fromkeys(ref for one in self.mentions for ref in one.refs))
        found = {one.ref: one for one in await self.context.existing(refs)}
        return [
            UnderstoodName(
                text=self.text[one.start : one.end],
                concepts=[entity(found[ref]) for ref in one.refs if ref in found],
            )
            for one in self.mentions
        ]


class Reading:
    """A query read: the text to search for, the filter with the conditions of its phrases, and what became of each."""

    def __init__(self, of: FacetsOf, query: str | None, given: Any, now: datetime) -> None:
        self.query = query or ""
        taken_apart = len(self.query) <= LONGEST_TEXT
        self.understood = understand(of.kind, self.query, now) if taken_apart else Understood(self.query)
        self.text = self.understood.text if self.understood.phrases else query
        self.reasons: list[str | None] = []
        self.given = given
        for phrase in self.understood.phrases:
            self.given, reason = _with(of, self.given, phrase, given, now)
            self.reasons.append(reason)

    def shown(self, context: Context) -> UnderstoodQuery:
        """What was made of the query, for the client."""
        text, unit = self.text or "", utf16_offsets(self.query)
        return UnderstoodQuery(
            text=text,
            phrases=[
                UnderstoodPhrase(
                    text=self.query[phrase.start : phrase.end],
                    range=TextRange(start=unit(phrase.start), end=unit(phrase.end)),
                    label=_label(phrase),
                    is_applied=reason is None,
                    reason=reason,
                )
                for phrase, reason in zip(self.understood.phrases, self.reasons, strict=True)
            ],
            filter={} if self.given is None else inputs.as_json(self.given),
            context=context,
            mentions=context.vocabulary.mentions(text),
        )


def _with(of: FacetsOf, base: Any, phrase: said.Phrase, given: Any, now: datetime) -> tuple[Any, str | None]:
    """The filter with the conditions of a phrase, or as it was with the reason why it cannot have them.

    `given` is the filter of the client, whose conditions go before.
    """
    for one in phrase.conditions:
        if given is not None and inputs.conditions(given, one.place):
            return base, f"the filter has a condition of its own on `{_path(one.place)}`"
    made = of.empty() if base is None else base
    for one in phrase.conditions:
        made = _and(of, made, one.place, _input(one))
    try:
        of.read(made, conditions.Reading(now))
    except InvalidFilter:
        return base, "it contradicts the rest of the filter"
    return made, None


def _and(of: FacetsOf, made: Any, place: said.Place, condition: Any) -> Any:
    """The filter with a condition too, beside those that it has at that place."""
    own = inputs.conditions(made, place)
    if own and not isinstance(condition, list):
        # Needing German and French is more than needing one of them, as a list of both would say.
        return replace(made, all=[*(made.all or ()), inputs.put(of.empty(), place, condition, TYPES)])
    return inputs.put(made, place, [*own[0], *condition] if own else condition, TYPES)


def _path(place: said.Place) -> str:
    return ".".join(inputs.NAMES.apply_naming_config(name) for name in place)


def _label(phrase: said.Phrase) -> str:
    labels: list[str] = []
    for place, same in groupby(phrase.conditions, lambda one: one.place):
        wanted = [_input(one) for one in same]
        if all(isinstance(one, list) for one in wanted):
            wanted = [list(chain.from_iterable(wanted))]
        labels += [f"{title_of('_'.join(place))}: {condition_of(place[-1], one, {})}" for one in wanted]
    return ", ".join(labels)


_RANGES: list[tuple[type, Callable[..., Any]]] = [
    (Decimal, conditions.DecimalRange),
    (datetime, conditions.DateTimeRange),
    (float, conditions.FloatRange),
    (int, conditions.IntRange),
]


def _clocks(meaning: said.Near | said.Overlaps) -> TimeZoneFilter:
    zone, hours = TimeZone(meaning.zone), meaning.hours
    if isinstance(meaning, said.Near):
        return TimeZoneFilter(within=TimeZoneDistance(of=zone, hours=hours))
    return TimeZoneFilter(overlap=WorkingHoursOverlap(with_=zone, hours=hours))


_CHOICES: dict[str, Callable[..., Any]] = {
    "timezone": TimeZoneFilter,
    "languages": NeededLanguagesFilter,
    **dict.fromkeys(("experience_level", "badge", "availability", "workload", "duration"), conditions.Ordered),
}


def _input(condition: said.Condition) -> Any:
    """A condition as the filter's input has it."""
    match condition.meaning:
        case said.OneOf(values) | said.NoneOf(values):
            side = "any_of" if isinstance(condition.meaning, said.OneOf) else "none_of"
            return _CHOICES.get(condition.place[-1], conditions.OneOf)(**{side: list(values)})
        case said.Is(value):
            return value
        case said.Level(at_least, at_most):
            return conditions.Ordered(at_least=at_least, at_most=at_most)
        case said.Near() | said.Overlaps():
            return _clocks(condition.meaning)
        case said.Speaks(code, level):
            return [SpokenLanguageFilter(code=code, at_least=level)]  # type: ignore[arg-type]  # checked where it was read
        case said.Between(gt, gte, lt, lte):
            [bound, *_] = [one for one in (gt, gte, lt, lte) if one is not None]
            range_type = next(made for type_, made in _RANGES if isinstance(bound, type_))
            return range_type(gt=gt, gte=gte, lt=lt, lte=lte)

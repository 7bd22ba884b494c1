"""How a facet takes a filter apart: which part is its own, what is counted without it, and what choosing a value gives.

A value that is chosen beside others widens a search in most facets ("one of these"). There the facet's own conditions
are left out of its counts, so that the other values can be seen. Where a value narrows ("all of these") they stay in,
since only then a count is how many items there will be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from resolvers.catalog.kind import Kind
from resolvers.sources.aggregations import Aggregate, Aggregation, Count, TermCounts
from resolvers.sources.base import Filter, Terms
from schema import inputs
from schema.conditions import Ordered
from schema.filters import ClientFilter
from schema.inputs import Place, fields_of
from schema.languages import SpokenLanguageFilter

TYPES: Mapping[str, type] = {"client": ClientFilter}
LISTS = ("any_of", "all_of", "none_of")
NARROWING = ("all_of", "only_of")
"""The parts of a condition that stay in the counts, since values beside them would find nothing."""
MOST_LANGUAGES = 1_000
"""More than there are codes of languages, each with its levels."""


@dataclass(frozen=True)
class Counted:
    """A value of a facet: what it is, how many items have it, and the filter that toggling it gives."""

    value: Any
    count: int
    selected: bool
    toggled: Any


class Shape(Protocol):
    """One facet of a kind's filter. A `given` is an input such as JobFilter, never None."""

    def without(self, given: Any) -> Any:
        """The filter whose matching set is counted."""

    def asked(self, given: Any, size: int) -> tuple[Aggregation, ...]:
        """The figures to ask for, to show `size` values."""

    def counted(self, given: Any, size: int, found: Sequence[Aggregate]) -> tuple[list[Counted], int]:
        """The values to show, and how many different ones there are."""


def _distinct(found: Aggregate) -> int:
    return found.distinct or 0


@dataclass(frozen=True)
class Choices:
    """Values of a keyword field, any number of which may be chosen.

    `condition` is the input type at the place; one that has `allOf` can narrow by it. `refers_to` is the kind of
    entity that the values are ids of.
    """

    place: Place
    field: str
    condition: type
    refers_to: Kind | None = None

    def without(self, given: Any) -> Any:
        return inputs.changed(given, self.place, self._narrowing)

    def _narrowing(self, own: Any) -> Any:
        kept = {name: value for name in NARROWING if (value := getattr(own, name, None)) is not None}
        return self.condition(**kept) if kept else None

    def asked(self, given: Any, size: int) -> tuple[Aggregation, ...]:
        chosen = (Count(Terms(self.field, (value,))) for value in self.selected(given))
        return (TermCounts(self.field, size), *chosen)

    def counted(self, given: Any, size: int, found: Sequence[Aggregate]) -> tuple[list[Counted], int]:
        selected = self.selected(given)
        counts = {bucket.value: bucket.count for bucket in found[0].buckets[:size]}
        counts |= {value: one.count for value, one in zip(selected, found[1:], strict=True)}
        values = [
            Counted(value, count, value in selected, self.toggled(given, value)) for value, count in counts.items()
        ]
        return values, _distinct(found[0])

    def selected(self, given: Any) -> list[str]:
        """The values that are chosen."""
        chosen = [value for one in self._own(given) for value in (*(one.any_of or ()), *_all_of(one))]
        return list(dict.fromkeys(str(value) for value in chosen))

    def _own(self, given: Any) -> list[Any]:
        return [_listed(one) for one in inputs.conditions(given, self.place)]

    def toggled(self, given: Any, value: Any) -> Any:
        """The filter with a value chosen, or not any more."""
        if value in self.selected(given):
            return inputs.changed(given, self.place, lambda own: _less(_listed(own), value))
        own = self._own(given)
        if own:
            # Beside a condition that chooses, one that only excludes has to let the value pass and no more.
            chooses = any(map(_chooses, own))
            return inputs.changed(
                given,
                self.place,
                lambda one: (_less if chooses and not _chooses(_listed(one)) else _more)(_listed(one), value),
            )
        return inputs.put(given, self.place, self.condition(any_of=[value]), TYPES)


def _listed(own: Any) -> Any:
    """A condition whose values can be chosen one by one."""
    return own.listed() if isinstance(own, Ordered) else own


def _all_of(own: Any) -> list[Any]:
    return getattr(own, "all_of", None) or []


def _chooses(own: Any) -> bool:
    return own.any_of is not None or bool(_all_of(own))


def _less(own: Any, value: Any) -> Any:
    lists = {name: getattr(own, name, None) or [] for name in LISTS}
    # An `anyOf` that was empty before matches nothing, and one that becomes so restricts nothing.
    kept = {name: [one for one in some if one != value] or None for name, some in lists.items() if value in some}
    left = replace(own, **kept)
    return left if any(fields_of(left)) else None


def _more(own: Any, value: Any) -> Any:
    allowed = [one for one in own.none_of or () if one != value] or None
    if own.any_of is None and _all_of(own):
        return replace(own, all_of=[*own.all_of, value], none_of=allowed)
    return replace(own, any_of=[*(own.any_of or ()), value], none_of=allowed)


@dataclass(frozen=True)
class Flag:
    """True or false. Choosing one takes the place of the other."""

    place: Place
    field: str

    def without(self, given: Any) -> Any:
        return inputs.changed(given, self.place, lambda _: None)

    def asked(self, given: Any, size: int) -> tuple[Aggregation, ...]:  # noqa: ARG002
        return (TermCounts(self.field, 2),)

    def counted(self, given: Any, size: int, found: Sequence[Aggregate]) -> tuple[list[Counted], int]:  # noqa: ARG002
        chosen = inputs.conditions(given, self.place)
        counts = dict.fromkeys(chosen, 0) | {bucket.value: bucket.count for bucket in found[0].buckets}
        values = [
            Counted(value, count, value in chosen, self._toggled(given, value, on=value not in chosen))
            for value, count in counts.items()
        ]
        return values, _distinct(found[0])

    def _toggled(self, given: Any, value: Any, *, on: bool) -> Any:
        left = self.without(given)
        return inputs.put(left, self.place, value, TYPES) if on else left


@dataclass(frozen=True)
class Band:
    """A range of a number or a time, with the input that asks for it and what that means to the engines."""

    label: str
    condition: Any
    filter: Filter


@dataclass(frozen=True)
class Bands:
    """Ranges, of which one may be chosen. One that is chosen and none of ours is shown as well, behind ours."""

    place: Place
    bands: tuple[Band, ...]

    def without(self, given: Any) -> Any:
        return inputs.changed(given, self.place, lambda _: None)

    def asked(self, given: Any, size: int) -> tuple[Aggregation, ...]:  # noqa: ARG002
        return tuple(Count(band.filter) for band in self.bands)

    def counted(self, given: Any, size: int, found: Sequence[Aggregate]) -> tuple[list[Counted], int]:  # noqa: ARG002
        left, chosen = self.without(given), inputs.conditions(given, self.place)
        values = []
        for band, one in zip(self.bands, found, strict=True):
            selected = band.condition in chosen
            toggled = left if selected else inputs.put(left, self.place, band.condition, TYPES)
            values.append(Counted(band, one.count, selected, toggled))
        return values, sum(1 for one in found if one.count)


@dataclass(frozen=True)
class Spoken:
    """Languages that somebody speaks, all of which are needed."""

    place: Place = ("languages",)
    field: str = "languages"

    def without(self, given: Any) -> Any:
        return given

    def asked(self, given: Any, size: int) -> tuple[Aggregation, ...]:  # noqa: ARG002
        # With each language come its levels; chosen ones are in every item, so that they come first.
        return (TermCounts(self.field, MOST_LANGUAGES), Count())

    def counted(self, given: Any, size: int, found: Sequence[Aggregate]) -> tuple[list[Counted], int]:
        codes = {str(one.value): one.count for one in found[0].buckets if ":" not in str(one.value)}
        selected = list(dict.fromkeys(one.code for some in inputs.conditions(given, self.place) for one in some))
        shown = dict(list(codes.items())[:size]) | {code: codes.get(code, 0) for code in selected}
        values = [
            Counted(code, count, code in selected, self._toggled(given, code, on=code not in selected))
            for code, count in shown.items()
        ]
        return values, len(codes)

    def _toggled(self, given: Any, code: str, *, on: bool) -> Any:
        if not on:
            return inputs.changed(given, self.place, lambda own: [one for one in own if one.code != code] or None)
        added = SpokenLanguageFilter(code=code)  # type: ignore[arg-type]
        return inputs.put(given, self.place, [*(given.languages or ()), added])

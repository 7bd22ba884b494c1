"""A plan as text, and where the time of an answer goes."""

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any, NamedTuple

from gateway.execution.completion import Column, Completed
from gateway.execution.executor import PlannedExecution
from gateway.execution.places import Place
from gateway.execution.plan import Field, Plan, Selection
from gateway.execution.resolving import Attribute, Batch, Guarded, Method

WAYS = {Attribute: "attribute", Batch: "all parents at once", Method: "method"}
ONE_BY_ONE = "one by one"
INDENT = "  "


class Spent(NamedTuple):
    """What a field was run for: how many parents, and the seconds until its values had been completed."""

    parents: int
    seconds: float


Profile = dict[Field, Spent]


class ProfiledExecution(PlannedExecution):
    """Takes down how long each field takes, with what is below it, and with what it waits for."""

    profile: Profile
    plan: Plan | None = None

    def run(self, plan: Plan) -> Any:
        self.profile, self.plan = {}, plan
        return super().run(plan)

    def column(self, field: Field, sources: Column, place: Place) -> Completed:
        started = perf_counter()
        completed = super().column(field, sources, place)
        if type(completed) is list:
            self._take_down(field, len(sources), started)
            return completed
        return self.begun(self._timed(field, len(sources), started, completed))

    async def _timed(self, field: Field, parents: int, started: float, later: Any) -> Column:
        completed: Column = await later
        self._take_down(field, parents, started)
        return completed

    def _take_down(self, field: Field, parents: int, started: float) -> None:
        before = self.profile.get(field, Spent(0, 0.0))
        self.profile[field] = Spent(before.parents + parents, before.seconds + perf_counter() - started)


def lines(plan: Plan, profile: Mapping[Field, Spent] | None = None) -> Iterator[str]:
    """The plan, a line a field; with a profile, how many parents it had and how many milliseconds it took.

    The objects of a selection are known once one has come up: what is below a field that was never run is not shown.
    """
    yield from _selection(plan.root, profile or {}, 0)


def _selection(selection: Selection, profile: Mapping[Field, Spent], depth: int) -> Iterator[str]:
    yield f"{INDENT * depth}{selection.of.name}"
    for field in selection.fields:
        resolve = field.resolve.inside if isinstance(field.resolve, Guarded) else field.resolve
        way = WAYS.get(type(resolve), ONE_BY_ONE)
        named = field.name if field.key == field.name else f"{field.key}: {field.name}"
        spent = profile.get(field)
        time = "" if spent is None else f"  {spent.parents} parents, {1_000 * spent.seconds:.3f} ms"
        yield f"{INDENT * (depth + 1)}{named}: {field.definition.type}  ({way}){time}"
        for below in field.selections.values():
            yield from _selection(below, profile, depth + 2)

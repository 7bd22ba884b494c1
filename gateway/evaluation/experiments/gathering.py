"""What was shown to the units of each arm, and what they did with it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from gateway.evaluation.experiments.intervals import Numbers
from resolvers.sources.feedback import Action, Event, FeedbackLog, ShownQuery
from resolvers.visitor import Visitor

DEPTHS = (1, 3, 10)
"""The first so many places, for which the rate of clicks is told."""
RATED = (Action.SAVE, Action.DISMISS, Action.INVITE, Action.APPLY, Action.INTERVIEW, Action.HIRE)
"""The actions whose rates are told."""
QUERIES, SEEN, CLICKED, ACTED = 0, 1, 1 + len(DEPTHS), 1 + 2 * len(DEPTHS)
COLUMNS = ACTED + len(RATED)
"""Of a unit: its queries, the items that it saw and clicked in the first places, and the queries that it acted on."""


EARLIEST, LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


class Done(NamedTuple):
    """What somebody did with an item of a query."""

    action: Action
    item_id: str
    position: int


@dataclass
class ArmLog:
    """The units of an arm, each with its counts in the order of COLUMNS, and the models that ranked for them."""

    units: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * COLUMNS))
    models: set[str] = field(default_factory=set)
    impressions: int = 0

    def add(self, query: ShownQuery, done: Iterable[Done]) -> None:
        """Add a query of the arm, and what was done with its items. Whoever does something with an item has seen it."""
        counts, happened = self.units[unit_of(query)], set(done)
        seen = {(one.item_id, one.position) for one in happened}
        clicked = {(one.item_id, one.position) for one in happened if one.action is Action.CLICK}
        counts[QUERIES] += 1
        for at, depth in enumerate(DEPTHS):
            counts[SEEN + at] += sum(position <= depth for _, position in seen)
            counts[CLICKED + at] += sum(position <= depth for _, position in clicked)
        actions = {one.action for one in happened}
        for at, action in enumerate(RATED):
            counts[ACTED + at] += action in actions
        self.impressions += sum(one.action is Action.IMPRESSION for one in happened)
        if query.model is not None:
            self.models.add(query.model)

    def matrix(self, without: frozenset[str]) -> Numbers:
        """The counts, a row a unit, but for some units."""
        rows = [counts for unit, counts in self.units.items() if unit not in without]
        return np.array(rows, dtype=np.float64).reshape(-1, COLUMNS)


@dataclass
class ExperimentLog:
    """An experiment's arms by their names, where they were shown, and from when to when."""

    arms: defaultdict[str, ArmLog] = field(default_factory=lambda: defaultdict(ArmLog))
    surfaces: set[str] = field(default_factory=set)
    first: datetime = LATEST
    last: datetime = EARLIEST

    def add(self, query: ShownQuery, done: Iterable[Done]) -> None:
        """Add a query of the experiment."""
        self.arms[str(query.arm)].add(query, done)
        self.surfaces.add(query.surface.value)
        self.first, self.last = min(query.at, self.first), max(query.at, self.last)

    @property
    def crossed(self) -> frozenset[str]:
        """The units that were in several arms, so that it cannot be said what moved them."""
        met: set[str] = set()
        twice: set[str] = set()
        for arm in self.arms.values():
            twice |= met & arm.units.keys()
            met |= arm.units.keys()
        return frozenset(twice)


def unit_of(query: ShownQuery) -> str:
    """Whom a query counts for: its viewer, else its session, else nobody but itself."""
    return Visitor(query.viewer, query.session).unit or f"query:{query.id}"


def gathered(log: FeedbackLog, since: datetime | None, named: str | None) -> Mapping[str, ExperimentLog]:
    """The experiments of the queries since a time, by name; of one name alone, if it is given. Raises SourceError."""
    experiments: defaultdict[str, ExperimentLog] = defaultdict(ExperimentLog)
    done = _done_by_query(log.all_events())
    for query in log.all_queries():
        if query.experiment is None or query.arm is None or (named is not None and query.experiment != named):
            continue
        if since is None or query.at >= since:
            experiments[query.experiment].add(query, done.get(query.id, ()))
    return dict(sorted(experiments.items()))


def _done_by_query(events: Iterable[Event]) -> dict[str, list[Done]]:
    found: defaultdict[str, list[Done]] = defaultdict(list)
    for event in events:
        if event.experiment is not None:
            found[event.query_id].append(Done(event.action, event.item_id, event.position))
    return found

"""What was shown to the units of each arm, and what they did with it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from gateway.evaluation.experiments.intervals import Numbers
from resolvers.feedback.actions import BITS, NOTHING_DONE, Done, done_by_query
from resolvers.sources.feedback import Action, FeedbackLog, ShownQuery
from resolvers.visitor import Visitor

DEPTHS = (1, 3, 10)
"""The first so many places, for which the rate of clicks is told."""
RATED = (Action.SAVE, Action.DISMISS, Action.INVITE, Action.APPLY, Action.INTERVIEW, Action.HIRE)
"""The actions whose rates are told."""
QUERIES, SEEN, CLICKED, ACTED = 0, 1, 1 + len(DEPTHS), 1 + 2 * len(DEPTHS)
IMPRESSIONS = ACTED + len(RATED)
COLUMNS = IMPRESSIONS + 1
"""Of a unit: its queries, the items that it saw and clicked in the first places, the queries that it acted on, and the
impressions that were reported."""
EARLIEST, LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass
class ArmLog:
    """The units of an arm, each with its counts in the order of COLUMNS, and for whom of them which model ranked."""

    units: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * COLUMNS))
    ranked: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, query: ShownQuery, done: Done) -> None:
        """Add a query of the arm, and what was done with its items."""
        unit = unit_of(query)
        counts = self.units[unit]
        counts[QUERIES] += 1
        for at, action in enumerate(RATED):
            counts[ACTED + at] += any(actions & BITS[action] for actions in done.values())
        impressions = sum(bool(actions & BITS[Action.IMPRESSION]) for actions in done.values())
        if impressions:
            self._add_clicks(counts, done)
        counts[IMPRESSIONS] += impressions
        if query.model is not None:
            self.ranked[query.model].add(unit)

    @staticmethod
    def _add_clicks(counts: list[int], done: Done) -> None:
        """Add what was seen and clicked of a query. Whoever does something with an item has seen it.

        Where no impression was reported it is not known what else was seen, and clicks alone would be all of it.
        """
        for at, depth in enumerate(DEPTHS):
            in_front = [actions for position, actions in done.items() if position <= depth]
            counts[SEEN + at] += len(in_front)
            counts[CLICKED + at] += sum(bool(actions & BITS[Action.CLICK]) for actions in in_front)

    def matrix(self, without: frozenset[str]) -> Numbers:
        """The counts, a row a unit, but for some units."""
        rows = [counts for unit, counts in self.units.items() if unit not in without]
        return np.array(rows, dtype=np.float64).reshape(-1, COLUMNS)

    def models(self, without: frozenset[str]) -> list[str]:
        """The names of the models that ranked for them, but for some units."""
        return sorted(model for model, units in self.ranked.items() if not units <= without)


@dataclass
class ExperimentLog:
    """An experiment's arms by their names, where they were shown, and from when to when."""

    arms: defaultdict[str, ArmLog] = field(default_factory=lambda: defaultdict(ArmLog))
    surfaces: set[str] = field(default_factory=set)
    first: datetime = LATEST
    last: datetime = EARLIEST

    def add(self, query: ShownQuery, done: Done) -> None:
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
    done = done_by_query(event for event in log.all_events() if event.experiment is not None)
    for query in log.all_queries():
        if query.experiment is None or query.arm is None or (named is not None and query.experiment != named):
            continue
        if since is None or query.at >= since:
            experiments[query.experiment].add(query, done.get(query.id, NOTHING_DONE))
    return dict(sorted(experiments.items()))

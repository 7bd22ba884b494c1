"""Training data: the pages that somebody has seen, with the features of their items and what was done with them.

What was seen is what an impression, or any other event, says so of. Where a frontend reports no impressions at all of a
page, but something else, all of the page was. A page that no event is of may never have been looked at: it is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from resolvers.feedback.actions import BITS, Done, actions_in, done_by_query
from resolvers.ranking.features import FEATURES, PLACE, Matrix
from resolvers.sources.feedback import Action, Event, FeedbackLog, ShownItem, ShownQuery, Surface

GAINS: Mapping[Action, float] = {
    Action.DISMISS: -1,
    Action.IMPRESSION: 0,
    Action.CLICK: 1,
    Action.SAVE: 2,
    Action.INVITE: 4,
    Action.APPLY: 4,
    Action.INTERVIEW: 8,
    Action.HIRE: 16,
}
"""What an item is worth that somebody did this with; of several actions the one that is worth most counts."""
OUTWEIGHS_DISMISSAL = GAINS[Action.INVITE]
"""A click that ends in a dismissal is a look at what is not wanted. From here on the wish was stronger."""
SEEN = BITS[Action.IMPRESSION]
Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
PLACES: Mapping[str, int] = {feature.value: place for feature, place in PLACE.items()}


@dataclass(frozen=True)
class Pages:
    """Pages one behind the other, the oldest first. A row of `features`, `positions` and `gains` is an item.

    `starts` are the first rows of pages, and the end of the last. `units` tells for each page who looked, by a number.
    """

    features: Matrix
    positions: Whole
    gains: Numbers
    starts: Whole
    units: Whole
    at: Sequence[datetime]
    events: int = 0

    def __len__(self) -> int:
        return len(self.at)

    @cached_property
    def page(self) -> Whole:
        """The page of each row, by its number."""
        return np.repeat(np.arange(len(self)), self.sizes)

    @property
    def sizes(self) -> Whole:
        """How many items each page has."""
        return np.diff(self.starts)

    @property
    def acted(self) -> NDArray[np.bool_]:
        """Whether somebody wanted an item enough to do something with it, by row."""
        return self.gains > 0

    def part(self, first: int, end: int) -> "Pages":
        """The pages from the number `first` up to `end`."""
        rows = slice(self.starts[first], self.starts[end])
        return Pages(
            self.features[rows],
            self.positions[rows],
            self.gains[rows],
            self.starts[first : end + 1] - self.starts[first],
            self.units[first:end],
            self.at[first:end],
        )


def seen_pages(log: FeedbackLog, surface: Surface, since: datetime | None = None) -> Pages:
    """The pages of a surface that were seen, of queries from `since` on. Raises SourceError."""
    queries = {one.id: one for one in log.all_queries() if _tells(one, surface, since)}
    events = 0

    def of_them() -> Iterator[Event]:
        nonlocal events
        for event in log.all_events():
            if event.query_id in queries:
                events += 1
                yield event

    done = done_by_query(of_them())
    seen = [(queries[id_], _seen_items(queries[id_].items, some)) for id_, some in done.items()]
    return pages_of(sorted(seen, key=lambda one: (one[0].at, one[0].id)), events)


def pages_of(seen: Sequence[tuple[ShownQuery, Sequence[tuple[ShownItem, float]]]], events: int) -> Pages:
    """The pages of queries, in their order, with what was seen of each and what that was worth."""
    rows = [_features(query, [item for item, _ in items]) for query, items in seen]
    items = [one for _, some in seen for one in some]
    units = {unit: number for number, unit in enumerate(dict.fromkeys(_unit(query) for query, _ in seen))}
    return Pages(
        np.concatenate(rows) if rows else np.empty((0, len(FEATURES))),
        np.array([item.position for item, _ in items], dtype=np.int64),
        np.array([gain for _, gain in items], dtype=np.float64),
        np.cumsum([0, *(len(some) for _, some in seen)]),
        np.array([units[_unit(query)] for query, _ in seen], dtype=np.int64),
        [query.at for query, _ in seen],
        events,
    )


@cache
def gain_of(done: int) -> float:
    """What an item is worth that these things were done with, a bit each."""
    found = actions_in(done)
    best = max(GAINS[action] for action in found)
    return GAINS[Action.DISMISS] if Action.DISMISS in found and best < OUTWEIGHS_DISMISSAL else best


def _tells(query: ShownQuery, surface: Surface, since: datetime | None) -> bool:
    wanted = query.surface is surface and (since is None or query.at >= since)
    named = len(query.feature_names)
    return wanted and named > 0 and all(len(item.features) == named for item in query.items)


def _seen_items(items: Sequence[ShownItem], done: Done) -> list[tuple[ShownItem, float]]:
    told = any(actions & SEEN for actions in done.values())
    return [(one, gain_of(done.get(one.position, SEEN))) for one in items if one.position in done or not told]


def _features(query: ShownQuery, items: Sequence[ShownItem]) -> Matrix:
    """The features by the places that they have now: what was not known then is NaN, what is not known now is left."""
    found = np.full((len(items), len(FEATURES)), np.nan)
    known = [at for at, name in enumerate(query.feature_names) if name in PLACES]
    if items:
        given = np.array([item.features for item in items], dtype=np.float64)
        found[:, [PLACES[query.feature_names[at]] for at in known]] = given[:, known]
    return found


def _unit(query: ShownQuery) -> str:
    """Who looked: queries of one viewer, or of one session, are no independent witnesses."""
    return query.viewer or query.session or query.id

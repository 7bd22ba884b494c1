"""Viewers who look at pages and act by a taste that no ranker is told, and the feedback that they leave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from resolvers.ranking.features import FEATURES, PLACE, Feature, Matrix
from resolvers.ranking.fit import BY_HAND, WEIGHTS, Ranker
from resolvers.sources.feedback import Action, Event, ShownItem, ShownQuery, Surface
from tests.support.feedback_in_memory import MemoryLog

TYPICAL = np.array([WEIGHTS[feature].typical for feature in FEATURES])
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
WANTED_SHARE = 0.08
"""Of all items, so many are wanted by more than half of those who look."""
STEPS = ((Action.CLICK, 1.0), (Action.SAVE, 0.3), (Action.INVITE, 0.35), (Action.INTERVIEW, 0.5), (Action.HIRE, 0.4))
WORTH = {Action.CLICK: 1.0, Action.SAVE: 2.0, Action.INVITE: 4.0, Action.INTERVIEW: 8.0, Action.HIRE: 16.0}
Numbers = NDArray[np.float64]


def wish(rows: Matrix) -> Numbers:
    """How much viewers want items: a taste with steps, powers and features that only count together."""
    known = np.where(np.isnan(rows), TYPICAL, rows)

    def of(feature: Feature) -> Numbers:
        column: Numbers = known[:, PLACE[feature]]
        return column

    found: Numbers = (
        2.2 * of(Feature.RATE) ** 3
        + 1.8 * of(Feature.SKILLS) * (of(Feature.TRACK_RECORD) > 0.74)
        + 1.4 * (of(Feature.TIME_ZONE) >= 0.5)
        - 2.0 * (of(Feature.LANGUAGE) < 0.7)
        + 1.2 * of(Feature.OCCUPATION) * of(Feature.LEVEL)
        + 0.9 * np.sqrt(of(Feature.AVAILABILITY))
        + 0.8 * of(Feature.LOCATION) * (of(Feature.MEANING) > 0.3)
        + of(Feature.WORDS) * of(Feature.SKILLS_USED)
    )
    return found


@dataclass(frozen=True)
class Viewers:
    """Viewers of candidates, each candidate a row of features, by what is recommended for.

    They look at position k with the chance `1 / k ** eta`, and each wants everything a little more or less than others.
    """

    candidates: Sequence[Matrix]
    eta: float = 1.0
    page: int = 20
    seed: int = 1

    @cached_property
    def _line(self) -> float:
        """How much somebody wants what half of them click."""
        return float(np.quantile(wish(np.concatenate(list(self.candidates))), 1 - WANTED_SHARE))

    def chance(self, rows: Matrix) -> Numbers:
        """How likely an item is clicked by who looks at it."""
        chance: Numbers = 1 / (1 + np.exp(-2 * (wish(rows) - self._line)))
        return chance

    def outcomes(self, chance: Numbers, random: np.random.Generator) -> list[Action | None]:
        """What somebody does with items that they look at: the furthest step of each, None for nothing."""
        odds = chance / (1 - chance) * np.exp(random.normal(0, 0.7))
        goes_on = np.ones(len(chance), dtype=bool)
        found: list[Action | None] = [None] * len(chance)
        for action, share in STEPS:
            goes_on &= random.random(len(chance)) < (odds / (1 + odds) if action is Action.CLICK else share)
            found = [action if on else before for on, before in zip(goes_on, found, strict=True)]
        return found

    def feedback(self, sessions: int, ranker: Ranker = BY_HAND) -> MemoryLog:
        """What so many sessions leave: each a page of the best by a ranker, all of it on the screen."""
        random = np.random.default_rng(self.seed)
        pages = [rows[np.argsort(-ranker.fits(rows).score, kind="stable")[: self.page]] for rows in self.candidates]
        chances = [self.chance(rows) for rows in pages]
        looks = [1 / np.arange(1, len(rows) + 1) ** self.eta for rows in pages]
        queries: list[ShownQuery] = []
        events: list[Event] = []
        for number in range(sessions):
            which = int(random.integers(len(pages)))
            query = self._query(number, which, pages[which], ranker)
            looked = random.random(len(pages[which])) < looks[which]
            done = self.outcomes(chances[which], random)
            queries.append(query)
            events += _events(query, [one if seen else None for one, seen in zip(done, looked, strict=True)])
        return MemoryLog(queries, events)

    def _query(self, number: int, which: int, rows: Matrix, ranker: Ranker) -> ShownQuery:
        items = tuple(
            ShownItem(f"talent_{which}_{at}", at + 1, 0.0, tuple(row)) for at, row in enumerate(rows.tolist())
        )
        at = BEGIN + timedelta(minutes=number)
        names = tuple(feature.value for feature in FEATURES)
        return ShownQuery(f"query-{number}", at, Surface.RECOMMENDED_TALENT, f"job_{which}", items, names, ranker.name)


def _events(query: ShownQuery, done: Sequence[Action | None]) -> list[Event]:
    """An impression of the whole page, and what was done, with one event for the furthest step."""
    actions = [
        (item, action) for item, one in zip(query.items, done, strict=True) for action in (Action.IMPRESSION, one)
    ]
    return [
        Event(f"{query.id}-{number}", query.id, action, item.id, item.position, query.at)
        for number, (item, action) in enumerate(actions)
        if action is not None
    ]


def recovered(viewers: Viewers, scores_of: Callable[[Matrix], Numbers], draws: int = 20) -> float:
    """The nDCG@10 that an order of all candidates gets from viewers who look at everything."""
    random, found = np.random.default_rng(5), []
    for rows in viewers.candidates:
        chance, order = viewers.chance(rows), np.argsort(-scores_of(rows), kind="stable")[:10]
        for _ in range(draws):
            worth = np.array([0.0 if one is None else WORTH[one] for one in viewers.outcomes(chance, random)])
            best = np.sort(worth)[::-1][:10]
            if best.any():
                discounts = 1 / np.log2(np.arange(2, len(best) + 2))
                found.append(float((worth[order] @ discounts[: len(order)]) / (best @ discounts)))
    return float(np.mean(found))

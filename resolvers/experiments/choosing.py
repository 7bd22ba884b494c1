"""What ranks for whom: the ranker in use, or that of the arm that somebody is in."""

import logging
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import NamedTuple

from resolvers.experiments.assignment import arm_of
from resolvers.experiments.experiment import Arm, ArmWeight, Experiment
from resolvers.ranking.features import Feature
from resolvers.ranking.fit import BY_HAND, WEIGHTS, LinearRanker, Ranker, Weight
from resolvers.sources.feedback import Surface

NAME_BYTES = 4
SEPARATOR = "/"
NO_ARM = ""
Named = Callable[[str], Ranker | None]
"""Finds a ranker by its name; None where there is none."""
log = logging.getLogger(__name__)


class Chosen(NamedTuple):
    """What ranks, and the arm of the experiment that it is of; None where it is of none.

    `meaning` is the share of meaning in the scores of searches; None where it is as it is set.
    """

    ranker: Ranker
    experiment: str | None = None
    arm: str | None = None
    meaning: float | None = None

    @property
    def label(self) -> str:
        """The arm as it stands in a cursor, so that the next page is of the same."""
        return NO_ARM if self.experiment is None else f"{self.experiment}{SEPARATOR}{self.arm}"


def set_by_hand(name: str) -> Ranker | None:
    """The rankers that need no model."""
    return BY_HAND if name == BY_HAND.name else None


class Experiments:
    """The experiments that run. `named` finds the rankers of their arms.

    Where the ranker of any arm is missing the whole experiment rests: arms of which one shows what another would show
    compare nothing.
    """

    def __init__(self, experiments: Iterable[Experiment] = (), named: Named = set_by_hand) -> None:
        self._named = named
        self._running = {surface: one for one in experiments if one.enabled for surface in one.surfaces}
        self._weighted = {
            (one.name, arm.name): weighted(arm.weights)
            for one in self._running.values()
            for arm in one.arms
            if arm.weights
        }
        self._said: set[str] = set()
        # Models are read when they are first asked for.
        for one in self._running.values():
            for arm in one.arms:
                self._ranker(one, arm, BY_HAND)

    def is_on(self, surface: Surface) -> bool:
        """Whether some experiment runs there."""
        return surface in self._running

    def choose(self, surface: Surface, unit: str, present: Ranker) -> Chosen:
        """What ranks there for a unit. `present` is the ranker that is in use without experiments."""
        running = self._running.get(surface)
        arm = None if running is None else arm_of(running, unit)
        return Chosen(present) if running is None or arm is None else self._chosen(running, arm, present)

    def again(self, surface: Surface, label: str, present: Ranker) -> Chosen:
        """What ranks where a page goes on: the arm of the page before, as long as it is there."""
        running = self._running.get(surface)
        name, _, of = label.partition(SEPARATOR)
        arm = running.arm(of) if running is not None and running.name == name else None
        return Chosen(present) if running is None or arm is None else self._chosen(running, arm, present)

    def weighted_as(self, name: str) -> Ranker | None:
        """The ranker of this name out of the arms that have weights of their own; None where there is none."""
        return next((ranker for ranker in self._weighted.values() if ranker.name == name), None)

    def _chosen(self, running: Experiment, arm: Arm, present: Ranker) -> Chosen:
        rankers = {one.name: self._ranker(running, one, present) for one in running.arms}
        ranker = rankers[arm.name]
        if ranker is None or None in rankers.values():
            self._say(running)
            return Chosen(present)
        return Chosen(ranker, running.name, arm.name, arm.meaning)

    def _ranker(self, running: Experiment, arm: Arm, present: Ranker) -> Ranker | None:
        if arm.weights:
            return self._weighted[running.name, arm.name]
        return present if arm.ranker is None else self._named(arm.ranker)

    def _say(self, running: Experiment) -> None:
        if running.name not in self._said:
            self._said.add(running.name)
            names = ", ".join(arm.ranker for arm in running.arms if arm.ranker and self._named(arm.ranker) is None)
            log.warning("the experiment %s rests, since there is no ranker %s", running.name, names)


NO_EXPERIMENTS = Experiments()


def weighted(changes: Mapping[Feature, ArmWeight]) -> LinearRanker:
    """The model set by hand with other weights for some features. On each side all of them add up to 1 again.

    Two with the same weights have the same name.
    """
    given = {feature: _changed(weight, changes.get(feature)) for feature, weight in WEIGHTS.items()}
    client, talent = (
        sum(side) or 1.0 for side in zip(*((one.client, one.talent) for one in given.values()), strict=True)
    )
    weights = {feature: Weight(one.client / client, one.talent / talent, one.typical) for feature, one in given.items()}
    digest = blake2b(repr(sorted(weights.items())).encode(), digest_size=NAME_BYTES).hexdigest()
    return LinearRanker(weights, f"{BY_HAND.name}-{digest}")


def _changed(weight: Weight, change: ArmWeight | None) -> Weight:
    if change is None:
        return weight
    client = weight.client if change.client is None else change.client
    return weight._replace(client=client, talent=weight.talent if change.talent is None else change.talent)

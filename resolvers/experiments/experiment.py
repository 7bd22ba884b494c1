"""What an experiment is, as a file says it. Whatever cannot be meant is a ValueError that says why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import isclose
from typing import Annotated

import msgspec
from msgspec import Meta

from resolvers.ranking.features import Feature
from resolvers.ranking.fit import BY_HAND
from resolvers.sources.feedback import Surface
from resolvers.sources.models import LEARNED_SURFACES

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Share = Annotated[float, Meta(gt=0, le=1)]
Counts = Annotated[float, Meta(ge=0, le=1)]
RANKED = frozenset(LEARNED_SURFACES)
"""Where a ranker decides, which an arm can choose."""
FUSED = frozenset({Surface.SEARCH_JOBS, Surface.SEARCH_TALENT, Surface.SEARCH})
"""Where words and meaning are one score, in which an arm can choose their shares."""


class ArmWeight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a feature counts for in both directions; None leaves it as it is set by hand."""

    client: Counts | None = None
    talent: Counts | None = None


class Arm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the ways that are compared: what ranks for its share of those who take part.

    `ranker` is a name of a model; None is the one that is in use anyway. `weights` change the model set by hand.
    `meaning` is the share of meaning in the scores of searches; None is the one that is in use anyway.
    """

    name: Name
    share: Share
    ranker: str | None = None
    weights: Mapping[Feature, ArmWeight] = {}
    meaning: Counts | None = None

    def __post_init__(self) -> None:
        if self.weights and self.ranker not in {None, BY_HAND.name}:
            raise ValueError(f"`weights` are those of {BY_HAND.name}, and `ranker` is {self.ranker}; leave one out")


class Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A comparison of arms, the first of which is the control.

    `traffic` is the share of viewers who take part; it may grow, and whoever takes part stays in the same arm. What is
    not `enabled` is as if it were not there.
    """

    name: Name
    surfaces: tuple[Surface, ...]
    arms: tuple[Arm, ...]
    traffic: Share = 1.0
    enabled: bool = True

    def __post_init__(self) -> None:
        self._check_surfaces()
        if len(self.arms) < 2:
            raise ValueError("`arms` has two at least, the first of which is the control")
        _refuse_repeated("arms", (arm.name for arm in self.arms))
        total = sum(arm.share for arm in self.arms)
        if not isclose(total, 1, abs_tol=1e-6):
            raise ValueError(f"the shares of the arms add up to {total:g}, and have to add up to 1")

    def _check_surfaces(self) -> None:
        on = set(self.surfaces)
        if not on or on - RANKED - FUSED:
            raise ValueError(f"`surfaces` has one or more of {', '.join(sorted(RANKED | FUSED))}")
        if not on & RANKED and any(arm.ranker or arm.weights for arm in self.arms):
            raise ValueError("`ranker` and `weights` are for recommendations, and `surfaces` has none")
        if not on & FUSED and any(arm.meaning is not None for arm in self.arms):
            raise ValueError("`meaning` is for searches, and `surfaces` has none")

    def arm(self, name: str) -> Arm | None:
        """The arm of that name; None where there is none."""
        return next((arm for arm in self.arms if arm.name == name), None)


class ExperimentsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All experiments. Of those that are enabled one at the most is on a surface: two could not both decide."""

    experiments: tuple[Experiment, ...] = ()

    def __post_init__(self) -> None:
        _refuse_repeated("experiments", (one.name for one in self.experiments))
        running = (one for one in self.experiments if one.enabled)
        _refuse_repeated("enabled experiments", (surface for one in running for surface in set(one.surfaces)))


def _refuse_repeated(what: str, names: Iterable[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ValueError(f"several {what} have {repeated[0]}; only one may")

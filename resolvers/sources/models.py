"""Rankers that were learned: what is kept of one, where they are kept, and which are in use.

A model is two files that never change: a manifest, and the trees as LightGBM dumps them. Which model is in use where is
a thing of its own, switched as a whole.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Protocol

import msgspec

from resolvers.errors import ModelRefused
from resolvers.ranking.fit import BY_HAND, Ranker
from resolvers.ranking.learned import LearnedRanker, Scale
from resolvers.ranking.trees import Trees
from resolvers.sources.feedback import Surface

FORMAT = 2
"""Raised whenever a gateway of before would rank by a model in another way than it was measured by, or cannot read it.

Until 2 the trees alone have ranked, and the fits of a match were no bound of its score.
"""
MODEL_NAME = "ranker-{:04d}"
MODEL_NUMBER = r"ranker-(\d{4,})"
LEARNED_SURFACES = (Surface.RECOMMENDED_TALENT, Surface.RECOMMENDED_JOBS)
"""Where pairings are ranked by their features, so that a learned ranker can take the place of the one set by hand."""


class LearnedFrom(msgspec.Struct, frozen=True, rename="camel"):
    """What a model was learned from: queries that were seen, and events of them.

    `actions` counts the items with an action, as opposed to an impression. The newest `held_out` queries were kept from
    it, and have told the figures; `first_at` and `last_at` are the times of the oldest and the newest of all.
    """

    first_at: datetime
    last_at: datetime
    queries: int
    events: int
    actions: int
    held_out: int
    seed: int


class Figures(msgspec.Struct, frozen=True, rename="camel"):
    """How a model does on the queries held out, beside its parent: nDCG@10 weighted by inverse propensities.

    `lead` is by how much it is higher, and `lead_low` and `lead_high` bound that with 95 % confidence.
    """

    ndcg: float
    parent_ndcg: float
    lead: float
    lead_low: float
    lead_high: float

    @property
    def is_better(self) -> bool:
        """Whether the lead is more than chance."""
        return self.lead_low > 0


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """What a model says of itself.

    `parent` is the ranker that was in use where it was learned. `propensities` are the shares of viewers who look at
    positions 1, 2, … out of those who look at the first. `sha256` is the checksum of its trees, in hexadecimal.
    """

    format: int
    surface: Surface
    features: tuple[str, ...]
    parent: str
    created_at: datetime
    learned_from: LearnedFrom
    figures: Figures
    propensities: tuple[float, ...]
    scale: Scale
    trees: int
    lightgbm: str
    sha256: str


class StoredModel(NamedTuple):
    """A model as it is kept: its manifest and its trees, each as JSON."""

    manifest: bytes
    trees: bytes


class _Versioned(msgspec.Struct, frozen=True):
    format: int


Promotions = Mapping[Surface, Sequence[str]]
"""The names of the models that were in use on each surface, one after the other; the last one is."""


class ModelRegistry(Protocol):
    """Where models are kept. Its methods block, and may run in any thread; each raises SourceError when that fails."""

    def names(self) -> list[str]:
        """The names of all models, the oldest first."""

    def add(self, model: StoredModel) -> str:
        """Keep a model for good, and return its name, which no other has."""

    def read(self, name: str) -> StoredModel:
        """A model. Raises ModelRefused when there is none of this name."""

    def promotions(self) -> Promotions:
        """What is in use."""

    def promote(self, change: Callable[[Promotions], Promotions]) -> Promotions:
        """Change what is in use, as a whole and with nobody else changing it in between; returns it as it is then."""

    def close(self) -> None:
        """Let go of connections."""


def manifest_of(name: str, content: bytes) -> Manifest:
    """A manifest out of its file. Raises ModelRefused for what is none, or of a newer or an older gateway."""
    try:
        own = msgspec.json.decode(content, type=_Versioned).format
        if own == FORMAT:
            return msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise ModelRefused(f"the model {name} is damaged: its manifest cannot be read ({error})") from error
    if own > FORMAT:
        raise ModelRefused(f"the model {name} is of a newer gateway: update this one, or train a model with it")
    raise ModelRefused(f"the model {name} is of an older gateway, and was measured by another order: train a new one")


def ranker_of(name: str, model: StoredModel) -> LearnedRanker:
    """The ranker of a stored model. Raises ModelRefused for one that is damaged, or that cannot be used here."""
    manifest = manifest_of(name, model.manifest)
    if sha256(model.trees).hexdigest() != manifest.sha256:
        raise ModelRefused(f"the model {name} is damaged: its trees have another checksum than its manifest says")
    try:
        return LearnedRanker(name, Trees(model.trees), manifest.scale)
    # What is no JSON of trees is a ValueError too.
    except ValueError as error:
        raise ModelRefused(f"the model {name} cannot be used: {error}") from error


class Rankers:
    """What ranks where: the model in use on a surface, or the ranker set by hand.

    `known` has others by their names, such as those that were in use before; it may grow.
    """

    def __init__(
        self, in_use: Mapping[Surface, Ranker] | None = None, known: Mapping[str, Ranker] | None = None
    ) -> None:
        self._in_use, self._known = in_use or {}, {} if known is None else known

    def of(self, surface: Surface) -> Ranker:
        """The ranker in use."""
        return self._in_use.get(surface, BY_HAND)

    def named(self, name: str) -> Ranker | None:
        """The ranker of a name; None for one that this process does not know."""
        return BY_HAND if name == BY_HAND.name else self._known.get(name)


BY_HAND_ALONE = Rankers()

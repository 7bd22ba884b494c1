"""From pages that were seen to a model, with what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec
import numpy as np

from gateway.learning.boosting import Planted, boosted, enough_trees, first_scores, version
from gateway.learning.measuring import compared
from gateway.learning.pages import Numbers, Pages
from gateway.learning.propensities import examination, weights
from resolvers.errors import TrainingFailed
from resolvers.ranking.features import FEATURES
from resolvers.ranking.fit import BY_HAND, Ranker
from resolvers.ranking.learned import LearnedRanker, Scale
from resolvers.ranking.trees import Trees
from resolvers.sources.feedback import Surface
from resolvers.sources.models import FORMAT, LearnedFrom, Manifest, StoredModel

LEAST_PAGES = 300
"""So many pages with an action are needed; the newest fifth of them alone is to tell two models apart."""
HELD_OUT, VALIDATION = 0.2, 0.2
"""The newest pages, by which models are compared; of the others the newest, by which the number of trees is chosen."""
NARROWEST = 1e-9


@dataclass(frozen=True)
class Lesson:
    """What is learned from: pages of a surface, where `parent` is in use now. The same seed learns the same."""

    surface: Surface
    pages: Pages
    parent: Ranker
    seed: int
    now: datetime


class Learned(msgspec.Struct, frozen=True):
    """A model that was learned, as it is kept, and its manifest."""

    stored: StoredModel
    manifest: Manifest


def learned(lesson: Lesson, planted: Planted = lambda _: None) -> Learned:
    """Learn a model. Raises TrainingFailed when there is too little to learn from."""
    pages, held_out = parted(lesson.pages, lesson.surface)
    looked = examination(first_scores(pages, lesson.seed), pages.positions, pages.acted.astype(np.float64))
    dump = _boosted(pages, looked, lesson.seed, planted)
    trees = Trees(dump)
    scale = drawn_to(trees.raw(pages.features), BY_HAND.fits(pages.features).score)
    rankers: Sequence[Ranker] = (LearnedRanker("new", trees, scale), lesson.parent)
    own, parents = (ranker.fits(held_out.features).score for ranker in rankers)
    manifest = Manifest(
        FORMAT,
        lesson.surface,
        tuple(FEATURES),
        lesson.parent.name,
        lesson.now,
        _learned_from(lesson, len(held_out)),
        compared(held_out, own, parents, weights(looked, held_out.positions), lesson.seed),
        tuple(looked.tolist()),
        scale,
        trees.count,
        version(),
        sha256(dump).hexdigest(),
    )
    return Learned(StoredModel(msgspec.json.format(msgspec.json.encode(manifest)), dump), manifest)


def parted(pages: Pages, surface: Surface) -> tuple[Pages, Pages]:
    """The pages to learn from, and the newest ones, which are held out. Raises TrainingFailed for too few."""
    told = np.unique(pages.page[pages.acted])
    if len(told) < LEAST_PAGES:
        raise TrainingFailed(
            f"{len(told):,} queries of {surface} have an action of somebody ({len(pages):,} have an event at all), and "
            f"{LEAST_PAGES:,} are needed: record more events, or take an earlier --since"
        )
    return _cut(pages, HELD_OUT)


def _cut(pages: Pages, share: float) -> tuple[Pages, Pages]:
    """The older pages, and the newest ones with such a share of those that have an action."""
    told = np.unique(pages.page[pages.acted])
    first = int(told[round(len(told) * (1 - share))])
    return pages.part(0, first), pages.part(first, len(pages))


def _boosted(pages: Pages, looked: Numbers, seed: int, planted: Planted) -> bytes:
    """Trees of all pages, as many as are best for the newest of them when they are learned of the others."""
    older, newer = _cut(pages, VALIDATION)
    heavy = [weights(looked, some.positions) for some in (older, newer, pages)]
    trees = enough_trees(older, heavy[0], newer, heavy[1], seed=seed, planted=planted)
    return boosted(pages, heavy[2], trees, seed)


def drawn_to(raw: Numbers, scores: Numbers) -> Scale:
    """The scale by which raw scores have the mean and the spread of the other scores, as odds."""
    odds = np.log(np.clip(scores, 0.001, 0.999) / (1 - np.clip(scores, 0.001, 0.999)))
    if raw.std() < NARROWEST:
        raise TrainingFailed("nothing was learned: what people did has nothing to do with any feature")
    slope = float(odds.std() / raw.std())
    return Scale(float(odds.mean() - slope * raw.mean()), max(slope, NARROWEST))


def _learned_from(lesson: Lesson, held_out: int) -> LearnedFrom:
    pages = lesson.pages
    return LearnedFrom(
        pages.at[0], pages.at[-1], len(pages), pages.events, int(pages.acted.sum()), held_out, lesson.seed
    )

"""From pages that were seen to a model, with what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec
import numpy as np

from gateway.learning.boosting import Planted, boosted, first_scores, version
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
HELD_OUT, VALIDATION = 0.2, 0.15
"""The newest pages, by which models are compared, and those before them, by which the number of trees is chosen."""
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
    training, validation, held_out = parts(lesson.pages, lesson.surface)
    looked = examination(first_scores(training, lesson.seed), training.positions, training.acted.astype(np.float64))
    heavy = [weights(looked, some.positions) for some in (training, validation, held_out)]
    dump = boosted(training, heavy[0], validation, heavy[1], seed=lesson.seed, planted=planted)
    trees = Trees(dump)
    scale = drawn_to(trees.raw(training.features), BY_HAND.fits(training.features).score)
    rankers: Sequence[Ranker] = (LearnedRanker("new", trees, scale), lesson.parent)
    own, parents = (ranker.fits(held_out.features).score for ranker in rankers)
    manifest = Manifest(
        FORMAT,
        lesson.surface,
        tuple(FEATURES),
        lesson.parent.name,
        lesson.now,
        _learned_from(lesson, len(held_out)),
        compared(held_out, own, parents, heavy[2], lesson.seed),
        tuple(looked.tolist()),
        scale,
        trees.count,
        version(),
        sha256(dump).hexdigest(),
    )
    return Learned(StoredModel(msgspec.json.format(msgspec.json.encode(manifest)), dump), manifest)


def parts(pages: Pages, surface: Surface) -> tuple[Pages, Pages, Pages]:
    """The pages for training, for validation, and those held out, by time. Raises TrainingFailed for too few."""
    told = np.unique(pages.page[pages.acted])
    if len(told) < LEAST_PAGES:
        raise TrainingFailed(
            f"{len(told):,} queries of {surface} have an action of somebody ({len(pages):,} have an event at all), and "
            f"{LEAST_PAGES:,} are needed: record more events, or take an earlier --since"
        )
    first, last = (int(told[round(len(told) * share)]) for share in (1 - HELD_OUT - VALIDATION, 1 - HELD_OUT))
    return pages.part(0, first), pages.part(first, last), pages.part(last, len(pages))


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

"""LambdaMART by LightGBM (Burges, "From RankNet to LambdaRank to LambdaMART", Microsoft Research 2010): its only home.

Two models are trained. The first one takes positions as a part of the score, as LightGBM offers it, and serves to tell
how likely somebody looks at a position. The second one is weighted by that, and is the one that ranks.
"""

import json
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gateway.learning.pages import GAINS, Numbers, Pages, Whole
from resolvers.errors import TrainingFailed
from resolvers.ranking.features import FEATURES, Matrix

try:
    import lightgbm
except ImportError:  # an extra of the project: a server needs none of it
    MISSING: str | None = "`train` needs LightGBM: install discovery-gateway[train]"
except OSError as error:  # its wheel leaves OpenMP to the system
    MISSING = f"`train` needs the system library libgomp, on Debian the package libgomp1 ({error})"
else:
    MISSING = None

MOST_TREES, FIRST_TREES = 200, 60
PATIENCE_TREES, LEAST_GAIN = 10, 0.005
"""So many trees that lower the loss of the pages for validation by less are the last. These are the top of the old
ranking too: what is gained there tree by tree is lost among candidates that nobody was shown."""
LEAVES = 8
NAMES = [feature.value for feature in FEATURES]
GRADES = sorted({0.0, *(gain for gain in GAINS.values() if gain > 0)})
ONE_ACTION = {"label_gain": [0, 1]}
Planted = Callable[[int], None]
"""Is told of so many trees more."""


class Grouped(NamedTuple):
    """Rows of pages in groups, one for each action: the item that it was done with, and what that sets it apart from.

    `labels` are 0 or 1, `weights` those of the rows, `acted` are the places of the items with the actions among them.
    """

    rows: Whole
    labels: Whole
    weights: Numbers
    sizes: Whole
    acted: Whole

    def loss(self, scores: Numbers) -> float:
        """How wrong scores of the rows are: the weighted logistic loss of each action's item with each other one.

        nDCG would be what counts. But it is a matter of few items with large weights, and so a poor guide here.
        """
        signs = np.repeat(2 * self.labels[self.acted] - 1, self.sizes)
        apart = signs * (np.repeat(scores[self.acted], self.sizes) - scores)
        return float(np.average(np.logaddexp(0, -apart), weights=self.weights))


def check_boosting() -> None:
    """Raise TrainingFailed when there is no LightGBM here."""
    if MISSING is not None:
        raise TrainingFailed(MISSING)


def version() -> str:
    """LightGBM's version."""
    return str(lightgbm.__version__)


def first_scores(pages: Pages, seed: int) -> Numbers:
    """Scores of the items without what their positions add, by a model that learns both (LightGBM's `position`)."""
    labels = np.searchsorted(GRADES, np.maximum(pages.gains, 0))
    parameters = _parameters(seed) | {"label_gain": GRADES, "lambdarank_position_bias_regularization": 0.0}
    given = lightgbm.Dataset(
        pages.features, labels, group=pages.sizes, position=pages.positions, feature_name=NAMES, params=parameters
    )
    return _predicted(lightgbm.train(parameters, given, FIRST_TREES), pages.features)


def enough_trees(
    pages: Pages, weights: Numbers, unseen: Pages, of_unseen: Numbers, *, seed: int, planted: Planted
) -> int:
    """How many trees learned of some pages are best for others. Weights are the inverse propensities of the rows."""
    grouped = by_action(unseen, of_unseen)
    given = _weighted(pages, weights)
    other = given.create_valid(
        unseen.features[grouped.rows], grouped.labels, group=grouped.sizes, weight=grouped.weights
    )

    def measured(scores: Numbers, _: Any) -> tuple[str, float, bool]:
        planted(1)
        return "loss", grouped.loss(scores), False

    stopping = lightgbm.early_stopping(PATIENCE_TREES, verbose=False, min_delta=LEAST_GAIN)
    parameters = _parameters(seed) | ONE_ACTION | {"metric": "None"}
    trained = lightgbm.train(parameters, given, MOST_TREES, valid_sets=[other], feval=measured, callbacks=[stopping])
    return int(trained.best_iteration)


def boosted(pages: Pages, weights: Numbers, trees: int, seed: int) -> bytes:
    """So many trees that rank, as LightGBM dumps them in JSON. Weights are the inverse propensities of the rows."""
    trained = lightgbm.train(_parameters(seed) | ONE_ACTION, _weighted(pages, weights), trees)
    return json.dumps(trained.dump_model()).encode()


def _weighted(pages: Pages, weights: Numbers) -> Any:
    grouped = by_action(pages, weights)
    return lightgbm.Dataset(
        pages.features[grouped.rows],
        grouped.labels,
        group=grouped.sizes,
        weight=grouped.weights,
        feature_name=NAMES,
        params={"verbosity": -1, "force_row_wise": True},
    )


def by_action(pages: Pages, weights: Numbers) -> Grouped:
    """A group for each action: its item above those of the page that are worth less, or below, where it is dismissed.

    The weight of the whole group is what the action is worth, by the inverse propensity of its position. So each action
    adds to the loss by itself, as the estimator of Joachims et al. has it, with LambdaRank in the place of the rank.
    """
    groups = [_group(pages, int(row)) for row in np.flatnonzero(pages.gains)]
    found = [(rows, row) for rows, row in groups if len(rows) > 1]
    if not found:
        raise TrainingFailed("no page has an item with an action beside one without: there is nothing to compare")
    rows, sizes = np.concatenate([rows for rows, _ in found]), np.array([len(rows) for rows, _ in found])
    actions = np.array([row for _, row in found])
    is_acted = rows == np.repeat(actions, sizes)
    labels = (is_acted == np.repeat(pages.gains[actions] > 0, sizes)).astype(np.int64)
    heavy = np.repeat(np.abs(pages.gains[actions]) * weights[actions], sizes)
    return Grouped(rows, labels, heavy / heavy.mean(), sizes, np.flatnonzero(is_acted))


def _group(pages: Pages, row: int) -> tuple[Whole, int]:
    """An item with those of its page that its action sets it apart from."""
    page = pages.page[row]
    rows = np.arange(pages.starts[page], pages.starts[page + 1])
    own, gains = pages.gains[row], pages.gains[rows]
    apart = gains < own if own > 0 else gains > own
    return rows[apart | (rows == row)], row


def _parameters(seed: int) -> dict[str, Any]:
    return {
        "objective": "lambdarank",
        "learning_rate": 0.08,
        "num_leaves": LEAVES,
        "min_data_in_leaf": 40,
        # Every feature says how well something fits: fitting better never hurts, and so the reasons stay true.
        "monotone_constraints": [1] * len(FEATURES),
        "lambdarank_truncation_level": 20,
        # It would scale the lambdas of each group anew, and undo the weights.
        "lambdarank_norm": False,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        # A core is left to the servers of the machine.
        "num_threads": max(1, len(os.sched_getaffinity(0)) - 1),
        "verbosity": -1,
    }


def _predicted(model: Any, rows: Matrix) -> Numbers:
    return np.asarray(model.predict(rows), dtype=np.float64)

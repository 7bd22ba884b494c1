"""Learned rankers that no training is needed for: trees written by hand."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from resolvers.ranking.learned import Scale
from resolvers.sources.feedback import Surface
from resolvers.sources.models import FORMAT, Figures, LearnedFrom, Manifest, StoredModel

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BETTER, NO_BETTER = Figures(0.6, 0.5, 0.1, 0.05, 0.15), Figures(0.5, 0.5, 0.0, -0.02, 0.02)


def split(feature: int, threshold: float, left: Any, right: Any, **changes: Any) -> dict[str, Any]:
    """A split as LightGBM dumps it; a number is a leaf."""
    sides = [side if isinstance(side, dict) else {"leaf_value": side} for side in (left, right)]
    plain = {"decision_type": "<=", "default_left": True, "missing_type": "NaN"}
    node = {"split_feature": feature, "threshold": threshold, "left_child": sides[0], "right_child": sides[1]}
    return plain | node | changes


def dumped(features: Sequence[str], *trees: Mapping[str, Any]) -> bytes:
    """Trees as LightGBM dumps them."""
    return json.dumps({"feature_names": features, "tree_info": [{"tree_structure": one} for one in trees]}).encode()


BY_RATE = dumped(["rate"], split(0, 0.5, -1.0, 1.0))
"""Whoever the client can pay is above all others."""


def stored(trees: bytes = BY_RATE, surface: Surface = Surface.RECOMMENDED_TALENT, **changes: Any) -> StoredModel:
    """A model of these trees. `changes` are those of its manifest."""
    source = LearnedFrom(NOW, NOW, queries=1_000, events=9_000, actions=800, held_out=200, seed=1)
    manifest = Manifest(
        format=FORMAT,
        surface=surface,
        features=("rate",),
        parent="linear-1",
        created_at=NOW,
        learned_from=source,
        figures=BETTER,
        propensities=(1.0, 0.5),
        scale=Scale(0.0, 1.0),
        trees=1,
        lightgbm="4.7.0",
        sha256=sha256(trees).hexdigest(),
    )
    return StoredModel(msgspec.json.encode(msgspec.structs.replace(manifest, **changes)), trees)

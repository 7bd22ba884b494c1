"""Diversity: not too many of one group in a ranking."""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def spread(ranked: Iterable[T], groups: Iterable[str | None], at_most: int) -> list[T]:
    """The ranking without what has `at_most` of its own group in front of it. What has no group (None) stays."""
    shown: Counter[str] = Counter()
    kept = []
    for one, group in zip(ranked, groups, strict=True):
        if group is not None:
            shown[group] += 1
            if shown[group] > at_most:
                continue
        kept.append(one)
    return kept

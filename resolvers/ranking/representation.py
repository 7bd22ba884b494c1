"""Who is among the recommended, beside who is among all that qualify."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from resolvers.catalog.talent import TalentRecord
from resolvers.ranking.facts import is_new


class Dimension(StrEnum):
    """What talent is told apart by."""

    COUNTRY = "COUNTRY"
    EXPERIENCE_LEVEL = "EXPERIENCE_LEVEL"
    HISTORY = "HISTORY"


NEW, ESTABLISHED = "NEW", "ESTABLISHED"
VALUES: Mapping[Dimension, Callable[[TalentRecord], str]] = {
    Dimension.COUNTRY: lambda talent: talent.country,
    Dimension.EXPERIENCE_LEVEL: lambda talent: talent.experience_level.value,
    Dimension.HISTORY: lambda talent: NEW if is_new(talent) else ESTABLISHED,
}


class Group(NamedTuple):
    """Talent of one value: how many are shown and how many qualify, each also as a share of all."""

    dimension: Dimension
    value: str
    shown: int
    share: float
    qualified_count: int
    qualified_share: float


def representation(
    shown: Sequence[TalentRecord], qualified: Sequence[TalentRecord], dimensions: Sequence[Dimension]
) -> list[Group]:
    """Each group that qualifies, by dimension, the largest first."""
    return [group for dimension in dimensions for group in _groups(shown, qualified, dimension)]


def _groups(shown: Sequence[TalentRecord], qualified: Sequence[TalentRecord], dimension: Dimension) -> list[Group]:
    value = VALUES[dimension]
    own, every = Counter(map(value, shown)), Counter(map(value, qualified))
    groups = [
        Group(dimension, one, own[one], own[one] / max(1, len(shown)), count, count / len(qualified))
        for one, count in every.items()
    ]
    return sorted(groups, key=lambda group: (-group.qualified_count, group.value))

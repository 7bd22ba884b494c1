"""What a catalog says of skills: how many jobs ask for each, how many talent have it, and which go together.

It is learned when a catalog is indexed (`indexing/relating.py`) and kept with the index.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

LONGEST_LIST = 20
"""How many related skills are known of one."""


class RelatedSkill(NamedTuple):
    """A skill that goes with another, and how closely: above 0, and 1 where the two are always together."""

    id: str
    strength: float


class SkillCounts(NamedTuple):
    """How many jobs ask for a skill, and how many talent have it."""

    jobs: int
    talent: int


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """Statistics in a file. Related skills are places in `ids` with their strengths."""

    jobs: int
    talent: int
    ids: list[str]
    counts: list[tuple[int, int]]
    related: list[list[tuple[int, float]]]


@dataclass(frozen=True)
class SkillStatistics:
    """The statistics of one index. Made without arguments, nothing is known, and all skills are alike.

    `jobs` and `talent` are how many of each there were.
    """

    jobs: int = 0
    talent: int = 0
    counts: Mapping[str, SkillCounts] = field(default_factory=dict)
    related: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """For each skill those that go with it, with their strength, the closest first."""

    def rarity(self, id_: str) -> float:
        """How much a skill tells: `ln(1 + N / (1 + n))`, as idf does, where n of N jobs and talent have it."""
        return self._rarities.get(id_) or self._unseen

    def rarities(self, ids: Iterable[str]) -> dict[str, float]:
        """The rarities of skills by their ids."""
        known, unseen = self._rarities.get, self._unseen
        return {id_: known(id_) or unseen for id_ in ids}

    def related_to(self, id_: str) -> list[RelatedSkill]:
        """The skills that go with a skill, the closest first."""
        return [RelatedSkill(other, strength) for other, strength in self.related.get(id_, {}).items()]

    @cached_property
    def _rarities(self) -> dict[str, float]:
        return {id_: self._rarity(count.jobs + count.talent) for id_, count in self.counts.items()}

    @cached_property
    def _unseen(self) -> float:
        return self._rarity(0)

    def _rarity(self, count: int) -> float:
        return math.log(1 + (self.jobs + self.talent) / (1 + count)) or 1.0

    @cached_property
    def content(self) -> bytes:
        """The statistics as they are kept with an index."""
        ids = list(self.counts)
        place = {id_: at for at, id_ in enumerate(ids)}
        related = [[(place[other], strength) for other, strength in self.related.get(id_, {}).items()] for id_ in ids]
        counts = [tuple(count) for count in self.counts.values()]
        return msgspec.msgpack.encode((self.jobs, self.talent, ids, counts, related))

    @staticmethod
    def of(content: bytes) -> "SkillStatistics":
        """The statistics that were kept. Raises ValueError for what is none."""
        kept: Any = msgspec.msgpack.decode(content, type=_Kept)
        try:
            related = {
                id_: {kept.ids[place]: strength for place, strength in some}
                for id_, some in zip(kept.ids, kept.related, strict=True)
                if some
            }
        except IndexError as error:
            raise ValueError("a related skill is not among the skills") from error
        counts = {id_: SkillCounts(*count) for id_, count in zip(kept.ids, kept.counts, strict=True)}
        return SkillStatistics(kept.jobs, kept.talent, counts, related)


NOTHING_KNOWN = SkillStatistics()

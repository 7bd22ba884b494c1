"""What feedback says of jobs and talent: what is chosen more than others, and what is chosen together.

It is counted by a command (`indexing/popularity.py`) and kept beside the index.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from math import nan
from typing import Any

import msgspec

NEUTRAL = 0.5
"""The popularity of what nothing is known of, and of what is chosen as often as others in its places."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """What is kept in a file. Talent is named by places in `talent`."""

    counted_at: datetime
    shares: dict[str, float]
    talent: list[str]
    together: dict[int, list[tuple[int, float]]]
    chosen: dict[str, list[int]]
    chosen_by_occupation: dict[str, list[int]]


@dataclass(frozen=True)
class Popularity:
    """What was counted at a time. Made without arguments, nothing is known, and all are alike.

    `shares` has what was seen, by id, from 0 to 1. `together` has for each talent those who were chosen for the same
    jobs, the closest first, with how closely: above 0, and near 1 for those who were always chosen together. `chosen`
    has who was chosen for a job, and `chosen_by_occupation` who was for the jobs of an occupation.
    """

    counted_at: datetime = NEVER
    shares: Mapping[str, float] = field(default_factory=dict)
    together: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    chosen: Mapping[str, Collection[str]] = field(default_factory=dict)
    chosen_by_occupation: Mapping[str, Collection[str]] = field(default_factory=dict)

    def of(self, id_: str) -> float:
        """How popular a job or a talent is: NEUTRAL for one that is new."""
        return self.shares.get(id_, NEUTRAL)

    def chosen_for(self, job_id: str, occupation_id: str) -> Collection[str]:
        """Who was chosen for a job; while nobody was, who was for the jobs of its occupation."""
        return self.chosen.get(job_id) or self.chosen_by_occupation.get(occupation_id, ())

    def chosen_with(self, talent_id: str) -> Mapping[str, float]:
        """Who was chosen for the same jobs as a talent, and how closely they go together."""
        return self.together.get(talent_id, {})

    @cached_property
    def content(self) -> bytes:
        """What was counted as it is kept."""
        named = {id_ for some in (*self.chosen.values(), *self.chosen_by_occupation.values()) for id_ in some}
        named |= self.together.keys() | {id_ for near in self.together.values() for id_ in near}
        talent = sorted(named)
        at = {id_: place for place, id_ in enumerate(talent)}
        together = {at[id_]: [(at[one], how) for one, how in near.items()] for id_, near in self.together.items()}
        chosen, by_occupation = (
            {id_: [at[one] for one in some] for id_, some in every.items()}
            for every in (self.chosen, self.chosen_by_occupation)
        )
        return msgspec.msgpack.encode((self.counted_at, self.shares, talent, together, chosen, by_occupation))

    @staticmethod
    def of_content(content: bytes) -> "Popularity":
        """What was kept. Raises ValueError for what is none."""
        kept: Any = msgspec.msgpack.decode(content, type=_Kept)
        ids = kept.talent
        try:
            return Popularity(
                kept.counted_at,
                kept.shares,
                {ids[at]: {ids[one]: how for one, how in near} for at, near in kept.together.items()},
                {id_: [ids[at] for at in some] for id_, some in kept.chosen.items()},
                {id_: [ids[at] for at in some] for id_, some in kept.chosen_by_occupation.items()},
            )
        except IndexError as error:
            raise ValueError("somebody who was chosen has no name") from error


NOTHING_COUNTED = Popularity()


def chosen_together(talent_id: str, near: Mapping[str, float], chosen: Collection[str]) -> float:
    """How closely a talent goes with those who were chosen for a job: as with the closest of them.

    NaN where nobody else was chosen, or the talent never was with others: that is no sign against who is new.
    """
    others = [id_ for id_ in chosen if id_ != talent_id]
    return max(near.get(id_, 0.0) for id_ in others) if others and near else nan

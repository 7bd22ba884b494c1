"""What an indexing run did: counts, and why records were rejected."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

KEPT_REJECTIONS = 20
"""How many rejections are kept to be shown; all are counted."""
SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Rejection:
    """One record that was not indexed.

    `reason` is one of a few stable codes, to count by: not UTF-8, line too long, broken JSON, missing field,
    wrong value, duplicate id, unknown reference, refused by the engine. `field` is None when the line as a whole is
    wrong.
    """

    file: str
    line: int
    field: str | None
    reason: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


@dataclass(frozen=True)
class IndexSummary:
    """A finished run. `indexed` counts documents by kind, `rejected` counts records by reason.

    `rejections` are the first twenty that were met; `generation` names the index that is now in use.
    """

    read: int
    indexed: Mapping[str, int]
    rejected: Mapping[str, int]
    rejections: tuple[Rejection, ...]
    seconds: float
    generation: str

    @property
    def documents_per_second(self) -> float:
        """Documents indexed in a second of the whole run, reading included; 0 for a run that took no time."""
        return sum(self.indexed.values()) / self.seconds if self.seconds else 0.0


Tell = Callable[[Rejection], None]
"""Somebody who is told of a rejection when it is met."""


def untold(_: Rejection) -> None:
    """Nobody is told."""


class Rejections:
    """Counts every rejection, tells of it and keeps the first few."""

    def __init__(self, tell: Tell = untold) -> None:
        self.by_reason: Counter[str] = Counter()
        self._tell = tell
        self._first: list[Rejection] = []

    def add(self, rejection: Rejection) -> None:
        self.by_reason[rejection.reason] += 1
        self._tell(rejection)
        if len(self._first) < KEPT_REJECTIONS:
            self._first.append(rejection)

    @property
    def count(self) -> int:
        return self.by_reason.total()

    @property
    def reasons(self) -> str:
        """`30 broken JSON, 1 not UTF-8`."""
        return ", ".join(f"{count:,} {reason}" for reason, count in self.by_reason.most_common())

    @property
    def first(self) -> tuple[Rejection, ...]:
        return tuple(self._first)


def shown(text: str) -> str:
    """`text` fit for one line of a terminal: cut when it is long, with nothing that moves the cursor."""
    cut = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in cut)

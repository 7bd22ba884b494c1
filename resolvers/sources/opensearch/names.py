"""What the indexes and aliases of a cluster are called.

{prefix}-{kind}-{generation}    one index for each kind and generation
{prefix}-{kind}                 the alias of the index in use
{prefix}-{kind}-previous        the alias of the index that `rollback` goes back to
{prefix}-locks                  who is writing
{prefix}-models                 learned rankers, and which of them are in use
{prefix}-popularity             what feedback says of jobs and talent
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex

from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS

GENERATION = re.compile(r"2\d{7}t\d{6}\.\d{6}z-[0-9a-f]{8}")


def new_generation() -> str:
    """A name for a generation that begins now: names are in the order of time, and fit into the name of an index."""
    return f"{datetime.now(UTC):%Y%m%dt%H%M%S.%fz}-{token_hex(4)}"


@dataclass(frozen=True)
class Names:
    """The names under one prefix, so that several gateways can share a cluster."""

    prefix: str

    @property
    def everything(self) -> str:
        """Matches every index under the prefix."""
        return f"{self.prefix}-*"

    @property
    def locks(self) -> str:
        return f"{self.prefix}-locks"

    @property
    def models(self) -> str:
        return f"{self.prefix}-models"

    @property
    def popularity(self) -> str:
        return f"{self.prefix}-popularity"

    def alias(self, kind: Kind) -> str:
        return f"{self.prefix}-{kind.lower()}"

    def previous(self, kind: Kind) -> str:
        return f"{self.alias(kind)}-previous"

    def index(self, kind: Kind, generation: str) -> str:
        return f"{self.alias(kind)}-{generation}"

    def pattern(self, kind: Kind) -> str:
        """Matches every index of a kind, and none of another prefix that begins with this one."""
        return f"{self.alias(kind)}-2*"

    @property
    def aliases(self) -> list[str]:
        """The aliases in use, of all kinds."""
        return [self.alias(kind) for kind in KINDS]

    def indexes(self, generation: str) -> list[str]:
        """The indexes of a generation."""
        return [self.index(kind, generation) for kind in KINDS]

    def generation_of(self, index: str) -> str | None:
        """The generation that an index belongs to; None for an index that is not of ours."""
        for alias in self.aliases:
            generation = index.removeprefix(f"{alias}-")
            if generation != index and GENERATION.fullmatch(generation):
                return generation
        return None

    def ours(self, indexes: Iterable[str]) -> list[str]:
        """Those indexes that belong to a generation."""
        return [index for index in indexes if self.generation_of(index) is not None]

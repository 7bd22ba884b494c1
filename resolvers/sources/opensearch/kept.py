"""What is known of a whole catalog, kept in the cluster beside the documents.

Each is a document of a kind's index without any of the fields that searches look at, as what was deleted is, so nothing
ever finds it. Its id is none of an entity. A mapping's `_meta` would be in the state of the cluster, which every node
holds in memory, and these are some megabytes.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from resolvers.catalog.kind import Kind
from resolvers.errors import SourceUnavailable
from resolvers.ranking.occupations import OccupationStatistics
from resolvers.ranking.skills import SkillStatistics

T = TypeVar("T")


@dataclass(frozen=True)
class Kept(Generic[T]):
    """Something that is kept in the index of a kind under a name. `of` reads it, and raises ValueError."""

    kind: Kind
    name: str
    of: Callable[[bytes], T]

    def path(self, index: str) -> str:
        """Where it is asked for."""
        return f"/{index}/_doc/{self.name}"

    def document(self, content: bytes) -> dict[str, Any]:
        """It as a document."""
        return {"record": {self.name: b64encode(content).decode()}}

    def read(self, content: bytes) -> T:
        """It out of the cluster's answer. Raises SourceUnavailable for what is none."""
        try:
            record = msgspec.json.decode(content, type=_Answer).source.record
            return self.of(b64decode(record[self.name], validate=True))
        # A ValueError is also what is no base64, and an answer of another shape.
        except (KeyError, ValueError) as error:
            message = f"what the index keeps as its {self.name} is damaged ({error}); index the catalog again"
            raise SourceUnavailable(message) from error


ADAPTATION = Kept(Kind.OCCUPATION, "adaptation", bytes)
"""What the model has learned from the catalog."""
STATISTICS = Kept(Kind.SKILL, "statistics", SkillStatistics.of)
"""What the catalog says of skills."""
USUAL = Kept(Kind.OCCUPATION, "usual", OccupationStatistics.of)
"""What it says of occupations."""


class _Source(msgspec.Struct, frozen=True):
    record: dict[str, str]


class _Answer(msgspec.Struct, frozen=True):
    source: _Source = msgspec.field(name="_source")

"""What an index says of itself, in the `_meta` of its mapping."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from resolvers.catalog.kind import Kind
from resolvers.errors import SourceUnavailable
from resolvers.ranking.occupations import NOTHING_USUAL, OccupationStatistics
from resolvers.ranking.skills import NOTHING_KNOWN, SkillStatistics
from resolvers.sources.base import SourceInfo
from resolvers.sources.opensearch.names import Names

FORMAT = 7
"""Raised whenever an index of an older gateway cannot be asked any more."""


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """The facts about one index. `dimension` is 0, and `embedder` None, for one without vectors.

    `created_at`, `count`, whether an adaptation was kept (`adapted`), and whether the statistics of skills and of
    occupations were (`related`) are known once the index is complete, and so is the place in the log of changes behind
    which it lacked them (`place`), which is empty where there was no log.
    """

    format: int
    generation: str
    shards: int
    embedder: str | None = None
    dimension: int = 0
    created_at: datetime | None = None
    count: int = 0
    adapted: bool = False
    related: bool = False
    place: str = ""

    def meta(self) -> dict[str, Any]:
        """The manifest as it stands in a mapping."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built


@dataclass(frozen=True)
class Generation:
    """The indexes of all kinds that were made together.

    `counts` has the documents in them as they were counted last; without it, as they were when they were made.
    """

    name: str
    names: Names
    manifests: Mapping[Kind, Manifest]
    counts: Mapping[Kind, int] | None = None
    skills: SkillStatistics = NOTHING_KNOWN
    occupations: OccupationStatistics = NOTHING_USUAL

    @staticmethod
    def of(names: Names, metas: Mapping[str, Any]) -> "Generation":
        """The generation whose indexes say `metas` of themselves, by their names.

        Raises SourceUnavailable for what this gateway cannot read.
        """
        manifests: dict[Kind, Manifest] = {}
        for index, meta in metas.items():
            manifest = _manifest(index, meta)
            manifests |= {kind: manifest for kind in Kind if index == names.index(kind, manifest.generation)}
        generations = {manifest.generation for manifest in manifests.values()}
        if manifests.keys() != set(Kind) or len(generations) != 1:
            raise SourceUnavailable(f"the aliases {names.prefix}-* lead to no complete index; index the catalog again")
        return Generation(generations.pop(), names, manifests)

    @property
    def embedder(self) -> str | None:
        """The model of the vectors; None where some kind has none."""
        embedders = {manifest.embedder for manifest in self.manifests.values()}
        return embedders.pop() if len(embedders) == 1 else None

    @property
    def dimension(self) -> int:
        """The length of the vectors; 0 where some kind has none."""
        return min(manifest.dimension for manifest in self.manifests.values())

    @property
    def is_adapted(self) -> bool:
        """Whether the model has learned from the catalog, and what it has learned was kept."""
        return any(manifest.adapted for manifest in self.manifests.values())

    @property
    def has_statistics(self) -> bool:
        """Whether what the catalog says of skills and of occupations was kept."""
        return any(manifest.related for manifest in self.manifests.values())

    @property
    def place(self) -> str:
        """The place in the log of changes behind which the catalog lacked them; empty where nobody knows."""
        return next(iter(self.manifests.values())).place

    def index(self, kind: Kind) -> str:
        return self.names.index(kind, self.name)

    def shards(self, kind: Kind) -> int:
        return self.manifests[kind].shards

    def info(self) -> SourceInfo:
        moments = [manifest.created_at for manifest in self.manifests.values() if manifest.created_at is not None]
        made_with = {kind: manifest.count for kind, manifest in self.manifests.items()}
        counts = dict(self.counts or made_with)
        return SourceInfo("opensearch", self.name, max(moments), counts, self.skills, self.occupations)


def _manifest(index: str, meta: Any) -> Manifest:
    try:
        manifest = msgspec.convert(meta, Manifest)
    except msgspec.ValidationError as error:
        raise SourceUnavailable(f"the index {index} is not one of this gateway ({error}); index the catalog") from error
    if manifest.format != FORMAT:
        raise SourceUnavailable(
            f"the index has format {manifest.format} and this gateway reads {FORMAT}; index the catalog again"
        )
    if manifest.created_at is None:
        raise SourceUnavailable(f"the index {index} is not complete; index the catalog again")
    return manifest

"""The staged records that others refer to, decoded once as long as they fit."""

from typing import Any

import msgspec

from indexing.staging import Stage
from resolvers.catalog.kind import Kind, KindSpec, Related
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.values import Record

CACHED_BYTES = 2**26
"""How much of the feed's text is kept decoded; it takes about three times that in memory."""


class RelatedRecords:
    """Looks up the records that a record refers to; those used last are kept."""

    def __init__(self, stage: Stage, cached_bytes: int = CACHED_BYTES) -> None:
        self._stage = stage
        self._room = cached_bytes
        self._cached: dict[str, tuple[Record, int]] = {}
        self._decoders: dict[Kind, msgspec.json.Decoder[Any]] = {
            kind: msgspec.json.Decoder(spec.record) for kind, spec in KINDS.items()
        }

    def of(self, spec: KindSpec[Any], record: Record) -> Related:
        """The records that `record` refers to, by id."""
        return {
            id_: found
            for reference in spec.references
            for id_ in reference.ids(record)
            if (found := self._record(reference.kind, id_))
        }

    def _record(self, kind: Kind, id_: str) -> Record | None:
        # Taking it out and putting it back makes it the last in the order of the dict, which is the order of use.
        entry = self._cached.pop(id_, None) or self._decoded(kind, id_)
        if entry is None:
            return None
        self._cached[id_] = entry
        while self._room < 0:
            self._room += self._cached.pop(next(iter(self._cached)))[1]
        return entry[0]

    def _decoded(self, kind: Kind, id_: str) -> tuple[Record, int] | None:
        staged = self._stage.get(kind, id_)
        if staged is None:
            return None
        self._room -= len(staged.line)
        return self._decoders[kind].decode(staged.line), len(staged.line)

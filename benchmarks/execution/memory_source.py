"""An engine that has everything in memory, found already: what is left to measure is the gateway."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Never

import msgspec

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.errors import SourceError
from resolvers.sources.base import Call, Hit, Position, Score, SearchRequest, SearchResult, SourceInfo

RECORDS = {"jobs": Kind.JOB, "clients": Kind.CLIENT, "skills": Kind.SKILL}
GENERATION = "g1"
NOBODY = Call()


class InMemory:
    """A source of prepared documents. Every search finds the jobs in their order."""

    def __init__(self, catalog: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._documents = {
            document.ref: document for name, kind in RECORDS.items() for document in _documents(kind, catalog[name])
        }
        jobs = [document for document in self._documents.values() if document.ref.kind is Kind.JOB]
        # As if each had a word of whatever text: where none has, an operation looks for another text.
        self._hits = tuple(Hit(document, Position(document.ref.id), Score(1.0, lexical=1.0)) for document in jobs)
        # No counts: there are no names to be read for a vocabulary.
        self._info = SourceInfo("memory", GENERATION, datetime.now(UTC))

    def snapshot(self, call: Call = NOBODY) -> "InMemory":  # noqa: ARG002
        return self

    def info(self) -> SourceInfo:
        return self._info

    async def start(self) -> None:
        """There is nothing to open."""

    async def close(self) -> None:
        """There is nothing to close."""

    def at_hand(self, refs: Sequence[Ref]) -> Sequence[Document | None]:
        """As a process that has them in its cache."""
        return list(map(self._documents.get, refs))

    def answered(self, request: SearchRequest) -> SearchResult:
        """As a process that has the answers in its cache."""
        return self._found(request)

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        return [self._documents.get(ref) for ref in refs]

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        return [self._found(request) for request in requests]

    async def aggregate(self, requests: Sequence[object]) -> Never:
        raise NotImplementedError

    async def suggest(self, requests: Sequence[object]) -> Never:
        raise NotImplementedError

    def _found(self, request: SearchRequest) -> SearchResult:
        hits = self._hits[: request.limit]
        total = len(self._hits) if request.count else None
        return SearchResult(hits, len(hits) < len(self._hits), False, total, None, 0.0)


def _documents(kind: Kind, records: Sequence[Mapping[str, Any]]) -> list[Document]:
    record_type = KINDS[kind].record
    return [Document(Ref(kind, one["id"]), msgspec.convert(one, record_type, strict=False)) for one in records]

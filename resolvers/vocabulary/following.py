"""Keeping the vocabulary up to date with the index that is served."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress

from resolvers.catalog.kind import ID_ORDER, Document, Kind
from resolvers.deadline import Deadline
from resolvers.errors import SourceError
from resolvers.repeating import Repeating
from resolvers.sources.base import Call, SearchRequest, SearchResult, Snapshot, Source, SourceInfo
from resolvers.vocabulary.vocabulary import EMPTY, NAMED_KINDS, Vocabulary, vocabulary_of

LABEL = "vocabulary"
"""What the engine is told of who asks."""
PAGE = 1_000
READ_SECONDS = 30.0
"""How long it may take to read all names."""
START_SECONDS = 5.0
"""How long a start waits for them."""
SHORTEST_PAUSE_SECONDS = 5.0
log = logging.getLogger(__name__)


class Vocabularies:
    """The vocabulary of a source, read when it starts and whenever there is another index, or it may have changed.

    `seconds` is how old it gets before the names are read again. A source that cannot be read leaves it as it is.
    """

    def __init__(self, source: Source, *, seconds: float, look_seconds: float) -> None:
        self._source, self._seconds = source, seconds
        self._documents: list[Document] = []
        self._seen: SourceInfo | None = None
        self._read_at = 0.0
        self._watch = Repeating("keeping the vocabulary up to date", self.refresh, look_seconds)
        self._said: str | None = None
        self.current: Vocabulary = EMPTY

    async def start(self) -> None:
        """Read the names, if that takes no longer than a start may, and keep them up to date."""
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await self.refresh()
        self._watch.start()

    async def close(self) -> None:
        await self._watch.close()

    async def refresh(self) -> None:
        """Read the names again if that is due. Why they cannot be read is logged once as long as it is the same."""
        try:
            snapshot = self._source.snapshot(Call(Deadline(READ_SECONDS), LABEL))
            if self._is_due(snapshot.info()):
                await self._read(snapshot)
            self._said = None
        except SourceError as error:
            if error.message != self._said:
                log.warning("the names of skills and occupations could not be read: %s", error.message)
            self._said = error.message

    def _is_due(self, index: SourceInfo) -> bool:
        if not any(index.counts.get(kind) for kind in NAMED_KINDS):
            return bool(self._documents)
        if self._seen is None:
            return True
        changed = (index.generation, index.counts) != (self._seen.generation, self._seen.counts)
        pause = min(self._seconds, SHORTEST_PAUSE_SECONDS) if changed else self._seconds
        return time.monotonic() - self._read_at >= pause

    async def _read(self, snapshot: Snapshot) -> None:
        documents = await _named_in(snapshot)
        if documents != self._documents:
            self.current = await asyncio.to_thread(vocabulary_of, documents)
            self._documents = documents
        self._seen, self._read_at = snapshot.info(), time.monotonic()


async def vocabulary_in(snapshot: Snapshot) -> Vocabulary:
    """The vocabulary of one index, as it is now. Raises SourceError when it cannot be read whole."""
    return vocabulary_of(await _named_in(snapshot))


async def _named_in(snapshot: Snapshot) -> list[Document]:
    return [document for kind in NAMED_KINDS for document in await _all_of(snapshot, kind)]


async def _all_of(snapshot: Snapshot, kind: Kind) -> Sequence[Document]:
    """Every document of a kind. Raises SourceError when a page of them cannot be had whole."""
    found: list[Document] = []
    request = SearchRequest((kind,), sort=ID_ORDER, limit=PAGE)
    while True:
        [page] = await snapshot.search([request])
        if not isinstance(page, SearchResult):
            raise page
        if page.degraded:
            raise SourceError("a part of the index is missing")
        found += [hit.document for hit in page.hits]
        if not page.has_next or not page.hits:
            return found
        request = SearchRequest((kind,), sort=ID_ORDER, limit=PAGE, after=page.hits[-1].position)

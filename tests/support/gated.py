"""An engine that answers what is asked of some entities only when a test lets it."""

import asyncio
from collections.abc import Sequence

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.errors import SourceError
from resolvers.sources.base import Call, Snapshot, Source
from tests.support.demo import CountingSource


class Gate:
    """What a test does with the questions: lets them in, and sees that they are asked or given up."""

    def __init__(self) -> None:
        self.open, self.asked, self.given_up = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def passed(self) -> None:
        """Wait until it is open."""
        self._loop = asyncio.get_running_loop()
        self.asked.set()
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.given_up.set()
            raise

    def open_from_elsewhere(self) -> None:
        """Let those in who wait in another thread's loop, and whoever comes later."""
        if self._loop is None:
            self.open.set()
        else:
            self._loop.call_soon_threadsafe(self.open.set)


class GatedSource(CountingSource):
    """An engine whose documents of one kind are behind a gate, and which writes down what it is asked."""

    def __init__(self, inner: Source, kind: Kind = Kind.CLIENT) -> None:
        super().__init__(inner)
        self.gate, self.kind = Gate(), kind

    def snapshot(self, call: Call = Call()) -> Snapshot:  # noqa: B008
        return GatedSnapshot(super().snapshot(call), self)  # type: ignore[return-value]  # what it lacks is the inner one's


class GatedSnapshot:
    """One view of it."""

    def __init__(self, inner: Snapshot, source: GatedSource) -> None:
        self._inner, self._source = inner, source
        self.info, self.search = inner.info, inner.search
        self.aggregate, self.suggest = inner.aggregate, inner.suggest

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        if any(ref.kind is self._source.kind for ref in refs):
            await self._source.gate.passed()
        return await self._inner.fetch(refs)

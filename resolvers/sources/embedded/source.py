"""The embedded engine as a source: generations, threads, and picking up a new index while serving."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from resolvers.catalog.kind import Document, Ref
from resolvers.deadline import Deadline
from resolvers.errors import SourceError, SourceUnavailable
from resolvers.repeating import Repeating
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    Call,
    SearchRequest,
    SearchResult,
    SourceInfo,
)
from resolvers.sources.embedded.failures import damaged, told_as_unavailable
from resolvers.sources.embedded.generation import Generation
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedding import AwaitedEmbedder, Embedder
from resolvers.sources.meaning import Asked, Meant, meant, told
from resolvers.sources.typeahead import Suggested, SuggestRequest

Request = TypeVar("Request")
Result = TypeVar("Result")
NOTHING_INDEXED = "nothing has been indexed yet: run `python -m gateway index` on a catalog first"
log = logging.getLogger(__name__)


class EmbeddedSnapshot:
    """A generation, asked from an event loop. A generation lives as long as a snapshot of it."""

    def __init__(
        self,
        generation: Generation,
        threads: ThreadPoolExecutor,
        deadline: Deadline = Deadline(),  # noqa: B008  it never ends
    ) -> None:
        self._generation, self._threads, self._deadline = generation, threads, deadline
        self._awaited = generation.awaited

    def info(self) -> SourceInfo:
        return self._generation.info()

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        return await self._in_thread(lambda: self._generation.fetch(refs))

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        found = None if self._awaited is None else await self._meant(self._awaited, requests)
        search = partial(self._generation.search, meant=found)
        answers = await self._in_thread(lambda: [_answer(search, request) for request in requests])
        return answers if found is None else told(answers, requests, found)

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        found = None if self._awaited is None else await self._meant(self._awaited, requests)
        aggregate = partial(self._generation.aggregate, meant=found)
        answers = await self._in_thread(lambda: [_answer(aggregate, request) for request in requests])
        return answers if found is None else told(answers, requests, found)

    async def suggest(self, requests: Sequence[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:
        return await self._in_thread(lambda: [_answer(self._generation.suggest, request) for request in requests])

    async def _meant(self, embedder: AwaitedEmbedder, requests: Sequence[Asked]) -> Meant:
        return await meant(embedder, requests, self._deadline, self._generation.manifest.dimension)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _answer(answer: Callable[[Request], Result], request: Request) -> Result | SourceError:
    """One request's answer; its failure is its own, and the others of the batch are answered."""
    try:
        return answer(request)
    except (ValueError, OSError) as error:
        log.exception("a search failed in the embedded engine: %r", request)
        failure = SourceError("the search engine could not answer this search")
        failure.__cause__ = error
        return failure


class EmbeddedSource:
    """Answers from the current generation of a data directory, and follows when it is switched.

    `threads` bounds how many engine calls run at once; `reload_seconds` is how often a new generation is looked for.
    """

    def __init__(
        self, data_dir: Path, embedder: Callable[[], Embedder], *, threads: int, reload_seconds: float
    ) -> None:
        self._layout, self._load_embedder = Layout(data_dir), embedder
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="engine")
        self._embedder: Embedder | None = None
        self._generation: Generation | None = None
        self._problem: str | None = None
        self._watch = Repeating("watching for a new index", self._follow, reload_seconds)

    def snapshot(self, call: Call = Call()) -> EmbeddedSnapshot:  # noqa: B008  it does not change
        if self._generation is None:
            raise SourceUnavailable(self._problem or NOTHING_INDEXED)
        return EmbeddedSnapshot(self._generation, self._threads, call.deadline)

    async def start(self) -> None:
        """Open the current generation, if there is one that can be read, and watch for the next."""
        await self._follow()
        self._watch.start()

    async def close(self) -> None:
        await self._watch.close()
        self._generation = None
        if isinstance(self._embedder, AwaitedEmbedder):
            await self._embedder.close()
        self._threads.shutdown(wait=True)

    async def reload(self) -> None:
        """Open the current generation unless it is open already. What runs on the old one ends on it.

        Raises SourceUnavailable when that generation cannot be read.
        """
        opened = await asyncio.get_running_loop().run_in_executor(self._threads, self._open_current)
        self._problem = None
        if opened is not None:
            self._generation = opened
            log.info("serving index generation %s", opened.name)

    async def _follow(self) -> None:
        """Open what is current; where it cannot be opened, go on with what there is and say why, once."""
        try:
            await self.reload()
        except SourceUnavailable as error:
            if error.message != self._problem:
                stays = "the old one stays in use" if self._generation else "there is no other"
                log.error("the current index cannot be read, %s: %s", stays, error.message)  # noqa: TRY400
            self._problem = error.message

    def _open_current(self) -> Generation | None:
        name = self._current()
        if name is None or (self._generation is not None and name == self._generation.name):
            # Here and not where a generation is let go of, which may be on the event loop.
            self._layout.remove_unused()
            return None
        if self._embedder is None:
            self._embedder = self._load_embedder()
        try:
            with told_as_unavailable(self._layout.data_dir, damaged(name)):
                return Generation(self._layout, name, self._embedder)
        except SourceUnavailable:
            # It may have been replaced, and removed, since its name was read.
            if self._current() == name:
                raise
            return self._open_current()

    def _current(self) -> str | None:
        with told_as_unavailable(self._layout.data_dir, f"{self._layout.current_file} cannot be read"):
            return self._layout.current()

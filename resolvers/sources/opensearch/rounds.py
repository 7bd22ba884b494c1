"""Many searches answered side by side, in as few rounds as the longest of them takes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError
from resolvers.sources.base import AggregationResult, SearchResult
from resolvers.sources.opensearch.asks import Ask, Fetch, Search, Steps, Walk
from resolvers.sources.opensearch.looks import Look, Seen
from resolvers.sources.opensearch.responses import Hits

log = logging.getLogger(__name__)
T = TypeVar("T")
R = TypeVar("R", SearchResult, AggregationResult)
Fetched = Mapping[Ref, Document | SourceError | None]


class Exchange(Protocol):
    """Sends what is asked. A method raises SourceError when nothing of it could be answered."""

    async def search(self, searches: Sequence[Search]) -> Sequence[Hits | SourceError]:
        """The answers to all searches, by one request."""

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        """The documents, by one request."""

    async def look(self, looks: Sequence[Look]) -> Sequence[Seen]:
        """What all looks have seen, by one request; raises SourceError when one of them could not be answered."""

    async def walk(self, walk: Walk) -> Hits:
        """All the hits that a walk is about."""


async def results(running: Sequence[Steps[R]], exchange: Exchange) -> list[R | SourceError]:
    """The results of searches, in their order; an error for each that failed."""
    started = time.perf_counter()
    done: dict[int, R | SourceError] = {}
    sent: dict[int, Any] = dict.fromkeys(range(len(running)))
    while True:
        waiting: dict[int, Sequence[Ask]] = {}
        for at, answers in sent.items():
            reached = _stepped(running[at], answers)
            if isinstance(reached, SearchResult | AggregationResult):
                done[at] = replace(reached, took_seconds=time.perf_counter() - started)
            elif isinstance(reached, SourceError):
                done[at] = reached
            else:
                waiting[at] = reached
        if not waiting:
            return [done[at] for at in range(len(running))]
        sent = dict(zip(waiting, await _exchanged(list(waiting.values()), exchange), strict=True))


def _stepped(steps: Steps[R], answers: Any) -> Sequence[Ask] | R | SourceError:
    """What a search asks next, or what it has come to."""
    try:
        return steps.send(answers)
    except StopIteration as end:
        result: R = end.value
        return result
    except SourceError as error:
        return error
    except ValueError as error:
        # A place that no search has given out.
        log.exception("a search could not be made for the search engine")
        failure = SourceError("the search engine could not answer this search")
        failure.__cause__ = error
        return failure


async def _exchanged(asked: Sequence[Sequence[Ask]], exchange: Exchange) -> list[list[Any]]:
    """The answers to each list of asks: all searches by one request, and all documents by another beside it."""
    asks = [ask for some in asked for ask in some]
    searches = [ask for ask in asks if isinstance(ask, Search)]
    refs = list(dict.fromkeys(ref for ask in asks if isinstance(ask, Fetch) for ref in ask.refs))
    work: list[Coroutine[Any, Any, Any]] = [_or_error(exchange.walk(ask)) for ask in asks if isinstance(ask, Walk)]
    work += [_each(exchange.search(searches), len(searches))] if searches else []
    work += [_each(exchange.fetch(refs), len(refs))] if refs else []
    answers = await _together(work)
    documents: Fetched = dict(zip(refs, answers.pop(), strict=True)) if refs else {}
    found = iter(answers.pop() if searches else ())
    walked = iter(answers)
    return [[_answer(ask, found, walked, documents) for ask in some] for some in asked]


def _answer(ask: Ask, found: Any, walked: Any, documents: Fetched) -> Any:
    match ask:
        case Search():
            return next(found)
        case Walk():
            return next(walked)
        case Fetch(refs):
            wanted = [documents[ref] for ref in refs]
            failed = next((answer for answer in wanted if isinstance(answer, SourceError)), None)
            return failed or {document.ref: document for document in wanted if isinstance(document, Document)}


async def _or_error(answer: Awaitable[T]) -> T | SourceError:
    try:
        return await answer
    except SourceError as error:
        return error


async def _each(answers: Awaitable[Sequence[T]], count: int) -> Sequence[T | SourceError]:
    """The answers, or as many errors where they could not be had."""
    try:
        return await answers
    except SourceError as error:
        return [error] * count


async def _together(work: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """The results of all; none goes on when the caller is cancelled."""
    if len(work) == 1:
        return [await work[0]]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
    return [task.result() for task in tasks]

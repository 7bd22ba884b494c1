"""What completes typed texts, in a cluster."""

import asyncio
from collections.abc import Sequence

from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError
from resolvers.sources.opensearch.looks import Look, completing, holders_body, ids_body, titles_body
from resolvers.sources.opensearch.rounds import Exchange
from resolvers.sources.typeahead import (
    CANDIDATES,
    HOLDERS,
    TITLED,
    Suggested,
    SuggestRequest,
    entities,
    titles,
)

Completed = tuple[Suggested, ...] | SourceError


async def completions(requests: Sequence[SuggestRequest], exchange: Exchange) -> Sequence[Completed]:
    """The suggestions for each request, side by side; an error for each that failed."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_or_error(request, exchange)) for request in requests]
    return [task.result() for task in tasks]


async def _or_error(request: SuggestRequest, exchange: Exchange) -> Completed:
    try:
        return await _completed(request, exchange)
    except SourceError as error:
        return error


async def _completed(request: SuggestRequest, exchange: Exchange) -> tuple[Suggested, ...]:
    if not request.typed or request.limit < 1:
        return ()
    exact = await _found(request, exchange, typos=False)
    return tuple(exact or (await _found(request, exchange, typos=True) if request.may_have_typos else ()))


async def _found(request: SuggestRequest, exchange: Exchange, *, typos: bool) -> list[Suggested]:
    query, most = completing(request.typed, typos=typos), max(CANDIDATES, request.limit)
    if request.kind in TITLED:
        [seen] = await exchange.look([Look(request.kind, titles_body(query, most))])
        return titles(request, seen.titles, typos=typos)
    [seen] = await exchange.look([Look(request.kind, ids_body(query))])
    return entities(request, await _most_popular(request, seen.ids, exchange, most), typos=typos)


async def _most_popular(
    request: SuggestRequest, ids: Sequence[str], exchange: Exchange, most: int
) -> list[tuple[Document, int, int]]:
    """The entities that most jobs and talent have, with how many of either that are; ties in the order of ids."""
    if not ids:
        return []
    body = holders_body(HOLDERS[request.kind], ids)
    jobs, talent = (seen.counts for seen in await exchange.look([Look(kind, body) for kind in TITLED]))
    best = sorted(ids, key=lambda id_: -jobs.get(id_, 0) - talent.get(id_, 0))[:most]
    found = await exchange.fetch([Ref(request.kind, id_) for id_ in best])
    for one in found:
        if isinstance(one, SourceError):
            raise one
    return [(one, jobs.get(one.ref.id, 0), talent.get(one.ref.id, 0)) for one in found if isinstance(one, Document)]

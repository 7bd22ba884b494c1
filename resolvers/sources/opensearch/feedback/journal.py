"""The indexes `ubi_queries` and `ubi_events` of a cluster as a journal.

What the cluster answers for is on disk: it syncs its translog before each answer (`index.translog.durability`, REQUEST
unless somebody has changed that). An event's id is its document's, which is only ever created, so the cluster itself
tells what it knows.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import timedelta
from typing import Any

import orjson

from resolvers.deadline import Deadline
from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.base import Call
from resolvers.sources.feedback import Event, Recorded, ShownQuery
from resolvers.sources.opensearch.connection import Cluster, ClusterOptions
from resolvers.sources.opensearch.errors import IndexGone
from resolvers.sources.opensearch.exchange import encoded_id
from resolvers.sources.opensearch.feedback.answers import (
    BULK_PARTS,
    FIELDS_PARTS,
    QUERY_PARTS,
    Item,
    read_fields,
    read_found,
    read_items,
)
from resolvers.sources.opensearch.feedback.mapping import MAPPINGS, OWN, missing
from resolvers.sources.opensearch.feedback.removal import Removal
from resolvers.sources.opensearch.feedback.ubi import (
    EVENTS,
    QUERIES,
    Mapped,
    event_document,
    query_document,
    query_of,
)

WRITE_SECONDS = 10
MOST_BULK_BYTES = 5 << 20
CREATED, KNOWN = 201, 409
OF_THE_DOCUMENT = 400
log = logging.getLogger(__name__)


class ClusterJournal:
    """Writes to a cluster, in the name of an application, what is kept for so long.

    `connect` makes the connection, inside the running event loop. `remove` is what is done, from the first write on,
    about what is too old. The names of the indexes are UBI's but in tests.
    """

    def __init__(
        self,
        options: ClusterOptions,
        application: str,
        keep: timedelta,
        *,
        queries: str = QUERIES,
        events: str = EVENTS,
        connect: Callable[[ClusterOptions], Cluster] = Cluster,
        remove: Callable[[Removal], Coroutine[Any, Any, None]] = Removal.daily,
    ) -> None:
        self._options, self._application, self._keep, self._connect = options, application, keep, connect
        self._queries, self._events = queries, events
        self._connected: Cluster | None = None
        self._remove = remove
        self._removing: asyncio.Task[None] | None = None
        self._is_prepared = False

    @property
    def _cluster(self) -> Cluster:
        if self._connected is None:
            self._connected = self._connect(self._options)
        return self._connected

    async def open(self) -> None:
        """Nothing yet: a cluster in which nobody records anything needs no indexes for it, and no rights."""

    async def _prepare(self) -> None:
        for name, mapping, own in ((self._queries, MAPPINGS[QUERIES], {}), (self._events, MAPPINGS[EVENTS], OWN)):
            there = await self._fields(name)
            if not there:
                await self._make(name, mapping)
            for index, fields in there.items():
                await self._add(index, missing(own, fields))
        removal = Removal(self._cluster, f"{self._queries},{self._events}", self._application, self._keep)
        self._removing = asyncio.create_task(self._remove(removal), name="remove old feedback")
        self._is_prepared = True

    async def _fields(self, name: str) -> dict[str, dict[str, Any]]:
        """The fields of an index, or of those that an alias of that name leads to, by index."""
        try:
            answer = await self._ask("GET", f"/{name}", None, filter_path=FIELDS_PARTS)
        except IndexGone:
            return {}
        return read_fields(answer)

    async def _add(self, index: str, fields: Mapped) -> None:
        if fields:
            await self._ask("PUT", f"/{index}/_mapping", orjson.dumps({"properties": fields}))

    async def _make(self, index: str, mapping: Mapped) -> None:
        try:
            await self._ask("PUT", f"/{index}", orjson.dumps({"mappings": mapping}))
        except SourceError:
            # Another process may have been first.
            if not await self._fields(index):
                raise

    async def write(self, queries: Sequence[ShownQuery], events: Sequence[Event]) -> list[Recorded]:
        if not self._is_prepared:
            await self._prepare()
        await self._created(self._queries, [(query.id, query_document(query, self._application)) for query in queries])
        documents = [(self._id(event), event_document(event, self._application)) for event in events]
        return await self._created(self._events, documents)

    def _id(self, event: Event) -> str:
        """Frontends of other gateways have ids of their own."""
        return f"{self._application}:{event.id}"

    async def _created(self, index: str, documents: Sequence[tuple[str, Mapped]]) -> list[Recorded]:
        """Of documents that were to be created, whether each was. Raises SourceError where one may be taken later."""
        return [_became(item, index) for item in await self._items(index, documents)]

    async def _items(self, index: str, documents: Sequence[tuple[str, Mapped]]) -> list[Item]:
        """What the cluster says of each document that is to be created."""
        items: list[Item] = []
        for body in _bodies(documents):
            answer = await self._ask("POST", f"/{index}/_bulk", body, filter_path=BULK_PARTS)
            items += read_items(answer)
        if len(items) != len(documents):
            raise SourceError("the search engine does not say what has become of every event; report them again")
        return items

    async def find(self, ids: Sequence[str]) -> dict[str, ShownQuery]:
        known = [id_ for id_ in ids if encoded_id(id_) is not None]
        if not known:
            return {}
        body = orjson.dumps({"ids": known})
        answer = await self._ask("POST", f"/{self._queries}/_mget", body, filter_path=QUERY_PARTS)
        own = [query_of(one) for one in read_found(answer) if one.get("application") == self._application]
        return {query.id: query for query in own if query is not None}

    async def _ask(self, method: str, path: str, body: bytes | None, **params: str) -> bytes:
        return await self._cluster.ask(method, path, body, call=Call(Deadline(WRITE_SECONDS)), params=params)

    async def close(self) -> None:
        if self._removing is not None:
            self._removing.cancel()
            await asyncio.wait([self._removing])
        if self._connected is not None:
            await self._connected.close()


def _became(item: Item, index: str) -> Recorded:
    """Whether a document was created; it may have been there, or be refused for good, alone."""
    if item.status in {CREATED, KNOWN}:
        return item.status == CREATED
    if item.status == OF_THE_DOCUMENT:
        # It would be refused again, and everything with it.
        log.error("OpenSearch does not take a document of feedback into %s: %s", index, item.error)
        return SourceError(
            "the search engine cannot store the event as it is; its operator finds the reason in the log"
        )
    log.error("OpenSearch does not take feedback (%s): %s", item.status, item.error)
    raise SourceUnavailable("the search engine does not take feedback at the moment; report the events again later")


def _bodies(documents: Sequence[tuple[str, Mapped]]) -> Iterator[bytes]:
    """Bulk requests that create documents, none of them too large."""
    body = bytearray()
    for id_, document in documents:
        body += orjson.dumps({"create": {"_id": id_}}) + b"\n" + orjson.dumps(document) + b"\n"
        if len(body) > MOST_BULK_BYTES:
            yield bytes(body)
            body.clear()
    if body:
        yield bytes(body)

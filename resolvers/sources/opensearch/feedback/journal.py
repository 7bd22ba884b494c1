"""The indexes `ubi_queries` and `ubi_events` of a cluster as a journal.

What the cluster answers for is on disk: it syncs its translog before each answer (`index.translog.durability`, REQUEST
unless somebody has changed that). An event's id is its document's, which is only ever created, so the cluster itself
tells what it knows.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from resolvers.deadline import Deadline
from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.base import Call
from resolvers.sources.feedback import Event, ShownQuery
from resolvers.sources.opensearch.connection import Cluster, ClusterOptions
from resolvers.sources.opensearch.errors import IndexGone
from resolvers.sources.opensearch.exchange import encoded_id
from resolvers.sources.opensearch.feedback.ubi import (
    EVENTS,
    MAPPINGS,
    QUERIES,
    Mapped,
    event_document,
    query_document,
    query_of,
)

WRITE_SECONDS = 10
MOST_BULK_BYTES = 5 << 20
BULK_PARTS = "items.*.status,items.*.error.type,items.*.error.reason"
QUERY_PARTS = "docs.found,docs._source"
CREATED, KNOWN = 201, 409
OF_THE_DOCUMENT = 400
log = logging.getLogger(__name__)


class ClusterJournal:
    """Writes to a cluster, in the name of an application, what is kept for so long.

    `connect` makes the connection, inside the running event loop. The names of the indexes are UBI's but in tests.
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
    ) -> None:
        self._options, self._application, self._keep, self._connect = options, application, keep, connect
        self._queries, self._events = queries, events
        self._connected: Cluster | None = None
        self._is_prepared = False

    @property
    def _cluster(self) -> Cluster:
        if self._connected is None:
            self._connected = self._connect(self._options)
        return self._connected

    async def open(self) -> None:
        """Nothing yet: a cluster in which nobody records anything needs no indexes for it, and no rights."""

    async def _prepare(self) -> None:
        for name, mapping in ((self._queries, MAPPINGS[QUERIES]), (self._events, MAPPINGS[EVENTS])):
            if not await self._is_there(name):
                await self._make(name, mapping)
        await self._remove_old()
        self._is_prepared = True

    async def _is_there(self, index: str) -> bool:
        try:
            await self._ask("GET", f"/{index}", None, filter_path="*.aliases")
        except IndexGone:
            return False
        return True

    async def _make(self, index: str, mapping: Mapped) -> None:
        try:
            await self._ask("PUT", f"/{index}", orjson.dumps({"mappings": mapping}))
        except SourceError:
            # Another process may have been first.
            if not await self._is_there(index):
                raise

    async def _remove_old(self) -> None:
        """Have the cluster remove what is too old, in its own time."""
        before = {"range": {"timestamp": {"lt": (datetime.now(UTC) - self._keep).strftime("%Y-%m-%dT%H:%M:%S.000Z")}}}
        query = {"bool": {"filter": [{"term": {"application": self._application}}, before]}}
        path = f"/{self._queries},{self._events}/_delete_by_query"
        body = orjson.dumps({"query": query})
        await self._ask("POST", path, body, conflicts="proceed", wait_for_completion="false")

    async def write(self, queries: Sequence[ShownQuery], events: Sequence[Event]) -> list[bool]:
        if not self._is_prepared:
            await self._prepare()
        await self._keep_queries([(query.id, query_document(query, self._application)) for query in queries])
        documents = [(self._id(event), event_document(event, self._application)) for event in events]
        return [self._is_new(item) for item in await self._created(self._events, documents)]

    def _id(self, event: Event) -> str:
        """Frontends of other gateways have ids of their own."""
        return f"{self._application}:{event.id}"

    async def _keep_queries(self, documents: Sequence[tuple[str, Mapped]]) -> None:
        for item in await self._created(self._queries, documents):
            if item["status"] == OF_THE_DOCUMENT:
                # It would be refused again, and everything with it.
                log.error("OpenSearch does not take a query of feedback: %s", item["error"])
            else:
                self._is_new(item)

    def _is_new(self, item: Mapping[str, Any]) -> bool:
        """Whether a document was created; it may have been there. Raises SourceError where it is not there now."""
        if item["status"] in {CREATED, KNOWN}:
            return bool(item["status"] == CREATED)
        log.error("OpenSearch does not take feedback (%s): %s", item["status"], item.get("error"))
        raise SourceUnavailable("the search engine does not take feedback at the moment; report the events again later")

    async def _created(self, index: str, documents: Sequence[tuple[str, Mapped]]) -> list[Mapping[str, Any]]:
        """What became of documents that were to be created."""
        items: list[Mapping[str, Any]] = []
        for body in _bodies(documents):
            answer = orjson.loads(await self._ask("POST", f"/{index}/_bulk", body, filter_path=BULK_PARTS))
            items += [item["create"] for item in answer["items"]]
        return items

    async def find(self, ids: Sequence[str]) -> dict[str, ShownQuery]:
        known = [id_ for id_ in ids if encoded_id(id_) is not None]
        if not known:
            return {}
        body = orjson.dumps({"ids": known})
        answer = orjson.loads(await self._ask("POST", f"/{self._queries}/_mget", body, filter_path=QUERY_PARTS))
        found = [one["_source"] for one in answer.get("docs", ()) if one.get("found")]
        own = [query_of(one) for one in found if one.get("application") == self._application]
        return {query.id: query for query in own if query is not None}

    async def _ask(self, method: str, path: str, body: bytes | None, **params: str) -> bytes:
        return await self._cluster.ask(method, path, body, call=Call(Deadline(WRITE_SECONDS)), params=params)

    async def close(self) -> None:
        if self._connected is not None:
            await self._connected.close()


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

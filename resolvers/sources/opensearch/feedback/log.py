"""All feedback of an application in a cluster, for commands."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from typing import Any, TypeVar

import orjson
from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, OpenSearchException

from resolvers.sources.feedback import Event, ShownQuery
from resolvers.sources.opensearch.connection import ClusterOptions, reading_client
from resolvers.sources.opensearch.errors import translated
from resolvers.sources.opensearch.feedback.ubi import EVENTS, QUERIES, event_of, query_of

T = TypeVar("T")
AT_ONCE = 500
KEEP_ALIVE = "5m"
"""How long the cluster waits for the next request of a walk."""
PARTS = "_scroll_id,hits.hits._source"


class ClusterFeedbackLog:
    """Reads the feedback of an application. The names of the indexes are UBI's, for all but tests."""

    def __init__(
        self, options: ClusterOptions, application: str, *, queries: str = QUERIES, events: str = EVENTS
    ) -> None:
        self._options, self._application, self._queries, self._events = options, application, queries, events

    def all_queries(self) -> Iterator[ShownQuery]:
        return self._all(self._queries, query_of)

    def all_events(self) -> Iterator[Event]:
        return self._all(self._events, event_of)

    def _all(self, index: str, read: Callable[[Mapping[str, Any]], T | None]) -> Iterator[T]:
        try:
            with closing(reading_client(self._options)) as client:
                found = (read(source) for source in self._sources(client, index))
                yield from (one for one in found if one is not None)
        except OpenSearchException as error:
            raise translated(error) from error

    def _sources(self, client: OpenSearch, index: str) -> Iterator[Mapping[str, Any]]:
        """The documents of the application, in chunks; none where there is no such index."""
        body = {"size": AT_ONCE, "sort": ["_doc"], "query": {"term": {"application": self._application}}}
        try:
            _ask(client, "POST", f"/{index}/_refresh")
            page = _ask(client, "POST", f"/{index}/_search", body, scroll=KEEP_ALIVE)
        except NotFoundError:
            return
        scroll = page["_scroll_id"]
        try:
            while hits := page.get("hits", {}).get("hits", ()):
                yield from (hit["_source"] for hit in hits)
                page = _ask(client, "POST", "/_search/scroll", {"scroll_id": scroll, "scroll": KEEP_ALIVE})
                scroll = page["_scroll_id"]
        finally:
            # Where it fails, the cluster lets go of it by itself after KEEP_ALIVE.
            with suppress(OpenSearchException):
                _ask(client, "DELETE", "/_search/scroll", {"scroll_id": [scroll]})


def _ask(client: OpenSearch, method: str, path: str, body: Any = None, **params: str) -> dict[str, Any]:
    sent = None if body is None else orjson.dumps(body)
    told = params | ({"filter_path": PARTS} if method == "POST" else {})
    answer = client.transport.perform_request(method, path, params=told, body=sent)
    found: dict[str, Any] = orjson.loads(answer)
    return found

"""All feedback of an application in a cluster, for commands."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any, TypeVar

import orjson
from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, OpenSearchException

from resolvers.errors import SourceUnavailable
from resolvers.sources.feedback import Event, ShownQuery
from resolvers.sources.opensearch.connection import ClusterOptions, once_client
from resolvers.sources.opensearch.errors import translated, was_never_sent
from resolvers.sources.opensearch.feedback.answers import INCOMPLETE, PAGE_PARTS, read_page
from resolvers.sources.opensearch.feedback.ubi import EVENTS, QUERIES, event_of, query_of

T = TypeVar("T")
AT_ONCE = 500
KEEP_ALIVE = "5m"
"""How long the cluster waits for the next request of a walk."""
PAGE = {"filter_path": PAGE_PARTS}
ALL_OF_IT = {"allow_partial_search_results": "false"}


class ClusterFeedbackLog:
    """Reads the feedback of an application, all of it or none. The names of the indexes are UBI's but in tests."""

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
            with closing(once_client(self._options)) as client:
                found = (read(source) for source in self._sources(client, index))
                yield from (one for one in found if one is not None)
        except OpenSearchException as error:
            raise translated(error) from error

    def _sources(self, client: OpenSearch, index: str) -> Iterator[Mapping[str, Any]]:
        """The documents of the application, in chunks; none where there is no such index. Raises SourceUnavailable."""
        body = {
            "size": AT_ONCE,
            "sort": ["_doc"],
            "query": {"term": {"application": self._application}},
            "track_total_hits": True,
        }
        try:
            # A refresh would wait for a shard that is missing, and this says so.
            self._ask(client, "POST", f"/{index}/_search", {"size": 0}, **ALL_OF_IT)
            self._ask(client, "POST", f"/{index}/_refresh")
            answer = self._ask(client, "POST", f"/{index}/_search", body, scroll=KEEP_ALIVE, **PAGE, **ALL_OF_IT)
        except NotFoundError:
            return
        page = read_page(answer)
        left, scroll = page.total, page.scroll
        try:
            while page.documents:
                yield from page.documents
                left -= len(page.documents)
                following = {"scroll_id": scroll, "scroll": KEEP_ALIVE}
                page = read_page(self._ask(client, "POST", "/_search/scroll", following, **PAGE))
                scroll = page.scroll
        finally:
            # Where it fails, the cluster lets go of it by itself after KEEP_ALIVE.
            with suppress(OpenSearchException):
                self._ask(client, "DELETE", "/_search/scroll", {"scroll_id": [scroll]})
        if left:
            raise SourceUnavailable(INCOMPLETE)

    def _ask(self, client: OpenSearch, method: str, path: str, body: Any = None, **params: str) -> bytes:
        """An answer that was asked for once: a page that is asked for again would be the next one."""

        def asked() -> bytes:
            answer: bytes = client.transport.perform_request(method, path, params=dict(params), body=sent)
            return answer

        sent = None if body is None else orjson.dumps(body)
        for _ in self._options.urls[1:]:
            with _but_unsent():
                return asked()
        return asked()


@contextmanager
def _but_unsent() -> Iterator[None]:
    """Pass over a request that has not reached its node, which the client leaves alone for a while."""
    try:
        yield
    except OpenSearchException as error:
        if not was_never_sent(error):
            raise

"""Searches by request."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from resolvers.errors import SourceError
from resolvers.loaders.bounded import Batches
from resolvers.loaders.documents import DocumentLoader
from resolvers.loaders.loader import Loader
from resolvers.sources.base import NOTHING_SEEN, SearchRequest, SearchResult, Snapshot

NO_PAGE: Mapping[str, Any] = {
    "limit": 0,
    "after": None,
    "before": None,
    "backward": False,
    "count": False,
    "seen": NOTHING_SEEN,
}


Answered = Callable[[SearchRequest], SearchResult | None]
"""What a snapshot may have beside its methods: the answer to a request, where it can give it at once."""


def subject(request: SearchRequest) -> SearchRequest:
    """The request without its page and order: equal for requests that look at the same matching set."""
    return request.but(**NO_PAGE, sort="RELEVANCE", preferences=None, diversity=None, meaning=None)


def without_page(request: SearchRequest) -> SearchRequest:
    """The request without what concerns one page: equal for requests for pages of one ranking or listing."""
    return request.but(**NO_PAGE)


def merged(requests: Sequence[SearchRequest]) -> dict[SearchRequest, SearchRequest]:
    """For each request the one to send for it.

    A count, or a look at how a search was answered, rides on a page of the same search where one is asked for.
    """
    if len(requests) == 1:
        return {requests[0]: requests[0]}
    carriers: dict[SearchRequest, SearchRequest] = {}
    for request in sorted(requests, key=lambda request: -request.limit):
        carriers.setdefault(subject(request), request)
    counted = {subject(request) for request in requests if request.count}
    sent = {about: request.but(count=about in counted) for about, request in carriers.items()}
    return {
        request: sent[about] if not request.limit or request == carriers[about] else request
        for request in requests
        for about in (subject(request),)
    }


class SearchLoader(Loader[SearchRequest, SearchResult]):
    """Runs the searches that one level asks for as one multi-search, equal ones once."""

    def __init__(self, snapshot: Snapshot, documents: DocumentLoader, batches: Batches) -> None:
        super().__init__()
        self._snapshot, self._documents, self._batches = snapshot, documents, batches
        self._answered: Answered | None = getattr(snapshot, "answered", None)
        self._pages: list[tuple[SearchRequest, SearchResult]] = []

    def at_hand(self, keys: Sequence[SearchRequest]) -> Sequence[SearchResult] | None:
        if self._answered is None:
            return None
        found = []
        for key in keys:
            answer = self._there(key, self._answered)
            if answer is None:
                return None
            found.append(answer)
        return found

    def _there(self, request: SearchRequest, answered: Answered) -> SearchResult | None:
        """What is at hand for a request."""
        carried = self._carried(request)
        if carried is not None:
            return carried
        answer = answered(request)
        if answer is None and request.limit and not request.count:
            answer = answered(request.but(count=True))
        if answer is not None:
            self._take(answer)
            if request.limit:
                self._pages.append((request, answer))
        return answer

    def _carried(self, request: SearchRequest) -> SearchResult | None:
        """The page that was at hand and answers for the count, as it does in a batch."""
        if request.limit or not self._pages:
            return None
        about = subject(request)
        pages = (page for of, page in self._pages if subject(of) == about)
        return next((page for page in pages if page.total is not None or not request.count), None)

    def _take(self, answer: SearchResult) -> None:
        self._batches.is_degraded |= bool(answer.degraded)
        self._documents.remember([hit.document for hit in answer.hits])

    async def fetch(self, keys: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        # A count may have been asked for before its page was.
        answers: dict[SearchRequest, SearchResult | SourceError] = {}
        answers |= {key: page for key in keys if (page := self._carried(key)) is not None}
        carriers = merged([key for key in keys if key not in answers])
        requests = list(dict.fromkeys(carriers.values()))
        if requests:
            found = await self._batches.bounded(lambda: self._snapshot.search(requests), len(requests))
            sent = dict(zip(requests, found, strict=True))
            for answer in found:
                if isinstance(answer, SearchResult):
                    self._take(answer)
            answers |= {key: sent[carrier] for key, carrier in carriers.items()}
        return [answers[key] for key in keys]

"""Aggregations by request."""

from collections.abc import Sequence
from dataclasses import replace

from resolvers.errors import SourceError
from resolvers.loaders.bounded import Batches
from resolvers.loaders.loader import Loader
from resolvers.sources.aggregations import Aggregation
from resolvers.sources.base import AggregationRequest, AggregationResult, Snapshot


def gathered(requests: Sequence[AggregationRequest]) -> list[AggregationRequest]:
    """The requests to send: what is asked of one matching set is asked together, each figure once."""
    wanted: dict[AggregationRequest, dict[Aggregation, None]] = {}
    for request in requests:
        wanted.setdefault(matching_set(request), {}).update(dict.fromkeys(request.aggregations))
    return [replace(about, aggregations=tuple(some)) for about, some in wanted.items()]


def matching_set(request: AggregationRequest) -> AggregationRequest:
    """What a request is about, whatever it wants to know of that."""
    return replace(request, aggregations=())


def picked(request: AggregationRequest, sent: AggregationRequest, answer: AggregationResult) -> AggregationResult:
    """Of the answer to what was sent the part that a request is about."""
    found = dict(zip(sent.aggregations, answer.aggregates, strict=True))
    return replace(answer, aggregates=tuple(found[one] for one in request.aggregations))


class AggregationLoader(Loader[AggregationRequest, AggregationResult]):
    """Computes the figures that one level asks for in one batch, those of the same matching set together."""

    def __init__(self, snapshot: Snapshot, batches: Batches) -> None:
        super().__init__()
        self._snapshot, self._batches = snapshot, batches

    async def fetch(self, keys: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        requests = gathered(keys)
        found = await self._batches.bounded(lambda: self._snapshot.aggregate(requests), len(requests))
        answers = {matching_set(sent): (sent, answer) for sent, answer in zip(requests, found, strict=True)}
        self._batches.is_degraded |= any(isinstance(one, AggregationResult) and one.degraded for one in found)
        return [
            answer if isinstance(answer, SourceError) else picked(key, sent, answer)
            for key in keys
            for sent, answer in (answers[matching_set(key)],)
        ]

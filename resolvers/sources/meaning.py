"""What searches by meaning need of a model: where their texts point."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from resolvers.deadline import Deadline
from resolvers.errors import SourceError
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    Degradation,
    RetrievalMode,
    SearchRequest,
    SearchResult,
)
from resolvers.sources.embedding import AwaitedEmbedder, Vector

SHARE_TO_EMBED = 0.5
"""The share of the time left after which nobody waits for a model any more, so that the words can still answer."""
log = logging.getLogger(__name__)
Asked = SearchRequest | AggregationRequest
Answer = TypeVar("Answer", SearchResult | SourceError, AggregationResult | SourceError)


@dataclass(frozen=True)
class Meant:
    """The vectors of texts, by text; `failed` where the model did not give them, so that words have to do."""

    vectors: Mapping[str, Vector] = field(default_factory=dict)
    failed: bool = False


def said(request: Asked) -> str | None:
    """The text of a request; None where it says nothing."""
    return request.text if request.text is not None and request.text.strip() else None


def by_meaning(request: Asked) -> str | None:
    """The text that a request wants to be matched by meaning; None where there is none."""
    return (
        None if request.mode is RetrievalMode.LEXICAL or said(request) is None else request.written_out or request.text
    )


def texts_by_meaning(requests: Sequence[Asked]) -> list[str]:
    """The different texts that requests want to be matched by meaning."""
    return list(dict.fromkeys(text for request in requests if (text := by_meaning(request)) is not None))


async def meant(embedder: AwaitedEmbedder, requests: Sequence[Asked], deadline: Deadline, dimension: int) -> Meant:
    """The vectors of what requests are about. A model that fails, is late or is another one fails no search.

    `dimension` is that of the index.
    """
    texts = texts_by_meaning(requests)
    if not texts:
        return Meant()
    try:
        rows = await embedder.embed_queries(texts, Deadline(deadline.remaining() * SHARE_TO_EMBED))
    except SourceError:
        return Meant(failed=True)
    if rows.shape[1] != dimension:
        log.error(
            "texts are matched by words alone: %s gives vectors of length %d, and those of the index have %d; "
            "it is another model, so index the catalog again",
            embedder.name,
            rows.shape[1],
            dimension,
        )
        return Meant(failed=True)
    return Meant(dict(zip(texts, rows, strict=True)))


def told(answers: Sequence[Answer], requests: Sequence[Asked], found: Meant) -> Sequence[Answer]:
    """The answers, those marked that should have been by meaning and are not."""
    if not found.failed:
        return answers
    return [_told(answer, request) for answer, request in zip(answers, requests, strict=True)]


def _told(answer: Answer, request: Asked) -> Answer:
    if isinstance(answer, SourceError) or by_meaning(request) is None:
        return answer
    return replace(answer, degraded=answer.degraded | {Degradation.MEANING_UNAVAILABLE})

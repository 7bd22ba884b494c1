"""The sorts of answers that are cached by request: what each is stored as, and made again from."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.errors import SourceError
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    SearchRequest,
    SearchResult,
    Snapshot,
)
from resolvers.sources.cached.keys import Keys
from resolvers.sources.cached.payloads import (
    Figures,
    Outline,
    figures_of,
    figures_payload,
    hits_of,
    outline,
    outline_of,
    outline_payload,
)


class Stored(Protocol):
    """An answer as it is kept, with the epochs of its kinds when it was asked for."""

    @property
    def epochs(self) -> tuple[bytes, ...]: ...


Q = TypeVar("Q")
A = TypeVar("A", SearchResult, AggregationResult)
S = TypeVar("S", bound=Stored)


class Answers(ABC, Generic[Q, A, S]):
    """One sort of answers: what is asked, what comes back, and what is stored of that.

    `about` is what they are called where they are counted.
    """

    about: str

    @abstractmethod
    def key(self, keys: Keys, request: Q, viewer: str | None) -> bytes:
        """What the answer to a request is stored under."""

    @abstractmethod
    def kinds(self, request: Q) -> tuple[Kind, ...]:
        """The kinds whose documents the answer depends on."""

    @abstractmethod
    async def ask(self, engine: Snapshot, requests: Sequence[Q]) -> Sequence[A | SourceError]:
        """Ask the engine."""

    @abstractmethod
    def documents(self, answer: A) -> Sequence[Document]:
        """The documents that came with an answer, which are stored by themselves."""

    @abstractmethod
    def refs(self, stored: S) -> Sequence[Ref]:
        """The documents that an answer needs, in their order."""

    @abstractmethod
    def stored(self, answer: A, epochs: tuple[bytes, ...]) -> S:
        """What is stored of an answer."""

    @abstractmethod
    def payload(self, stored: S) -> bytes:
        """That as bytes."""

    @abstractmethod
    def read(self, payload: memoryview) -> S:
        """What `payload` has made bytes of. Raises msgspec.DecodeError for anything else."""

    @abstractmethod
    def answer(self, stored: S, documents: Sequence[Document], took_seconds: float) -> A:
        """The answer again, with its documents."""


class Searches(Answers[SearchRequest, SearchResult, Outline]):
    """Pages of hits."""

    about = "search"

    def key(self, keys: Keys, request: SearchRequest, viewer: str | None) -> bytes:
        return keys.search(request, viewer)

    def kinds(self, request: SearchRequest) -> tuple[Kind, ...]:
        return request.kinds

    async def ask(self, engine: Snapshot, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        return await engine.search(requests)

    def documents(self, answer: SearchResult) -> Sequence[Document]:
        return [hit.document for hit in answer.hits]

    def refs(self, stored: Outline) -> Sequence[Ref]:
        return stored.refs

    def stored(self, answer: SearchResult, epochs: tuple[bytes, ...]) -> Outline:
        return outline(answer, epochs)

    def payload(self, stored: Outline) -> bytes:
        return outline_payload(stored)

    def read(self, payload: memoryview) -> Outline:
        return outline_of(payload)

    def answer(self, stored: Outline, documents: Sequence[Document], took_seconds: float) -> SearchResult:
        hits = hits_of(stored, documents)
        return SearchResult(hits, stored.has_next, stored.has_previous, stored.total, stored.mode, took_seconds)


class Aggregations(Answers[AggregationRequest, AggregationResult, Figures]):
    """Figures about matching sets."""

    about = "aggregation"

    def key(self, keys: Keys, request: AggregationRequest, viewer: str | None) -> bytes:
        return keys.aggregation(request, viewer)

    def kinds(self, request: AggregationRequest) -> tuple[Kind, ...]:
        return (request.kind,)

    async def ask(
        self, engine: Snapshot, requests: Sequence[AggregationRequest]
    ) -> Sequence[AggregationResult | SourceError]:
        return await engine.aggregate(requests)

    def documents(self, answer: AggregationResult) -> Sequence[Document]:  # noqa: ARG002
        return ()

    def refs(self, stored: Figures) -> Sequence[Ref]:  # noqa: ARG002
        return ()

    def stored(self, answer: AggregationResult, epochs: tuple[bytes, ...]) -> Figures:
        return Figures(epochs, answer.total, answer.aggregates, answer.mode)

    def payload(self, stored: Figures) -> bytes:
        return figures_payload(stored)

    def read(self, payload: memoryview) -> Figures:
        return figures_of(payload)

    def answer(self, stored: Figures, documents: Sequence[Document], took_seconds: float) -> AggregationResult:  # noqa: ARG002
        return AggregationResult(stored.total, stored.aggregates, stored.mode, took_seconds)

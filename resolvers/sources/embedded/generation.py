"""One opened generation: it answers requests until nobody refers to it any more."""

import os
import time
import weakref
from collections.abc import Sequence

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.ranking.fusion import Fused
from resolvers.sources.base import (
    Hit,
    Position,
    RetrievalMode,
    Score,
    SearchRequest,
    SearchResult,
    SourceInfo,
)
from resolvers.sources.embedded.analysis import QueryWords
from resolvers.sources.embedded.documents import open_documents
from resolvers.sources.embedded.kind_index import KindIndex
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.manifest import Manifest
from resolvers.sources.embedded.relevance import Key, Relevance, Text
from resolvers.sources.embedding import Embedder
from resolvers.sources.paging import page_of_ranking
from resolvers.sources.sort_keys import ID_ORDER

KIND_OF_PREFIX = {spec.prefix: kind for kind, spec in KINDS.items()}


class Generation:
    """Answers from one generation. Every method blocks, and may run in any thread."""

    def __init__(self, layout: Layout, name: str, embedder: Embedder | None) -> None:
        self.name, self._embedder, self._words = name, embedder, QueryWords()
        descriptor = layout.hold(name)
        weakref.finalize(self, os.close, descriptor)
        folder = layout.path(name)
        self.manifest = Manifest.load(folder)
        self._documents = open_documents(folder / "documents.lmdb")
        counts = self.manifest.counts
        self._indexes = {
            kind: KindIndex(
                spec, folder / kind.lower(), with_vectors=bool(self.manifest.dimension and counts.get(kind, 0))
            )
            for kind, spec in KINDS.items()
        }

    @property
    def has_vectors(self) -> bool:
        """Whether texts can be matched by meaning: the index has vectors of the model that is at hand."""
        return self._embedder is not None and self._embedder.name == self.manifest.embedder

    def info(self) -> SourceInfo:
        counts = {Kind(kind): count for kind, count in self.manifest.counts.items()}
        return SourceInfo("embedded", self.name, self.manifest.created_at, counts)

    def fetch(self, refs: Sequence[Ref]) -> list[Document | None]:
        return self._documents.fetch(refs)

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer one request."""
        started = time.perf_counter()
        text = self._text(request)
        if text is not None and request.sort == "RELEVANCE":
            hits, has_previous, has_next, total = self._by_relevance(request, text)
        else:
            hits, has_previous, has_next, total = self._listed(request, text)
        mode = None if text is None else text.mode
        return SearchResult(hits, has_next, has_previous, total, mode, time.perf_counter() - started)

    def _text(self, request: SearchRequest) -> Text | None:
        if request.text is None or not request.text.strip():
            return None
        if request.mode is RetrievalMode.LEXICAL or not self.has_vectors or self._embedder is None:
            return Text(RetrievalMode.LEXICAL, tuple(self._words(request.text)), None)
        direction = self._embedder.embed([request.text])[0]
        # A text in which the model knows no word points nowhere: nothing is near to it.
        return Text(request.mode, tuple(self._words(request.text)), direction if direction.any() else None)

    def _relevance(self, request: SearchRequest, text: Text) -> Relevance:
        return Relevance({kind: self._indexes[kind] for kind in request.kinds}, text, request.filter)

    def _by_relevance(self, request: SearchRequest, text: Text) -> tuple[tuple[Hit, ...], bool, bool, int | None]:
        relevance = self._relevance(request, text)
        total = relevance.count() if request.count else None
        if not request.limit:
            return (), False, False, total
        page = page_of_ranking(request, self.name, relevance.ranked)
        return self._hits(page.ranked, page.first_rank), page.has_previous, page.has_next, total

    def _hits(self, ranked: Sequence[tuple[Key, Fused]], first_rank: int) -> tuple[Hit, ...]:
        rows: dict[str, list[int]] = {}
        for key, _ in ranked:
            rows.setdefault(key.prefix, []).append(key.row)
        documents = {
            Key(prefix, row): document
            for prefix, wanted in rows.items()
            for row, document in zip(wanted, self._documents.at_rows(KIND_OF_PREFIX[prefix], wanted), strict=True)
        }
        return tuple(
            Hit(documents[key], Position(_place(key, fused), rank, self.name), Score(*fused))
            for rank, (key, fused) in enumerate(ranked, first_rank)
        )

    def _listed(self, request: SearchRequest, text: Text | None) -> tuple[tuple[Hit, ...], bool, bool, int | None]:
        [kind] = request.kinds
        index = self._indexes[kind]
        query = (
            index.matching(None, None, index.passing(request.filter))
            if text is None
            else self._relevance(request, text).matching(index.spec.prefix)
        )
        total = index.count(query) if request.count else None
        if not request.limit:
            return (), False, False, total
        after, before = (place.key if place else None for place in (request.after, request.before))
        order = index.spec.default_sort if request.sort == "RELEVANCE" else request.sort
        found = index.listing(
            query, order or ID_ORDER, request.limit + 1, after=after, before=before, backward=request.backward
        )
        more = len(found) > request.limit
        found = found[-request.limit :] if request.backward else found[: request.limit]
        documents = self._documents.at_rows(kind, [row for _, row in found])
        hits = tuple(
            Hit(document, Position(key, 0, self.name)) for (key, _), document in zip(found, documents, strict=True)
        )
        has_previous, has_next = (more, before is not None) if request.backward else (after is not None, more)
        return hits, has_previous, has_next, total


def _place(key: Key, fused: Fused) -> str:
    return f"{fused.total!r} {key.prefix}{key.row}"

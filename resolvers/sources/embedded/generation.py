"""One opened generation: it answers requests until nobody refers to it any more."""

import os
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from resolvers.catalog.kind import ID_ORDER, Document, Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.sources.adaptation import model_of_index
from resolvers.sources.analysis import QueryWords
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    Filter,
    Hit,
    Position,
    RetrievalMode,
    SearchRequest,
    SearchResult,
    SourceInfo,
)
from resolvers.sources.changes import Stored
from resolvers.sources.embedded.aggregating import aggregated
from resolvers.sources.embedded.completions import Completions
from resolvers.sources.embedded.facts import Facts
from resolvers.sources.embedded.judging import ByPreferences, ByText, Judging
from resolvers.sources.embedded.kind_index import KindIndex
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.manifest import Manifest, kept_adaptation, kept_occupations, kept_skills
from resolvers.sources.embedded.queries import NOTHING_SAID, Said
from resolvers.sources.embedded.relevance import Key, Relevance, Text
from resolvers.sources.embedding import AwaitedEmbedder, Embedder, Vector
from resolvers.sources.meaning import Meant, by_meaning
from resolvers.sources.paging import cut_page, depth_of
from resolvers.sources.typeahead import Suggested, SuggestRequest

T = TypeVar("T")
PAGE_DOCUMENTS = 512
KIND_OF_PREFIX = {spec.prefix: kind for kind, spec in KINDS.items()}


class Generation:
    """Answers from one generation. Every method blocks, and may run in any thread.

    Raises SourceUnavailable when its vectors are of another model than `embedder`.
    """

    def __init__(self, layout: Layout, name: str, embedder: Embedder | None) -> None:
        self.name, self._words = name, QueryWords()
        descriptor = layout.hold(name)
        weakref.finalize(self, os.close, descriptor)
        folder = layout.path(name)
        self.manifest = Manifest.load(folder)
        self.facts = Facts(folder)
        self.adaptation = kept_adaptation(folder)
        self._skills, self._occupations = kept_skills(folder), kept_occupations(folder)
        remembered = self.manifest.embedder
        self._embedder = (
            model_of_index(embedder, remembered, self.adaptation).queries if embedder and remembered else None
        )
        counts, dimension = self.manifest.counts, self.manifest.dimension
        self._indexes = {
            kind: KindIndex(
                spec, folder / kind.lower(), self.facts.full.count(kind), dimension if counts.get(kind, 0) else 0
            )
            for kind, spec in KINDS.items()
        }
        self._completions = Completions(self._indexes, self.facts)

    @property
    def has_vectors(self) -> bool:
        """Whether texts can be matched by meaning: the index has vectors, and there is a model."""
        return self._embedder is not None

    @property
    def awaited(self) -> AwaitedEmbedder | None:
        """The model of the vectors, where it has to be awaited before there is a search."""
        return self._embedder if isinstance(self._embedder, AwaitedEmbedder) else None

    def info(self) -> SourceInfo:
        counts = {Kind(kind): count for kind, count in self.manifest.counts.items()}
        known = self._skills, self._occupations
        return SourceInfo("embedded", self.name, self.manifest.created_at, counts, *known)

    def fetch(self, refs: Sequence[Ref]) -> list[Document | None]:
        return self.facts.fetch(refs)

    def passing(self, kind: Kind, wanted: Filter) -> Iterator[list[Stored]]:
        """The documents of a kind that pass the filter, in the order of ids, in pages."""
        index, after = self._indexes[kind], None
        query = index.matching(None, None, index.passing(wanted))
        while found := index.listing(query, ID_ORDER, PAGE_DOCUMENTS, after=after, before=None, backward=False):
            after = found[-1][0]
            documents = self._documents(kind, [ordinal for _, ordinal in found])
            stored = self.facts.stored([document.ref for document in documents])
            yield [one for one in stored if one is not None]

    def suggest(self, request: SuggestRequest) -> tuple[Suggested, ...]:
        """What completes a typed text."""
        return self._completions.suggest(request)

    def search(self, request: SearchRequest, meant: Meant | None = None) -> SearchResult:
        """Answer one request. `meant` has the vectors of texts that were awaited; others are embedded here."""
        started = time.perf_counter()
        text = self._text(request, meant)
        if request.sort == "RELEVANCE" and (text is not None or request.preferences is not None):
            hits, has_previous, has_next, total = self._by_relevance(request, text)
        else:
            hits, has_previous, has_next, total = self._listed(request, text)
        mode = None if text is None else text.mode
        return SearchResult(hits, has_next, has_previous, total, mode, time.perf_counter() - started)

    def aggregate(self, request: AggregationRequest, meant: Meant | None = None) -> AggregationResult:
        """Answer one request for figures. `meant` is that of `search`."""
        started = time.perf_counter()
        index, text = self._indexes[request.kind], self._text(request, meant)
        if text is None:
            matching = index.matching(None, None, index.passing(request.filter))
        else:
            matching = Relevance({request.kind: index}, text, request.filter).matching(index.spec.prefix)
        total, found = aggregated(index, matching, request.aggregations)
        return AggregationResult(total, found, None if text is None else text.mode, time.perf_counter() - started)

    def _text(self, request: SearchRequest | AggregationRequest, meant: Meant | None) -> Text | None:
        if request.text is None or not request.text.strip():
            return None
        to_embed = by_meaning(request)
        direction = None if to_embed is None else self._direction(to_embed, meant)
        mode = RetrievalMode.LEXICAL if direction is None else request.mode
        said = NOTHING_SAID if mode is RetrievalMode.SEMANTIC else Said(self._words(request.text), request.concepts)
        # A text in which the model knows no word points nowhere: nothing is near to it.
        return Text(mode, said, direction if direction is not None and direction.any() else None)

    def _direction(self, text: str, meant: Meant | None) -> Vector | None:
        """Where a text points; None where that is not known."""
        if meant is not None:
            return meant.vectors.get(text)
        return None if self._embedder is None else self._embedder.embed([text])[0]

    def _relevance(self, request: SearchRequest, text: Text) -> Relevance:
        indexes = {kind: self._indexes[kind] for kind in request.kinds}
        scaled = request.preferences is not None
        return Relevance(indexes, text, request.filter, scaled=scaled, meaning=request.meaning)

    def _by_relevance(
        self, request: SearchRequest, text: Text | None
    ) -> tuple[tuple[Hit, ...], bool, bool, int | None]:
        judging = Judging(request, {kind: self._indexes[kind] for kind in request.kinds})
        ranking = ByPreferences(judging) if text is None else ByText(judging, self._relevance(request, text))
        total = ranking.count() if request.count else None
        if not request.limit:
            return (), False, False, total
        page = cut_page(request, judging.spread(ranking, depth_of(request)), self._refs)
        documents = self._of_kinds(self._documents, [key for key, _ in page.ranked])
        hits = tuple(Hit(document, None, fused) for document, (_, fused) in zip(documents, page.ranked, strict=True))
        return hits, page.has_previous, page.has_next, total

    def _refs(self, keys: Sequence[Key]) -> list[Ref]:
        def of_kind(kind: Kind, ordinals: Sequence[int]) -> list[Ref]:
            return [Ref(kind, id_) for id_ in self.facts.ids(kind, self._indexes[kind].rows(ordinals))]

        return self._of_kinds(of_kind, keys)

    def _of_kinds(self, ask: Callable[[Kind, Sequence[int]], Sequence[T]], keys: Sequence[Key]) -> list[T]:
        """What is asked of the documents of one kind at a time, in the order of the keys."""
        if len({key.prefix for key in keys}) == 1:
            return list(ask(KIND_OF_PREFIX[keys[0].prefix], [key.ordinal for key in keys]))
        ordinals: dict[str, list[int]] = {}
        for key in keys:
            ordinals.setdefault(key.prefix, []).append(key.ordinal)
        answers = {
            Key(prefix, ordinal): answer
            for prefix, wanted in ordinals.items()
            for ordinal, answer in zip(wanted, ask(KIND_OF_PREFIX[prefix], wanted), strict=True)
        }
        return [answers[key] for key in keys]

    def _documents(self, kind: Kind, ordinals: Sequence[int]) -> list[Document]:
        return self.facts.at_rows(kind, self._indexes[kind].rows(ordinals))

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
        order = (index.spec.default_sort if request.sort == "RELEVANCE" else request.sort) or ID_ORDER
        if request.diversity is not None:
            shown, page = Judging(request, {kind: index}).shown(kind, query, order)
            return self._listing_hits(kind, shown[page.places]), page.has_previous, page.has_next, total
        found = index.listing(query, order, request.limit + 1, after=after, before=before, backward=request.backward)
        more = len(found) > request.limit
        found = found[-request.limit :] if request.backward else found[: request.limit]
        has_previous, has_next = (more, before is not None) if request.backward else (after is not None, more)
        return self._listing_hits(kind, found), has_previous, has_next, total

    def _listing_hits(self, kind: Kind, found: Sequence[tuple[str, int]]) -> tuple[Hit, ...]:
        documents = self._documents(kind, [ordinal for _, ordinal in found])
        return tuple(Hit(document, Position(key)) for (key, _), document in zip(found, documents, strict=True))

"""What completes a typed text, in an opened generation."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from resolvers.catalog.kind import Document, Kind
from resolvers.sources.embedded.facts import Facts
from resolvers.sources.embedded.kind_index import KindIndex
from resolvers.sources.typeahead import (
    CANDIDATES,
    HOLDERS,
    TITLED,
    Suggested,
    SuggestRequest,
    entities,
    names_of,
    titles,
)

Held = NDArray[np.int64]
"""How many jobs, and how many talent, have each entity of a kind, by row."""


SHORT, MOST_REMEMBERED = 2, 4_096
"""Texts of so few letters match most, are typed most, and are not many: they are remembered as long as the index."""


class Completions:
    """Completes typed texts. What counts as popular is counted once for a generation, which does not change."""

    def __init__(self, indexes: Mapping[Kind, KindIndex], facts: Facts) -> None:
        self._indexes, self._facts = indexes, facts
        # No cached methods: these would refer to themselves, and keep a generation's files open when it is let go of.
        self._held: dict[Kind, Held] = {}
        self._short: dict[SuggestRequest, tuple[Suggested, ...]] = {}

    def suggest(self, request: SuggestRequest) -> tuple[Suggested, ...]:
        """At most as many suggestions as the request wants, the best first."""
        if not request.typed or request.limit < 1:
            return ()
        if request in self._short:
            return self._short[request]
        completed = self._completed(request)
        if sum(map(len, request.typed)) <= SHORT and len(self._short) < MOST_REMEMBERED:
            self._short[request] = completed
        return completed

    def _completed(self, request: SuggestRequest) -> tuple[Suggested, ...]:
        exact = self._found(request, typos=False)
        return tuple(exact or (self._found(request, typos=True) if request.may_have_typos else ()))

    def _found(self, request: SuggestRequest, *, typos: bool) -> list[Suggested]:
        index, most = self._indexes[request.kind], max(CANDIDATES, request.limit)
        query = index.completing(request.typed, typos=typos)
        if request.kind in TITLED:
            groups = index.title_groups(query, most)
            documents = self._documents(request, index.rows([ordinal for ordinal, _ in groups]))
            shown = (names_of(document)[0] for document in documents)
            return titles(request, zip(shown, (count for _, count in groups), strict=False), typos=typos)
        held = self._held_of(request.kind)
        rows = index.rows_of(query)
        best = rows[np.lexsort((index.ordinals(rows), -held[:, rows].sum(axis=0)))[:most]].tolist()
        documents = self._documents(request, best)
        found = ((document, *held[:, row].tolist()) for document, row in zip(documents, best, strict=False))
        return entities(request, found, typos=typos)

    def _documents(self, request: SuggestRequest, rows: Sequence[int]) -> Iterator[Document]:
        """The documents with these rows, read a few at a time: most of those that come first do match."""
        for start in range(0, len(rows), request.limit):
            yield from self._facts.at_rows(request.kind, rows[start : start + request.limit])

    def _held_of(self, kind: Kind) -> Held:
        if kind not in self._held:
            self._held[kind] = self._counted(kind)
        return self._held[kind]

    def _counted(self, kind: Kind) -> Held:
        index = self._indexes[kind]
        rows = index.rows_of(index.matching(None, None, None))
        ids = self._facts.ids(kind, rows.tolist())
        held = np.zeros((len(TITLED), int(rows[-1]) + 1 if len(rows) else 1), dtype=np.int64)
        for at, holder in enumerate(TITLED):
            counts = self._indexes[holder].counts_of(HOLDERS[kind])
            held[at, rows] = [counts.get(id_, 0) for id_ in ids]
        return held

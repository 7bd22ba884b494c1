"""Preferences and diversity of a request: what documents are judged by beside how well they match."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from tantivy import Query

from resolvers.catalog.kind import Kind
from resolvers.ranking.diversity import spread
from resolvers.ranking.fusion import Fused
from resolvers.ranking.reranking import NO_TEXT, WINDOW, Bonuses, Scores, matching_bonus, recency_bonus, reranked
from resolvers.sources.base import SearchRequest
from resolvers.sources.embedded.columns import UNKNOWN
from resolvers.sources.embedded.kind_index import KindIndex
from resolvers.sources.embedded.ordinals import Rows
from resolvers.sources.embedded.relevance import Key, Relevance
from resolvers.sources.preferences import Recency
from resolvers.sources.sort_keys import microseconds
from resolvers.sources.spreading import DEEPER, ListingPage, first_depth, page_of_shown

MICROSECONDS_A_DAY = 86_400_000_000
Ranked = list[tuple[Key, Fused]]


class Ranking(Protocol):
    """An order of documents."""

    def ranked(self, depth: int) -> Ranked:
        """The best `depth` documents at least, or all of them; beyond `depth` some may be missing."""

    def count(self) -> int:
        """How many documents there are in it."""


class Judging:
    """Judges the documents of some kinds by what a request prefers and limits."""

    def __init__(self, request: SearchRequest, indexes: Mapping[Kind, KindIndex]) -> None:
        self.request = request
        self.indexes = {index.spec.prefix: index for index in indexes.values()}

    def bonuses(self, index: KindIndex, rows: Rows) -> Bonuses | None:
        """What preferences add to the scores of documents; None without preferences."""
        preferences = self.request.preferences
        if preferences is None:
            return None
        passing = ((one.weight, index.rows_passing(one.filter)) for one in preferences.matching)
        every = np.ones(len(rows), dtype=np.bool_)
        matches = ((weight, every if some is None else np.isin(rows, some)) for weight, some in passing)
        recency = None if preferences.recency is None else _recency(index, rows, preferences.recency)
        return Bonuses(matching_bonus(len(rows), matches), recency)

    def preferred(self, ranked: Ranked) -> Ranked:
        """The ranking with its head in the order of preference."""
        if self.request.preferences is None:
            return ranked
        # Preferences are those of one kind.
        [index] = self.indexes.values()
        rows = index.rows([key.ordinal for key, _ in ranked[:WINDOW]])
        bonuses = self.bonuses(index, np.array(rows, dtype=np.int64))
        return ranked if bonuses is None else reranked(ranked, bonuses)

    def groups(self, keys: Sequence[Key]) -> list[str | None]:
        """The groups of documents, in their order; None where a kind has none."""
        found: dict[Key, str | None] = {}
        field = "" if self.request.diversity is None else self.request.diversity.field
        for prefix, index in self.indexes.items():
            if any(one.name == field for one in index.spec.fields):
                own = [key for key in keys if key.prefix == prefix]
                texts = index.columns.texts(field, index.rows([key.ordinal for key in own]))
                found |= dict(zip(own, texts, strict=True))
        return [found.get(key) for key in keys]

    def spread(self, ranking: Ranking, depth: int) -> Ranked:
        """The best `depth` documents at least, or all of them, without what has too many of its group in front."""
        if self.request.diversity is None:
            return ranking.ranked(depth)
        asked = first_depth(depth)
        while True:
            found = ranking.ranked(asked)
            head = found[:asked]
            kept = spread(head, self.groups([key for key, _ in head]), self.request.diversity.at_most)
            if len(kept) >= depth or len(found) < asked:
                return kept
            asked *= DEEPER

    def shown(self, kind: Kind, query: Query, order: str) -> tuple[list[tuple[str, int]], ListingPage]:
        """As much of a listing as its page needs, without what has too many of its group in front; and the page."""
        index = next(one for one in self.indexes.values() if one.spec.kind is kind)
        at_most = 0 if self.request.diversity is None else self.request.diversity.at_most
        found: list[tuple[str, int]] = []
        asked = first_depth(self.request.limit + 1)
        while True:
            last = found[-1][0] if found else None
            chunk = index.listing(query, order, asked, after=last, before=None, backward=False)
            found += chunk
            groups = self.groups([Key(index.spec.prefix, ordinal) for _, ordinal in found])
            shown = spread(found, groups, at_most)
            page = page_of_shown(self.request, shown, lambda one: one[0], is_all=len(chunk) < asked)
            if page is not None:
                return shown, page
            asked *= DEEPER


class ByText:
    """Documents by how well they match a text, those in front by preference too."""

    def __init__(self, judging: Judging, relevance: Relevance) -> None:
        self._judging, self._relevance = judging, relevance

    def ranked(self, depth: int) -> Ranked:
        if self._judging.request.preferences is None:
            return self._relevance.ranked(depth)
        return self._judging.preferred(self._relevance.ranked(max(depth, WINDOW)))

    def count(self) -> int:
        return self._relevance.count()


class ByPreferences:
    """Everything that passes the filter of a request by preference alone, ties in the kind's default order."""

    def __init__(self, judging: Judging) -> None:
        [self._index] = judging.indexes.values()
        self._judging, self._wanted = judging, judging.request.filter
        self._order: tuple[Rows, Bonuses] | None = None

    def ranked(self, depth: int) -> Ranked:
        ordinals, (matching, recency) = self._ordered()
        head = slice(min(depth, len(ordinals)))
        prefix, head_bonuses = (
            self._index.spec.prefix,
            Bonuses(matching[head], None if recency is None else recency[head]),
        )
        return reranked([(Key(prefix, ordinal), NO_TEXT) for ordinal in ordinals[head].tolist()], head_bonuses)

    def count(self) -> int:
        return self._index.count(self._index.matching(None, None, self._index.passing(self._wanted)))

    def _ordered(self) -> tuple[Rows, Bonuses]:
        """The ordinals of all documents in their order, and their bonuses."""
        if self._order is None:
            rows = self._index.in_default_order(self._wanted)
            bonuses = self._judging.bonuses(self._index, rows) or Bonuses(np.zeros(len(rows)))
            best = np.argsort(-bonuses.total, kind="stable")
            recency = None if bonuses.recency is None else bonuses.recency[best]
            self._order = self._index.ordinals(rows)[best], Bonuses(bonuses.matching[best], recency)
        return self._order


def _recency(index: KindIndex, rows: Rows, recency: Recency) -> Scores:
    moments = index.columns.moments(recency.field, rows)
    ages = (microseconds(recency.at) - moments) / MICROSECONDS_A_DAY
    ages[moments == UNKNOWN] = np.nan
    return recency_bonus(ages, recency.weight, recency.half_life_days)

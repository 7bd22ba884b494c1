"""Preferences and diversity of a request: what has to be known of hits for them, and what becomes of a ranking.

What is to be known comes with the hits, so that no round is added: whether a document passes the filter of a preference
by a query that has a name and scores nothing, and its time and its group by the columns of their fields.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.ranking.diversity import spread
from resolvers.ranking.fusion import Fused
from resolvers.ranking.reranking import WINDOW, Bonuses, Scores, matching_bonus, recency_bonus, reranked
from resolvers.sources.base import SearchRequest
from resolvers.sources.opensearch.filters import Query, every, field_path, filter_query
from resolvers.sources.opensearch.queries import Body
from resolvers.sources.opensearch.responses import Found, Hits
from resolvers.sources.preferences import Recency
from resolvers.sources.sort_keys import microseconds
from resolvers.sources.spreading import first_depth

MICROSECONDS_A_DAY = 86_400_000_000
Ranked = Sequence[tuple[str, Fused]]


@dataclass(frozen=True)
class Judging:
    """Judges hits by what a request prefers and limits."""

    request: SearchRequest

    @property
    def is_needed(self) -> bool:
        return self.request.preferences is not None or self.request.diversity is not None

    @property
    def is_scaled(self) -> bool:
        """Whether scores have to be from 0 to 1 for what is added to them."""
        return self.request.preferences is not None

    def depth(self, depth: int) -> int:
        """How deep to look at first for so many hits."""
        asked = depth if self.request.diversity is None else first_depth(depth)
        return asked if self.request.preferences is None else max(asked, WINDOW)

    def told(self, kind: Kind, body: Body) -> Body:
        """A search whose hits also tell what they are judged by."""
        if not self.is_needed:
            return body
        return body | {"query": self._named(body["query"])} | self.columns(kind)

    def columns(self, kind: Kind) -> Body:
        """The part of a search that asks for the facts that hits are judged by."""
        fields = [field for field in self._fields() if any(one.name == field for one in KINDS[kind].fields)]
        return {"docvalue_fields": [field_path(field) for field in fields]} if fields else {}

    def judged(self, ranked: Ranked, found: Sequence[Hits], asked: int) -> tuple[Ranked, bool]:
        """The ranking as the request wants it, and whether that is all of it. `asked` of its head are sure."""
        is_all = len(ranked) < asked
        known = {hit.key: hit for hits in found for hit in hits.hits}
        if self.request.preferences is not None:
            head = [known[key] for key, _ in ranked[:WINDOW]]
            ranked = reranked(ranked, self.bonuses(head))
        return self.spread(ranked[:asked], known), is_all

    def spread(self, ranked: Ranked, known: Mapping[str, Found]) -> Ranked:
        """The ranking without what has too many of its group in front."""
        if self.request.diversity is None:
            return ranked
        return spread(ranked, self.groups(known[key] for key, _ in ranked), self.request.diversity.at_most)

    def groups(self, hits: Iterable[Found]) -> list[str | None]:
        """The groups of hits, in their order; None where there is none."""
        path = field_path("" if self.request.diversity is None else self.request.diversity.field)
        return [hit.text(path) for hit in hits]

    def bonuses(self, hits: Sequence[Found]) -> Bonuses:
        """What preferences add to the scores of hits."""
        preferences = self.request.preferences
        if preferences is None:
            return Bonuses(np.zeros(len(hits)))
        matched = [frozenset(hit.matched_queries) for hit in hits]
        flags = (
            np.array([_name(at) in names for names in matched], dtype=np.bool_)
            for at in range(len(preferences.matching))
        )
        weights = [one.weight for one in preferences.matching]
        matching = matching_bonus(len(hits), zip(weights, flags, strict=True))
        return Bonuses(matching, None if preferences.recency is None else _recency(hits, preferences.recency))

    def _fields(self) -> list[str]:
        recency = None if self.request.preferences is None else self.request.preferences.recency
        fields = [] if recency is None else [recency.field]
        return fields if self.request.diversity is None else [*fields, self.request.diversity.field]

    def _named(self, query: Query) -> Query:
        """The same hits with the same scores, and the names of the preferences that they match."""
        preferences = self.request.preferences
        if preferences is None or not preferences.matching:
            return query
        # A filter scores nothing.
        named = [
            {"bool": {"filter": [every(filter_query(one.filter))], "_name": _name(at)}}
            for at, one in enumerate(preferences.matching)
        ]
        return {"bool": {"must": [query], "should": named}}


def by_preference(request: SearchRequest, passing: Query) -> Query:
    """What passes, scored by what a request prefers: the same sums as `bonuses`, rounded to 32 bits, and with names."""
    preferences = request.preferences
    if preferences is None:
        return passing
    scoring: list[Query] = [
        {"constant_score": {"filter": every(filter_query(one.filter)), "boost": one.weight, "_name": _name(at)}}
        for at, one in enumerate(preferences.matching)
    ]
    if preferences.recency is not None:
        scoring.append(_decay(preferences.recency))
    return {"bool": {"filter": [passing], "should": scoring}}


def _decay(recency: Recency) -> Query:
    path, at = field_path(recency.field), microseconds(recency.at)
    # The decay goes both ways from its origin. What is later than `at` is no more than recent, so the origin lies
    # behind all that is, and what is nearer to it than `at` has no decay.
    about = {"origin": 2 * at, "offset": at, "scale": round(recency.half_life_days * MICROSECONDS_A_DAY), "decay": 0.5}
    function = {"exp": {path: about}, "weight": recency.weight}
    known = {"exists": {"field": path}}
    return {"function_score": {"query": known, "functions": [function], "boost_mode": "replace"}}


def _recency(hits: Sequence[Found], recency: Recency) -> Scores:
    path, at = field_path(recency.field), microseconds(recency.at)
    moments = [hit.number(path) for hit in hits]
    ages = [np.nan if moment is None else (at - moment) / MICROSECONDS_A_DAY for moment in moments]
    return recency_bonus(np.array(ages, dtype=np.float64), recency.weight, recency.half_life_days)


def _name(at: int) -> str:
    return f"preference-{at}"

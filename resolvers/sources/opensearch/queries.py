"""The bodies of searches: pure functions.

A document is known by the key of its id, which every ranking and listing sorts by at last and so hands out with each
hit: nothing that is stored has to be read to rank.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from resolvers.catalog.kind import ID_ORDER
from resolvers.sources.base import Concept, Filter, RetrievalMode
from resolvers.sources.matching import CONCEPT_WEIGHTS, NEAREST, ROLE_WEIGHTS
from resolvers.sources.opensearch.analysis import DOCUMENT_WORDS, QUERY_WORDS
from resolvers.sources.opensearch.filters import Query, every, filter_query, some
from resolvers.sources.words import is_of_stop_words

Body = dict[str, Any]
MAX_WINDOW = 10_000
"""How many hits one search may look at: the default of `index.max_result_window`."""


@dataclass(frozen=True)
class Text:
    """What is searched for: words, and a direction when the index has vectors of the model at hand.

    `direction` is None for a text in which the model knows no word: nothing is near to it.
    """

    mode: RetrievalMode
    words: str
    direction: tuple[float, ...] | None = None
    concepts: tuple[Concept, ...] = ()

    @property
    def query(self) -> Query:
        """What it matches by words."""
        return words_query(self.words, self.concepts)


def sort_field(order: str) -> str:
    return f"sorts.{order}"


def words_query(words: str, concepts: Sequence[Concept] = ()) -> Query:
    """Documents with any of the words, or about any of the concepts, scored by BM25 summed over these and roles."""
    named = [
        {"term": {f"texts.{role}": {"value": concept.id, "boost": weight * concept.weight}}}
        for concept in concepts
        for role, weight in CONCEPT_WEIGHTS.items()
    ]
    return some(_any_word(words), *named)


def _any_word(words: str) -> Query:
    return {
        "multi_match": {
            "query": words,
            "type": "most_fields",
            "fields": [f"texts.{role}^{weight}" for role, weight in ROLE_WEIGHTS.items()],
            "analyzer": DOCUMENT_WORDS if is_of_stop_words(words) else QUERY_WORDS,
        }
    }


def near_query(direction: Sequence[float], wanted: Filter) -> Query:
    """The NEAREST documents of each shard, of those that pass, scored by (1 + cosine) / 2."""
    near: Body = {"vector": list(direction), "k": NEAREST}
    passing = filter_query(wanted)
    return {"knn": {"vector": near if passing is None else near | {"filter": passing}}}


def scored(query: Query, passing: Query | None) -> Query:
    """A query that scores, of what passes another that does not."""
    return query if passing is None else {"bool": {"must": [query], "filter": [passing]}}


def present_query() -> Query:
    """Every document; what was deleted has no key of its id."""
    return {"exists": {"field": sort_field(ID_ORDER)}}


def keys_query(id_keys: Sequence[str]) -> Query:
    """The documents with these keys of ids."""
    return {"terms": {sort_field(ID_ORDER): list(id_keys)}}


def ranking(query: Query, *, size: int, facts: bool = False, count: bool = False) -> Body:
    """The best hits of a query, ties in the order of ids. `facts`: with the records, which have to be read for it."""
    by = [{"_score": "desc"}, {sort_field(ID_ORDER): "asc"}]
    return {"query": query, "sort": by, "size": size, "track_total_hits": count} | _read(facts=facts)


def listing(
    query: Query,
    order: str,
    *,
    size: int,
    after: str | None = None,
    before: str | None = None,
    backward: bool = False,
    count: bool = False,
) -> Body:
    """The first or last hits of a listing strictly between two of its keys, with their records."""
    field = sort_field(order)
    bounds = {"gt": after, "lt": before}
    start = bounds.pop("lt" if backward else "gt")
    beyond = {name: key for name, key in bounds.items() if key is not None}
    body: Body = {
        "query": every(query, {"range": {field: beyond}} if beyond else None),
        "sort": [{field: "desc" if backward else "asc"}],
        "size": size,
        "track_total_hits": count,
    }
    return body | _read(facts=True) | ({} if start is None else {"search_after": [start]})


def counting(query: Query) -> Body:
    """How many documents match."""
    return {"query": query, "size": 0, "track_total_hits": True}


def _read(*, facts: bool) -> Body:
    # Without stored fields a hit costs no look into the store at all.
    return {"_source": True} if facts else {"_source": False, "stored_fields": "_none_"}

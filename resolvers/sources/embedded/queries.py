"""From the gateway's filters and texts to tantivy's queries: pure functions of a schema."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tantivy import Index, Occur, Query, Schema

from resolvers.catalog.kind import FieldType, KindSpec
from resolvers.sources.base import AllOf, AnyOf, Concept, Exists, Filter, Not, Range, Terms
from resolvers.sources.embedded.mapping import ROW, TANTIVY_TYPES, TYPEAHEAD, field_column, kind_schema, sort_column
from resolvers.sources.matching import CONCEPT_WEIGHTS, ROLE_WEIGHTS
from resolvers.sources.sort_keys import stored_value
from resolvers.sources.typeahead import typos_allowed


def every(*queries: Query | None) -> Query:
    """All of the queries that are given; everything when none is."""
    parts = [query for query in queries if query is not None]
    if not parts:
        return Query.all_query()
    return parts[0] if len(parts) == 1 else Query.boolean_query([(Occur.Must, part) for part in parts])


def some(queries: Iterable[Query]) -> Query:
    """Any of the queries; nothing when there is none."""
    parts = [(Occur.Should, query) for query in queries]
    return Query.boolean_query(parts) if parts else Query.empty_query()


class Said(NamedTuple):
    """What a text says: its words, and the concepts that it names."""

    words: Sequence[str]
    concepts: Sequence[Concept] = ()


NOTHING_SAID = Said(())
Clause = tuple[Occur, Query]
Clauses = Callable[[str | Concept], Iterable[Clause]]
"""What is looked for of a word or of a concept."""


def clauses_of(schema: Schema, frequency: Callable[[str, str], int], said: str | Concept) -> tuple[Clause, ...]:
    """A word or a concept in each of its roles, without those where `frequency` says that no document has it."""
    weights = ROLE_WEIGHTS if isinstance(said, str) else CONCEPT_WEIGHTS
    term, own_weight = (said, 1.0) if isinstance(said, str) else (said.id, said.weight)
    return tuple(
        (Occur.Should, _weighted(Query.term_query(schema, role, term, "freq"), weight * own_weight))
        for role, weight in weights.items()
        if frequency(role, term)
    )


def _weighted(query: Query, weight: float) -> Query:
    return query if weight == 1 else Query.boost_query(query, weight)


def said_query(said: Said, clauses: Clauses) -> Query:
    """Documents with any of the words, or about any of the concepts, scored by BM25 summed over these and roles."""
    found = [clause for some in (*map(clauses, said.words), *map(clauses, said.concepts)) for clause in some]
    return Query.boolean_query(found) if found else Query.empty_query()


def completing_query(schema: Schema, typed: Sequence[str], *, typos: bool) -> Query:
    """Documents in whose names each typed word begins a word, perhaps with typos, wherever these are."""
    return every(
        *(
            Query.fuzzy_term_query(schema, TYPEAHEAD, word, typos_allowed(word) if typos else 0, prefix=True)
            for word in typed
        )
    )


def rows_query(schema: Schema, rows: Sequence[int]) -> Query:
    """The documents with these rows."""
    return Query.term_set_query(schema, ROW, list(rows)) if len(rows) else Query.empty_query()


def filter_query(spec: KindSpec[Any], wanted: Filter) -> Query | None:
    """A query that scores nothing and matches what the filter passes; None when that is everything."""
    if wanted == AllOf():
        return None
    types = {field.name: field.type for field in spec.fields}
    return Query.const_score_query(_query(kind_schema(spec), types, wanted), 0.0)


def _query(schema: Schema, types: dict[str, FieldType], wanted: Filter) -> Query:
    match wanted:
        case AllOf(parts):
            return every(*(_query(schema, types, part) for part in parts))
        case AnyOf(parts):
            return some(_query(schema, types, part) for part in parts)
        case Not(part):
            return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, _query(schema, types, part))])
        case Exists(field):
            return Query.exists_query(field_column(field))
        case Terms():
            return _terms(schema, wanted)
        case Range():
            return _range(schema, types[wanted.field], wanted)


def _terms(schema: Schema, wanted: Terms) -> Query:
    terms = [
        Query.term_query(schema, field_column(wanted.field), stored_value(value), "basic") for value in wanted.values
    ]
    return every(*terms) if wanted.every else some(terms)


def _range(schema: Schema, type_: FieldType, wanted: Range) -> Query:
    lower, include_lower = _bound(type_, wanted.gt, wanted.gte)
    upper, include_upper = _bound(type_, wanted.lt, wanted.lte)
    column = field_column(wanted.field)
    if lower is None and upper is None:
        return Query.exists_query(column)
    return Query.range_query(schema, column, TANTIVY_TYPES[type_], lower, upper, include_lower, include_upper)


def _bound(
    type_: FieldType, exclusive: float | datetime | None, inclusive: float | datetime | None
) -> tuple[Any, bool]:
    bound = inclusive if exclusive is None else exclusive
    if bound is None:
        return None, True
    stored = stored_value(bound)
    return (float(stored) if type_ is FieldType.NUMBER else stored), exclusive is None


def beyond_query(index: Index, order: str, after: str | None, before: str | None) -> Query | None:
    """The documents of a listing strictly between two of its sort keys; None when there are no bounds."""
    if after is None and before is None:
        return None
    column = sort_column(order)
    return index.parse_query(f"{column}:{{{after or '*'} TO {before or '*'}}}")

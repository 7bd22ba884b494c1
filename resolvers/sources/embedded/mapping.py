"""How a kind's documents lie in a tantivy index.

`row` numbers the documents in the order of their ids; the vectors have the same numbers. A sort order is one text
column whose alphabetical order is the order of listing, ties included, so that a place in a listing is one string.
"""

from functools import cache
from typing import Any

from tantivy import FieldType as TantivyType
from tantivy import Schema, SchemaBuilder

from resolvers.catalog.kind import ID_ORDER, FieldType, KindSpec
from resolvers.sources.analysis import TYPED_WORDS, WORDS
from resolvers.sources.building import IndexedDocument
from resolvers.sources.matching import CONCEPT_WEIGHTS, NO_CONCEPT, ROLE_WEIGHTS
from resolvers.sources.sort_keys import id_sort_key, sort_key, stored_value
from resolvers.sources.typeahead import title_key
from resolvers.sources.words import spelled

ROW = "row"
TYPEAHEAD = "typeahead"
"""The words of titles and names, not stemmed."""
TITLE_KEY = "title_key"

TANTIVY_TYPES = {
    FieldType.NUMBER: TantivyType.Float,
    FieldType.DATE: TantivyType.Integer,
    FieldType.BOOLEAN: TantivyType.Boolean,
}


def field_column(name: str) -> str:
    return f"field_{name}"


def sort_column(name: str) -> str:
    return f"sort_{name}"


@cache
def kind_schema(spec: KindSpec[Any]) -> Schema:
    """The tantivy schema of a kind."""
    builder = SchemaBuilder()
    builder.add_unsigned_field(ROW, indexed=True, fast=True)
    for role in ROLE_WEIGHTS:
        builder.add_text_field(role, tokenizer_name=WORDS, index_option="freq")
    for role in CONCEPT_WEIGHTS:
        builder.add_text_field(role, tokenizer_name="raw", index_option="freq")
    builder.add_text_field(TYPEAHEAD, tokenizer_name=TYPED_WORDS, index_option="basic")
    builder.add_unsigned_field(TITLE_KEY, indexed=False, fast=True)
    for field in spec.fields:
        _add_field(builder, field_column(field.name), field.type)
    for name in (ID_ORDER, *(order.name for order in spec.sorts)):
        builder.add_text_field(sort_column(name), fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _add_field(builder: SchemaBuilder, column: str, type_: FieldType) -> None:
    if type_ is FieldType.KEYWORD:
        builder.add_text_field(column, fast=True, tokenizer_name="raw", index_option="basic")
    elif type_ is FieldType.NUMBER:
        builder.add_float_field(column, indexed=True, fast=True)
    elif type_ is FieldType.DATE:
        builder.add_integer_field(column, indexed=True, fast=True)
    else:
        builder.add_boolean_field(column, indexed=True, fast=True)


@cache
def _columns(spec: KindSpec[Any]) -> tuple[tuple[str, str, bool], ...]:
    """Each field's name, its column, and whether its values are times."""
    return tuple((field.name, field_column(field.name), field.type is FieldType.DATE) for field in spec.fields)


@cache
def _orders(spec: KindSpec[Any]) -> tuple[tuple[str, str, bool], ...]:
    """Each sort order's name, its column, and whether it is descending."""
    return tuple((order.name, sort_column(order.name), order.descending) for order in spec.sorts)


def row_of(spec: KindSpec[Any], row: int, document: IndexedDocument) -> dict[str, Any]:
    """What tantivy is given of a document."""
    texts, id_key = document.texts, id_sort_key(document.document.ref.id)
    title, aliases = spelled(texts.title), [spelled(name) for name in texts.aliases]
    columns: dict[str, Any] = {
        ROW: row,
        "whole": [spelled(text) for text in texts.whole],
        "title": title,
        "aliases": aliases,
        "skills": [spelled(name) for name in texts.skills],
        "occupation": [spelled(name) for name in texts.occupation],
        "concepts": list(texts.concepts) or [NO_CONCEPT],
        "broader": list(texts.broader) or [NO_CONCEPT],
        TYPEAHEAD: [title, *aliases],
        TITLE_KEY: title_key(texts.title),
        sort_column(ID_ORDER): id_key,
    }
    for name, column, is_time in _columns(spec):
        values = document.fields[name]
        if values:
            columns[column] = [stored_value(value) for value in values] if is_time else list(values)
    for name, column, descending in _orders(spec):
        columns[column] = sort_key(document.sorts[name], id_key, descending=descending)
    return columns

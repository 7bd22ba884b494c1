"""How a kind's documents lie in a tantivy index.

`row` numbers the documents in the order of their ids; the vectors have the same numbers. A sort order is one text
column whose alphabetical order is the order of listing, ties included, so that a place in a listing is one string.
"""

import struct
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tantivy import FieldType as TantivyType
from tantivy import Schema, SchemaBuilder

from resolvers.catalog.kind import FieldType, KindSpec
from resolvers.sources.base import FilterValue, IndexedDocument
from resolvers.sources.embedded.analysis import WORDS, spelled

ROW = "row"
ROLE_WEIGHTS = {"title": 1.0, "aliases": 1.0, "skills": 1.0, "occupation": 0.75, "body": 0.75}
"""What a word counts for by the role of the text it stands in."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ID_ORDER = "ID"
_DOUBLE, _UNSIGNED = struct.Struct(">d"), struct.Struct(">Q")
MISSING = "~"
"""Sorts behind every hexadecimal digit, so that documents without the fact come last."""

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


def stored_value(value: FilterValue) -> str | float | int | bool:
    """A field's value as the index holds it: a time is in whole microseconds since 1970."""
    return microseconds(value) if isinstance(value, datetime) else value


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970 in UTC; exact, unlike a float of seconds."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


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
    columns: dict[str, Any] = {
        ROW: row,
        "title": spelled(texts.title),
        "aliases": [spelled(name) for name in texts.aliases],
        "skills": [spelled(name) for name in texts.skills],
        "occupation": [spelled(name) for name in texts.occupation],
        "body": spelled(texts.body),
        sort_column(ID_ORDER): id_key,
    }
    for name, column, is_time in _columns(spec):
        values = document.fields[name]
        if values:
            columns[column] = [stored_value(value) for value in values] if is_time else list(values)
    for name, column, descending in _orders(spec):
        columns[column] = sort_key(document.sorts[name], id_key, descending=descending)
    return columns


def sort_key(value: float | datetime | None, id_key: str, *, descending: bool) -> str:
    """A string whose alphabetical order is the order of listing: by value, documents without one last, then by id."""
    if value is None:
        return MISSING + id_key
    number = float(microseconds(value)) if isinstance(value, datetime) else float(value)
    return f"{_ordered_bits(-number if descending else number):016x}{id_key}"


def id_sort_key(id_: str) -> str:
    """An id in characters that tantivy's range syntax takes as they are; keeps the order of the ids' bytes."""
    return id_.encode().hex()


def _ordered_bits(number: float) -> int:
    """IEEE 754's bits, changed so that their unsigned order is the order of the numbers (the radix-sort transform)."""
    bits: int = _UNSIGNED.unpack(_DOUBLE.pack(number + 0.0))[0]
    return bits ^ 0xFFFFFFFFFFFFFFFF if bits >> 63 else bits | 1 << 63

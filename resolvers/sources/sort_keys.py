"""Values as every engine holds them, and texts whose alphabetical order is the order of a listing."""

import struct
from datetime import UTC, datetime

from resolvers.sources.base import FilterValue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DOUBLE, _UNSIGNED = struct.Struct(">d"), struct.Struct(">Q")
MISSING = "~"
"""Sorts behind every hexadecimal digit, so that documents without the fact come last."""


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970 in UTC; exact, unlike a float of seconds."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def stored_value(value: FilterValue) -> str | float | int | bool:
    """A field's value as an index holds it: a time is in whole microseconds since 1970."""
    return microseconds(value) if isinstance(value, datetime) else value


def sort_key(value: float | datetime | None, id_key: str, *, descending: bool) -> str:
    """A string whose alphabetical order is the order of listing: by value, documents without one last, then by id."""
    if value is None:
        return MISSING + id_key
    number = float(microseconds(value)) if isinstance(value, datetime) else float(value)
    return f"{_ordered_bits(-number if descending else number):016x}{id_key}"


def id_sort_key(id_: str) -> str:
    """An id in characters that every engine's range syntax takes as they are; keeps the order of the ids' bytes."""
    return id_.encode().hex()


def id_of_sort_key(id_key: str) -> str:
    """The id that `id_sort_key` made a key of."""
    return bytes.fromhex(id_key).decode()


def _ordered_bits(number: float) -> int:
    """IEEE 754's bits, changed so that their unsigned order is the order of the numbers (the radix-sort transform)."""
    bits: int = _UNSIGNED.unpack(_DOUBLE.pack(number + 0.0))[0]
    return bits ^ 0xFFFFFFFFFFFFFFFF if bits >> 63 else bits | 1 << 63

"""Messages of Protocol Buffers, as bytes: https://protobuf.dev/programming-guides/encoding/.

A trace needs three types of fields, which is less than a library and generated code would take.
"""

from collections.abc import Iterable

VARINT, LENGTH = 0, 2
"""Wire types: of integers, and of whatever has a length in front of it."""


def varint(value: int) -> bytes:
    """An integer of 0 up to 64 bits: seven bits a byte, the lowest first, the high bit says that more follow."""
    if value < 0x80:
        return b"%c" % value
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def unsigned(number: int, value: int) -> bytes:
    """An integer field."""
    return varint(number << 3 | VARINT) + varint(value)


def text(number: int, value: str) -> bytes:
    """A string field."""
    return message(number, (value.encode(),))


def message(number: int, parts: Iterable[bytes]) -> bytes:
    """A field that is a message of these fields."""
    content = b"".join(parts)
    return varint(number << 3 | LENGTH) + varint(len(content)) + content

"""Records of a segment: queries and events as bytes, each with its length and a checksum.

    segment = "feedback" version (1 byte) record*
    record  = length (4 bytes, little-endian) checksum (4 bytes) content
    content = "q" or "e", and the value as MessagePack

The checksum is CRC-32 of the length and the content. A length of 0 is none: a crash may leave zeros behind what was
written, and the checksum of nothing is 0.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from zlib import crc32

import msgspec

from resolvers.sources.feedback import Event, ShownQuery

HEADER = b"feedback\x01"
PREFIX = struct.Struct("<II")
MOST_BYTES = 1 << 26
"""More than any record has."""
QUERY, EVENT = b"q", b"e"
_encode = msgspec.msgpack.Encoder().encode
_QUERIES = msgspec.msgpack.Decoder(ShownQuery)
_EVENTS = msgspec.msgpack.Decoder(Event)


class Placed(NamedTuple):
    """A value, and where in its segment its record begins and ends."""

    start: int
    end: int
    value: ShownQuery | Event


def framed(value: ShownQuery | Event) -> bytes:
    """A value as a record."""
    content = (QUERY if isinstance(value, ShownQuery) else EVENT) + _encode(value)
    return PREFIX.pack(len(content), _checksum(content)) + content


def read_record(file: BinaryIO, start: int) -> Placed | None:
    """The record that begins there; None where there is no whole one.

    Raises ValueError for one that is whole and cannot be understood.
    """
    file.seek(start)
    prefix = file.read(PREFIX.size)
    if len(prefix) < PREFIX.size:
        return None
    length, checksum = PREFIX.unpack(prefix)
    if not 0 < length <= MOST_BYTES:
        return None
    content = file.read(length)
    if len(content) < length or _checksum(content) != checksum:
        return None
    return Placed(start, start + PREFIX.size + length, _value(content))


def read_records(file: BinaryIO, start: int, end: int | None = None) -> Iterator[Placed]:
    """The records from there on, up to `end`, or to the first that is not whole."""
    while end is None or start < end:
        found = read_record(file, start)
        if found is None:
            return
        yield found
        start = found.end


def _checksum(content: bytes) -> int:
    return crc32(content, crc32(len(content).to_bytes(4, "little")))


def _value(content: bytes) -> ShownQuery | Event:
    if content[:1] == QUERY:
        return _QUERIES.decode(content[1:])
    if content[:1] == EVENT:
        return _EVENTS.decode(content[1:])
    raise ValueError(f"a record of feedback begins with {content[:1]!r}, which this gateway does not know")

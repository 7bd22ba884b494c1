"""Cursors: a place in one particular search, as an opaque text.

A cursor carries a digest of itself and of the search that it belongs to, so that a broken one, or one of another
search, is refused and never misread. It is a check and no secret: it opens nothing that the search itself would not.
"""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec

from resolvers.errors import InvalidCursor
from resolvers.sources.base import Position, SearchRequest
from resolvers.sources.preferences import Preferences

DIGEST_BYTES = 6
NO_TIME = datetime.fromtimestamp(0, UTC)


def encode_cursor(search: SearchRequest, place: Position) -> str:
    """The cursor of a place in a search."""
    recency = None if search.preferences is None else search.preferences.recency
    as_of = None if recency is None else int(recency.at.timestamp())
    payload = msgspec.msgpack.encode((place.key, place.rank, place.generation, as_of))
    return base64.urlsafe_b64encode(_digest(search, payload) + payload).decode().rstrip("=")


def decode_cursor(search: SearchRequest, cursor: str, argument: str) -> Position:
    """The place that a cursor names; raises InvalidCursor for one that this search has not issued."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        digest, payload = raw[:DIGEST_BYTES], raw[DIGEST_BYTES:]
        key, rank, generation, as_of = msgspec.msgpack.decode(payload, type=tuple[str, int, str, int | None])
    # Not ASCII, not base64, not MessagePack or not UTF-8 inside: each of these errors is a ValueError.
    except ValueError as error:
        raise InvalidCursor(f"`{argument}` is not a cursor of this API; pass one from `pageInfo` or an edge") from error
    if digest != _digest(search, payload):
        raise InvalidCursor(
            f"`{argument}` belongs to another search: a cursor goes with the same query, filter, preferences, "
            "sort, mode and limit of a group; start again without it"
        )
    return Position(key, rank, generation, None if as_of is None else datetime.fromtimestamp(as_of, UTC))


def _digest(search: SearchRequest, payload: bytes) -> bytes:
    ranked_by = search.mode, search.sort, _without_time(search.preferences), search.diversity
    about = repr((search.kinds, search.text, search.filter, *ranked_by)).encode(errors="surrogatepass")
    return blake2b(about + b"\0" + payload, digest_size=DIGEST_BYTES).digest()


def _without_time(preferences: Preferences | None) -> Preferences | None:
    """What is preferred, whenever it is asked for: the time that counts is in the cursor."""
    if preferences is None or preferences.recency is None:
        return preferences
    return replace(preferences, recency=replace(preferences.recency, at=NO_TIME))

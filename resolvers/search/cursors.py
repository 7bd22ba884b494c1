"""Cursors: a place in one particular search, as an opaque text.

A cursor carries a digest of itself and of the search that it belongs to, so that a broken one, or one of another
search, is refused and never misread. It is a check and no secret: it opens nothing that the search itself would not.
"""

import base64
from dataclasses import replace
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from resolvers.errors import InvalidCursor
from resolvers.loaders.searches import without_page
from resolvers.sources.base import Position, SearchRequest

DIGEST_BYTES = 6
NAME_BYTES = 16


class RankedPlace(NamedTuple):
    """A place in a ranking that was handed out: see `KeptRanking`. `length` is how many hits it has."""

    ranking: bytes
    from_end: bool
    length: int
    rank: int


Place = Position | RankedPlace


class Cursors:
    """The cursors of one search, on all of its pages."""

    def __init__(self, search: SearchRequest) -> None:
        self._search = search

    @cached_property
    def search(self) -> bytes:
        """A digest of what the client searches for: the text and all that is said beside it."""
        # What the text names depends on when it is read, and what is seen on the page.
        said = replace(without_page(self._search), concepts=())
        return blake2b(repr(said).encode(errors="surrogatepass"), digest_size=NAME_BYTES).digest()

    def encode(self, place: Place) -> str:
        """The cursor of a place in the search."""
        payload = msgspec.msgpack.encode(place if isinstance(place, RankedPlace) else place.key)
        return base64.urlsafe_b64encode(self._digest(payload) + payload).decode().rstrip("=")

    def decode(self, cursor: str, argument: str) -> Place:
        """The place that a cursor names; raises InvalidCursor for one that this search has not issued."""
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            digest, payload = raw[:DIGEST_BYTES], raw[DIGEST_BYTES:]
            said = msgspec.msgpack.decode(payload, type=RankedPlace | str)
        # Not ASCII, not base64, not MessagePack or not UTF-8 inside: each of these errors is a ValueError.
        except ValueError as error:
            raise no_cursor(argument) from error
        place = Position(said) if isinstance(said, str) else said
        if digest != self._digest(payload) or isinstance(place, RankedPlace) is not self._search.is_ranked:
            raise InvalidCursor(
                f"`{argument}` belongs to another search: a cursor goes with the same query, filter, sort and mode; "
                "start again without it"
            )
        return place

    def _digest(self, payload: bytes) -> bytes:
        return blake2b(self.search + payload, digest_size=DIGEST_BYTES).digest()


def no_cursor(argument: str) -> InvalidCursor:
    """The error for what was never handed out as a cursor."""
    return InvalidCursor(f"`{argument}` is not a cursor of this API; pass one from `pageInfo` or an edge")

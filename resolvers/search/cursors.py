"""Cursors: a place in one particular search, as an opaque text.

A cursor carries a digest of itself and of the search that it belongs to, so that a broken one, or one of another
search, is refused and never misread. It is a check and no secret: it opens nothing that the search itself would not.
"""

import base64
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, NamedTuple

import msgspec

from resolvers.errors import InvalidCursor
from resolvers.loaders.searches import without_page
from resolvers.sources.base import Position, SearchRequest

DIGEST_BYTES = 6
NAME_BYTES = 16
MOST_NUMBERED = 1_000_000_000
NO_TIME = datetime.fromtimestamp(0, UTC)


class RankedPlace(NamedTuple):
    """A place in a ranking that was handed out: see `KeptRanking`. `length` is how many hits it has.

    `as_of` is the time by which it reckons recency, in seconds since 1970; None where that has no part in it.
    """

    ranking: bytes
    from_end: bool
    length: int
    rank: int
    as_of: int | None = None

    @property
    def time(self) -> datetime | None:
        """`as_of` as a time."""
        return None if self.as_of is None else datetime.fromtimestamp(self.as_of, UTC)


class ListedPlace(msgspec.Struct, frozen=True):
    """A place in a listing whose number is known, as a cursor has it: see `Position`."""

    key: str = msgspec.field(name="k")
    number: Annotated[int, msgspec.Meta(ge=0, le=MOST_NUMBERED)] = msgspec.field(name="n")


Place = Position | RankedPlace
Said = RankedPlace | ListedPlace | str
"""What a cursor says. A text is the key of a place whose number is not known."""


class Cursors:
    """The cursors of one search, on all of its pages."""

    def __init__(self, search: SearchRequest) -> None:
        self._search = search

    @cached_property
    def search(self) -> bytes:
        """A digest of what the client searches for: the text and all that is said beside it."""
        # What the text names depends on when it is read, what is seen on the page, and the share of meaning on who
        # asks; the time that counts is in the cursor.
        preferences = None if self._search.preferences is None else self._search.preferences.as_of(NO_TIME)
        said = without_page(self._search).but(concepts=(), written_out=None, preferences=preferences, meaning=None)
        return blake2b(repr(said).encode(errors="surrogatepass"), digest_size=NAME_BYTES).digest()

    def encode(self, place: Place) -> str:
        """The cursor of a place in the search."""
        payload = msgspec.msgpack.encode(_said(place))
        return base64.urlsafe_b64encode(self._digest(payload) + payload).decode().rstrip("=")

    def decode(self, cursor: str, argument: str) -> Place:
        """The place that a cursor names; raises InvalidCursor for one that this search has not issued."""
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            digest, payload = raw[:DIGEST_BYTES], raw[DIGEST_BYTES:]
            place = _meant(msgspec.msgpack.decode(payload, type=Said))
            _ = place.time if isinstance(place, RankedPlace) else None
        # Not ASCII, not base64, not MessagePack or not UTF-8 inside is a ValueError; the rest is of what is no time.
        except (ValueError, OverflowError, OSError) as error:
            raise no_cursor(argument) from error
        if digest != self._digest(payload) or isinstance(place, RankedPlace) is not self._search.is_ranked:
            raise InvalidCursor(
                f"`{argument}` belongs to another search: a cursor goes with the same query, filter, preferences, "
                "sort, mode and limit of a group; start again without it"
            )
        return place

    def _digest(self, payload: bytes) -> bytes:
        return blake2b(self.search + payload, digest_size=DIGEST_BYTES).digest()


def _said(place: Place) -> Said:
    if isinstance(place, RankedPlace):
        return place
    return place.key if place.number is None else ListedPlace(place.key, place.number)


def _meant(said: Said) -> Place:
    if isinstance(said, RankedPlace):
        return said
    return Position(said) if isinstance(said, str) else Position(said.key, said.number)


def no_cursor(argument: str) -> InvalidCursor:
    """The error for what was never handed out as a cursor."""
    return InvalidCursor(f"`{argument}` is not a cursor of this API; pass one from `pageInfo` or an edge")

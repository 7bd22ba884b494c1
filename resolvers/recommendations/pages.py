"""Pages of recommendations, forward alone.

A cursor says where a page ended, and when the first one was made: what is recommended is ranked as of then, so that the
next page goes on where this one ended, as long as the index is the same. In another one it goes on behind the item that
was last, and behind its rank where that has gone. It is of the same arm of an experiment, too, whoever asks, and ranked
by the same ranker, whatever was promoted meanwhile; where that is not known any more, the cursor has expired.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, Generic, TypeVar

import msgspec

from resolvers.context import Context
from resolvers.errors import CursorExpired, InvalidCursor
from resolvers.experiments.choosing import Chosen
from resolvers.sources.feedback import Surface

T = TypeVar("T")
DIGEST_BYTES = 6
EVERY_ITEM = 10_000
"""More than there are candidates."""
Said = tuple[Annotated[int, msgspec.Meta(ge=0, lt=EVERY_ITEM)], str, int, str, str]
"""What a cursor says, with the time in seconds since 1970."""


@dataclass(frozen=True)
class Place:
    """Where a page ends: the item's rank from 0 and its id, and when the ranking was made.

    `arm` is the label of the arm that it is of, and `ranker` the name of what has ranked it.
    """

    rank: int
    id: str
    made_at: datetime
    arm: str
    ranker: str


@dataclass(frozen=True)
class PageOf:
    """The page that a client asks for: so many items behind a place of one particular ranking, named by `about`.

    `chosen` is what ranks.
    """

    about: str
    limit: int
    after: Place | None
    now: datetime
    chosen: Chosen

    @property
    def start(self) -> int:
        """The first rank that the page may begin at."""
        return 0 if self.after is None else self.after.rank + 1

    def cursor(self, rank: int, id_: str) -> str:
        """The cursor of an item."""
        made_at, chosen = int(self.now.timestamp()), self.chosen
        payload = msgspec.msgpack.encode((rank, id_, made_at, chosen.label, chosen.ranker.name))
        return base64.urlsafe_b64encode(_digest(self.about, payload) + payload).decode().rstrip("=")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Items of a page, the rank of the first, and whether there are others behind."""

    items: Sequence[T]
    first_rank: int
    has_next: bool


def asked_page(context: Context, surface: Surface, about: str, first: int | None, after: str | None) -> PageOf:
    """The page that arguments ask for. Raises PageTooLarge, InvalidRequest, InvalidCursor and CursorExpired."""
    limit = context.page_sizes.checked("first", first)
    if after is None:
        return PageOf(about, limit, None, context.now(), context.ranked_by(surface))
    place = _place(about, after)
    chosen = context.goes_on_by(surface, place.arm, place.ranker)
    if chosen is None:
        raise CursorExpired("the model that has ranked the pages up to `after` does not rank any more; start again")
    return PageOf(about, limit, place, place.made_at, chosen)


def cut(page: PageOf, order: Callable[[int], Sequence[T]], id_of: Callable[[T], str]) -> Page[T]:
    """The page of a ranking. `order` gives the first so many items of it, and the same ones for every number."""
    ranked = order(page.start + page.limit + 1)
    start = page.start
    if page.after is not None and not _is_there(ranked, page.after, id_of):
        ranked = order(EVERY_ITEM)
        start = next((at + 1 for at, one in enumerate(ranked) if id_of(one) == page.after.id), start)
    items = ranked[start : start + page.limit]
    return Page(items, start, bool(items) and len(ranked) > start + page.limit)


def _is_there(ranked: Sequence[T], place: Place, id_of: Callable[[T], str]) -> bool:
    return place.rank < len(ranked) and id_of(ranked[place.rank]) == place.id


def _place(about: str, cursor: str) -> Place:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        digest, payload = raw[:DIGEST_BYTES], raw[DIGEST_BYTES:]
        rank, id_, seconds, arm, ranker = msgspec.msgpack.decode(payload, type=Said)
        place = Place(rank, id_, datetime.fromtimestamp(seconds, UTC), arm, ranker)
    # Not ASCII, not base64, not MessagePack or not UTF-8 inside is a ValueError; the rest is of what is no time.
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidCursor("`after` is not a cursor of this API; pass one from `pageInfo` or an edge") from error
    if digest != _digest(about, payload):
        raise InvalidCursor("`after` belongs to other recommendations; start again without it")
    return place


def _digest(about: str, payload: bytes) -> bytes:
    return blake2b(about.encode(errors="surrogatepass") + b"\0" + payload, digest_size=DIGEST_BYTES).digest()

"""The page that a client asks for, by the arguments of a Relay connection."""

from dataclasses import dataclass, replace

from resolvers.context import PageSizes
from resolvers.errors import InvalidRequest, PageTooLarge
from resolvers.search.cursors import decode_cursor
from resolvers.sources.base import Position, SearchRequest
from resolvers.sources.preferences import Preferences


@dataclass(frozen=True)
class PageArguments:
    """`first` and `after` page forward, `last` and `before` backward."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


def paged(search: SearchRequest, page: PageArguments, sizes: PageSizes) -> SearchRequest:
    """The search with its page.

    Raises PageTooLarge, InvalidCursor, or InvalidRequest for `first` beside `last` and for a negative one.
    """
    if page.first is not None and page.last is not None:
        raise InvalidRequest("`first` and `last` exclude each other; page forward or backward")
    backward = page.last is not None
    limit = _limit("last", page.last, sizes) if backward else _limit("first", page.first, sizes)
    after = None if page.after is None else decode_cursor(search, page.after, "after")
    before = None if page.before is None else decode_cursor(search, page.before, "before")
    return replace(
        search,
        limit=limit,
        backward=backward,
        after=after,
        before=before,
        preferences=_as_of(search.preferences, after or before),
    )


def _as_of(preferences: Preferences | None, place: Position | None) -> Preferences | None:
    """The preferences at the time of the page that a cursor is from: by another, the pages would not fit together."""
    if preferences is None or preferences.recency is None or place is None or place.as_of is None:
        return preferences
    return replace(preferences, recency=replace(preferences.recency, at=place.as_of))


def _limit(name: str, asked: int | None, sizes: PageSizes) -> int:
    if asked is None:
        return sizes.default
    if asked < 0:
        raise InvalidRequest(f"`{name}` is {asked}, and a page cannot have less than 0 items; ask for 1 or more")
    if asked > sizes.maximum:
        raise PageTooLarge(
            f"`{name}` is {asked}, and a page has {sizes.maximum} items at most; ask for more pages",
            limit=sizes.maximum,
            actual=asked,
        )
    return asked

"""The page that a client asks for, by the arguments of a Relay connection."""

from dataclasses import dataclass, replace

from resolvers.context import PageSizes
from resolvers.errors import InvalidRequest
from resolvers.search.cursors import decode_cursor
from resolvers.sources.base import SearchRequest


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
    limit = sizes.checked("last", page.last) if backward else sizes.checked("first", page.first)
    return replace(
        search,
        limit=limit,
        backward=backward,
        after=None if page.after is None else decode_cursor(search, page.after, "after"),
        before=None if page.before is None else decode_cursor(search, page.before, "before"),
    )

"""The page that a client asks for, by the arguments of a Relay connection."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from resolvers.context import PageSizes
from resolvers.errors import InvalidRequest
from resolvers.search.cursors import Cursors, Place
from resolvers.sources.base import SearchResult
from resolvers.sources.rankings import KeptRanking


class PageArguments(NamedTuple):
    """`first` and `after` page forward, `last` and `before` backward."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


class PageWanted(NamedTuple):
    """The first `limit` items between two places, or with `backward` the last ones; None is the end on that side."""

    limit: int
    backward: bool = False
    after: Place | None = None
    before: Place | None = None

    @property
    def start(self) -> Place | None:
        """The place at which the page begins to be filled."""
        return self.before if self.backward else self.after

    @property
    def stop(self) -> Place | None:
        """The place which it does not reach."""
        return self.after if self.backward else self.before


@dataclass(frozen=True)
class Page:
    """A page of a search, and the text that was searched for, which is another one where that finds nothing.

    By relevance it is a part of a ranking, which is made by `part_of` if anybody wants to go on from it, from its start
    or its end, where its hits have `ranks`; in a listing its first hit is the `first_number`-th, None where that is not
    known. `answer` is what the engine said for it, None where it was not asked.
    """

    result: SearchResult
    text: str | None
    answer: SearchResult | None
    part_of: Callable[[], KeptRanking] | None = None
    from_end: bool = False
    ranks: Sequence[int] = ()
    first_number: int | None = None

    @cached_property
    def ranking(self) -> KeptRanking | None:
        """The ranking by relevance that it is a part of."""
        return None if self.part_of is None else self.part_of()

    @property
    def numbers(self) -> Sequence[int] | None:
        """The hits' places over all pages, from 1 on; None where they are not known, for a page from the end."""
        if self.part_of is not None:
            return None if self.from_end else [rank + 1 for rank in self.ranks]
        first = self.first_number
        return None if first is None else range(first, first + len(self.result.hits))

    @property
    def positions(self) -> Sequence[int]:
        """The hits' places over all pages, from 1 on; those on this page where the others are not known."""
        numbers = self.numbers
        return range(1, len(self.result.hits) + 1) if numbers is None else numbers


def page_wanted(cursors: Cursors, page: PageArguments, sizes: PageSizes) -> PageWanted:
    """The page of a search whose cursors these are.

    Raises PageTooLarge, InvalidCursor, or InvalidRequest for `first` beside `last` and for a negative one.
    """
    if page.first is not None and page.last is not None:
        raise InvalidRequest("`first` and `last` exclude each other; page forward or backward")
    backward = page.last is not None
    return PageWanted(
        sizes.checked("last", page.last) if backward else sizes.checked("first", page.first),
        backward,
        None if page.after is None else cursors.decode(page.after, "after"),
        None if page.before is None else cursors.decode(page.before, "before"),
    )

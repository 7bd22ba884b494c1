"""Paging: at a source, by what it is asked for behind or in front of some hits, and as a client does it, by cursors."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.kinds import ref_of
from resolvers.context import Context, PageSizes
from resolvers.search.page import Page, PageArguments
from resolvers.search.search import Search, search
from resolvers.sources.base import Hit, SearchRequest, SearchResult, Seen, Snapshot
from resolvers.sources.rankings import Rankings


def seen(hits: Sequence[Hit]) -> Seen:
    """Hits as what somebody has had."""
    refs = [hit.document.ref for hit in hits]
    return Seen(" ".join(ref.id for ref in refs).encode(), frozenset(refs))


def behind(about: SearchRequest, hits: Sequence[Hit]) -> SearchRequest:
    """The request for what comes behind the hits from the start."""
    if about.is_ranked:
        return replace(about, seen=seen(hits))
    return replace(about, after=hits[-1].position if hits else None)


def in_front(about: SearchRequest, hits: Sequence[Hit]) -> SearchRequest:
    """The request for what comes in front of the hits up to the end."""
    if about.is_ranked:
        return replace(about, seen=seen(hits), backward=True)
    return replace(about, before=hits[0].position if hits else None, backward=True)


class Reader:
    """A client that pages through one search by relevance, whatever becomes of the index meanwhile."""

    def __init__(self, about: SearchRequest, size: int, kept: Rankings) -> None:
        self._about, self._size, self._kept = about, size, kept
        self.pages: list[list[str]] = []
        self._starts: list[str] = []
        self._end: str | None = None
        self.has_next = True

    @property
    def met(self) -> list[str]:
        return [id_ for page in self.pages for id_ in page]

    async def turn(self, view: Snapshot) -> None:
        """Read the next page: it has nothing that was met, and begins with the best of what was not."""
        asked = await self._asked(view, first=self._size, after=self._end)
        page = await asked.page()
        present = [id_ for id_ in await self.present(view) if id_ not in self.met]
        assert ids(page) == present[: self._size]
        assert page.result.has_next is (len(present) > self._size)
        assert page.result.has_previous is (self._end is not None)
        if page.result.hits:
            self.pages.append(ids(page))
            self._starts.append(asked.cursor(page, 0))
            self._end = asked.cursor(page, len(page.result.hits) - 1)
        self.has_next = page.result.has_next

    async def check(self, view: Snapshot) -> None:
        """At the end everything was met once that is there, and the way back shows the same, but for what is gone."""
        assert len(set(self.met)) == len(self.met)
        assert set(await self.present(view)) <= set(self.met)
        for at in range(1, len(self.pages)):
            shown = [id_ for page in self.pages[:at] for id_ in page]
            there = [one.ref.id for one in await view.fetch([Ref(kind_of(id_), id_) for id_ in shown]) if one]
            page = await (await self._asked(view, last=self._size, before=self._starts[at])).page()
            assert ids(page) == there[-self._size :]

    async def present(self, view: Snapshot) -> list[str]:
        """All that matches now, in its order."""
        [found] = await view.search([replace(self._about, limit=1_000)])
        assert isinstance(found, SearchResult), found
        return [hit.document.ref.id for hit in found.hits]

    async def _asked(self, view: Snapshot, **page: Any) -> Search:
        context = Context(view, PageSizes(), rankings=self._kept)
        return await search(context, self._about, PageArguments(**page))


def ids(page: Page) -> list[str]:
    return [hit.document.ref.id for hit in page.result.hits]


def kind_of(id_: str) -> Kind:
    ref = ref_of(id_)
    assert ref is not None
    return ref.kind

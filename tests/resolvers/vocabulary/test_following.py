"""The vocabulary follows the index."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.base import (
    Call,
    Concept,
    Degradation,
    Hit,
    Position,
    SearchRequest,
    SearchResult,
    SourceInfo,
)
from resolvers.vocabulary.following import PAGE, Vocabularies
from tests.conftest import decoded, skill

NOBODY = Call()


class Names:
    """A source of nothing but skills with these names, which counts its pages."""

    def __init__(self, *names: str) -> None:
        self.names, self.generation, self.pages = names, "g1", 0
        self.error: SourceError | None = None
        self.degraded: frozenset[Degradation] = frozenset()

    def snapshot(self, call: Call = NOBODY) -> "Names":  # noqa: ARG002
        if isinstance(self.error, SourceUnavailable):
            raise self.error
        return self

    def info(self) -> SourceInfo:
        return SourceInfo("names", self.generation, datetime.now(UTC), {Kind.SKILL: len(self.names)})

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | None]:
        return [None] * len(refs)

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        return [self.error or self._page(request) for request in requests]

    def _page(self, request: SearchRequest) -> SearchResult:
        self.pages += 1
        rows = [skill(name, f"{at:05}") for at, name in enumerate(self.names)]
        records = decoded(Kind.SKILL, rows) if request.kinds == (Kind.SKILL,) else []
        start = 0 if request.after is None else int(request.after.key)
        page = records[start : start + request.limit]
        hits = tuple(
            Hit(Document(Ref(Kind.SKILL, record.id), record), Position(str(start + at)))
            for at, record in enumerate(page, 1)
        )
        return SearchResult(hits, start + len(page) < len(records), start > 0, None, None, 0.0, self.degraded)


async def test_the_names_are_read_when_it_starts_page_by_page() -> None:
    source = Names(*(f"thing{at}x" for at in range(PAGE + 1)))
    vocabularies = Vocabularies(source, seconds=60, look_seconds=60)
    await vocabularies.start()
    await vocabularies.close()
    assert vocabularies.current.concepts(f"thing{PAGE}x") == (Concept(f"skill_{PAGE:05}"),)
    assert source.pages == 3


async def test_a_new_name_is_known_once_the_old_ones_have_aged() -> None:
    source = Names("Rust")
    vocabularies = Vocabularies(source, seconds=0.05, look_seconds=0.01)
    await vocabularies.start()
    source.names = ("Rust", "Zig")
    async with asyncio.timeout(10):
        while not vocabularies.current.concepts("zig"):
            await asyncio.sleep(0.01)
    await vocabularies.close()


async def test_what_is_not_old_is_not_read_again() -> None:
    source = Names("Rust")
    vocabularies = Vocabularies(source, seconds=60, look_seconds=60)
    for _ in range(3):
        await vocabularies.refresh()
    assert source.pages == 2


@pytest.mark.parametrize("error", [SourceUnavailable("it is down"), SourceError("it is confused"), None])
async def test_what_cannot_be_read_leaves_the_old_names(
    error: SourceError | None, caplog: pytest.LogCaptureFixture
) -> None:
    source = Names("Rust")
    vocabularies = Vocabularies(source, seconds=0, look_seconds=60)
    await vocabularies.refresh()
    source.names, source.error = ("Zig",), error
    source.degraded = frozenset({Degradation.PARTIAL})
    with caplog.at_level(logging.WARNING):
        await vocabularies.refresh()
        await vocabularies.refresh()
    assert vocabularies.current.concepts("rust zig") == (Concept("skill_00000"),)
    assert caplog.text.count("could not be read") == 1


async def test_an_index_without_names_is_not_read() -> None:
    source = Names()
    vocabularies = Vocabularies(source, seconds=0, look_seconds=60)
    await vocabularies.refresh()
    assert source.pages == 0
    source.names = ("Rust",)
    await vocabularies.refresh()
    source.names = ()
    await vocabularies.refresh()
    assert vocabularies.current.concepts("rust") == ()

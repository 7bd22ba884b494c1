"""Whoever pages through the embedded engine meets everything once, whatever changes between the pages."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from indexing.changes.apply import apply_batch
from resolvers.catalog.kind import Kind
from resolvers.sources.base import RetrievalMode, SearchRequest
from resolvers.sources.cached.rankings import RankingStore
from tests.support.changes import CHANGED, change
from tests.support.paging import Reader

ABOUTS = [
    SearchRequest(kinds, text, mode=mode)
    for mode in RetrievalMode
    for kinds, text in [
        ((Kind.JOB,), "python developer"),
        ((Kind.TALENT,), "developer"),
        ((Kind.JOB, Kind.TALENT, Kind.SKILL), "logo data x"),
    ]
]
BATCHES = st.lists(
    st.lists(st.tuples(st.sampled_from(CHANGED), st.integers(1, 9)), min_size=1, max_size=8), min_size=1, max_size=4
)


@pytest.fixture
def build_anew(
    tmp_path_factory: pytest.TempPathFactory, build_embedded: Callable[..., str], market: Any, topics: Any
) -> Callable[[], Path]:
    def built() -> Path:
        folder = tmp_path_factory.mktemp("changing")
        build_embedded(folder, market, topics)
        return folder

    return built


def test_pages_neither_repeat_nor_skip_whatever_changes(
    build_anew: Callable[[], Path], market: Any, topics: Any, open_embedded: Any, change_embedded: Any
) -> None:
    @settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(batches=BATCHES, size=st.integers(1, 4))
    def check(batches: Sequence[Any], size: int) -> None:
        asyncio.run(read(build_anew(), batches, size))

    async def read(folder: Path, batches: Sequence[Any], size: int) -> None:
        store = RankingStore(seconds=900, most_bytes=1_000_000)
        readers = [Reader(about, size, store) for about in ABOUTS]
        async with open_embedded(folder, topics) as source:
            for batch in batches:
                for reader in readers:
                    await reader.turn(source.snapshot())
                with change_embedded(folder).changing() as index:
                    apply_batch(index, [change(market, *one) for one in batch], topics, exclusive=True)
                await source.reload()
            for reader in readers:
                # Behind the last page there may be something new by now.
                await reader.turn(source.snapshot())
                while reader.has_next:
                    await reader.turn(source.snapshot())
                await reader.check(source.snapshot())

    check()

"""Generations on disk: switching, holding, removing, and what is left by a crash."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.errors import IndexingError, SourceUnavailable
from resolvers.sources.base import SearchRequest
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.manifest import FORMAT
from resolvers.sources.embedded.writer import EmbeddedTarget

Build = Callable[..., str]
ROOT = Path(__file__).resolve().parents[2]


def folders(data_dir: Path) -> list[str]:
    return sorted(path.name for path in (data_dir / "generations").iterdir())


def leftovers(data_dir: Path) -> list[str]:
    return [path.name for path in (data_dir / "unfinished").iterdir()]


def python(code: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_an_unread_old_generation_goes_when_the_next_is_published(
    tmp_path: Path, build_embedded: Build, market: Any
) -> None:
    names = [build_embedded(tmp_path, market, None) for _ in range(3)]
    assert names == sorted(set(names))
    assert folders(tmp_path) == names[-1:]
    assert (tmp_path / "CURRENT").read_text() == names[-1] + "\n"
    assert leftovers(tmp_path) == []


async def test_a_generation_stays_while_a_snapshot_holds_it_and_goes_afterwards(
    tmp_path: Path, build_embedded: Build, open_embedded: Any, market: Any, topics: Any
) -> None:
    old = build_embedded(tmp_path, market, topics)
    async with open_embedded(tmp_path, topics, reload_seconds=0.01) as source:
        view = source.snapshot()
        new = build_embedded(tmp_path, market, topics)
        while source.snapshot().info().generation != new:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        assert folders(tmp_path) == [old, new]
        [found] = await view.search([SearchRequest((Kind.JOB,), text="python", limit=100)])
        assert len(found.hits) == 11
        del view, found
        gc.collect()
        async with asyncio.timeout(10):
            while folders(tmp_path) != [new]:
                await asyncio.sleep(0.005)


@pytest.mark.parametrize("interruption", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_build_leaves_the_old_index_and_no_trace(
    tmp_path: Path, build_embedded: Build, prepared: Any, market: Any, interruption: type[BaseException]
) -> None:
    old = build_embedded(tmp_path, market, None)

    def interrupted() -> None:
        with EmbeddedTarget(tmp_path).reserve() as site, site.build({Kind.JOB: 12}, None, 0) as writer:
            writer.write(Kind.JOB, prepared(market, None)[Kind.JOB])
            raise interruption

    with pytest.raises(interruption):
        interrupted()
    assert (folders(tmp_path), leftovers(tmp_path)) == ([old], [])
    assert Layout(tmp_path).current() == old
    new = build_embedded(tmp_path, market, None)
    assert folders(tmp_path) == [new]


@pytest.mark.parametrize("below", ["", "index"])
def test_an_index_is_not_built_in_a_file(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("ours")
    data_dir = tmp_path / "file" / below
    with (
        pytest.raises(IndexingError, match=f"^{data_dir} is no directory, and there can be none: name another"),
        Layout(data_dir).writing(),
    ):
        pass
    assert (tmp_path / "file").read_text() == "ours"


BUILD_AND_WAIT = """
import sys, time
from pathlib import Path
from resolvers.catalog.kind import Kind
from resolvers.sources.embedded.writer import EmbeddedTarget
with EmbeddedTarget(Path(sys.argv[1])).reserve() as site, site.build({Kind.JOB: 5}, "topics-4", 4) as writer:
    writer.write(Kind.JOB, [])
    print("building", flush=True)
    time.sleep(60)
"""


def test_a_killed_build_leaves_the_old_index_and_the_next_build_cleans_up(
    tmp_path: Path, build_embedded: Build, market: Any
) -> None:
    old = build_embedded(tmp_path, market, None)
    with python(BUILD_AND_WAIT, tmp_path) as builder:
        assert builder.stdout is not None
        assert builder.stdout.readline() == "building\n"
        with pytest.raises(IndexingError, match="another process is indexing"):
            build_embedded(tmp_path, market, None)
        os.kill(builder.pid, signal.SIGKILL)
    assert len(leftovers(tmp_path)) == 1
    assert (folders(tmp_path), Layout(tmp_path).current()) == ([old], old)
    new = build_embedded(tmp_path, market, None)
    assert (folders(tmp_path), leftovers(tmp_path)) == ([new], [])


READ = """
import asyncio, sys
from pathlib import Path
from resolvers.catalog.kind import Kind
from resolvers.sources.base import SearchRequest
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedding import WordLlamaEmbedder

async def main():
    source = EmbeddedSource(Path(sys.argv[1]), WordLlamaEmbedder, threads=1, reload_seconds=60)
    await source.start()
    [found] = await source.snapshot().search([SearchRequest((Kind.JOB,), text="python", limit=1, count=True)])
    print(found.mode, found.total, found.hits[0].document.ref.id, flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


def test_several_processes_read_one_generation_and_keep_it(
    tmp_path: Path, build_embedded: Build, market: Any, wordllama: Any
) -> None:
    old = build_embedded(tmp_path, market, wordllama)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READ, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(2)
    ]
    lines = [reader.stdout.readline() for reader in readers if reader.stdout]
    assert lines == ["HYBRID 12 job_01\n"] * 2
    new = build_embedded(tmp_path, market, wordllama)
    assert folders(tmp_path) == [old, new]
    for reader in readers:
        reader.communicate("")
    Layout(tmp_path).remove_unused()
    assert folders(tmp_path) == [new]


def damage(folder: Path, file: str, content: str) -> None:
    (folder / file).write_text(content)


FACTS = '"created_at": "2026-01-01T00:00:00Z", "embedder": null, "dimension": 0, "counts": {}'
OTHER_FORMAT = f'{{"format": {FORMAT + 1}, {FACTS}}}'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is damaged"),
        ("{}", "is damaged"),
        (
            OTHER_FORMAT,
            f"has format {FORMAT + 1} and this gateway reads {FORMAT}",
        ),
    ],
)
async def test_an_index_that_cannot_be_read_says_what_to_do(
    tmp_path: Path, build_embedded: Build, open_embedded: Any, market: Any, topics: Any, content: str, message: str
) -> None:
    name = build_embedded(tmp_path, market, None)
    damage(Layout(tmp_path).path(name), "manifest.json", content)
    async with open_embedded(tmp_path, topics) as source:
        with pytest.raises(SourceUnavailable, match=f"{message}.*index the catalog again"):
            source.snapshot()


async def test_a_damaged_new_index_leaves_the_old_one_in_use(
    tmp_path: Path, build_embedded: Build, open_embedded: Any, market: Any, topics: Any, caplog: Any
) -> None:
    old = build_embedded(tmp_path, market, topics)
    async with open_embedded(tmp_path, topics, reload_seconds=0.01) as source:
        (tmp_path / "CURRENT").write_text("20990101T000000.000000Z-gone\n")
        async with asyncio.timeout(10):
            while "the old one stays in use" not in caplog.text:
                await asyncio.sleep(0.005)
        assert source.snapshot().info().generation == old
        new = build_embedded(tmp_path, market, topics)
        async with asyncio.timeout(10):
            while source.snapshot().info().generation != new:
                await asyncio.sleep(0.005)


def test_a_place_that_cannot_be_written_is_an_indexing_error(
    tmp_path: Path, build_embedded: Build, market: Any
) -> None:
    with pytest.raises(IndexingError, match="cannot be written: File name too long"):
        build_embedded(tmp_path / ("x" * 300), market, None)


def test_an_empty_directory_has_no_current_generation(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "none")
    assert layout.current() is None
    layout.remove_unused()
    with pytest.raises(SourceUnavailable, match="has been removed"):
        layout.hold("20260101T000000.000000Z-00000000")


@pytest.mark.parametrize("content", ["", "nonsense"])
@pytest.mark.parametrize("file", ["documents.lmdb", "job/text/meta.json", "job/vectors.npy", "job/present.npy"])
async def test_a_damaged_file_says_what_to_do_and_the_next_index_is_followed(
    tmp_path: Path, build_embedded: Build, open_embedded: Any, market: Any, topics: Any, file: str, content: str
) -> None:
    damage(Layout(tmp_path).path(build_embedded(tmp_path, market, topics)), file, content)
    async with open_embedded(tmp_path, topics, reload_seconds=0.01) as source:
        with pytest.raises(SourceUnavailable, match=r"is damaged.*index the catalog again"):
            source.snapshot()
        new = build_embedded(tmp_path, market, topics)
        await until_it_answers_from(source, new)


async def until_it_answers_from(source: Any, generation: str) -> None:
    async with asyncio.timeout(10):
        while True:
            with suppress(SourceUnavailable):
                if source.snapshot().info().generation == generation:
                    return
            await asyncio.sleep(0.005)


async def test_a_pointer_that_cannot_be_read_leaves_the_old_index_in_use_and_is_said_once(
    tmp_path: Path, build_embedded: Build, open_embedded: Any, market: Any, topics: Any, caplog: Any
) -> None:
    old = build_embedded(tmp_path, market, topics)
    async with open_embedded(tmp_path, topics, reload_seconds=0.01) as source:
        (tmp_path / "CURRENT").write_bytes(b"\xff\xfe")
        async with asyncio.timeout(10):
            while "the old one stays in use" not in caplog.text:
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.1)
        assert caplog.text.count("the old one stays in use") == 1
        assert source.snapshot().info().generation == old
        (tmp_path / "CURRENT").unlink()
        await until_it_answers_from(source, build_embedded(tmp_path, market, topics))


async def test_an_old_generation_that_cannot_be_removed_stops_nobody(
    tmp_path: Path, build_embedded: Build, open_embedded: Any, market: Any, topics: Any, caplog: Any
) -> None:
    build_embedded(tmp_path, market, topics)
    stubborn = tmp_path / "generations" / "20200101T000000.000000Z-stubborn"
    (stubborn / "in-use.lock").mkdir(parents=True)
    async with open_embedded(tmp_path, topics, reload_seconds=0.01) as source:
        await until_it_answers_from(source, build_embedded(tmp_path, market, topics))
    assert "stubborn cannot be removed" in caplog.text


def test_a_new_generation_has_a_name_above_all_others_whatever_the_clock_says(
    tmp_path: Path, build_embedded: Build, market: Any
) -> None:
    old = build_embedded(tmp_path, market, None)
    ahead = "29990101T000000.000000Z-00000000"
    (tmp_path / "generations" / old).rename(tmp_path / "generations" / ahead)
    (tmp_path / "generations" / "notes").mkdir()
    (tmp_path / "CURRENT").write_text(f"{ahead}\n")
    new = build_embedded(tmp_path, market, None)
    assert new > ahead
    assert folders(tmp_path) == [new, "notes"]
    assert Layout(tmp_path).current() == new

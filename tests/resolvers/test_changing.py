"""The next generation made out of the current one: what the two share, and what is left of one that fails."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import msgspec
import numpy as np
import pytest

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.errors import IndexingError, SourceUnavailable
from resolvers.sources.base import SearchRequest
from resolvers.sources.building import IndexedDocument
from resolvers.sources.changes import Change, Fate, Outcome
from resolvers.sources.embedded.changing import EmbeddedChanges, link_files
from resolvers.sources.embedded.generation import Generation
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.manifest import Manifest
from resolvers.sources.embedded.tail import Tail

ROOT = Path(__file__).resolve().parents[2]
APPLIED, STALE = Outcome(Fate.APPLIED), Outcome(Fate.STALE)
FOLDERS = Path("/dev/shm"), Path("/tmp"), Path.cwd()  # noqa: S108  of other file systems, which links cannot reach


@pytest.fixture
def documents(prepared: Any, market: Any, topics: Any) -> dict[str, IndexedDocument]:
    """The market's documents by id, made ready."""
    return {one.document.ref.id: one for some in prepared(market, topics).values() for one in some}


@pytest.fixture
def data_dir(tmp_path: Path, build_embedded: Callable[..., str], market: Any, topics: Any) -> Path:
    build_embedded(tmp_path, market, topics)
    return tmp_path


def upsert(document: IndexedDocument, version: int = 1) -> Change:
    return Change(document.document.ref, version, document)


def delete(id_: str, version: int = 1) -> Change:
    return Change(Ref(Kind.JOB, id_), version, None)


def copied(document: IndexedDocument, id_: str) -> IndexedDocument:
    """The same document with another id."""
    record = msgspec.structs.replace(document.document.record, id=id_)
    facts = Document(Ref(document.document.ref.kind, id_), record)
    return replace(document, document=facts, fields=document.fields | {"id": (id_,)})


def written(data_dir: Path, *changes: Change) -> list[Outcome]:
    with EmbeddedChanges(data_dir).changing() as batch:
        outcomes = list(batch.write(changes))
        batch.publish()
    return outcomes


def current(data_dir: Path) -> Path:
    layout = Layout(data_dir)
    return layout.path(str(layout.current()))


def files(folder: Path) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def generations(data_dir: Path) -> list[str]:
    return sorted(path.name for path in (data_dir / "generations").iterdir())


def listed(data_dir: Path) -> list[str]:
    layout = Layout(data_dir)
    opened = Generation(layout, str(layout.current()), None)
    found = opened.search(SearchRequest((Kind.JOB,), sort="FEWEST_PROPOSALS", limit=100))
    return sorted(hit.document.ref.id for hit in found.hits)


def test_the_generation_that_changes_come_from_stays_as_it_is(data_dir: Path, documents: Any) -> None:
    written(data_dir, upsert(documents["job_02"]), delete("job_03"))
    before = current(data_dir)
    held = Generation(Layout(data_dir), before.name, None)
    digests = {name: sha256(path.read_bytes()).digest() for name, path in files(before).items()}
    written(data_dir, upsert(documents["job_02"], 2), upsert(documents["job_04"]), upsert(documents["talent_01"]))
    assert generations(data_dir) == [before.name, current(data_dir).name]
    assert {name: sha256(path.read_bytes()).digest() for name, path in files(before).items()} == digests
    assert held.fetch([Ref(Kind.JOB, "job_03")]) == [None]


def test_the_next_generation_shares_the_files_that_stay_as_they_are(data_dir: Path, documents: Any) -> None:
    before = files(current(data_dir))
    held = Generation(Layout(data_dir), current(data_dir).name, None)
    written(data_dir, upsert(documents["job_02"]), delete("job_03"))
    after = files(current(data_dir))
    own = {name for name, path in after.items() if name not in before or not path.samefile(before[name])}
    segments = {name for name in own if name.startswith("job/text/")}
    assert own - segments == {
        "changes.lmdb",
        "in-use.lock",
        "manifest.json",
        "job/tail.msgpack",
        "job/tail-vectors.f32",
    }
    assert {Path(name).name for name in segments} >= {"meta.json", ".managed.json"}
    assert held.manifest.changes == 0
    assert Manifest.load(current(data_dir)).changes == 2


def test_the_generation_before_goes_when_nobody_reads_it(data_dir: Path) -> None:
    for version in (1, 2, 3):
        written(data_dir, delete("job_03", version))
    assert generations(data_dir) == [current(data_dir).name]
    assert list((data_dir / "unfinished").iterdir()) == []


def test_a_file_system_without_links_gets_copies(data_dir: Path) -> None:
    here = data_dir.stat().st_dev
    other = next((one for one in FOLDERS if one.is_dir() and one.stat().st_dev != here), None)
    if other is None:
        pytest.skip("there is no second file system here")
    with TemporaryDirectory(dir=other) as folder:
        link_files(current(data_dir), Path(folder))
        copies, originals = files(Path(folder)), files(current(data_dir))
        assert copies.keys() == {name for name in originals if not name.endswith(".lock")}
        assert all(path.read_bytes() == originals[name].read_bytes() for name, path in copies.items())


@pytest.mark.parametrize("changes", [[], [delete("job_03")]])
def test_a_batch_that_is_not_published_leaves_no_trace(data_dir: Path, changes: list[Change]) -> None:
    before = current(data_dir)
    with EmbeddedChanges(data_dir).changing() as batch:
        batch.write(changes)
    assert (generations(data_dir), list((data_dir / "unfinished").iterdir())) == ([before.name], [])
    assert "job_03" in listed(data_dir)


def test_a_batch_that_fails_leaves_no_trace(data_dir: Path) -> None:
    before = current(data_dir)

    def fail() -> None:
        with EmbeddedChanges(data_dir).changing() as batch:
            batch.write([delete("job_03")])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (generations(data_dir), list((data_dir / "unfinished").iterdir())) == ([before.name], [])
    assert written(data_dir, delete("job_03")) == [APPLIED]


def test_a_batch_that_changes_nothing_makes_no_generation(data_dir: Path) -> None:
    written(data_dir, delete("job_03", 5))
    before = current(data_dir)
    assert written(data_dir, delete("job_03", 5), delete("job_04", 0)) == [STALE, STALE]
    assert written(data_dir) == []
    assert current(data_dir) == before


def test_a_document_is_written_again_with_the_version_that_it_has_and_no_older_one(
    data_dir: Path, documents: Any
) -> None:
    again = Change(Ref(Kind.JOB, "job_02"), 0, documents["job_02"], rewrites=True)
    assert written(data_dir, again) == [APPLIED]
    assert written(data_dir, upsert(documents["job_02"], 3)) == [APPLIED]
    assert written(data_dir, again._replace(version=3)) == [APPLIED]
    assert written(data_dir, again._replace(version=2)) == [STALE]
    [stored] = Generation(Layout(data_dir), current(data_dir).name, None).facts.stored([Ref(Kind.JOB, "job_02")])
    assert stored is not None
    assert (stored.version, stored.document) == (3, documents["job_02"].document)


def test_a_document_that_the_text_index_does_not_take_is_refused_alone(data_dir: Path, documents: Any) -> None:
    good, bad = documents["job_02"], documents["job_04"]
    bad = replace(bad, fields=bad.fields | {"budget": ("much",)})
    refused, applied = written(data_dir, upsert(bad), upsert(good))
    assert (refused.fate, applied) == (Fate.REFUSED, APPLIED)
    assert "much" in refused.reason
    assert len(listed(data_dir)) == 12
    assert len(Tail.load(current(data_dir) / "job").present) == 1


def test_a_document_keeps_its_row_however_often_it_changes(data_dir: Path, documents: Any) -> None:
    for version in range(1, 5):
        written(data_dir, upsert(documents["job_02"], 2 * version), delete("job_03", 2 * version))
        written(data_dir, delete("job_02", 2 * version + 1), upsert(documents["job_03"], 2 * version + 1))
    tail = Tail.load(current(data_dir) / "job")
    assert (tail.present.tolist(), tail.replaced.tolist()) == ([False, True], [1, 2])
    assert (current(data_dir) / "job" / "tail-vectors.f32").stat().st_size == 2 * 4 * 4


def test_segments_are_merged_over_many_batches_and_nothing_is_lost(data_dir: Path, documents: Any) -> None:
    for at in range(25):
        written(data_dir, upsert(copied(documents["job_02"], f"job_1{at:02}x")), delete(f"job_{at:02}"))
    assert len(list((current(data_dir) / "job/text").glob("*.store"))) < 20
    layout = Layout(data_dir)
    opened = Generation(layout, str(layout.current()), None)
    found = opened.search(SearchRequest((Kind.JOB,), text="fast code", limit=100, count=True))
    assert [hit.document.ref.id for hit in found.hits] == [f"job_1{at:02}x" for at in range(25)]
    assert (found.total, opened.manifest.counts["JOB"]) == (25, 25)


@pytest.mark.parametrize("kept_bytes", [0, 11, 60])
@pytest.mark.parametrize("file", ["changes.lmdb", "job/tail.msgpack", "job/tail-vectors.f32"])
def test_a_damaged_file_of_changes_says_what_to_do(data_dir: Path, documents: Any, file: str, kept_bytes: int) -> None:
    written(data_dir, *(upsert(documents[f"job_{at:02}"]) for at in range(1, 13)), *map(delete, ["job_a"] * 30))
    content = (current(data_dir) / file).read_bytes()
    damaged = content[:kept_bytes]
    assert damaged != content
    (current(data_dir) / file).write_bytes(damaged)
    with pytest.raises(SourceUnavailable, match=r"is damaged.*index the catalog again"):
        written(data_dir, delete("job_03"))


def test_a_disk_that_refuses_leaves_the_index_as_it_is(data_dir: Path) -> None:
    (current(data_dir) / "job/text/meta.json").unlink()
    (current(data_dir) / "job/text/meta.json").mkdir()
    with pytest.raises(SourceUnavailable, match="is damaged"):
        written(data_dir, delete("job_03"))


def test_who_finds_another_process_writing_waits_as_long_as_it_was_told_to(data_dir: Path) -> None:
    taken, free = Event(), Event()

    def hold() -> None:
        with Layout(data_dir).writing():
            taken.set()
            free.wait()

    holder = Thread(target=hold)
    holder.start()
    taken.wait()
    with (
        pytest.raises(IndexingError, match="another process is indexing"),
        EmbeddedChanges(data_dir, patience_seconds=0.05).changing(),
    ):
        pass
    Thread(target=free.set).start()
    with EmbeddedChanges(data_dir, patience_seconds=60).changing() as batch:
        assert batch.embedder == "topics-4"
    holder.join()


def test_the_log_says_when_a_full_index_is_worth_its_time(
    data_dir: Path, documents: Any, caplog: pytest.LogCaptureFixture
) -> None:
    # The market has 37 documents: the nineteenth change is more than half of them.
    told = []
    for version in range(1, 23):
        written(data_dir, upsert(documents["job_02"], version))
        told.append(len(caplog.records))
    assert told == [0] * 18 + [1] * 4
    assert caplog.messages == ["19 changes since the full index: index the catalog again for less work and disk"]


def test_what_the_disk_or_a_library_refuses_is_an_indexing_error_and_changes_nothing(data_dir: Path) -> None:
    before = current(data_dir)
    with pytest.raises(IndexingError, match="the index could not be changed, and is as it was"):
        written(data_dir, delete("job_" + "x" * 600))
    assert current(data_dir) == before


def test_vectors_of_a_tail_are_zeros_where_a_text_says_nothing(data_dir: Path, documents: Any) -> None:
    silent, said = documents["job_10"], documents["job_01"]
    assert silent.vector is None
    written(data_dir, upsert(silent), upsert(said))
    vectors = np.fromfile(current(data_dir) / "job/tail-vectors.f32", dtype=np.float32).reshape(2, 4)
    assert vectors.tolist() == [[0.0] * 4, said.vector.tolist()]


FULL_DISK = """
import resource, sys
from pathlib import Path
from resolvers.catalog.kind import Kind, Ref
from resolvers.errors import IndexingError
from resolvers.sources.changes import Change
from resolvers.sources.embedded.changing import EmbeddedChanges

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    with EmbeddedChanges(Path(sys.argv[1])).changing() as batch:
        for at in range(40):
            batch.write([Change(Ref(Kind.JOB, f"job_{at}{n:03}" + "x" * 180), 1, None) for n in range(100)])
        batch.write([Change(Ref(Kind.JOB, f"job_{at:02}"), 1, None) for at in range(10)])
        batch.publish()
except IndexingError as error:
    print(error.message)
"""


@pytest.mark.parametrize("most_bytes", [100, 8_000, 50_000, 400_000])
def test_a_disk_that_is_full_leaves_the_index_as_it_is_and_the_next_batch_goes_through(
    data_dir: Path, most_bytes: int
) -> None:
    before = current(data_dir)
    command = [sys.executable, "-c", FULL_DISK, str(data_dir), str(most_bytes)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("the index could not be changed, and is as it was: ")
    assert (current(data_dir), len(listed(data_dir))) == (before, 12)
    assert written(data_dir, delete("job_03")) == [APPLIED]
    assert len(listed(data_dir)) == 11

"""Changes from files: applied batch by batch, what is wrong rejected alone, or all of it refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from indexing.changes.files import BATCH_CHANGES, apply_files
from indexing.changes.summary import ChangesSummary
from indexing.run import index_catalog
from resolvers.catalog.kind import Document, Ref
from resolvers.catalog.kinds import ref_of
from resolvers.errors import IndexingError
from resolvers.sources.changes import NoCopies
from resolvers.sources.embedded.changing import EmbeddedChanges
from resolvers.sources.embedded.generation import Generation
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.writer import EmbeddedTarget
from tests.indexing.feeds import CLIENT, JOB, LengthEmbedder, Watch, place, write_feed, write_lines
from tests.indexing.test_given_changes import delete, upsert
from tests.support.shared_index import SharedIndex

SILENCE, NOBODY = Watch(), NoCopies()


class Forgetting:
    """A cache that writes down what it is told to forget."""

    def __init__(self) -> None:
        self.told: list[list[str]] = []

    def invalidate(self, refs: Sequence[Ref]) -> bool:
        self.told.append(sorted(ref.id for ref in refs))
        return True


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An index of one record of each kind."""
    folder = tmp_path / "data"
    index_catalog([write_feed(tmp_path / "feed")], EmbeddedTarget(folder), LengthEmbedder(), staging=tmp_path)
    return folder


def applied(
    data_dir: Path, *files: Path, invalidator: Any = NOBODY, strict: bool = False, progress: Any = SILENCE
) -> ChangesSummary:
    engine = EmbeddedChanges(data_dir)
    return apply_files(files, engine, LengthEmbedder(), invalidator, strict=strict, progress=progress)


def facts(data_dir: Path, *ids: str) -> list[Document | None]:
    layout = Layout(data_dir)
    refs = [ref for ref in map(ref_of, ids) if ref is not None]
    return Generation(layout, str(layout.current()), None).fetch(refs)


def titles(data_dir: Path, *ids: str) -> list[str | None]:
    return [getattr(one.record, "title", None) if one else None for one in facts(data_dir, *ids)]


def test_changes_are_applied_in_the_order_of_their_versions_whatever_file_they_are_in(
    data_dir: Path, tmp_path: Path
) -> None:
    first = write_lines(tmp_path / "first.ndjson", [upsert(JOB | {"title": "Three"}, 3), delete("talent_1", 2)])
    second = write_lines(
        tmp_path / "second.ndjson.gz", [upsert(JOB | {"title": "Two"}, 2), upsert(JOB | {"id": "job_2"})]
    )
    summary = applied(data_dir, first, second)
    assert titles(data_dir, "job_1", "job_2", "talent_1") == ["Three", "Build an API", None]
    assert (summary.read, summary.applied, summary.stale, summary.rejected) == (4, 3, 1, {})
    assert summary.changes_per_second == pytest.approx(4 / summary.seconds)


def test_the_same_files_again_are_stale(data_dir: Path, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "changes.ndjson", [upsert(JOB | {"title": "One"}), delete("client_1")])
    applied(data_dir, file)
    before = Layout(data_dir).current()
    again = applied(data_dir, file)
    assert (again.applied, again.stale, again.rewritten) == (0, 2, 0)
    assert Layout(data_dir).current() == before


def test_a_wrong_change_is_rejected_alone(data_dir: Path, tmp_path: Path) -> None:
    lines = [b"{", upsert(JOB | {"status": "GONE"}), b"", upsert(JOB | {"title": "Good"}), delete("jb_1"), b"x" * 2**21]
    summary = applied(data_dir, write_lines(tmp_path / "changes.ndjson", lines))
    assert [place(one) for one in summary.rejections] == [
        ("changes.ndjson", 1, None, "broken JSON"),
        ("changes.ndjson", 2, "record.status", "wrong value"),
        ("changes.ndjson", 5, "id", "wrong value"),
        ("changes.ndjson", 6, None, "line too long"),
    ]
    assert (summary.read, summary.applied, sum(summary.rejected.values())) == (5, 1, 4)
    assert titles(data_dir, "job_1") == ["Good"]


def test_references_that_lead_nowhere_are_counted_and_followed_later(data_dir: Path, tmp_path: Path) -> None:
    job = JOB | {"id": "job_2", "clientId": "client_2"}
    summary = applied(data_dir, write_lines(tmp_path / "job.ndjson", [upsert(job)]))
    assert (summary.applied, summary.dangling, summary.rewritten) == (1, 1, 0)
    summary = applied(data_dir, write_lines(tmp_path / "client.ndjson", [upsert(CLIENT | {"id": "client_2"})]))
    assert (summary.applied, summary.dangling, summary.rewritten) == (1, 0, 1)


def test_who_keeps_copies_is_told_what_is_concerned_when_it_is_answered_from(data_dir: Path, tmp_path: Path) -> None:
    seen: list[list[str | None]] = []

    class Looking(Forgetting):
        def invalidate(self, refs: Sequence[Ref]) -> bool:
            seen.append([getattr(one.record, "name", None) if one else None for one in facts(data_dir, "client_1")])
            return super().invalidate(refs)

    copies = Looking()
    client = CLIENT | {"name": "Southwave", "rating": 1.5}
    applied(data_dir, write_lines(tmp_path / "changes.ndjson", [upsert(client)]), invalidator=copies)
    assert (copies.told, seen) == ([["client_1", "job_1"]], [["Southwave"]])


def test_many_changes_are_several_batches(data_dir: Path, tmp_path: Path) -> None:
    jobs = [upsert(JOB | {"id": f"job_{at:05}"}) for at in range(BATCH_CHANGES + 1)]
    copies = Forgetting()
    summary = applied(data_dir, write_lines(tmp_path / "changes.ndjson", jobs), invalidator=copies)
    assert [len(told) for told in copies.told] == [BATCH_CHANGES, 1]
    assert summary.applied == BATCH_CHANGES + 1
    assert titles(data_dir, "job_00000", f"job_{BATCH_CHANGES:05}") == ["Build an API"] * 2


def test_large_changes_are_several_batches(data_dir: Path, tmp_path: Path) -> None:
    jobs = [upsert(JOB | {"id": f"job_{at:02}", "description": "x" * 1_000_000}) for at in range(40)]
    copies = Forgetting()
    applied(data_dir, write_lines(tmp_path / "changes.ndjson", jobs), invalidator=copies)
    assert [len(told) for told in copies.told] == [34, 6]


def test_progress_is_told_in_bytes_of_the_file(data_dir: Path, tmp_path: Path) -> None:
    watch = Watch()
    file = write_lines(tmp_path / "changes.ndjson", [delete("job_1")])
    applied(data_dir, file, progress=watch, strict=True)
    size = file.stat().st_size
    assert watch.phases == [("Checking changes.ndjson", size, "bytes"), ("Applying changes.ndjson", size, "bytes")]
    assert (watch.advanced, watch.finished) == ([size, size], 2)


def test_a_strict_run_applies_nothing_when_a_change_is_wrong(data_dir: Path, tmp_path: Path) -> None:
    before = Layout(data_dir).current()
    good = write_lines(tmp_path / "good.ndjson", [upsert(JOB | {"title": "Good"})])
    bad = write_lines(tmp_path / "bad.ndjson", [b"{"])
    with pytest.raises(IndexingError) as refused:
        applied(data_dir, good, bad, strict=True)
    assert refused.value.message == (
        "1 of 2 changes was rejected, and a strict run takes none. Nothing was applied."
        "\n  bad.ndjson:1: input data was truncated"
    )
    assert Layout(data_dir).current() == before
    assert applied(data_dir, good, strict=True).applied == 1


def test_a_strict_run_wants_every_reference_to_lead_somewhere(data_dir: Path, tmp_path: Path) -> None:
    job = JOB | {"id": "job_2", "clientId": "client_2", "skillIds": ["skill_python", "skill_gone"]}
    jobs = write_lines(tmp_path / "jobs.ndjson", [upsert(JOB), upsert(job), upsert(job | {"id": "job_3"})])
    clients = write_lines(tmp_path / "clients.ndjson", [upsert(CLIENT | {"id": "client_2"})])
    with pytest.raises(IndexingError) as refused:
        applied(data_dir, jobs, clients, strict=True)
    assert refused.value.message.splitlines()[1:] == [
        "  jobs.ndjson:2: record.skillIds: neither the index nor a change has a skill with the id 'skill_gone'"
    ]
    assert titles(data_dir, "job_2") == [None]


def test_a_strict_run_takes_what_was_deleted_for_missing(data_dir: Path, tmp_path: Path) -> None:
    applied(data_dir, write_lines(tmp_path / "delete.ndjson", [delete("client_1")]))
    with pytest.raises(IndexingError, match="a client with the id 'client_1'"):
        applied(data_dir, write_lines(tmp_path / "jobs.ndjson", [upsert(JOB)]), strict=True)


def test_a_strict_run_does_not_take_what_can_be_read_only_once(data_dir: Path) -> None:
    with pytest.raises(IndexingError, match="takes files and not standard input"):
        applied(data_dir, Path("-"), strict=True)


def test_what_the_engine_refuses_is_rejected_where_it_was_read(tmp_path: Path) -> None:
    index = SharedIndex({})
    index.refused = {("job_3", 1)}
    lines = [upsert(JOB | {"id": "job_2"}), upsert(JOB | {"id": "job_3"})]
    file = write_lines(tmp_path / "changes.ndjson", lines)
    summary = apply_files([file], index, LengthEmbedder(), NoCopies())
    assert (summary.applied, summary.rejected) == (1, {"refused by the engine": 1})
    assert [str(one) for one in summary.rejections] == ["changes.ndjson:2: not to the engine's taste"]


def test_a_file_that_cannot_be_read_is_an_error(data_dir: Path, tmp_path: Path) -> None:
    broken = tmp_path / "changes.ndjson.gz"
    broken.write_bytes(b"no gzip")
    with pytest.raises(IndexingError, match="the gzip is corrupt"):
        applied(data_dir, broken)

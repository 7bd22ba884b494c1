"""A whole run: what is written in which order, what is told, and what is left behind."""

import os
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexing.changes.log import rolled_back
from indexing.run import index_catalog
from indexing.summary import IndexSummary
from resolvers.catalog.kind import Kind
from resolvers.errors import IndexingError, SourceUnavailable
from resolvers.sources.embedded.writer import EmbeddedTarget
from resolvers.sources.embedding import Vectors
from tests.indexing.feeds import (
    JOB,
    ONE_OF_EACH,
    SKILL,
    LengthEmbedder,
    Recorder,
    Row,
    Watch,
    encoded,
    indexed,
    write_feed,
    write_lines,
)

CATALOG = Path(__file__).parents[2].parent / "shared" / "data"


def jobs(count: int) -> list[Row]:
    return [JOB | {"id": f"job_{at}"} for at in range(count)]


def test_kinds_come_in_the_order_of_reference_and_documents_in_the_order_of_ids(tmp_path: Path) -> None:
    target = Recorder()
    names = ["z", "a", "M", "10", "9", "é"]
    indexed(write_feed(tmp_path / "feed", jobs=[JOB | {"id": f"job_{name}"} for name in names]), target)
    assert [kind for kind, _ in target.batches] == [Kind.SKILL, Kind.OCCUPATION, Kind.CLIENT, Kind.JOB, Kind.TALENT]
    ids = [id_ for id_ in target.documents if id_.startswith("job_")]
    assert ids == ["job_10", "job_9", "job_M", "job_a", "job_z", "job_é"] == sorted(ids)


def test_documents_are_written_in_batches(tmp_path: Path) -> None:
    target = Recorder()
    indexed(write_feed(tmp_path / "feed", jobs=jobs(1100)), target)
    assert [size for kind, size in target.batches if kind is Kind.JOB] == [512, 512, 76]


def test_a_batch_of_large_documents_is_a_small_one(tmp_path: Path) -> None:
    target = Recorder()
    large = [job | {"description": "x" * 1_000_000} for job in jobs(20)]
    indexed(write_feed(tmp_path / "feed", jobs=large), target)
    assert [size for kind, size in target.batches if kind is Kind.JOB] == [9, 9, 2]


def test_the_writer_is_told_how_many_documents_come_and_of_which_model(tmp_path: Path) -> None:
    feed, target = write_feed(tmp_path / "feed", jobs=[JOB, b"{"]), Recorder()
    index_catalog([feed], target, LengthEmbedder(), staging=tmp_path / "staging")
    assert target.opened_with == (dict.fromkeys(Kind, 1), "length-2", 2)
    target, without_vectors = Recorder(), (dict.fromkeys(Kind, 1), None, 0)
    index_catalog([feed], target, None, staging=tmp_path / "staging")
    assert target.opened_with == without_vectors


def test_each_document_has_the_vector_of_its_own_text(tmp_path: Path) -> None:
    rows = [JOB | {"id": f"job_{at:04}", "title": "x" * (at % 300 + 1), "description": ""} for at in range(1100)]
    target = Recorder()
    feed = write_feed(tmp_path / "feed", jobs=rows)
    index_catalog([feed], target, LengthEmbedder(), staging=tmp_path / "staging")
    found = [target.documents[row["id"]].vector for row in rows]
    # The text is the title, a line break and "developer".
    assert [None if one is None else one.tolist() for one in found] == [[len(row["title"]) + 10, 1] for row in rows]


def test_a_text_that_says_nothing_has_no_vector(tmp_path: Path) -> None:
    target = Recorder()
    feed = write_feed(tmp_path / "feed", jobs=[JOB, JOB | {"id": "job_2", "title": "nothing"}])
    index_catalog([feed], target, LengthEmbedder(), staging=tmp_path / "staging")
    assert target.documents["job_2"].vector is None
    assert target.documents["job_1"].vector is not None


def test_the_summary_counts_what_was_read_and_indexed(tmp_path: Path) -> None:
    summary = indexed(write_feed(tmp_path / "feed", jobs=[JOB, b"{"]))
    assert (summary.read, summary.indexed, summary.rejected) == (6, ONE_OF_EACH, {"broken JSON": 1})
    assert summary.generation == "generation-1"
    assert summary.documents_per_second == pytest.approx(5 / summary.seconds)


def test_a_run_that_took_no_time_has_no_rate() -> None:
    assert IndexSummary(0, {"JOB": 1}, {}, (), 0.0, "g").documents_per_second == 0


def test_a_strict_run_fails_on_any_rejection_before_a_writer_is_opened(tmp_path: Path) -> None:
    feed, target = write_feed(tmp_path / "feed", jobs=[JOB, b"{"]), Recorder()
    with pytest.raises(IndexingError) as raised:
        indexed(feed, target, strict=True)
    assert raised.value.message == (
        "1 of 6 records was rejected (1 broken JSON), and a strict run takes none. The index in use is unchanged."
        "\n  jobs.ndjson:2: input data was truncated"
    )
    assert target.opened_with is None


def test_a_strict_run_counts_by_reason_and_quotes_the_first_twenty_rejections(tmp_path: Path) -> None:
    with pytest.raises(IndexingError) as raised:
        indexed(write_feed(tmp_path / "feed", jobs=[JOB, *[b"{"] * 21, b"\xff"]), strict=True)
    first, *quoted = raised.value.message.splitlines()
    assert first.startswith("22 of 27 records were rejected (21 broken JSON, 1 not UTF-8), and a strict run takes none")
    assert quoted == [*(f"  jobs.ndjson:{line}: input data was truncated" for line in range(2, 22)), "  … and 2 more"]


def test_a_strict_run_without_rejections_succeeds(tmp_path: Path) -> None:
    assert indexed(write_feed(tmp_path / "feed"), strict=True).indexed == ONE_OF_EACH


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), RuntimeError("full"), IndexingError("engine")])
@pytest.mark.parametrize("embedder", [None, LengthEmbedder()])
def test_nothing_is_left_of_a_run_that_fails(
    tmp_path: Path, failure: BaseException, embedder: LengthEmbedder | None
) -> None:
    target, staging = Recorder(failure), tmp_path / "staging"
    feed = write_feed(tmp_path / "feed", jobs=jobs(2000))
    with pytest.raises(type(failure)) as raised:
        index_catalog([feed], target, embedder, staging=staging)
    assert raised.value is failure
    assert (target.left, target.published) == (True, False)
    assert list(staging.glob("staging-*")) == []


def test_nothing_is_left_of_a_run_whose_model_fails(tmp_path: Path) -> None:
    class Broken(LengthEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            raise ValueError(*texts)

    target = Recorder()
    with pytest.raises(ValueError, match="Python"):
        index_catalog([write_feed(tmp_path / "feed")], target, Broken(), staging=tmp_path / "staging")
    assert (target.left, target.published, list((tmp_path / "staging").glob("staging-*"))) == (True, False, [])


def test_nothing_is_left_of_a_run_that_succeeds_or_cannot_read(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    indexed(feed)
    (feed / "talent.ndjson.gz").write_bytes(b"not gzip")
    with pytest.raises(IndexingError):
        indexed(feed)
    assert list((tmp_path / "staging").glob("staging-*")) == []


def test_a_staging_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    (tmp_path / "staging").write_text("a file")
    with pytest.raises(IndexingError, match=r"Records cannot be staged in .*staging: File exists\."):
        indexed(feed)


def test_progress_is_told_in_bytes_of_the_file_and_in_documents(tmp_path: Path) -> None:
    feed, watch = tmp_path / "feed", Watch()
    skills = write_lines(feed / "skills.ndjson.gz", [SKILL | {"id": f"skill_{at}"} for at in range(1300)])
    size = skills.stat().st_size
    index_catalog([feed], Recorder(), None, staging=tmp_path / "staging", progress=watch)
    assert watch.phases == [
        ("Reading skills.ndjson.gz", size, "bytes"),
        ("Learning from skills", None, "records"),
        ("Learning from jobs", None, "jobs"),
        ("Indexing skills", 1300, "documents"),
    ]
    assert watch.advanced == [size, 0, 0, 1300]
    assert watch.finished == 4


class Taken(Recorder):
    """A target that another run is writing to."""

    @contextmanager
    def reserve(self) -> Iterator["Taken"]:
        raise IndexingError("another run is indexing: wait for it")
        yield self


def test_a_run_that_has_to_wait_for_another_one_reads_nothing(tmp_path: Path) -> None:
    watch, staging = Watch(), tmp_path / "staging"
    with pytest.raises(IndexingError, match="another run is indexing"):
        index_catalog([write_feed(tmp_path / "feed")], Taken(), None, staging=staging, progress=watch)
    assert (watch.phases, staging.exists()) == ([], False)


def test_a_second_run_into_a_data_directory_waits_before_it_reads(tmp_path: Path) -> None:
    feed, watch = write_feed(tmp_path / "feed"), Watch()
    with EmbeddedTarget(tmp_path / "index").reserve(), pytest.raises(IndexingError, match="another process"):
        index_catalog([feed], EmbeddedTarget(tmp_path / "index"), None, staging=tmp_path / "index", progress=watch)
    assert watch.phases == []


def test_talent_has_no_plural(tmp_path: Path) -> None:
    watch = Watch()
    index_catalog([write_feed(tmp_path / "feed")], Recorder(), None, staging=tmp_path / "staging", progress=watch)
    assert [phase for phase, _, unit in watch.phases if unit == "documents"] == [
        "Indexing skills",
        "Indexing occupations",
        "Indexing clients",
        "Indexing jobs",
        "Indexing talent",
    ]


class Counter(Recorder):
    """Keeps nothing."""

    def write(self, kind: Kind, documents: object) -> None:
        """Let the documents go."""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def lines() -> Iterator[bytes]:
        for at in range(20_000):
            yield encoded(SKILL | {"id": f"skill_{at}", "description": "word " * 300})

    file = tmp_path / "skills.ndjson"
    with file.open("wb") as out:
        out.writelines(line + b"\n" for line in lines())
    assert file.stat().st_size > 30_000_000
    tracemalloc.start()
    try:
        index_catalog([file], Counter(), None, staging=tmp_path / "staging")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # What is not committed yet is 4,096 lines of 1.6 KB; nothing else is held for long.
    assert peak < 15_000_000


@pytest.mark.skipif(not CATALOG.is_dir(), reason="the real catalog (../shared/data) is not on this machine")
def test_the_real_catalog_is_read_without_a_rejection(tmp_path: Path) -> None:
    summary = index_catalog([CATALOG], Counter(), None, staging=tmp_path, strict=True)
    assert summary.indexed == {"JOB": 15_462, "TALENT": 30_000, "SKILL": 10_102, "OCCUPATION": 3_039, "CLIENT": 2_500}
    assert (summary.read, summary.rejected) == (61_103, {})


class Log:
    """A log of changes that writes down what it is asked; `fails` is the number of the call that it cannot answer."""

    def __init__(self, target: Recorder, fails: int = 0) -> None:
        self.asked: list[object] = []
        self._target, self._fails = target, fails

    def mark(self, since: float) -> str:
        self._note("mark", since)
        return "7-0"

    def go_back(self, mark: str) -> None:
        self._note("go back", mark)

    def replay(self) -> None:
        self._note("replay", None)

    def _note(self, what: str, detail: object) -> None:
        self.asked.append((what, detail, self._target.published))
        if len(self.asked) == self._fails:
            raise SourceUnavailable("The log is not there.")


def run_with(log: Log, target: Recorder, feed: Path) -> IndexSummary:
    return index_catalog([feed], target, None, staging=feed.parent / "staging", changes=log)


def test_changes_since_the_oldest_file_was_written_are_applied_again_around_the_switch(tmp_path: Path) -> None:
    feed, target = write_feed(tmp_path / "feed"), Recorder()
    os.utime(feed / "jobs.ndjson", (1_000, 1_000))
    log = Log(target)
    run_with(log, target, feed)
    assert log.asked == [("mark", 1000.0, False), ("go back", "7-0", False), ("go back", "7-0", True)]
    assert target.place == "7-0"


@pytest.mark.parametrize(("fails", "asked"), [(1, ["mark"]), (2, ["mark", "go back"])])
def test_a_log_of_changes_that_is_not_there_keeps_the_index_as_it_is(
    tmp_path: Path, fails: int, asked: list[str]
) -> None:
    feed, target = write_feed(tmp_path / "feed"), Recorder()
    log = Log(target, fails)
    with pytest.raises(IndexingError, match=r"^The log is not there\. Without it changes .* would be lost"):
        run_with(log, target, feed)
    assert ([what for what, *_ in log.asked], target.published) == (asked, False)  # type: ignore[misc]


def test_a_log_of_changes_that_goes_away_after_the_switch_is_told_of(tmp_path: Path) -> None:
    feed, target = write_feed(tmp_path / "feed"), Recorder()
    with pytest.raises(IndexingError, match=r"^The new index is in use, and may lack changes.*Index the catalog again"):
        run_with(Log(target, 3), target, feed)
    assert target.published


class EarlierIndex(Recorder):
    """An index to go back to, of a catalog that lacks changes behind `place`."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place


@pytest.mark.parametrize(("place", "given"), [("5-0", ("go back", "5-0")), ("", ("replay", None))])
@pytest.mark.parametrize(
    ("fails", "said"), [(0, ""), (1, "the index in use is unchanged"), (2, "generation-1 answers again")]
)
def test_an_earlier_index_gets_what_its_catalog_lacks_again_from_before_and_behind_the_switch(
    fails: int, said: str, place: str, given: tuple[str, str | None]
) -> None:
    earlier = EarlierIndex(place)
    log = Log(earlier, fails)
    if fails:
        with pytest.raises(IndexingError, match=said):
            rolled_back(log, earlier)
    else:
        assert rolled_back(log, earlier) == "generation-1"
    assert log.asked == [(*given, False), (*given, True)][: fails or 2]
    assert earlier.published == (fails != 1)

"""Changes as they are sent to a cluster, and what its answers mean: what is not known is sent again."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from opensearchpy.exceptions import ConnectionError as Unreachable

from indexing.changes.apply import apply_batch
from indexing.changes.given import GivenChange
from resolvers.catalog.kind import Kind, Ref
from resolvers.errors import IndexingError, SourceUnavailable
from resolvers.sources.base import AllOf, AnyOf, Not, Terms
from resolvers.sources.building import IndexedDocument
from resolvers.sources.changes import Change, Fate, Outcome, Stored
from resolvers.sources.opensearch.changing import (
    ChangedCluster,
    KeptAdaptation,
    OpenSearchBatch,
    OpenSearchChanges,
    change_line,
    outcome_of,
)
from resolvers.sources.opensearch.connection import ClusterOptions, reading_client, writing_client
from resolvers.sources.opensearch.names import Names
from resolvers.sources.opensearch.sending import BatchSize, BulkSender, Line, Post, Rejected, posting
from tests.support.clusters import Place

JOB = Ref(Kind.JOB, "job_02")
Between = Callable[[Post, str, bytes], Any]


@pytest.mark.parametrize(
    ("rewrites", "first", "again"),
    [(False, "external", "external_gte"), (True, "external_gte", "external_gte")],
)
def test_an_equal_version_is_taken_of_what_rewrites_and_of_what_is_sent_again(
    rewrites: bool, first: str, again: str
) -> None:
    line = change_line(Change(JOB, 7, None, rewrites), b"{}")
    sent = [json.loads(one.content.splitlines()[0])["index"] for one in (line, line.resent())]
    assert sent == [{"_id": "job_02", "version": 7, "version_type": type_} for type_ in (first, again)]
    assert [one.content.splitlines()[1:] for one in (line, line.resent())] == [[b"{}"]] * 2


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (409, Outcome(Fate.STALE)),
        (400, Outcome(Fate.REFUSED, "why")),
        (413, Outcome(Fate.REFUSED, "why")),
    ],
)
def test_a_conflict_is_stale_and_what_is_wrong_with_a_document_is_refused(status: int, outcome: Outcome) -> None:
    assert outcome_of(Rejected(Line(JOB, b""), status, "why")) == outcome


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_is_wrong_with_the_cluster_is_no_fault_of_the_change(status: int) -> None:
    with pytest.raises(IndexingError, match=rf"does not take changes \({status}\): why"):
        outcome_of(Rejected(Line(JOB, b""), status, "why"))


class Batch:
    """A batch on a real cluster; its bulk requests go through `between`."""

    def __init__(self, place: Place, between: Between = lambda post, index, body: post(index, body)) -> None:
        self._reading, self._writing = reading_client(place.options), writing_client(place.options)
        cluster = ChangedCluster(self._reading, Names(place.prefix))
        post = posting(self._writing)

        def through(index: str, body: bytes) -> Sequence[tuple[int, str]]:
            answer: Sequence[tuple[int, str]] = between(post, index, body)
            return answer

        sender = BulkSender(through, BatchSize(), pauses_seconds=(0.0, 0.0))
        self.index = OpenSearchBatch(cluster, sender, cluster.generation(), KeptAdaptation())

    def close(self) -> None:
        self._reading.close()
        self._writing.close()


@pytest.fixture
def filled(place: Place, build: Any, market: Any, topics: Any) -> Place:
    """A place of the test's own with the small marketplace in it."""
    build(place.target(), market, topics)
    return place


@pytest.fixture
def batch(filled: Place) -> Iterator[Any]:
    with closing(Batch(filled)) as opened:
        yield opened.index


@pytest.fixture
def job(prepared: Any, market: Any, topics: Any) -> IndexedDocument:
    found: IndexedDocument = next(one for one in prepared(market, topics)[Kind.JOB] if one.document.ref == JOB)
    return found


def test_what_is_deleted_keeps_its_version_for_good(filled: Place, batch: Any, job: IndexedDocument) -> None:
    # So the cluster forgets at once the versions of what is really deleted.
    filled.server.ask("PUT", f"/{filled.prefix}-job/_settings", {"index.gc_deletes": "0s"})
    assert batch.write([Change(JOB, 5, None)]) == [Outcome(Fate.APPLIED)]
    batch.publish()
    filled.server.ask("POST", f"/{filled.prefix}-job/_forcemerge?max_num_segments=1")
    assert batch.write([Change(JOB, 4, job)]) == [Outcome(Fate.STALE)]
    assert batch.write([Change(JOB, 5, job)]) == [Outcome(Fate.STALE)]
    assert batch.stored([JOB, Ref(Kind.JOB, "job_nowhere")]) == [Stored(JOB, 5, None), None]
    assert batch.write([Change(JOB, 6, job)]) == [Outcome(Fate.APPLIED)]
    assert batch.stored([JOB]) == [Stored(JOB, 6, job.document)]


def test_what_rewrites_keeps_the_version_and_does_not_overtake(batch: Any, job: IndexedDocument) -> None:
    assert batch.write([Change(JOB, 5, job)]) == [Outcome(Fate.APPLIED)]
    assert batch.write([Change(JOB, 5, job, rewrites=True)]) == [Outcome(Fate.APPLIED)]
    assert batch.write([Change(JOB, 4, job, rewrites=True)]) == [Outcome(Fate.STALE)]
    assert batch.stored([JOB]) == [Stored(JOB, 5, job.document)]


def test_one_batch_sees_at_once_what_another_has_written(filled: Place, batch: Any, job: IndexedDocument) -> None:
    with closing(Batch(filled)) as other:
        other.index.write([Change(JOB, 5, job), Change(Ref(Kind.JOB, "job_03"), 5, None)])
        [found] = batch.stored([JOB])
        pages = list(batch.passing(Kind.JOB, AllOf()))
    assert found == Stored(JOB, 5, job.document)
    versions = {one.ref.id: one.version for page in pages for one in page}
    assert (len(versions), versions["job_02"], versions["job_01"]) == (11, 5, 0)
    assert "job_03" not in versions


def test_what_was_deleted_passes_no_filter(batch: Any) -> None:
    ids = lambda wanted: [one.ref.id for page in batch.passing(Kind.JOB, wanted) for one in page]  # noqa: E731
    without = Not(AnyOf((Terms("client_id", ("client_a",)),)))
    before = ids(without)
    batch.write([Change(JOB, 5, None), Change(Ref(Kind.JOB, "job_nowhere"), 5, None)])
    assert ids(without) == [id_ for id_ in before if id_ != "job_02"]


def test_pages_have_every_document_once(place: Place, index_jobs: Any) -> None:
    index_jobs(*["python"] * 1_001)
    with closing(Batch(place)) as opened:
        pages = [[one.ref.id for one in page] for page in opened.index.passing(Kind.JOB, AllOf())]
    assert [len(page) for page in pages] == [500, 500, 1]
    assert [id_ for page in pages for id_ in page] == sorted(f"job_{at:05}" for at in range(1_001))


def test_what_the_cluster_refuses_is_told_and_the_rest_is_applied(batch: Any, job: IndexedDocument) -> None:
    long = replace(job, fields=job.fields | {"timezone": ("x" * 40_000,)})
    far = Ref(Kind.JOB, "job_" + "ü" * 300)
    outcomes = batch.write([Change(JOB, 1, long), Change(far, 1, None), Change(Ref(Kind.JOB, "job_03"), 1, None)])
    assert [one.fate for one in outcomes] == [Fate.REFUSED, Fate.REFUSED, Fate.APPLIED]
    assert 'immense term in field="fields.timezone"' in outcomes[0].reason
    assert batch.stored([JOB, far]) == [Stored(JOB, 0, job.document), None]


def test_what_was_taken_without_an_answer_is_applied_when_it_is_sent_again(filled: Place, job: IndexedDocument) -> None:
    sent: list[bytes] = []

    def cut_off_once(post: Post, index: str, body: bytes) -> Any:
        sent.append(body)
        answer = post(index, body)
        if len(sent) == 1:
            raise Unreachable("N/A", "cut off", OSError("cut off"))
        return answer

    with closing(Batch(filled, cut_off_once)) as opened:
        assert opened.index.write([Change(JOB, 3, job)]) == [Outcome(Fate.APPLIED)]
        assert opened.index.stored([JOB]) == [Stored(JOB, 3, job.document)]
    assert len(sent) == 2


def titled(market: Any, id_: str, title: str) -> GivenChange:
    record = next(one for one in market[Kind.JOB] if one.id == id_)
    return GivenChange(Ref(Kind.JOB, id_), 3, msgspec.structs.replace(record, title=title))


def renamed_client(market: Any) -> GivenChange:
    record = next(one for one in market[Kind.CLIENT] if one.id == "client_b")
    return GivenChange(Ref(Kind.CLIENT, "client_b"), 3, msgspec.structs.replace(record, country="NO"))


@pytest.mark.parametrize("last", [0, 1, 2])
@pytest.mark.parametrize("is_taken", [False, True])
def test_a_batch_that_ends_in_the_middle_is_completed_when_it_is_given_again(
    filled: Place, market: Any, topics: Any, last: int, is_taken: bool
) -> None:
    changes = [titled(market, "job_01", "Changed"), renamed_client(market), GivenChange(JOB, 3, None)]
    left = iter(range(last))

    def end(post: Post, index: str, body: bytes) -> Any:
        if next(left, None) is None:
            if is_taken:
                post(index, body)
            raise KeyboardInterrupt
        return post(index, body)

    with closing(Batch(filled, end)) as opened, pytest.raises(KeyboardInterrupt):
        apply_batch(opened.index, changes, topics, exclusive=False)
    with filled.changes().changing() as index:
        apply_batch(index, changes, topics, exclusive=False)
        found = index.stored([change.ref for change in changes])
        norwegian = [one.ref.id for page in index.passing(Kind.JOB, Terms("client_country", ("NO",))) for one in page]
    assert [one and (one.version, one.document and one.document.record) for one in found] == [
        (3, change.record) for change in changes
    ]
    assert norwegian == ["job_07"]


def test_a_batch_whose_index_is_replaced_meanwhile_fails(
    filled: Place, build: Any, market: Any, topics: Any, batch: Any
) -> None:
    batch.write([Change(JOB, 5, None)])
    build(filled.target(), market, topics)
    with pytest.raises(IndexingError, match="the index was replaced while changes were applied to it"):
        batch.publish()
    with filled.changes().changing() as again:
        assert [one.version for one in again.stored([JOB])] == [0]


def test_an_alias_that_leads_to_two_indexes_is_refused_before_anything_is_written(
    filled: Place, build: Any, market: Any, topics: Any
) -> None:
    build(filled.target(), market, topics)
    alias = f"{filled.prefix}-job"
    older, newer = sorted(index for index in filled.indexes() if index.startswith(f"{alias}-2"))
    filled.server.ask("PUT", f"/{older}/_alias/{alias}")
    changes = [GivenChange(JOB, 5, None)]
    refused = f"the alias {alias} leads to several indexes, {older}, {newer}, so"
    with pytest.raises(IndexingError, match=refused), filled.changes().changing() as index:
        apply_batch(index, changes, topics, exclusive=False)
    filled.server.ask("DELETE", f"/{older}/_alias/{alias}")
    with filled.changes().changing() as index:
        assert [one and one.version for one in index.stored([JOB])] == [0]
        apply_batch(index, changes, topics, exclusive=False)
        assert [one and one.version for one in index.stored([JOB])] == [5]


def test_changes_leave_no_other_trace_than_in_the_indexes(filled: Place, batch: Any) -> None:
    before = filled.indexes()
    batch.write([Change(JOB, 5, None)])
    batch.publish()
    assert filled.indexes() == before
    assert filled.server.ask("GET", f"/{filled.prefix}-job/_doc/job_02")["_source"] == {}


def test_without_a_cluster_nothing_is_changed() -> None:
    changes = OpenSearchChanges(ClusterOptions(("http://127.0.0.1:1",)), prefix="nowhere")
    with pytest.raises(SourceUnavailable, match="cannot be reached: check GATEWAY_OPENSEARCH_URL"), changes.changing():
        pass

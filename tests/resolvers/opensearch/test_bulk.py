"""Loading in bulk: what is sent, what is sent again, and how much at a time."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest
from opensearchpy.exceptions import AuthenticationException, ConnectionTimeout, TransportError
from opensearchpy.exceptions import ConnectionError as Unreachable

from resolvers.catalog.kind import Kind, Ref
from resolvers.errors import IndexingError
from resolvers.sources.building import Refused
from resolvers.sources.opensearch.bulk import LOADERS, BulkLoader, bulk_line
from resolvers.sources.opensearch.sending import LEAST_BYTES, MOST_BYTES, BatchSize, Line

AT_ONCE = (0.0, 0.0, 0.0)
Outcomes = Callable[[list[str]], Any]
BUSY = (429, "rejected_execution_exception: queue is full")


def lines(first: int, last: int, size_bytes: int = 0) -> list[Line]:
    return [
        bulk_line(Ref(Kind.JOB, f"job_{at}"), json.dumps({"x": "y" * size_bytes}).encode(), 0)
        for at in range(first, last)
    ]


def ids(body: bytes) -> list[str]:
    return [json.loads(line)["index"]["_id"] for line in body.splitlines()[::2]]


class Posts:
    """Bulk requests that are answered by a script, and then with everything taken."""

    def __init__(self, *script: Outcomes) -> None:
        self.sent: list[tuple[str, list[str]]] = []
        self._script: Iterator[Outcomes] = iter(script)

    def __call__(self, index: str, body: bytes) -> Sequence[tuple[int, str]]:
        self.sent.append((index, ids(body)))
        outcome = next(self._script, lambda ids: [(201, "")] * len(ids))(ids(body))
        if isinstance(outcome, Exception):
            raise outcome
        taken: Sequence[tuple[int, str]] = outcome
        return taken


def loaded(post: Any, documents: Sequence[Line], size: BatchSize | None = None, **options: Any) -> tuple[Refused, ...]:
    with closing(BulkLoader(post, size, **{"pauses_seconds": AT_ONCE} | options)) as loader:
        loader.write("jobs", documents)
        return loader.finish()


def names(*numbers: int) -> list[str]:
    return [f"job_{number}" for number in numbers]


def test_a_document_is_two_lines_with_its_version() -> None:
    assert bulk_line(Ref(Kind.JOB, "job_é"), b'{"a":1}', 0).content == (
        '{"index":{"_id":"job_é","version":0,"version_type":"external_gte"}}\n{"a":1}\n'.encode()
    )


def test_documents_of_an_index_go_together_and_those_of_another_apart() -> None:
    posts = Posts()
    with closing(BulkLoader(posts)) as loader:
        loader.write("jobs", lines(0, 2))
        loader.write("jobs", lines(2, 3))
        loader.write("talent", lines(3, 4))
        assert loader.finish() == ()
    assert sorted(posts.sent) == [("jobs", names(0, 1, 2)), ("talent", names(3))]


def test_a_batch_goes_when_it_has_its_bytes() -> None:
    posts = Posts()
    loaded(posts, lines(0, 5, 40_000), BatchSize(125_000))
    assert sorted(sent for _, sent in posts.sent) == [names(0, 1, 2), names(3, 4)]


def test_what_a_document_is_refused_for_is_told_and_the_others_are_taken() -> None:
    posts = Posts(lambda _: [(201, ""), (400, "mapper_parsing_exception: no number"), (200, "")])
    assert loaded(posts, lines(0, 3)) == (Refused(Ref(Kind.JOB, "job_1"), "mapper_parsing_exception: no number"),)
    assert len(posts.sent) == 1


def test_only_what_the_cluster_had_no_room_for_is_sent_again_and_batches_get_smaller() -> None:
    size = BatchSize(1_000_000)
    posts = Posts(lambda _: [(201, ""), BUSY, BUSY], lambda _: [BUSY, (201, "")])
    assert loaded(posts, lines(0, 3), size) == ()
    assert [sent for _, sent in posts.sent] == [names(0, 1, 2), names(1, 2), names(1)]
    # Halved twice, and a quarter more for the batch that went well.
    assert size.bytes == 312_500


@pytest.mark.parametrize(
    "failure",
    [
        TransportError(429, "x", {"error": {"type": "rejected_execution_exception", "reason": "full"}}),
        TransportError(503, "<html>", None),
        Unreachable("N/A", "refused", OSError()),
        ConnectionTimeout("TIMEOUT", "", TimeoutError()),
    ],
)
def test_a_request_that_does_not_get_through_is_sent_again(failure: Exception) -> None:
    posts = Posts(lambda _: failure)
    assert loaded(posts, lines(0, 2)) == ()
    assert [sent for _, sent in posts.sent] == [names(0, 1)] * 2


def test_a_request_that_is_too_large_is_cut_until_it_fits() -> None:
    def at_most_two(sent: list[str]) -> Any:
        return TransportError(413, "too large", None) if len(sent) > 2 else [(201, "")] * len(sent)

    posts = Posts(*[at_most_two] * 20)
    assert loaded(posts, lines(0, 8, 40_000), BatchSize(MOST_BYTES), pauses_seconds=[0.0] * 9) == ()
    taken = [sent for _, sent in posts.sent if len(sent) <= 2]
    assert sorted(id_ for sent in taken for id_ in sent) == names(*range(8))


def test_a_document_that_is_too_large_for_the_cluster_is_refused() -> None:
    posts = Posts(lambda _: TransportError(413, "too large", None))
    assert loaded(posts, lines(0, 1)) == (Refused(Ref(Kind.JOB, "job_0"), "it is too large"),)


def test_what_is_never_taken_is_given_up() -> None:
    posts = Posts(*[lambda sent: [BUSY] * len(sent)] * 9)
    with pytest.raises(IndexingError, match="does not take the documents: rejected_execution_exception: queue is full"):
        loaded(posts, lines(0, 1))
    assert len(posts.sent) == len(AT_ONCE) + 1


def test_as_long_as_something_gets_through_nothing_is_given_up() -> None:
    posts = Posts(*[lambda sent: [(201, ""), *[BUSY] * (len(sent) - 1)]] * 9)
    assert loaded(posts, lines(0, 10)) == ()
    assert [len(sent) for _, sent in posts.sent] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_a_request_that_is_not_allowed_ends_the_run() -> None:
    posts = Posts(lambda _: AuthenticationException(401, "x", None))
    with closing(BulkLoader(posts)) as loader:
        loader.write("jobs", lines(0, 1))
        with pytest.raises(IndexingError, match="refuses the user"):
            loader.finish()
    assert len(posts.sent) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_index_that_cannot_be_written_is_not_the_documents_fault(status: int) -> None:
    with pytest.raises(IndexingError, match="does not take the documents: no such index"):
        loaded(Posts(lambda _: [(201, ""), (status, "no such index")]), lines(0, 2))


@pytest.mark.parametrize(("seconds", "then_bytes"), [(0.5, 1_250_000), (2.0, 1_000_000), (6.0, 500_000)])
def test_batches_follow_how_quick_the_answers_are(seconds: float, then_bytes: int) -> None:
    size, clock = BatchSize(1_000_000), iter([0.0, seconds])
    loaded(Posts(), lines(0, 1), size, clock=lambda: next(clock))
    assert size.bytes == then_bytes


def test_batches_stay_within_bounds() -> None:
    small, large = BatchSize(LEAST_BYTES), BatchSize(MOST_BYTES)
    small.shrink()
    large.grow()
    assert (small.bytes, large.bytes) == (LEAST_BYTES, MOST_BYTES)


def test_whoever_writes_waits_while_enough_is_on_its_way() -> None:
    release, written = threading.Event(), Counter[str]()

    def post(_: str, body: bytes) -> Sequence[tuple[int, str]]:
        assert release.wait(30)
        return [(201, "")] * len(ids(body))

    with closing(BulkLoader(post, BatchSize(1))) as loader:

        def write() -> None:
            for line in lines(0, 20):
                loader.write("jobs", [line])
                written["lines"] += 1

        writing = threading.Thread(target=write)
        writing.start()
        writing.join(0.3)
        # Some are being sent, as many wait, one is held, and the next one makes its writer wait.
        assert writing.is_alive()
        assert written["lines"] == 2 * LOADERS + 1
        release.set()
        writing.join(30)
        assert loader.finish() == ()
    assert written["lines"] == 20


def test_a_loader_that_is_closed_does_not_wait_for_a_cluster_that_is_stuck() -> None:
    busy = threading.Event()

    def post(_: str, body: bytes) -> Sequence[tuple[int, str]]:
        busy.set()
        return [BUSY] * len(ids(body))

    with closing(BulkLoader(post, BatchSize(1), pauses_seconds=[3_600.0])) as loader:
        loader.write("jobs", lines(0, 2))
        assert busy.wait(30)

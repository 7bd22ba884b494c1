"""A consumer between a stream and an engine that both fail in one way each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from indexing.changes.follow import ALONE_FROM, BATCH_CHANGES, GIVEN_UP_AT, Follower
from indexing.changes.messages import Message
from resolvers.catalog.kind import Kind, Ref
from resolvers.errors import IndexingError, SourceUnavailable
from resolvers.sources.changes import NoCopies
from tests.indexing.feeds import CLIENT, JOB, LengthEmbedder, Row, encoded
from tests.indexing.test_given_changes import delete, upsert
from tests.support.shared_index import SharedIndex


class Stream:
    """A stream in memory. `fail` is called in front of everything that the follower asks."""

    def __init__(self, *changes: Row | bytes | None) -> None:
        self.waiting = [self._message(at, change) for at, change in enumerate(changes, 1)]
        self.taken: dict[str, Message] = {}
        self.begins_anew = False
        self.finished: list[str] = []
        self.buried: list[tuple[str, str]] = []
        self.forgiven: list[tuple[list[str], int]] = []
        self.counts: list[int] = []
        self.fail: Callable[[str], None] = lambda _: None
        self.when_empty: Callable[[], None] = lambda: None

    @staticmethod
    def _message(at: int, change: Row | bytes | None) -> Message:
        return Message(f"{at}-0", None if change is None else encoded(change), 1)

    def add(self, *changes: Row | bytes | None) -> None:
        first = len(self.waiting) + len(self.taken) + len(self.finished) + 1
        self.waiting += [self._message(at, change) for at, change in enumerate(changes, first)]

    def take(self, count: int, wait_seconds: float) -> list[Message]:
        assert wait_seconds > 0
        self.fail("take")
        again, self.begins_anew = list(self.taken.values()) if self.begins_anew else [], False
        if not again and not self.waiting:
            self.when_empty()
        return again or self.more(count)

    def take_again(self) -> None:
        self.begins_anew = True

    def more(self, count: int) -> list[Message]:
        self.fail("more")
        self.counts.append(count)
        given, self.waiting = self.waiting[:count], self.waiting[count:]
        self.taken |= {one.id: one for one in given}
        return given

    def still_mine(self, messages: Sequence[Message]) -> list[Message]:
        self.fail("still_mine")
        return [one for one in messages if one.id in self.taken]

    def done(self, messages: Sequence[Message]) -> None:
        self.fail("done")
        for one in messages:
            if self.taken.pop(one.id, None):
                self.finished.append(one.id)

    def bury(self, message: Message, reason: str) -> None:
        self.fail("bury")
        self.buried.append((message.id, reason))
        self.done([message])

    def forgive(self, messages: Sequence[Message], deliveries: int) -> None:
        if messages:
            self.forgiven.append(([one.id for one in messages], deliveries))


class StoppedClock(Event):
    """Says at once that time is over, and how long it was to be waited."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0)
        return self.is_set()


class Index(SharedIndex):
    """An engine that is down for the first `down` batches, and says which ids each batch has written."""

    def __init__(self) -> None:
        super().__init__({})
        self.down: list[Exception] = []
        self.opened = 0
        self.batches: list[list[str]] = []

    @contextmanager
    def changing(self) -> Iterator["Index"]:
        if self.down:
            raise self.down.pop(0)
        self.opened += 1
        before = dict(self.documents)
        yield self
        self.batches.append(sorted(ref.id for ref, one in self.documents.items() if before.get(ref) != one))


def followed(stream: Stream, index: Any = None, *, invalidator: Any = None, batch_seconds: float = 0.5) -> StoppedClock:
    """Follow the stream until it is empty."""
    stop = StoppedClock()
    stream.when_empty = stop.set
    Follower(
        stream, index or Index(), LengthEmbedder(), invalidator or NoCopies(), stop, batch_seconds=batch_seconds
    ).run()
    return stop


def failing(*whens: str, error: type[Exception] = SourceUnavailable) -> Callable[[str], None]:
    """Fails once at each of the calls."""
    left = list(whens)

    def fail(what: str) -> None:
        if left and left[0] == what:
            left.pop(0)
            raise error("gone")

    return fail


def ids(index: Index) -> list[str]:
    return sorted(ref.id for ref, (_, document) in index.documents.items() if document)


def test_what_comes_is_applied_and_then_done() -> None:
    stream, index = Stream(upsert(JOB, 1), upsert(CLIENT, 1), delete("talent_1")), Index()
    followed(stream, index)
    assert (ids(index), stream.finished, stream.taken) == (["client_1", "job_1"], ["1-0", "2-0", "3-0"], {})


def test_a_batch_has_what_comes_a_little_later_too() -> None:
    stream, index = Stream(upsert(JOB)), Index()
    stream.fail = lambda what: (
        stream.add(upsert(CLIENT)) if what == "more" and stream.counts == [BATCH_CHANGES] else None
    )
    stop = followed(stream, index, batch_seconds=0.25)
    assert (index.batches, stream.counts[:2]) == ([["client_1", "job_1"]], [BATCH_CHANGES, BATCH_CHANGES - 1])
    assert stop.waits[0] == 0.25


def test_a_full_batch_waits_for_nothing() -> None:
    stream, index = Stream(*(delete(f"job_{at}") for at in range(BATCH_CHANGES + 1))), Index()
    stop = followed(stream, index)
    assert [len(batch) for batch in index.batches] == [BATCH_CHANGES, 1]
    assert stop.waits == [0.5]


def test_who_keeps_copies_is_told_before_the_messages_are_done() -> None:
    stream = Stream(upsert(JOB), upsert(CLIENT))
    told: list[Any] = []

    class Forgetting:
        def invalidate(self, refs: Sequence[Ref]) -> bool:
            told.append((sorted(ref.id for ref in refs), list(stream.finished)))
            return True

    followed(stream, invalidator=Forgetting())
    assert told == [(["client_1", "job_1"], [])]


def test_messages_that_can_never_be_applied_are_buried_and_the_others_are_applied() -> None:
    stream, index = Stream(b"{", None, upsert(JOB | {"budget": 7}), upsert(JOB), b"x" * (2**20 + 1)), Index()
    followed(stream, index)
    assert stream.buried == [
        ("1-0", "input data was truncated"),
        ("2-0", "there is no field `change`, or the message is not there any more"),
        ("3-0", "record.budget: expected `object | null`, got `int`"),
        ("5-0", "expected at most 1,048,576 bytes"),
    ]
    assert (ids(index), sorted(stream.finished)) == (["job_1"], [f"{at}-0" for at in range(1, 6)])


def test_what_the_engine_refuses_is_buried() -> None:
    stream, index = Stream(upsert(JOB), upsert(CLIENT)), Index()
    index.refused = {("job_1", 1)}
    followed(stream, index)
    assert stream.buried == [("1-0", "refused by the engine: not to the engine's taste")]
    assert (ids(index), sorted(stream.finished)) == (["client_1"], ["1-0", "2-0"])


def test_while_the_engine_is_down_nothing_is_done_and_the_wait_grows() -> None:
    stream, index = Stream(upsert(JOB)), Index()
    index.down = [SourceUnavailable("no index"), *[IndexingError("the disk is full")] * 10]
    seen: list[list[str]] = []
    stream.fail = lambda what: seen.append(list(stream.finished)) if what == "still_mine" else None
    stop = followed(stream, index)
    assert (ids(index), stream.finished) == (["job_1"], ["1-0"])
    assert seen == [[]] * 12
    assert stop.waits[1:] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]


def test_after_a_success_the_wait_begins_anew() -> None:
    stream, index = Stream(upsert(JOB)), Index()
    index.down = [IndexingError("busy")] * 2

    def once_more() -> None:
        stream.add(upsert(CLIENT))
        index.down = [IndexingError("busy")]
        stream.when_empty = stop.set

    stop = StoppedClock()
    stream.when_empty = once_more
    Follower(stream, index, LengthEmbedder(), NoCopies(), stop, batch_seconds=0).run()
    assert [seconds for seconds in stop.waits if seconds] == [0.1, 0.2, 0.1]


def test_a_message_is_not_guilty_of_an_engine_that_is_down() -> None:
    stream, index = Stream(upsert(JOB)), Index()
    index.down = [IndexingError("busy")]
    followed(stream, index)
    assert stream.forgiven == [(["1-0"], 0)]


def test_a_stop_while_the_engine_is_down_leaves_the_messages_for_the_next_time() -> None:
    stream, index, stop = Stream(upsert(JOB)), Index(), StoppedClock()

    class Down(IndexingError):
        def __init__(self) -> None:
            super().__init__("busy")
            stop.set()

    index.changing = lambda: (_ for _ in ()).throw(Down())  # type: ignore[method-assign, assignment]
    Follower(stream, index, LengthEmbedder(), NoCopies(), stop, batch_seconds=0).run()
    assert (stream.finished, list(stream.taken)) == ([], ["1-0"])


def test_messages_that_somebody_else_has_taken_over_or_done_are_left_out() -> None:
    stream, index = Stream(upsert(JOB), upsert(CLIENT)), Index()

    def lose(what: str) -> None:
        if what == "still_mine":
            stream.taken.pop("1-0", None)

    stream.fail = lose
    followed(stream, index)
    assert (ids(index), stream.finished) == (["client_1"], ["2-0"])


@pytest.mark.parametrize("when", ["take", "more", "still_mine", "done", "bury"])
def test_a_stream_that_fails_once_loses_nothing(when: str) -> None:
    stream, index = Stream(upsert(JOB), b"{", upsert(CLIENT)), Index()
    stream.fail = failing(when)
    followed(stream, index)
    assert (ids(index), sorted(stream.finished)) == (["client_1", "job_1"], ["1-0", "2-0", "3-0"])
    assert {id_ for id_, _ in stream.buried} == {"2-0"}


def test_a_message_is_told_to_be_in_the_dead_letter_stream_when_it_is(caplog: pytest.LogCaptureFixture) -> None:
    stream = Stream(b"{")
    stream.fail = failing("bury", "bury")
    followed(stream, Index())
    waiting, buried = (record.message for record in caplog.records if "dead-letter" in record.message)
    assert waiting == (
        "message 1-0 cannot be applied (input data was truncated), and stays pending while the dead-letter stream "
        "takes none: gone"
    )
    assert buried == "message 1-0 cannot be applied, and is in the dead-letter stream: input data was truncated"


@pytest.mark.parametrize("error", [SourceUnavailable, IndexingError])
def test_a_dead_letter_stream_that_takes_nothing_holds_up_no_other_change(error: type[Exception]) -> None:
    stream, index = Stream(b"{", upsert(JOB), b"[", upsert(CLIENT)), Index()
    index.refused = {("client_1", 1)}
    stream.fail = failing(*["bury"] * 5, error=error)
    later = iter([upsert(JOB | {"title": "again"}, 2), delete("talent_1")])

    def send_more() -> None:
        change = next(later, None)
        if change is not None:
            stream.add(change)
        elif stream.taken:
            assert stream.finished == ["2-0", "5-0", "6-0"]
            stream.fail = lambda _: None
        else:
            stop.set()

    stop = StoppedClock()
    stream.when_empty = send_more
    Follower(stream, index, LengthEmbedder(), NoCopies(), stop, batch_seconds=0).run()
    assert index.documents[Ref(Kind.JOB, "job_1")][0] == 2
    assert stream.buried == [
        ("1-0", "input data was truncated"),
        ("3-0", "expected `object`, got `array`"),
        ("4-0", "refused by the engine: not to the engine's taste"),
    ]


def test_waiting_for_the_dead_letter_stream_does_not_count_as_a_delivery_that_ends_consumers() -> None:
    stream = Stream(b"{", b"[", delete("job_1"))
    delivered(stream, m2=2, m3=GIVEN_UP_AT)
    stream.fail = failing("bury")
    followed(stream)
    assert stream.forgiven == [(["3-0"], GIVEN_UP_AT - 1), (["1-0"], 0), (["2-0"], 1)]
    assert {id_ for id_, _ in stream.buried} == {"1-0", "2-0", "3-0"}


def test_when_what_comes_later_cannot_be_taken_the_batch_goes_on_and_it_is_taken_again() -> None:
    stream, index = Stream(upsert(JOB)), Index()
    asked = iter(["take", "more"])

    def lose(what: str) -> None:
        if what == "more" and next(asked, "") == "more":
            # The answer is lost on its way: the message is ours, and we have not seen it.
            stream.add(delete("job_2"))
            stream.taken |= {one.id: one for one in stream.waiting}
            stream.waiting = []
            raise SourceUnavailable("gone")

    stream.fail = lose
    followed(stream, index)
    assert index.batches == [["job_1"], ["job_2"]]
    assert (stream.finished, stream.taken) == (["1-0", "2-0"], {})


def test_a_stream_that_refuses_us_ends_the_consumer() -> None:
    stream = Stream(upsert(JOB))
    stream.fail = failing("take", error=IndexingError)
    with pytest.raises(IndexingError, match="gone"):
        followed(stream)


def delivered(stream: Stream, **deliveries: int) -> None:
    """Say how often the messages were delivered, by the number in their id."""
    stream.waiting = [
        one._replace(deliveries=deliveries.get(f"m{one.id.removesuffix('-0')}", 1)) for one in stream.waiting
    ]


def test_messages_whose_consumers_died_are_tried_alone_the_most_suspect_first() -> None:
    stream, index = Stream(*(delete(f"job_{at}") for at in range(1, 6))), Index()
    delivered(stream, m2=ALONE_FROM, m3=ALONE_FROM + 1, m4=ALONE_FROM + 2, m5=ALONE_FROM - 1)
    followed(stream, index)
    assert index.batches == [["job_4"], ["job_3"], ["job_2"], ["job_1", "job_5"]]
    # Whatever happens to the first, the others have only been there.
    assert stream.forgiven == [(["3-0"], ALONE_FROM)]


def test_a_message_that_goes_on_ending_its_consumers_is_buried_alone() -> None:
    stream, index = Stream(delete("job_1"), delete("job_2")), Index()
    delivered(stream, m1=GIVEN_UP_AT, m2=GIVEN_UP_AT)
    followed(stream, index)
    assert stream.buried == [("1-0", f"was delivered {GIVEN_UP_AT} times, and its consumers ended")]
    assert index.batches == [[], ["job_2"]]


def test_no_consumer_begins_a_batch_after_it_was_stopped() -> None:
    stream, index, stop = Stream(delete("job_1"), delete("job_2")), Index(), StoppedClock()
    delivered(stream, m1=ALONE_FROM, m2=ALONE_FROM)
    index.between = stop.set
    Follower(stream, index, LengthEmbedder(), NoCopies(), stop, batch_seconds=0).run()
    assert (index.batches, stream.finished) == ([["job_1"]], ["1-0"])

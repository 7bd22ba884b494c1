"""The stream of a real Redis: what a consumer is given, what stays its own, and who gets it when it has gone."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest

from indexing.changes.dead_letters import LOOKED_AT
from indexing.changes.messages import Message
from indexing.changes.redis_calls import NOT_LET_IN, RedisCalls
from indexing.changes.stream import RedisStream
from indexing.changes.stream_log import StreamLog
from resolvers.errors import IndexingError, SourceUnavailable
from tests.servers.fixtures import StartRedis
from tests.servers.redis import RedisAccess

GROUP = "gateway"


class Clock:
    """A clock that is moved by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Line:
    """A stream of the test's own: from the producer's side, and its consumers."""

    def __init__(self, server: RedisAccess, calls: ExitStack) -> None:
        self.name, self.clock = f"changes-{uuid4()}", Clock()
        self._server, self._calls = server, calls
        self.redis = calls.enter_context(server.client())

    def add(self, *changes: str, **fields: Any) -> list[str]:
        return [self.redis.xadd(self.name, {"change": change, **fields}) for change in changes]  # type: ignore[misc]

    def calls(self) -> RedisCalls:
        return self._calls.enter_context(RedisCalls.at(self._server.url))

    def consumer(self, name: str = "one", takeover_seconds: float = 60) -> RedisStream:
        return RedisStream(self.calls(), self.name, GROUP, name, takeover_seconds=takeover_seconds, clock=self.clock)

    def log(self) -> StreamLog:
        return StreamLog(self.calls(), self.name, GROUP)

    def pending(self) -> list[tuple[str, str, int]]:
        found: Any = self.redis.xpending_range(self.name, GROUP, "-", "+", 1000)
        return [(one["message_id"], one["consumer"], one["times_delivered"]) for one in found]

    def leave(self, consumer: str) -> None:
        """Have a consumer be gone for an hour."""
        ids = [id_ for id_, name, _ in self.pending() if name == consumer]
        self.redis.xclaim(self.name, GROUP, consumer, 0, ids, idle=3_600_000, justid=True)

    def dead(self) -> list[dict[str, str]]:
        found: Any = self.redis.xrange(f"{self.name}:dead")
        return [fields for _, fields in found]


@pytest.fixture
def line(redis_server: RedisAccess) -> Iterator[Line]:
    with ExitStack() as calls:
        yield Line(redis_server, calls)


def texts(messages: list[Message]) -> list[str | None]:
    return [one.change and one.change.decode() for one in messages]


def test_a_group_begins_with_the_first_message_of_its_stream(line: Line) -> None:
    first, second = line.add("a", "b")
    consumer = line.consumer()
    assert consumer.take(10, 0.01) == [Message(first, b"a", 1), Message(second, b"b", 1)]
    assert consumer.take(10, 0.01) == []
    assert line.pending() == [(first, "one", 1), (second, "one", 1)]


def test_a_stream_that_nobody_has_written_yet_is_waited_for(line: Line) -> None:
    consumer = line.consumer()
    assert consumer.take(10, 0.01) == []
    line.add("a")
    assert texts(consumer.take(10, 5)) == ["a"]


def test_no_more_is_taken_than_asked_for_and_more_can_be_taken(line: Line) -> None:
    line.add(*"abcde")
    consumer = line.consumer()
    assert (texts(consumer.take(2, 0.01)), texts(consumer.more(2)), texts(consumer.more(2))) == (
        ["a", "b"],
        ["c", "d"],
        ["e"],
    )
    assert consumer.more(2) == []


def test_what_was_not_done_is_given_again_to_a_consumer_that_begins_anew(line: Line) -> None:
    line.add(*"abc")
    first = line.consumer()
    taken = first.take(10, 0.01)
    first.done(taken[1:2])
    line.add("d")
    again = line.consumer()
    found = again.take(10, 0.01)
    assert (texts(found), [one.deliveries for one in found]) == (["a", "c"], [2, 2])
    again.done(found)
    assert texts(again.take(10, 0.01)) == ["d"]


def test_what_stays_a_consumers_own_hides_nothing_that_is_behind_it(line: Line) -> None:
    line.add(*"abc")
    line.consumer().take(10, 0.01)
    line.add("d")
    again = line.consumer()
    assert [texts(again.take(2, 0.01)) for _ in range(4)] == [["a", "b"], ["c"], ["d"], []]
    again.take_again()
    assert texts(again.take(10, 0.01)) == ["a", "b", "c", "d"]


def test_what_was_taken_is_given_again_when_it_is_asked_for(line: Line) -> None:
    line.add(*"ab")
    consumer = line.consumer()
    consumer.done(consumer.take(1, 0.01))
    consumer.take(1, 0.01)
    consumer.take_again()
    assert texts(consumer.take(10, 0.01)) == ["b"]


def test_consumers_share_the_messages(line: Line) -> None:
    line.add(*"abcd")
    one, two = line.consumer("one"), line.consumer("two")
    assert (texts(one.take(2, 0.01)), texts(two.take(2, 0.01)), one.take(2, 0.01)) == (["a", "b"], ["c", "d"], [])


def test_messages_of_a_consumer_that_has_gone_are_taken_over(line: Line) -> None:
    line.add(*"abc")
    line.consumer("gone").take(10, 0.01)
    line.leave("gone")
    heir = line.consumer("heir")
    assert texts(heir.take(2, 0.01)) == ["a", "b"]
    found = heir.take(2, 0.01)
    assert (texts(found), found[0].deliveries) == (["c"], 2)
    assert {consumer for _, consumer, _ in line.pending()} == {"heir"}


def test_messages_of_a_consumer_that_is_there_are_not_taken_over(line: Line) -> None:
    line.add("a")
    line.consumer("there").take(10, 0.01)
    assert line.consumer("other").take(10, 0.01) == []


def test_who_has_gone_is_looked_for_now_and_then(line: Line) -> None:
    heir = line.consumer("heir", takeover_seconds=60)
    assert heir.take(10, 0.01) == []
    line.add("a")
    line.consumer("gone").take(10, 0.01)
    line.leave("gone")
    line.clock.seconds += 29
    assert heir.take(10, 0.01) == []
    line.clock.seconds += 2
    assert texts(heir.take(10, 0.01)) == ["a"]


def test_what_was_taken_over_or_done_is_not_mine_any_more(line: Line) -> None:
    line.add(*"abc")
    consumer = line.consumer()
    taken = consumer.take(10, 0.01)
    assert consumer.still_mine(taken) == taken
    line.redis.xack(line.name, GROUP, taken[0].id)
    line.redis.xclaim(line.name, GROUP, "other", 0, [taken[1].id])
    assert texts(consumer.still_mine(taken)) == ["c"]
    assert consumer.still_mine([]) == []


def test_what_has_gone_to_another_consumer_is_not_done_by_the_one_that_had_it(line: Line) -> None:
    ids = line.add("a", "b")
    slow, other = line.consumer("slow"), line.consumer("other")
    taken = slow.take(2, 0.01)
    line.redis.xclaim(line.name, GROUP, "other", 0, [ids[1]])
    slow.done(taken)
    assert [(id_, consumer) for id_, consumer, _ in line.pending()] == [(ids[1], "other")]
    other.done(taken)
    assert line.pending() == []


def test_a_full_index_gives_again_what_a_consumer_has_done_for_the_index_before(line: Line) -> None:
    line.add("a")
    slow, other = line.consumer("slow"), line.consumer("other")
    taken = slow.take(1, 0.01)
    line.log().go_back("0-0")
    assert texts(other.take(1, 0.01)) == ["a"]
    slow.done(taken)
    assert texts(other.still_mine(taken)) == ["a"]


def test_all_that_is_mine_is_found_however_much_it_is(line: Line) -> None:
    line.add(*map(str, range(250)))
    consumer = line.consumer()
    consumer.take(50, 0.01)
    assert len(consumer.still_mine(consumer.take(100, 0.01))) == 100
    # Of the 250 these two are the ends, with others of this consumer in between.
    consumer.take(100, 0.01)
    ends = [Message(id_, None, 1) for id_, _, _ in (line.pending()[0], line.pending()[-1])]
    assert consumer.still_mine(ends) == ends


def test_a_message_that_can_never_be_applied_goes_where_people_look(line: Line) -> None:
    [id_] = line.add("{", producer="shop")
    consumer = line.consumer()
    [message] = consumer.take(10, 0.01)
    consumer.bury(message, "input data was truncated")
    assert line.dead() == [
        {"id": id_, "reason": "input data was truncated", "deliveries": "1", "change": "{", "producer": "shop"}
    ]
    assert line.pending() == []


def test_all_fields_of_a_message_are_kept_also_those_that_are_called_as_a_letters_own(line: Line) -> None:
    fields = {"chagne": "{}", "id": "job_1", "message:id": "7", "reason": "new"}
    id_ = line.redis.xadd(line.name, fields)  # type: ignore[arg-type]
    consumer = line.consumer()
    [message] = consumer.take(10, 0.01)
    consumer.bury(message, "there is no field `change`")
    assert line.dead() == [
        {
            "id": id_,
            "reason": "there is no field `change`",
            "deliveries": "1",
            "chagne": "{}",
            "message:id": "job_1",
            "message:message:id": "7",
            "message:reason": "new",
        }
    ]


def bury_all(consumer: RedisStream) -> None:
    for message in consumer.take(10_000, 0.01):
        consumer.bury(message, "cannot be read")


def test_what_is_buried_is_not_buried_again_when_the_stream_is_gone_back_in(line: Line) -> None:
    ids = line.add(*"abc", producer="shop")
    consumer = line.consumer()
    bury_all(consumer)
    line.log().go_back("0-0")
    ids += line.add("d")
    bury_all(consumer)
    assert [letter["id"] for letter in line.dead()] == ids
    assert line.pending() == []


def test_what_was_taken_out_of_the_dead_letter_stream_is_buried_again(line: Line) -> None:
    line.add("a")
    consumer = line.consumer()
    bury_all(consumer)
    line.redis.delete(f"{line.name}:dead")
    line.log().go_back("0-0")
    bury_all(consumer)
    assert [letter["change"] for letter in line.dead()] == ["a"]


def test_another_message_with_the_id_of_one_that_is_buried_is_buried_too(line: Line) -> None:
    written: list[dict[Any, Any]] = [{"change": "a"}, {"change": "b"}, {"change": "a", "by": "shop"}, {"by": "shop"}]
    for fields in written:
        line.redis.delete(line.name)
        line.redis.xadd(line.name, fields, id="1-0")
        bury_all(line.consumer())
    head = {"id": "1-0", "reason": "cannot be read", "deliveries": "1"}
    assert line.dead() == [head | fields for fields in written]


def test_a_message_is_looked_for_among_all_letters_since_it_was_written(line: Line) -> None:
    ids = line.add(*map(str, range(LOOKED_AT)))
    consumer = line.consumer()
    bury_all(consumer)
    line.log().go_back(ids[-4])
    bury_all(consumer)
    assert len(line.dead()) == LOOKED_AT


def test_a_message_without_a_change_and_one_that_was_deleted_have_none(line: Line) -> None:
    line.redis.xadd(line.name, {"other": "field"})
    [deleted] = line.add("a")
    line.consumer().take(10, 0.01)
    line.redis.xdel(line.name, deleted)
    found = line.consumer().take(10, 0.01)
    assert texts(found) == [None, None]
    consumer = line.consumer()
    consumer.bury(found[1], "it has gone")
    assert line.dead() == [{"id": deleted, "reason": "it has gone", "deliveries": "1"}]


def test_a_deleted_message_of_a_consumer_that_has_gone_is_told_of(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    deleted, _ = line.add("a", "b")
    line.consumer("gone").take(10, 0.01)
    line.leave("gone")
    line.redis.xdel(line.name, deleted)
    assert texts(line.consumer("heir").take(10, 0.01)) == ["b"]
    assert caplog.messages == [f"message {deleted} is not in the stream any more, and nobody has applied it"]


def test_deliveries_can_be_forgiven(line: Line) -> None:
    line.add(*"ab")
    consumer = line.consumer()
    taken = consumer.take(10, 0.01)
    consumer.forgive(taken[:1], 0)
    consumer.forgive(taken[1:], 5)
    consumer.forgive([], 0)
    assert [deliveries for *_, deliveries in line.pending()] == [0, 5]
    assert [one.deliveries for one in line.consumer().take(10, 0.01)] == [1, 6]


def test_a_stream_that_was_lost_is_begun_again(line: Line) -> None:
    line.add("a")
    consumer = line.consumer(takeover_seconds=0)
    taken = consumer.take(10, 0.01)
    line.redis.delete(line.name)
    assert consumer.still_mine(taken) == []
    consumer.done(taken)
    consumer.forgive(taken, 0)
    line.add("b")
    assert texts(consumer.take(10, 0.01)) == ["b"]


def test_a_key_that_is_no_stream_is_refused(line: Line) -> None:
    line.redis.set(line.name, "text")
    with pytest.raises(IndexingError, match=r"Redis refuses \(WRONGTYPE .*look at GATEWAY_REDIS_URL and at the name"):
        line.consumer().take(10, 0.01)


def test_a_wrong_password_is_refused(start_redis: StartRedis) -> None:
    server = start_redis(requirepass="secret")
    wrong = server.address.replace("//", "//:wrong@")
    with RedisCalls.at(wrong) as calls, pytest.raises(IndexingError) as refusal:
        RedisStream(calls, "changes", GROUP, "one").take(10, 0.01)
    assert refusal.value.message == NOT_LET_IN
    with RedisCalls.at(server.url) as calls:
        assert RedisStream(calls, "changes", GROUP, "one").take(10, 0.01) == []


def test_a_server_that_begins_to_need_a_password_is_told_with_the_setting_that_has_it(start_redis: StartRedis) -> None:
    server = start_redis()
    with RedisCalls.at(server.address) as calls, server.client() as other:
        stream = RedisStream(calls, "changes", GROUP, "one")
        assert stream.take(10, 0.01) == []
        other.config_set("requirepass", "secret")
        other.client_kill_filter(skipme=True)
        # The connection is lost first, and the next one is not let in.
        with pytest.raises(SourceUnavailable):
            stream.take(10, 0.01)
        with pytest.raises(IndexingError, match=r"wants one: GATEWAY_REDIS_URL has both, as in redis://user:password@"):
            stream.take(10, 0.01)


def test_a_server_that_is_down_slow_or_restarted_is_unavailable_until_it_answers(start_redis: StartRedis) -> None:
    server = start_redis(appendonly="yes", appendfsync="always")
    with server.client() as producer:
        producer.xadd("changes", {"change": "a"})
    with RedisCalls.at(server.url, patience_seconds=0.2) as calls:
        stream = RedisStream(calls, "changes", GROUP, "one")
        taken = stream.take(10, 0.01)
        server.pause()
        with pytest.raises(SourceUnavailable, match="Redis cannot be asked"):
            stream.done(taken)
        # What was asked while it stood still is lost with it.
        server.kill()
        with pytest.raises(SourceUnavailable, match="Redis cannot be asked"):
            stream.take(10, 0.01)
        server.start()
        stream.take_again()
        assert texts(stream.take(10, 0.01)) == ["a"]
        stream.done(taken)
        assert stream.take(10, 0.01) == []


def test_the_end_of_a_stream_is_marked_and_what_comes_later_is_given_again(line: Line) -> None:
    line.add("a")
    consumer, log = line.consumer(), line.log()
    consumer.done(consumer.take(10, 0.01))
    mark = log.mark(since=2e9)
    line.add("b", "c")
    consumer.done(consumer.take(1, 0.01))
    log.go_back(mark)
    assert texts(consumer.take(10, 0.01)) == ["b", "c"]


def test_the_mark_is_in_front_of_what_came_since_the_catalog_was_written(line: Line) -> None:
    for at, change in ((1_000_000, "a"), (2_000_000, "b"), (2_000_001, "c")):
        line.redis.xadd(line.name, {"change": change}, id=f"{at}-0")
    consumer, log = line.consumer(), line.log()
    consumer.done(consumer.take(10, 0.01))
    log.go_back(log.mark(since=2_000.0))
    assert texts(consumer.take(10, 0.01)) == ["b", "c"]


def test_what_is_in_front_of_the_mark_is_done_whoever_has_it(line: Line) -> None:
    line.add(*"abcd")
    one, two, log = line.consumer("one"), line.consumer("two"), line.log()
    ours, theirs = one.take(2, 0.01), two.take(1, 0.01)
    log.go_back(ours[1].id)
    assert (one.still_mine(ours), two.still_mine(theirs)) == ([], theirs)
    assert texts(one.take(10, 0.01)) == ["c", "d"]
    # What was given again has changed hands.
    assert two.still_mine(theirs) == []


def test_a_consumer_that_is_behind_the_mark_is_not_moved_on(line: Line) -> None:
    line.add(*"abc")
    consumer, log = line.consumer(), line.log()
    consumer.done(consumer.take(1, 0.01))
    log.go_back(log.mark(since=2e9))
    assert texts(consumer.take(10, 0.01)) == ["b", "c"]


def test_without_a_stream_or_a_group_there_is_nothing_to_go_back_in(line: Line) -> None:
    log = line.log()
    assert log.mark(since=2e9) == "0-0"
    log.go_back("0-0")
    line.add("a")
    log.go_back(log.mark(since=2e9))
    assert texts(line.consumer().take(10, 0.01)) == ["a"]


def test_all_that_the_stream_has_is_given_again_and_nothing_is_taken_away(line: Line) -> None:
    line.add(*"abc")
    one, two = line.consumer("one"), line.consumer("two")
    one.done(one.take(1, 0.01))
    theirs = two.take(1, 0.01)
    line.log().replay()
    assert two.still_mine(theirs) == theirs
    assert texts(one.take(10, 0.01)) == ["a", "b", "c"]


def test_without_a_stream_there_is_nothing_to_give_again(line: Line) -> None:
    line.log().replay()
    line.add("a")
    assert texts(line.consumer().take(10, 0.01)) == ["a"]


def test_thousands_in_front_of_the_mark_are_done(line: Line) -> None:
    line.add(*map(str, range(2_100)))
    consumer, log = line.consumer(), line.log()
    taken = consumer.take(3_000, 0.01)
    log.go_back(taken[-1].id)
    assert line.pending() == []

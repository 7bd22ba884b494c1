"""A Redis Stream of changes with a consumer group. Valkey takes the same commands.

A message has the field `change`, with one change as a JSON object. Messages that a consumer has taken are its own
until they are acknowledged (the group's pending entries list); those of a consumer that has gone are taken over with
XAUTOCLAIM, which Redis has since 6.2.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from indexing.changes.dead_letters import FIELD, DeadLetters
from indexing.changes.messages import Message
from indexing.changes.redis_calls import RedisCalls

NEW, START = ">", "0-0"
ACKNOWLEDGE_OWN = """
for at = 3, #ARGV do
    if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[at], ARGV[at], 1, ARGV[2]) > 0 then
        redis.call('XACK', KEYS[1], ARGV[1], ARGV[at])
    end
end
"""
"""Acknowledges messages of one consumer of a group. A plain XACK would also take away what has gone to another one."""
log = logging.getLogger(__name__)


class RedisStream:
    """The stream, as one consumer of its group sees it.

    What another consumer has not acknowledged for `takeover_seconds` is taken over; that has to be longer than a batch
    takes. `clock` counts seconds.
    """

    def __init__(
        self,
        calls: RedisCalls,
        stream: str,
        group: str,
        consumer: str,
        *,
        takeover_seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls, self._client = calls, calls.client
        self._stream, self._group, self._consumer = stream, group, consumer
        self._dead_letters = DeadLetters(calls, stream)
        self._takeover_seconds, self._clock = takeover_seconds, clock
        self._own_are_done, self._own_from = False, START
        self._next_takeover = clock()

    def take(self, count: int, wait_seconds: float) -> list[Message]:
        return self._own(count) or self._taken_over(count) or self._read(NEW, count, wait_seconds)

    def take_again(self) -> None:
        self._own_are_done, self._own_from = False, START

    def more(self, count: int) -> list[Message]:
        return self._read(NEW, count, 0)

    def _own(self, count: int) -> list[Message]:
        """What is ours already, from the first on: some of it may stay ours, and must not hide what is behind it."""
        if self._own_are_done:
            return []
        found = self._counted(self._read(self._own_from, count, 0))
        self._own_are_done = not found
        self._own_from = found[-1].id if found else START
        return found

    def _taken_over(self, count: int) -> list[Message]:
        if self._clock() < self._next_takeover:
            return []
        idle = int(self._takeover_seconds * 1000)
        found: list[Message] = []
        start: Any = START
        while len(found) < count:
            call = self._client.xautoclaim(self._stream, self._group, self._consumer, idle, start, count - len(found))
            answer = self._calls.run(call, unless=("NOGROUP",))
            if answer is None:
                return []
            start, entries, *gone = answer
            found += [_message(*entry) for entry in entries]
            for id_ in gone[0] if gone else ():
                log.warning("message %s is not in the stream any more, and nobody has applied it", id_.decode())
            if start.decode() == START:
                self._next_takeover = self._clock() + self._takeover_seconds / 2
                break
        return self._counted(found)

    def _read(self, start: str, count: int, wait_seconds: float) -> list[Message]:
        block = max(1, int(wait_seconds * 1000)) if wait_seconds else None
        answer = self._calls.run(
            self._client.xreadgroup(self._group, self._consumer, {self._stream: start}, count=count, block=block),
            wait_seconds=wait_seconds,
            unless=("NOGROUP",),
        )
        if answer is None:
            # From the first message on: what the index has already is stale.
            create = self._client.xgroup_create(self._stream, self._group, START, mkstream=True)
            self._calls.run(create, unless=("BUSYGROUP",))
            return self._read(start, count, wait_seconds)
        return [_message(*entry) for entry in _entries(answer)]

    def _counted(self, messages: Sequence[Message]) -> list[Message]:
        """The messages with how often they were delivered."""
        deliveries = dict(self._pending(messages))
        return [one._replace(deliveries=deliveries.get(one.id, 1)) for one in messages]

    def _pending(self, messages: Sequence[Message]) -> Iterator[tuple[str, int]]:
        """Those of the messages that are this consumer's, and how often they were delivered."""
        ids = sorted((one.id for one in messages), key=place)
        start, page = (ids[0], len(ids)) if ids else ("", 0)
        while ids:
            call = self._client.xpending_range(
                self._stream, self._group, min=start, max=ids[-1], count=page, consumername=self._consumer
            )
            found = self._calls.run(call, unless=("NOGROUP",)) or []
            for one in found:
                yield one["message_id"].decode(), one["times_delivered"]
            if len(found) < page:
                return
            start = f"({found[-1]['message_id'].decode()}"

    def still_mine(self, messages: Sequence[Message]) -> list[Message]:
        mine = dict(self._pending(messages))
        return [one for one in messages if one.id in mine]

    def done(self, messages: Sequence[Message]) -> None:
        if messages:
            ids = [one.id for one in messages]
            call = self._client.eval(ACKNOWLEDGE_OWN, 1, self._stream, self._group, self._consumer, *ids)
            self._calls.run(call, unless=("NOGROUP",))

    def bury(self, message: Message, reason: str) -> None:
        # Twice there rather than not at all: whoever dies between the two leaves the message pending.
        self._dead_letters.add(message, reason)
        self.done([message])

    def forgive(self, messages: Sequence[Message], deliveries: int) -> None:
        if messages:
            ids = [one.id for one in messages]
            call = self._client.xclaim(
                self._stream, self._group, self._consumer, 0, ids, retrycount=deliveries, justid=True
            )
            self._calls.run(call, unless=("NOGROUP",))


def place(id_: str) -> tuple[int, int]:
    """An id of a message as its two numbers, which give the order of ids."""
    first, _, second = id_.partition("-")
    return int(first), int(second or 0)


def _message(id_: bytes, fields: dict[bytes, bytes] | None) -> Message:
    found = fields or {}
    others = tuple((name, value) for name, value in found.items() if name != FIELD)
    return Message(id_.decode(), found.get(FIELD), 1, others)


def _entries(answer: Any) -> Iterator[tuple[bytes, dict[bytes, bytes] | None]]:
    """The entries of one stream, out of what redis-py makes of RESP2 or of RESP3, which has them one list deeper."""
    for _, entries in answer.items() if isinstance(answer, dict) else answer:
        for entry in entries:
            yield from entry if isinstance(entry, list) else [entry]

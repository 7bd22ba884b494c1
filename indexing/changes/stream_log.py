"""A Redis Stream, to one who builds a full index beside it."""

from typing import Any

from indexing.changes.redis_calls import RedisCalls
from indexing.changes.stream import START, place

DONE_AT_ONCE = 1_000
NO_STREAM = ("no such key", "NOGROUP")


class StreamLog:
    """Sets a consumer group back to a place."""

    def __init__(self, calls: RedisCalls, stream: str, group: str) -> None:
        self._calls, self._client = calls, calls.client
        self._stream, self._group = stream, group

    def mark(self, since: float) -> str:
        """The end of the stream, or where it was at that time if that is further back.

        Redis numbers messages by the milliseconds since 1970. A producer with other numbers gets the end.
        """
        found = self._calls.run(self._client.xinfo_stream(self._stream), unless=NO_STREAM)
        end = START if found is None else found["last-generated-id"].decode()
        return min(end, f"{max(0, int(since * 1000) - 1)}-0", key=place)

    def go_back(self, mark: str) -> None:
        group = self._found_group()
        if group is None:
            return
        if place(group["last-delivered-id"].decode()) > place(mark):
            self._calls.run(self._client.xgroup_setid(self._stream, self._group, mark))
        # A consumer that has one of these may be slow, and must not put it over what the full index has.
        while ids := self._pending_up_to(mark):
            self._calls.run(self._client.xack(self._stream, self._group, *ids))

    def replay(self) -> None:
        # What a consumer has is still its own, and comes to another one if it does nothing with it.
        if self._found_group() is not None:
            self._calls.run(self._client.xgroup_setid(self._stream, self._group, START))

    def _found_group(self) -> Any:
        groups = self._calls.run(self._client.xinfo_groups(self._stream), unless=NO_STREAM) or []
        return next((group for group in groups if group["name"].decode() == self._group), None)

    def _pending_up_to(self, mark: str) -> list[bytes]:
        call = self._client.xpending_range(self._stream, self._group, min="-", max=mark, count=DONE_AT_ONCE)
        return [one["message_id"] for one in self._calls.run(call, unless=NO_STREAM) or []]

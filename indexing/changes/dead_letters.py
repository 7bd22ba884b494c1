"""The dead-letter stream of a Redis Stream: what can never be applied, where people look for it."""

from itertools import chain

from indexing.changes.messages import Message
from indexing.changes.redis_calls import RedisCalls

DEAD = ":dead"
"""What the name of the dead-letter stream ends with."""
FIELD = b"change"
OF_THE_MESSAGE = b"message:"
"""Stands in front of a message's own field whose name a letter needs itself."""


class DeadLetters:
    """The dead-letter stream of a stream.

    A letter has the fields `id`, `reason` and `deliveries`, and behind them all that its message has.
    """

    def __init__(self, calls: RedisCalls, stream: str) -> None:
        self._calls, self._client, self._stream = calls, calls.client, stream + DEAD

    def add(self, message: Message, reason: str) -> None:
        """Put a message there. Raises SourceUnavailable, and IndexingError where the server refuses."""
        head = {b"id": message.id.encode(), b"reason": reason.encode(), b"deliveries": b"%d" % message.deliveries}
        self._calls.run(self._client.xadd(self._stream, head | _content(message, head)))


def _content(message: Message, taken: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """The fields of a message, by names that are not taken."""
    change = () if message.change is None else ((FIELD, message.change),)
    found: dict[bytes, bytes] = {}
    for name, value in chain(change, message.others):
        free = name
        while free in taken or free in found:
            free = OF_THE_MESSAGE + free
        found[free] = value
    return found

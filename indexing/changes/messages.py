"""A stream of changes, to one who consumes it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Message(NamedTuple):
    """A change in a stream. `change` is None where the message has none, or is not in the stream any more.

    `deliveries` counts how often it was given to a consumer, this time included. `others` has its other fields.
    """

    id: str
    change: bytes | None
    deliveries: int
    others: tuple[tuple[bytes, bytes], ...] = ()


class ChangeStream(Protocol):
    """What a group of consumers shares. A message that is taken is this consumer's until it is done.

    Raises SourceUnavailable when the server cannot be reached for now, IndexingError when it refuses us.
    """

    def take(self, count: int, wait_seconds: float) -> list[Message]:
        """Messages to be applied: what this consumer had taken before it ended, what consumers had that are gone, or
        new ones. Waits for a new one, and gives an empty list after that time.
        """

    def take_again(self) -> None:
        """Have `take` begin with what this consumer has taken and not done: an answer of it may have been lost."""

    def more(self, count: int) -> list[Message]:
        """New messages that are there, beside those that were taken."""

    def still_mine(self, messages: Sequence[Message]) -> list[Message]:
        """Those that nobody else has taken over or done meanwhile."""

    def done(self, messages: Sequence[Message]) -> None:
        """Whatever the messages ask for is durable."""

    def bury(self, message: Message, reason: str) -> None:
        """Put a message that can never be applied where people look for it, with all its fields; it is done.

        One that is there already is not put there again.
        """

    def forgive(self, messages: Sequence[Message], deliveries: int) -> None:
        """Say how often messages count as delivered."""

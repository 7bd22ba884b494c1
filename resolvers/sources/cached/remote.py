"""What a shared cache is to the cache."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class RemoteFailure(Exception):
    """The shared cache did not do what it was asked. `cause` is one word out of a small set, for counting."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class RemoteFull(RemoteFailure):
    """The shared cache takes no more values. Reading from it goes on."""


@dataclass(frozen=True, slots=True)
class Write:
    """A value for a key, kept for so many seconds.

    With `expected` it is written only where the value there begins with that mark; with an empty one, where there is
    no value.
    """

    key: bytes
    value: bytes
    seconds: float
    expected: bytes | None = None


class Remote(Protocol):
    """A cache that several processes share. Every method raises RemoteFailure, and may be cancelled at any moment."""

    async def read(self, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        """The values of the keys, in their order, by one look-up."""

    async def agree(self, proposals: Mapping[bytes, bytes], seconds: float) -> Sequence[bytes | None]:
        """The values of the keys, in their order, after having set those that were missing as proposed."""

    async def write(self, writes: Sequence[Write]) -> None:
        """Write all of them, in one round trip. Raises RemoteFull when one of them was not taken for want of room."""

    async def replace(self, values: Mapping[bytes, bytes], removed: Sequence[bytes], seconds: float) -> None:
        """Put these values in place of what is there, and remove others. What was there goes even when it is full."""

    async def run(self, script: str, key: bytes, arguments: Sequence[float]) -> Sequence[Any]:
        """Run a script that looks at one key, as one step, and return its reply."""

    async def publish(self, message: bytes) -> None:
        """Tell everybody who listens."""

    def messages(self) -> AsyncGenerator[bytes | None, None]:
        """What is published from now on; first None when from now on has begun. Ends by raising RemoteFailure."""

    async def probe(self) -> None:
        """Return when it answers."""

    async def close(self) -> None:
        """Release everything."""

"""The values that were used last, up to a number of bytes."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")
OVERHEAD_BYTES = 300
"""What a value takes beside its content: its key, and Python's objects."""


class Recent(Generic[T]):
    """Values by key, of which those go first that were not used for the longest time."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._held: OrderedDict[str, tuple[T, int]] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._held

    def get(self, key: str) -> T | None:
        """The value of a key, which is thereby used; None where there is none."""
        held = self._held.get(key)
        if held is None:
            return None
        self._held.move_to_end(key)
        return held[0]

    def put(self, key: str, value: T, content_bytes: int) -> None:
        """Hold a value in the place of what was held under the key. One that is too large is not held at all."""
        _, before = self._held.pop(key, (None, 0))
        self._bytes -= before
        size = content_bytes + OVERHEAD_BYTES
        if size > self._most_bytes:
            return
        self._held[key] = (value, size)
        self._bytes += size
        while self._bytes > self._most_bytes:
            _, (_, freed) = self._held.popitem(last=False)
            self._bytes -= freed

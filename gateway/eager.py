"""Coroutines that are begun where they are made: what never waits is there at once.

As eager tasks of asyncio's (Python 3.12), but without the task. What a coroutine does before it first waits it does in
the task of whoever made it, so it must not look at its task until then, as `asyncio.timeout` does, unless it is awaited
in the same one.
"""

from collections.abc import Coroutine, Generator
from typing import Any


class Started:
    """A coroutine that has come to where it has to wait, and goes on from there when it is awaited."""

    __slots__ = ("_coroutine", "_is_awaited", "_waits_for")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], waits_for: Any) -> None:
        self._coroutine, self._waits_for, self._is_awaited = coroutine, waits_for, False
        self._yields(is_now=False)

    def __await__(self) -> Generator[Any, Any, Any]:
        self._is_awaited, waits_for = True, self._waits_for
        self._yields(is_now=True)
        while True:
            try:
                try:
                    sent = yield waits_for
                except BaseException as error:  # noqa: BLE001  it is for the coroutine
                    waits_for = self._coroutine.throw(error)
                else:
                    waits_for = self._coroutine.send(sent)
            except StopIteration as done:
                return done.value

    def _yields(self, *, is_now: bool) -> None:
        """Whether the future that it waits for is being yielded to a task, by the protocol of `Future.__await__`.

        That sets it, and a task takes it back. Meanwhile nobody else could wait for the same future.
        """
        if self._waits_for is not None:
            self._waits_for._asyncio_future_blocking = is_now  # noqa: SLF001

    def close(self) -> None:
        """Dispose of it, unless it is awaited: then that is for whoever awaits it."""
        if not self._is_awaited:
            self._coroutine.close()


def started(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, or raises, if it never waits; else it, begun."""
    try:
        waits_for = coroutine.send(None)
    except StopIteration as done:
        return done.value
    return Started(coroutine, waits_for)

"""Values that are not there yet."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import lru_cache
from inspect import CORO_CREATED, getcoroutinestate, iscoroutine
from itertools import chain
from types import GeneratorType, NoneType
from typing import Any

from graphql.execution.execute import assume_not_awaitable
from graphql.pyutils import is_awaitable
from strawberry.execution import optimized_is_awaitable

from gateway.eager import Started
from gateway.execution.failures import Noted

KNOWN_PREDICATES: set[object] = {is_awaitable, optimized_is_awaitable, assume_not_awaitable}
"""Of these it is known that they go by the type of a value, where it has no attributes of its own making."""
AT_WILL = frozenset({"__getattr__", "__getattribute__"})
HEAP = 1 << 9
"""Py_TPFLAGS_HEAPTYPE of CPython's C API: a class that is not one of the interpreter's own, or of a library in C."""
AT_REST: frozenset[type] = frozenset({NoneType, bool, int, float, str, bytes, list, tuple, dict})


@lru_cache(maxsize=4096)
def can_wait(of: type) -> bool:
    """Whether a value of a type can be awaitable at all."""
    if of in AT_REST:
        return False
    # Looked for in the classes, since a metaclass, such as that of enums, may make attributes for these alone.
    makes_attributes = any(not AT_WILL.isdisjoint(vars(one)) for one in of.__mro__ if one.__flags__ & HEAP)
    return makes_attributes or hasattr(of, "__await__") or issubclass(of, GeneratorType)


def waiting(values: Sequence[Any], types: Iterable[type], predicate: Callable[[Any], Any]) -> list[int]:
    """Which values are awaitable. `types` are those of all values."""
    if predicate in KNOWN_PREDICATES and not any(map(can_wait, types)):
        return []
    return [index for index, value in enumerate(values) if predicate(value)]


async def settled(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    """What each gives, or the exception that it raises. They run side by side."""
    if len(awaitables) == 1:
        try:
            return [await awaitables[0]]
        except Exception as error:  # noqa: BLE001  it is the answer of one field
            return [error]
    found = await asyncio.gather(*awaitables, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException) and not isinstance(one, Exception):
            raise one
    return found


async def settled_groups(groups: Sequence[Sequence[Awaitable[Any]]]) -> list[Any]:
    """The same of all groups, where the first of a group to raise ends the wait for its others: these give Noted."""
    return list(chain.from_iterable(await together([_until_one_raises(group) for group in groups])))


async def _until_one_raises(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    if len(awaitables) == 1:
        return await settled(awaitables)
    futures = [asyncio.ensure_future(one) for one in awaitables]
    given_up: set[asyncio.Future[Any]] = set(futures)
    try:
        _, given_up = await asyncio.wait(futures, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for future in given_up:
            future.cancel()
        await asyncio.gather(*given_up, return_exceptions=True)
    found = iter(await settled([future for future in futures if future not in given_up]))
    return [Noted() if future in given_up else next(found) for future in futures]


async def together(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    """What all of them give. They run side by side; when one raises, which is a defect, the others are cancelled."""
    if len(awaitables) == 1:
        return [await awaitables[0]]
    futures = [asyncio.ensure_future(one) for one in awaitables]
    try:
        return await asyncio.gather(*futures)
    except BaseException:
        for future in futures:
            future.cancel()
        await asyncio.gather(*futures, return_exceptions=True)
        raise


class Begun:
    """The coroutines that an operation has made, so that none is left behind.

    An operation that is cancelled may have made some that nobody got to await.
    """

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: list[Any] = []

    def keep(self, *made: Any) -> None:
        self._made.extend(made)

    def close(self) -> None:
        """Dispose of those that nobody has got to await."""
        for one in self._made:
            if isinstance(one, Started) or (iscoroutine(one) and getcoroutinestate(one) == CORO_CREATED):
                one.close()

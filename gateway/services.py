"""What works for as long as the application does."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Protocol, TypeAlias

from starlette.applications import Starlette

Lifespan: TypeAlias = Callable[[Starlette], AbstractAsyncContextManager[None]]


class Service(Protocol):
    """Something that is started before the first request, and closed behind the last."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...


class Closed:
    """A service that needs no start."""

    def __init__(self, close: Callable[[], Awaitable[None]]) -> None:
        self._close = close

    async def start(self) -> None:
        """There is nothing to begin."""

    async def close(self) -> None:
        await self._close()


def lifespan_of(services: Iterable[Service]) -> Lifespan:
    """Starts services in their order, and closes those that were started in the opposite one."""
    given = tuple(services)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as ends:
            for service in given:
                await service.start()
                ends.push_async_callback(service.close)
            yield

    return lifespan

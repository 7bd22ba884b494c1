"""Calls of Redis from code that blocks, with its errors translated in one place."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Self

from redis import exceptions

from resolvers.errors import IndexingError, SourceUnavailable
from resolvers.sources.cached.redis_servers import servers_at

PATIENCE_SECONDS = 5.0
ACCESS = (exceptions.AuthorizationError, exceptions.NoPermissionError)
NOT_LET_IN = (
    "Redis refuses the user or the password, or wants one: GATEWAY_REDIS_URL has both, as in "
    "redis://user:password@host, or redis://:password@host without a user"
)
PASSING = ("LOADING", "MISCONF", "NOREPLICAS", "UNBLOCKED")
"""How refusals begin that redis-py has no class for, and that end when the server is well again."""


class RedisCalls:
    """Runs the calls of an asyncio client one by one; each takes `patience_seconds` at the most.

    A context manager, to be left by the thread that has entered it.
    """

    def __init__(
        self, client: Any, close: Callable[[], Awaitable[None]], patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self.client, self._close, self._patience_seconds = client, close, patience_seconds
        self._runner = asyncio.Runner()

    @classmethod
    def at(cls, url: str, patience_seconds: float = PATIENCE_SECONDS) -> Self:
        """Calls of the servers of a URL, which is one of the cache's. Raises ValueError for one that cannot be meant.

        Nothing is tried again here: an answer that was lost may have been messages.
        """
        servers = servers_at(url, patience_seconds)
        return cls(servers.client, servers.close, patience_seconds)

    def run(self, call: Awaitable[Any], *, wait_seconds: float = 0.0, unless: tuple[str, ...] = ()) -> Any:
        """The answer to a call, which may wait on the server for that time; None for a refusal that begins so.

        Raises SourceUnavailable when there is no answer, IndexingError when the server refuses.
        """

        async def answered() -> Any:
            async with asyncio.timeout(self._patience_seconds + wait_seconds):
                return await call

        try:
            return self._runner.run(answered())
        except exceptions.ResponseError as error:
            if str(error).startswith(unless):
                return None
            raise _translated(error) from error
        except (exceptions.RedisError, exceptions.RedisClusterException, OSError) as error:
            raise _translated(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(_awaited(self._close))
        self._runner.close()


async def _awaited(close: Callable[[], Awaitable[None]]) -> None:
    await close()


def _translated(error: Exception) -> SourceUnavailable | IndexingError:
    if isinstance(error, exceptions.AuthenticationError):
        # What Redis says of it is about the commands that a client has to send, which is nobody's to do.
        return IndexingError(NOT_LET_IN)
    # Other classes of ResponseError are for servers that are full, replaced or moved just now.
    refused = type(error) is exceptions.ResponseError and not str(error).startswith(PASSING)
    if refused or isinstance(error, ACCESS):
        return IndexingError(f"Redis refuses ({error}); look at GATEWAY_REDIS_URL and at the name of the stream")
    return SourceUnavailable(f"Redis cannot be asked ({str(error) or type(error).__name__}); is it there?")

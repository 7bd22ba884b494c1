"""Calls of Redis from code that blocks, with its errors translated in one place."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Self

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from resolvers.errors import IndexingError, SourceUnavailable

CLIENT_NAME = "discovery-gateway-changes"
ACCESS = (exceptions.AuthenticationError, exceptions.AuthorizationError, exceptions.NoPermissionError)
PASSING = ("LOADING", "MISCONF", "NOREPLICAS", "UNBLOCKED")
"""How refusals begin that redis-py has no class for, and that end when the server is well again."""


class RedisCalls:
    """Runs the calls of an asyncio client one by one; each takes `patience_seconds` at the most.

    A context manager, to be left by the thread that has entered it.
    """

    def __init__(self, client: Any, patience_seconds: float = 5.0) -> None:
        self.client, self._patience_seconds = client, patience_seconds
        self._runner = asyncio.Runner()

    @classmethod
    def at(cls, url: str) -> Self:
        """Calls of the server of a URL. Raises ValueError for one that cannot be meant."""
        # What is tried again, and when, is for the one who calls: an answer that was lost may have been messages.
        return cls(Redis.from_url(url, retry=Retry(NoBackoff(), 0), client_name=CLIENT_NAME))

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
        self._runner.run(self.client.aclose())
        self._runner.close()


def _translated(error: Exception) -> SourceUnavailable | IndexingError:
    # Other classes of ResponseError are for servers that are full, replaced or moved just now.
    refused = type(error) is exceptions.ResponseError and not str(error).startswith(PASSING)
    if refused or isinstance(error, ACCESS):
        return IndexingError(f"Redis refuses ({error}); look at GATEWAY_REDIS_URL and at the name of the stream")
    return SourceUnavailable(f"Redis cannot be asked ({str(error) or type(error).__name__}); is it there?")

"""Redis or Valkey as the shared cache. Nothing but commands that both have had for long is used."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from redis import exceptions
from redis.asyncio import RedisCluster

from resolvers.sources.cached.entries import MARK_BYTES
from resolvers.sources.cached.redis_servers import servers_at
from resolvers.sources.cached.remote import RemoteFailure, RemoteFull, Write

FULL = "out_of_memory"
CAUSES: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.OutOfMemoryError, FULL),
    (exceptions.AuthenticationError, "authentication"),
    (exceptions.ReadOnlyError, "read_only"),
    (exceptions.BusyLoadingError, "loading"),
    (exceptions.MaxConnectionsError, "too_many_connections"),
    (exceptions.TimeoutError, "timeout"),
    (TimeoutError, "timeout"),
    (exceptions.ConnectionError, "connection"),
    (OSError, "connection"),
    (exceptions.RedisClusterException, "cluster"),
    (exceptions.ClusterError, "cluster"),
    (exceptions.RedisError, "refused"),
)
"""The word for an error, the narrowest class first."""
WRITE_WHERE_EXPECTED = f"""
if redis.call('GETRANGE', KEYS[1], 0, {MARK_BYTES - 1}) == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end"""
MOST_CALLS = 16
QUIET_SECONDS = 1.0
MOST_SILENT = 4
"""When nothing was heard for so long, the server is asked whether it is there; after so many times it is given up."""


class RedisRemote:
    """The servers of a URL: see `redis_servers`. What is published is heard on `channel`."""

    def __init__(self, url: str, channel: str, connect_seconds: float = 3.0) -> None:
        """Raises UnusableUrl, which is a ValueError."""
        self._servers, self._channel = servers_at(url, connect_seconds), channel
        self._connect_seconds = connect_seconds
        self._client: Any = self._servers.client
        self._is_cluster = isinstance(self._client, RedisCluster)
        # A pool that is empty raises; whoever comes when all are taken rather waits for one.
        self._calls = asyncio.Semaphore(MOST_CALLS)

    async def read(self, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        async with self._calls:
            with translated():
                # The keys of a cluster lie on several nodes, which are asked side by side.
                found: list[bytes | None] = await (
                    self._client.mget_nonatomic(keys) if self._is_cluster else self._client.mget(keys)
                )
                return found

    async def agree(self, proposals: Mapping[bytes, bytes], seconds: float) -> Sequence[bytes | None]:
        commands: list[tuple[Any, ...]] = []
        for key, value in proposals.items():
            commands += [("SET", key, value, "NX", "PX", _milliseconds(seconds)), ("GET", key)]
        replies = await self._sent(commands)
        return [None if isinstance(reply, Exception) else reply for reply in replies[1::2]]

    async def write(self, writes: Sequence[Write]) -> None:
        _raise_first(await self._sent([_command(write) for write in writes]))

    async def replace(self, values: Mapping[bytes, bytes], removed: Sequence[bytes], seconds: float) -> None:
        # Removing needs no memory, so what was there is gone before anything is refused.
        commands: list[tuple[Any, ...]] = [("UNLINK", key) for key in [*values, *removed]]
        commands += [("SET", key, value, "PX", _milliseconds(seconds)) for key, value in values.items()]
        replies = await self._sent(commands)
        _raise_first([reply for reply in replies if not isinstance(reply, exceptions.OutOfMemoryError)])

    async def run(self, script: str, key: bytes, arguments: Sequence[float]) -> Sequence[Any]:
        [reply] = await self._sent([("EVAL", script, 1, key, *arguments)])
        _raise_first([reply])
        found: Sequence[Any] = reply
        return found

    async def publish(self, message: bytes) -> None:
        async with self._calls:
            with translated():
                await self._client.publish(self._channel, message)

    async def messages(self) -> AsyncGenerator[bytes | None, None]:
        with translated():
            async with asyncio.timeout(self._connect_seconds):
                await self._client.initialize()
            subscription = self._client.pubsub()
            try:
                async with asyncio.timeout(self._connect_seconds):
                    await subscription.subscribe(self._channel)
                async for message in self._heard(subscription):
                    yield message
            finally:
                await subscription.aclose()

    async def _heard(self, subscription: Any) -> AsyncGenerator[bytes | None, None]:
        """Messages, and None for the beginning. A server that says nothing is asked whether it is there still."""
        silent = 0
        while silent < MOST_SILENT:
            async with asyncio.timeout(QUIET_SECONDS + self._connect_seconds):
                message = await subscription.get_message(timeout=QUIET_SECONDS)
                if message is None and not silent:
                    await subscription.ping()
            silent = 0 if message else silent + 1
            if message and message["type"] in ("subscribe", "message"):
                yield None if message["type"] == "subscribe" else message["data"]
        raise TimeoutError("nothing is heard any more")

    async def probe(self) -> None:
        async with self._calls:
            with translated():
                await self._client.ping()

    async def close(self) -> None:
        with translated():
            await self._servers.close()

    async def _sent(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The replies to commands that go out together; an error in its place where a command was refused."""
        async with self._calls:
            with translated():
                pipeline = self._client.pipeline(transaction=False)
                for command in commands:
                    pipeline.execute_command(*command)
                replies: list[Any] = await pipeline.execute(raise_on_error=False)
                return replies


@contextmanager
def translated() -> Iterator[None]:
    """Raises RemoteFailure for the errors of redis-py."""
    try:
        yield
    except (exceptions.RedisError, exceptions.RedisClusterException, OSError) as error:
        raise _failure(error) from error


def _failure(error: Exception) -> RemoteFailure:
    cause = next(word for kind, word in CAUSES if isinstance(error, kind))
    return RemoteFull(cause) if cause == FULL else RemoteFailure(cause)


def _raise_first(replies: Sequence[Any]) -> None:
    """Raise what was refused. That it is full is the lesser evil, so any other error comes first."""
    refused = [reply for reply in replies if isinstance(reply, Exception)]
    refused.sort(key=lambda error: isinstance(error, exceptions.OutOfMemoryError))
    if refused:
        raise _failure(refused[0]) from refused[0]


def _command(write: Write) -> tuple[Any, ...]:
    milliseconds = _milliseconds(write.seconds)
    if write.expected is None:
        return "SET", write.key, write.value, "PX", milliseconds
    return "EVAL", WRITE_WHERE_EXPECTED, 1, write.key, write.expected, write.value, milliseconds


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))

"""HTTP to one node: whatever a server does, each request has its own answer or an error of opensearch-py's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from opensearchpy.exceptions import ConnectionError as Unreachable
from opensearchpy.exceptions import ConnectionTimeout, NotFoundError

from resolvers.sources.opensearch.http import MOST_IDLE_SECONDS, NodeConnection

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


class Node:
    """A server, how often it was connected to, and the heads of the requests that it got."""

    def __init__(self) -> None:
        self.connections, self.heads, self.serving = 0, list[str](), list[asyncio.Task[None]]()

    def connected(self) -> None:
        self.connections += 1
        if (task := asyncio.current_task()) is not None:
            self.serving.append(task)

    async def request(self, reader: asyncio.StreamReader) -> str:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        length = next(line for line in head.splitlines() if line.startswith("content-length:"))
        return (await reader.readexactly(int(length.partition(":")[2]))).decode()


@asynccontextmanager
async def asking(*answers: bytes, pool: int = 1, ends: bool = False) -> AsyncIterator[tuple[NodeConnection, Node]]:
    """A connection to a server with these answers on each connection, which `ends` behind the last of them."""
    node = Node()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        node.connected()
        try:
            for answer in answers:
                await node.request(reader)
                writer.write(answer)
            if not ends:
                await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    connection = NodeConnection(host="127.0.0.1", port=server.sockets[0].getsockname()[1], maxsize=pool, timeout=30)
    try:
        yield connection, node
    finally:
        await connection.close()
        server.close()
        await asyncio.gather(*node.serving)


async def body_of(connection: NodeConnection, **more: object) -> bytes:
    return (await connection.perform_request("POST", "/_search", body=b"{}", **more)).body  # type: ignore[arg-type]


async def test_a_request_says_what_it_has_to_and_nothing_can_be_added_by_a_line_end() -> None:
    async with asking(OK) as (connection, node):
        answer = await connection.perform_request(
            "POST", "/_mget", params={"a": "b,c"}, body=b"[]", headers={"x-opaque-id": "web\r\nx-other: 1"}
        )
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "application/json", b"{}")
    first, *lines = node.heads[0].splitlines()
    assert first == "POST /_mget?a=b%2Cc HTTP/1.1"
    assert "x-opaque-id: webx-other: 1" in lines
    assert f"host: 127.0.0.1:{connection.port}" in lines


async def test_one_connection_takes_one_request_after_the_other() -> None:
    async with asking(OK, OK, OK) as (connection, node):
        assert await asyncio.gather(*(body_of(connection) for _ in range(3))) == [b"{}"] * 3
    assert node.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"content-type", b"connection: close\r\ncontent-type"),
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}",
    ],
    ids=["said", "without a length", "of the old version"],
)
async def test_a_connection_that_ends_with_its_answer_is_not_used_again(answer: bytes) -> None:
    async with asking(answer, ends=True) as (connection, node):
        assert [await body_of(connection), await body_of(connection)] == [b"{}", b"{}"]
    assert node.connections == 2


async def test_an_answer_in_chunks_is_put_together() -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    async with asking(chunked, chunked) as (connection, node):
        assert [await body_of(connection), await body_of(connection)] == [b"{}", b"{}"]
    assert node.connections == 1


async def test_a_status_is_an_exception_of_the_client_and_leaves_the_connection_in_use() -> None:
    missing = b'HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{"error":"x"}'
    async with asking(missing, missing, OK) as (connection, node):
        with pytest.raises(NotFoundError, match="x"):
            await body_of(connection)
        assert await body_of(connection, ignore=(404,)) == b'{"error":"x"}'
        assert await body_of(connection) == b"{}"
    assert node.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nserver: proxy\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{}",
        b"no HTTP at all\r\n\r\n",
    ],
)
async def test_an_answer_that_breaks_off_or_is_none_says_that_the_node_cannot_be_reached(answer: bytes) -> None:
    async with asking(answer, ends=True) as (connection, _):
        with pytest.raises(Unreachable):
            await body_of(connection)


async def test_what_comes_too_late_is_no_answer_to_the_next_request() -> None:
    late = asyncio.Event()
    node = Node()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        node.connected()
        said = await node.request(reader)
        if said == "slow":
            await late.wait()
        writer.write(OK.replace(b"{}", said[:2].encode()))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    connection = NodeConnection(host="127.0.0.1", port=server.sockets[0].getsockname()[1], maxsize=1, timeout=30)
    with pytest.raises(ConnectionTimeout):
        await connection.perform_request("POST", "/", body=b"slow", timeout=0.01)
    assert (await connection.perform_request("POST", "/", body=b"[]")).body == b"[]"
    late.set()
    assert node.connections == 2
    await connection.close()
    server.close()
    await asyncio.gather(*node.serving)


async def test_bytes_that_nobody_asked_for_end_a_connection() -> None:
    async with asking(OK + OK, OK) as (connection, node):
        assert [await body_of(connection), await body_of(connection)] == [b"{}", b"{}"]
    assert node.connections == 2


async def test_a_connection_that_was_not_used_for_long_is_not_trusted() -> None:
    async with asking(OK, OK) as (connection, node):
        await body_of(connection)
        for wire in connection._wires:
            wire.rests_since -= MOST_IDLE_SECONDS
        await body_of(connection)
    assert node.connections == 2


async def test_a_connection_is_given_back_though_nobody_waits_any_more_when_its_answer_comes() -> None:
    async with asking(b"", OK) as (connection, node):
        given_up = asyncio.create_task(body_of(connection))
        while not node.heads:
            await asyncio.sleep(0)
        [wire] = connection._wires
        wire.data_received(OK)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert await body_of(connection, timeout=5) == b"{}"
    assert node.connections == 1


async def test_a_connection_that_comes_about_while_all_are_closed_is_closed_too() -> None:
    async with asking(OK) as (connection, node):
        asked = asyncio.create_task(body_of(connection))
        await asyncio.sleep(0)
        await connection.close()
        with pytest.raises(Unreachable, match="closed"):
            await asked
    assert node.heads == []


async def test_nothing_is_asked_once_it_is_closed() -> None:
    async with asking(OK) as (connection, node):
        await connection.close()
        with pytest.raises(Unreachable, match="closed"):
            await body_of(connection)
    assert node.connections == 0

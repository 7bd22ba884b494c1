"""The proxy that fault tests put in front of a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.servers.ports import HOST
from tests.servers.proxy import Proxy

Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while line := await reader.readline():
            writer.write(line.upper())
    finally:
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """In front of a server that answers every line in capitals."""
    server = await asyncio.start_server(shout, HOST, 0)
    async with server, Proxy(f"http://user:secret@{HOST}:{server.sockets[0].getsockname()[1]}/path") as proxy:
        yield proxy


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    yield reader, writer
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def answer(client: Client, line: bytes) -> bytes:
    client[1].write(line)
    return await client[0].readline()


async def test_it_passes_on_what_both_sides_say(proxy: Proxy, client: Client) -> None:
    assert await answer(client, b"one\n") == b"ONE\n"
    assert await answer(client, b"two\n") == b"TWO\n"
    assert (proxy.accepted, proxy.open) == (1, 1)
    assert proxy.address == f"http://user:secret@{HOST}:{proxy.port}/path"


async def test_a_connection_that_the_client_ends_is_ended(proxy: Proxy, client: Client) -> None:
    await answer(client, b"one\n")
    client[1].close()
    async with asyncio.timeout(10):
        while proxy.open:
            await asyncio.sleep(0)


async def test_answers_are_held_back_by_the_delay(proxy: Proxy, client: Client) -> None:
    proxy.delay_seconds = 0.1
    start = asyncio.get_running_loop().time()
    assert await answer(client, b"one\n") == b"ONE\n"
    assert asyncio.get_running_loop().time() - start >= 0.1


async def test_nothing_passes_a_stalled_proxy_until_it_goes_on(proxy: Proxy, client: Client) -> None:
    proxy.stall()
    asking = asyncio.create_task(answer(client, b"one\n"))
    done, _ = await asyncio.wait([asking], timeout=0.1)
    assert not done
    proxy.go_on()
    assert await asking == b"ONE\n"


async def test_a_cut_resets_the_connections_that_are_open_and_no_later_one(proxy: Proxy, client: Client) -> None:
    assert await answer(client, b"one\n") == b"ONE\n"
    proxy.cut()
    with pytest.raises(ConnectionError):
        await client[0].readline()
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    assert await answer((reader, writer), b"two\n") == b"TWO\n"
    writer.close()
    await writer.wait_closed()


async def test_an_answer_can_be_cut_in_the_middle(proxy: Proxy, client: Client) -> None:
    proxy.cut_answers(6)
    assert await answer(client, b"one\n") == b"ONE\n"
    assert await answer(client, b"two\n") == b"TW"
    assert client[0].at_eof()


async def test_a_refusing_proxy_resets_new_connections_until_it_admits_them(proxy: Proxy) -> None:
    proxy.refuse()
    for expected in (b"", b"ONE\n"):
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        found = b""
        with suppress(ConnectionError):
            found = await answer((reader, writer), b"one\n")
        assert found == expected
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        proxy.admit()
    assert proxy.accepted == 2


async def test_a_server_that_is_down_is_a_reset() -> None:
    server = await asyncio.start_server(shout, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with Proxy(f"http://{HOST}:{port}") as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        with pytest.raises(ConnectionError):
            await answer((reader, writer), b"one\n")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_the_end_of_the_proxy_ends_its_connections(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    await answer((reader, writer), b"one\n")
    proxy.stall()
    writer.write(b"two\n")
    await proxy.__aexit__()
    assert proxy.open == 0
    with pytest.raises(ConnectionError):
        await reader.readline()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()

"""What a client that does not read holds up: its own operations, and nothing else."""

import asyncio

from gateway.transports.connections import Transport
from tests.support.wires import INIT, Wire, at_seam, settle, wired

FLOOD = {"type": "subscribe", "id": "1", "payload": {"query": "subscription { flood }"}}
BIG = {"type": "subscribe", "id": "2", "payload": {"query": "{ big }"}}


async def read_no_more(wire: Wire, message: object) -> None:
    """As a client that is let in, says one thing, and reads nothing from then on."""
    wire.say(INIT)
    await wire.told(1)
    wire.reads.clear()
    wire.say(message)


async def test_nothing_is_made_for_who_does_not_read_what_was_made() -> None:
    endpoint, feed = at_seam()
    wire = Wire()
    async with wired(endpoint, wire):
        await read_no_more(wire, FLOOD)
        await settle()
        assert feed.pulled == 1
        # Operations that come meanwhile are not begun: the client's messages wait on their way.
        wire.say(*({**BIG, "id": str(number)} for number in range(2, 50)))
        await settle()
        assert endpoint._serving.connections.operations[Transport.WEBSOCKET] == 1
        assert wire._coming.qsize() == 47
        wire.reads.set()
        messages = await wire.told(60)
        assert {one["id"] for one in messages[1:]} >= {"1", "2"}
        wire.reads.clear()
        await settle()
        pulled = feed.pulled
        await settle()
        assert feed.pulled == pulled


async def test_a_slow_reader_holds_no_place_among_what_is_executed() -> None:
    endpoint, _ = at_seam()
    wire = Wire()
    async with wired(endpoint, wire):
        await read_no_more(wire, FLOOD)
        await settle()
        assert endpoint._serving.edge.capacity.running == 0


async def test_who_reads_nothing_for_long_is_given_up() -> None:
    endpoint, feed = at_seam(stalled_seconds=0.01)
    wire = Wire()
    async with wired(endpoint, wire) as serving:
        await read_no_more(wire, FLOOD)
        await asyncio.wait_for(serving, 60)
    assert feed.pulled == 1
    assert wire.close is None
    connections = endpoint._serving.connections
    assert (connections.open.total(), connections.operations.total(), connections.closed) == (0, 0, {0: 1})


async def test_a_close_frame_that_nobody_takes_is_not_waited_for() -> None:
    endpoint, _ = at_seam()
    wire = Wire()
    async with wired(endpoint, wire) as serving:
        await read_no_more(wire, INIT)
        await asyncio.wait_for(serving, 60)
    assert endpoint._serving.connections.closed == {4429: 1}

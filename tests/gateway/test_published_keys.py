"""The keys that an issuer publishes: fetched, changed, and not to be had."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from gateway.identity.keys import LEAST_SECONDS, MOST_KEY_SET_BYTES, PublishedKeys, fetched_from, keys_of
from gateway.identity.refusals import KeysUnavailable
from tests.support.tokens import Issuer


class Publisher:
    """An issuer's address, that counts how often it is asked, and can be out of order."""

    def __init__(self) -> None:
        self.issuer, self.fetches, self.is_down = Issuer(), 0, False

    async def fetch(self) -> bytes:
        self.fetches += 1
        await asyncio.sleep(0)
        if self.is_down:
            raise KeysUnavailable("the issuer is down")
        return self.issuer.key_set()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


async def test_a_new_key_is_fetched_when_a_token_names_it() -> None:
    publisher, now = Publisher(), [100.0]
    keys = PublishedKeys(publisher.fetch, 300, lambda: now[0])
    assert keys.known("EdDSA-1") is None
    assert (await keys.renewed("EdDSA-1")).algorithm_name == "EdDSA"
    publisher.issuer.rotate()
    now[0] += LEAST_SECONDS
    assert keys.known("EdDSA-2") is None
    assert (await keys.renewed("EdDSA-2")).key_id == "EdDSA-2"
    assert (keys.known("EdDSA-1"), publisher.fetches, keys.version) == (None, 2, 2)


async def test_unknown_keys_cause_one_fetch_in_some_time_however_many_name_them() -> None:
    publisher, now = Publisher(), [100.0]
    keys = PublishedKeys(publisher.fetch, 300, lambda: now[0])
    await asyncio.gather(*(keys.renewed(f"made-up-{number}") for number in range(50)))
    for number in range(50):
        assert await keys.renewed(f"made-up-{number}") is None
    assert publisher.fetches == 1
    now[0] += LEAST_SECONDS
    await keys.renewed("made-up")
    assert publisher.fetches == 2


async def test_keys_stay_while_the_issuer_is_down(caplog: pytest.LogCaptureFixture) -> None:
    publisher, now = Publisher(), [100.0]
    keys = PublishedKeys(publisher.fetch, 300, lambda: now[0])
    await keys.renewed(None)
    publisher.is_down = True
    now[0] += LEAST_SECONDS
    assert await keys.renewed("another") is None
    assert keys.known("RS256-1").algorithm_name == "RS256"
    assert caplog.messages == ["the issuer is down; the 3 keys known before stay in use"]


async def test_a_failure_that_nobody_foresaw_is_the_end_of_nothing() -> None:
    publisher = Publisher()
    failures = [LookupError("unforeseen"), None]

    async def fetch() -> bytes:
        content = await publisher.fetch()
        if (failure := failures[min(publisher.fetches, len(failures)) - 1]) is not None:
            raise failure
        return content

    keys = PublishedKeys(fetch, 0.01)
    await keys.start()
    [first] = [task for task in asyncio.all_tasks() if task.get_name() == "fetch of the issuer's keys"]
    await until(lambda: keys.known("EdDSA-1") is not None)
    assert isinstance(first.exception(), LookupError)
    await keys.close()


async def test_without_any_key_the_request_is_not_to_blame() -> None:
    publisher = Publisher()
    publisher.is_down = True
    with pytest.raises(KeysUnavailable) as refused:
        await PublishedKeys(publisher.fetch, 300).renewed("any")
    assert (refused.value.status, refused.value.headers) == (503, ((b"retry-after", b"10"),))


async def test_keys_are_fetched_again_in_the_background() -> None:
    publisher = Publisher()
    keys = PublishedKeys(publisher.fetch, 0.01)
    await keys.start()
    await until(lambda: publisher.fetches >= 3)
    publisher.issuer.rotate()
    await until(lambda: keys.known("ES256-2") is not None)
    await keys.close()
    fetches = publisher.fetches
    await asyncio.sleep(0.03)
    assert publisher.fetches == fetches


async def test_one_key_needs_no_name() -> None:
    async def fetch() -> bytes:
        return json.dumps({"keys": [Issuer().public("ES256")]}).encode()

    assert (await PublishedKeys(fetch, 300).renewed(None)).algorithm_name == "ES256"
    publisher = Publisher()
    assert await PublishedKeys(publisher.fetch, 300).renewed(None) is None


def test_a_key_that_cannot_be_used_is_left_out_alone() -> None:
    *_, edwards = listed = json.loads(Issuer().key_set())["keys"]
    broken = [{**edwards, "kid": "short", "x": "AA"}, {**edwards, "kid": 7}, {"kty": "EC", "crv": "P-256", "x": 1}]
    assert list(keys_of(json.dumps({"keys": [*broken, *listed]}).encode())) == [one["kid"] for one in listed]


def test_keys_that_are_not_for_signatures_are_left_out() -> None:
    public = Issuer().public("RS256")
    others: list[Any] = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared", "alg": "HS256"},
        {**public, "use": "enc", "kid": "encrypting"},
        {"kty": "EC", "crv": "P-0", "kid": "unknown curve"},
        {"kty": "new", "kid": "unknown kind"},
    ]
    assert list(keys_of(json.dumps({"keys": [*others, public]}).encode())) == ["RS256-1"]
    with pytest.raises(KeysUnavailable):
        keys_of(json.dumps({"keys": others}).encode())


@pytest.mark.parametrize("document", [b"", b"null", b"{}", b'{"keys": 7}', b'{"keys": [7]}', b"[" * 100_000, b"\xff"])
def test_what_is_no_key_set_is_told(document: bytes) -> None:
    with pytest.raises(KeysUnavailable):
        keys_of(document)


@contextmanager
def published(status: int, body: bytes, location: str = "", asked: list[str] | None = None) -> Iterator[str]:
    """The address of a server that answers `/keys` so, and everything else with the same body.

    `asked` gets the paths.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if asked is not None:
                asked.append(self.path)
            self.send_response(status if self.path == "/keys" else 200)
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/keys"
        finally:
            server.shutdown()
            serving.join()


async def test_keys_come_from_an_address() -> None:
    with published(200, b"keys") as address:
        assert await fetched_from(address)() == b"keys"
        down = address
    for status, body, location, reason in (
        (500, b"", "", "could not be fetched"),
        (200, b"x" * (MOST_KEY_SET_BYTES + 1), "", "is over 1000000 bytes"),
        (302, b"keys", "/elsewhere", "leads to another one, /elsewhere; name that one"),
    ):
        asked: list[str] = []
        with published(status, body, location, asked) as address, pytest.raises(KeysUnavailable, match=reason):
            await fetched_from(address)()
        assert asked == ["/keys"]
    with pytest.raises(KeysUnavailable):
        await fetched_from(down)()

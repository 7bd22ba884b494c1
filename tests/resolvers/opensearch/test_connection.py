"""The way to a cluster: who asks, for how long, and what is tried again."""

import asyncio
import math
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceUnavailable
from resolvers.sources.base import Call
from resolvers.sources.opensearch.connection import Cluster, ClusterOptions, blocking_client
from tests.support.answering import Answering, Request, answering

ROOT = Path(__file__).resolve().parents[3]
NOWHERE = "http://127.0.0.1:1"
OK = 200, b'{"ok":"\xc3\xa9"}'


@pytest.fixture
def server() -> Iterator[Answering]:
    with answering(lambda _: OK) as told:
        yield told


@asynccontextmanager
async def connected(*urls: str, **options: Any) -> AsyncIterator[Cluster]:
    cluster = Cluster(ClusterOptions(urls, **options))
    try:
        yield cluster
    finally:
        await cluster.close()


async def test_an_answer_comes_as_it_is_and_the_cluster_is_told_whose_request_it_is(server: Answering) -> None:
    async with connected(server.address) as cluster:
        answer = await cluster.ask("POST", "/_msearch", b"{}\n", call=Call(label="web/1a2b"), params={"a": "b,c"})
        await cluster.ask("GET", "/", call=Call())
    assert answer == OK[1]
    first, second = server.requests
    assert (first.method, first.path, first.body) == ("POST", "/_msearch?a=b%2Cc", b"{}\n")
    assert first.headers["x-opaque-id"] == "web/1a2b"
    assert first.headers["content-type"] == "application/json"
    assert "x-opaque-id" not in second.headers
    assert "authorization" not in second.headers


@pytest.mark.parametrize(("password", "login"), [("pä€:ss", "user:pä€:ss"), (None, "user:")])
async def test_a_password_of_any_letters_gets_there(server: Answering, password: str | None, login: str) -> None:
    options = ClusterOptions((server.address,), "user", password)
    async with connected(*options.urls, username="user", password=password) as cluster:
        await cluster.ask("GET", "/", call=Call())
    blocking = blocking_client(options)
    blocking.info()
    blocking.close()
    for request in server.requests:
        scheme, _, encoded = request.headers["authorization"].partition(" ")
        assert (scheme, b64decode(encoded).decode()) == ("Basic", login)


async def test_a_request_takes_what_is_left_of_the_time_and_no_more() -> None:
    release = threading.Event()

    def slowly(_: Request) -> tuple[int, bytes]:
        release.wait(30)
        return OK

    with answering(slowly) as server:
        async with connected(server.address) as cluster:
            with pytest.raises(DeadlineExceeded, match="in time"):
                await cluster.ask("GET", "/", call=Call(Deadline(0.05)))
            with pytest.raises(DeadlineExceeded, match="no time left"):
                await cluster.ask("GET", "/", call=Call(Deadline(0)))
        release.set()
    assert len(server.requests) == 1


async def test_a_cancelled_request_is_gone() -> None:
    arrived, release = threading.Event(), threading.Event()

    def slowly(_: Request) -> tuple[int, bytes]:
        arrived.set()
        release.wait(30)
        return OK

    with answering(slowly) as server:
        before = asyncio.all_tasks()
        async with connected(server.address, pool_size=1) as cluster:
            asking = asyncio.create_task(cluster.ask("GET", "/", call=Call()))
            await asyncio.to_thread(arrived.wait, 30)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            release.set()
            # There is one connection, and the next request has it.
            assert await cluster.ask("GET", "/", call=Call(Deadline(30))) == OK[1]
        assert asyncio.all_tasks() == before


async def test_of_two_nodes_the_other_is_asked_when_one_cannot_be_reached(server: Answering) -> None:
    async with connected(NOWHERE, server.address) as cluster:
        for _ in range(4):
            assert await cluster.ask("GET", "/", call=Call()) == OK[1]
    assert len(server.requests) == 4


async def test_an_answer_is_not_asked_for_again_whatever_it_is() -> None:
    for status in (429, 500, 502, 503, 504):
        with answering(lambda _, status=status: (status, b'{"error":"x"}')) as server:  # type: ignore[misc]
            async with connected(server.address) as cluster:
                with pytest.raises(SourceUnavailable):
                    await cluster.ask("GET", "/", call=Call(Deadline(math.inf)))
        assert len(server.requests) == 1


async def test_where_nobody_listens_it_is_said_where_to_look() -> None:
    async with connected(NOWHERE) as cluster:
        with pytest.raises(SourceUnavailable, match="GATEWAY_OPENSEARCH_URL"):
            await cluster.ask("GET", "/", call=Call())


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_an_authority_that_cannot_be_read_is_told(tmp_path: Path, content: str | None) -> None:
    authority = tmp_path / "ca.pem"
    if content is not None:
        authority.write_text(content)
    with pytest.raises(SourceUnavailable, match=f"GATEWAY_OPENSEARCH_CA_FILE {authority}"):
        Cluster(ClusterOptions(("https://127.0.0.1:1",), ca_file=authority))


WITHOUT_BOTO3 = """
import sys
sys.modules["boto3"] = None  # Python's own way to say that a module cannot be imported
from resolvers.errors import SourceUnavailable
from resolvers.sources.opensearch.connection import ClusterOptions, blocking_client
try:
    blocking_client(ClusterOptions(("http://127.0.0.1:1",), aws_region="eu-west-1"))
except SourceUnavailable as error:
    print(error.message)
"""


def test_signing_says_what_it_needs() -> None:
    command = [sys.executable, "-c", WITHOUT_BOTO3]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said == "GATEWAY_OPENSEARCH_AWS_REGION needs boto3: install discovery-gateway[aws]\n"


async def test_requests_are_signed_for_a_region(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    async with connected(server.address, aws_region="eu-west-1") as cluster:
        assert await cluster.ask("POST", "/_msearch", b"{}\n", call=Call(label="web/1")) == OK[1]
    blocking = blocking_client(ClusterOptions((server.address,), aws_region="eu-west-1"))
    blocking.info()
    blocking.close()
    for request in server.requests:
        assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
        assert "/eu-west-1/es/aws4_request" in request.headers["authorization"]
    assert server.requests[0].headers["x-opaque-id"] == "web/1"


def test_signing_without_credentials_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(SourceUnavailable, match="no AWS credentials"):
        blocking_client(ClusterOptions((NOWHERE,), aws_region="eu-west-1"))

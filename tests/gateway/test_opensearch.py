"""The gateway on OpenSearch: the same answers, and clear errors where it cannot get in."""

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from gateway.engines import build_feedback_log, build_target, check_source
from gateway.jobs import index_for, roll_back
from gateway.settings import Settings, SettingsError
from indexing.progress import SilentProgress
from resolvers.errors import IndexingError
from tests.servers.opensearch.access import OpenSearchAccess
from tests.support.answering import answering
from tests.support.asking import asking
from tests.support.clusters import Place, placed
from tests.support.demo import Demo
from tests.support.serving import served, wait_for
from tests.test_documentation import EXAMPLES, FEEDBACK_EXAMPLES, README_CATALOG, answers_about_feedback

QUERY = {"query": "{ searchJobs { totalCount } }"}
COUNTED = {"data": {"searchJobs": {"totalCount": 120}}}
ROOT = Path(__file__).parents[2]


def settings_of(place: Place, data_dir: Path, **more: Any) -> Settings:
    server = place.server
    secret = None if server.password is None else SecretStr(server.password)
    return Settings(
        **{
            "data_dir": data_dir,
            "opensearch_url": server.address,
            "opensearch_username": server.username,
            "opensearch_password": secret,
            "opensearch_ca_file": server.ca_file,
            "opensearch_prefix": place.prefix,
        }
        | more
    )


def index(feed: Path, settings: Settings) -> str:
    return index_for([feed], settings, "opensearch", strict=True, embeddings=True, progress=SilentProgress()).generation


@pytest.fixture(scope="module")
def secure_place(secure_opensearch_server: OpenSearchAccess) -> Iterator[Place]:
    with placed(secure_opensearch_server) as place:
        yield place


def run(command: str, *arguments: str, settings: Settings) -> tuple[int, str, str]:
    """The exit code of a command in a process of its own, and what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    done = subprocess.run(
        [sys.executable, "-m", "gateway", command, *arguments],
        cwd=ROOT,
        env=environment | settings.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("server", ["opensearch_server", "opensearch_2_server"])
async def test_the_queries_of_the_readme_and_of_the_guide_to_feedback_have_the_answers_shown(
    server: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    README_CATALOG.write(tmp_path / "catalog")
    with placed(request.getfixturevalue(server)) as place:
        settings = settings_of(place, tmp_path / "data")
        index(tmp_path / "catalog", settings)
        async with asking(None, settings) as gateway:
            answers = [await gateway.answer(example.query) for example in EXAMPLES]
            answers += await answers_about_feedback(gateway)
        log = build_feedback_log(settings)
        kept = len(list(log.all_queries())), len(list(log.all_events()))
        own = {"query": {"term": {"application": place.prefix}}}
        place.server.ask("POST", "/ubi_queries,ubi_events/_delete_by_query", own)
    assert answers == [example.answer for example in EXAMPLES + FEEDBACK_EXAMPLES]
    assert kept == (1, 3)


def test_with_its_own_authority_and_a_password_a_catalog_is_indexed_and_served(
    secure_place: Place, demo: Demo, tmp_path: Path
) -> None:
    settings = settings_of(secure_place, tmp_path / "data")
    code, out, _ = run("index", str(demo.feed), settings=settings)
    assert (code, out.splitlines()[-1].rpartition(" ")[0]) == (
        0,
        f"OpenSearch, {secure_place.prefix}-*, now answers from generation",
    )
    with served(tmp_path, tmp_path, "--workers", "2", environment=settings.environment()) as server:
        ready = wait_for(server.address, "/health/ready", 200).json()
        assert httpx.post(f"{server.address}/graphql", json=QUERY).json() == COUNTED
        assert server.stop() == 0
    assert (ready["engine"], ready["documents"]["job"]) == ("opensearch", 120)
    assert "Traceback" not in (tmp_path / "server.log").read_text()


@pytest.mark.parametrize("command", ["index", "serve"])
@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"opensearch_password": SecretStr("wrong")}, "OpenSearch refuses the user: check GATEWAY_OPENSEARCH_USERNAME"),
        ({"opensearch_username": None}, "OpenSearch refuses the user: check GATEWAY_OPENSEARCH_USERNAME"),
        ({"opensearch_ca_file": None}, "the certificate of OpenSearch is not trusted: check GATEWAY_OPENSEARCH_URL"),
        ({"opensearch_url": "https://127.0.0.1:1"}, "OpenSearch cannot be reached: check GATEWAY_OPENSEARCH_URL"),
    ],
    ids=["password", "user", "authority", "address"],
)
def test_who_cannot_get_in_is_told_in_one_line(
    secure_place: Place, demo: Demo, tmp_path: Path, command: str, wrong: Any, line: str
) -> None:
    arguments = [str(demo.feed)] if command == "index" else ["--port", "0"]
    code, out, err = run(command, *arguments, settings=settings_of(secure_place, tmp_path / "data", **wrong))
    assert (code, out) == (1, "")
    assert err.startswith(f"discovery-gateway: {line}")
    assert err.count("\n") == 1


def test_a_certificate_need_not_be_right_where_that_is_said(secure_place: Place, demo: Demo, tmp_path: Path) -> None:
    settings = settings_of(secure_place, tmp_path, opensearch_ca_file=None, opensearch_verify_certs=False)
    assert run("index", str(demo.feed), settings=settings)[0] == 0


def test_rolling_back_gives_the_name_of_the_generation(secure_place: Place, demo: Demo, tmp_path: Path) -> None:
    settings = settings_of(secure_place, tmp_path)
    first, _ = index(demo.feed, settings), index(demo.feed, settings)
    assert roll_back(settings) == first


def test_a_user_in_the_address_is_sent_by_every_client_and_never_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with answering(lambda _: (200, b"{}")) as server:
        address = server.address.replace("//", "//ann:s%40cret@")
        settings = Settings(data_dir=tmp_path, opensearch_url=address)
        check_source(settings)
        build_target(settings, "opensearch")
    expected = f"Basic {b64encode(b'ann:s@cret').decode()}"
    assert {request.headers.get("authorization") for request in server.requests} == {expected}
    assert len(server.requests) == 2
    assert "cret" not in caplog.text


def test_without_an_address_there_is_nothing_to_index_to(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="GATEWAY_OPENSEARCH_URL is not set"):
        index(tmp_path, Settings(data_dir=tmp_path))


def test_an_address_where_nobody_listens_is_told_before_the_feed_is_read(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, opensearch_url="http://127.0.0.1:1")
    with pytest.raises(IndexingError, match="cannot be reached"):
        index(tmp_path / "no such feed", settings)

"""Changes on the command line, into an index that is served."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.engines import build_changeable
from gateway.jobs import apply_changes, index_for, redis_calls, roll_back
from gateway.settings import Settings, SettingsError
from indexing.progress import SilentProgress
from resolvers.errors import IndexingError
from tests.servers.waiting import came_true
from tests.support.demo import Demo, make_demo
from tests.support.serving import PATIENCE_SECONDS, served

ROOT = Path(__file__).parents[2]
JOB = """{ job(id: "job_000001") { title client { name rating } } }"""


@pytest.fixture
def market(tmp_path: Path) -> Demo:
    """A small catalog and its index, of the test's own."""
    return make_demo(tmp_path / "market", jobs=20, talent=5)


def change(record: dict[str, Any], version: int = 1) -> str:
    return json.dumps({"op": "upsert", "version": version, "record": record}) + "\n"


def run(*arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("GATEWAY_")}
    command = [sys.executable, "-m", "gateway", "index", *arguments]
    return subprocess.run(command, input=text, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def test_changes_out_of_a_pipe_are_served_without_a_restart(market: Demo, tmp_path: Path) -> None:
    job = market.job["job_000001"]
    client = market.client[job["clientId"]]
    with served(market.data_dir, tmp_path, "--reload-seconds", "0.05") as server:
        lines = change(job | {"title": "Changed"}) + change(client | {"rating": 1.5, "name": "Renamed"})
        done = run("apply", "-", "--data-dir", str(market.data_dir), text=lines)
        assert (done.returncode, done.stdout.splitlines()[1]) == (0, f"Applied 2 to {market.data_dir}, 0 were stale")

        def answer() -> Any:
            return httpx.post(f"{server.address}/graphql", json={"query": JOB}).json()["data"]["job"]

        assert came_true(lambda: answer()["title"] == "Changed", PATIENCE_SECONDS)
        assert answer() == {"title": "Changed", "client": {"name": "Renamed", "rating": 1.5}}


def test_a_strict_run_with_a_wrong_change_is_exit_code_1_and_changes_nothing(market: Demo, tmp_path: Path) -> None:
    file = tmp_path / "changes.ndjson"
    file.write_text(change(market.job["job_000001"] | {"title": "Changed"}) + "{\n")
    before = (market.data_dir / "CURRENT").read_text()
    done = run("apply", str(file), "--strict", "--data-dir", str(market.data_dir))
    assert (done.returncode, done.stdout) == (1, "")
    assert "1 of 2 changes was rejected, and a strict run takes none. Nothing was applied." in done.stderr
    assert (market.data_dir / "CURRENT").read_text() == before


def test_changes_of_what_was_never_indexed_are_one_line_and_exit_code_1(tmp_path: Path) -> None:
    done = run("apply", "-", "--data-dir", str(tmp_path / "none"), text='{"op": "delete", "version": 1, "id": "job_1"}')
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "discovery-gateway: nothing has been indexed yet: run `python -m gateway index` on a catalog first"
    )


def test_the_embedded_engine_has_nothing_to_roll_back_to_and_says_what_to_do(market: Demo) -> None:
    with pytest.raises(IndexingError, match=r"keeps no earlier index.*Index the earlier catalog again"):
        roll_back(Settings(data_dir=market.data_dir))


def test_without_a_redis_there_is_nothing_to_follow() -> None:
    done = run("follow")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "discovery-gateway: GATEWAY_REDIS_URL is not set, so it is not known where the changes come from"
    )


def test_a_redis_url_that_cannot_be_meant_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="GATEWAY_REDIS_URL: "):
        redis_calls(Settings(redis_url="localhost:6379"))


def test_a_redis_that_is_not_there_keeps_a_full_index_from_forgetting_changes(market: Demo) -> None:
    before = (market.data_dir / "CURRENT").read_text()
    settings = Settings(data_dir=market.data_dir, redis_url="redis://127.0.0.1:1/0")
    with pytest.raises(IndexingError, match=r"Redis cannot be asked.*unset GATEWAY_REDIS_URL"):
        index_for([market.feed], settings, "embedded", strict=True, embeddings=True, progress=SilentProgress())
    assert (market.data_dir / "CURRENT").read_text() == before


def test_a_data_directory_is_changed_by_the_settings(market: Demo, tmp_path: Path) -> None:
    settings = Settings(data_dir=market.data_dir)
    file = tmp_path / "changes.ndjson"
    file.write_text(change(market.job["job_000001"] | {"title": "Changed"}))
    assert apply_changes([file], settings, strict=True, progress=SilentProgress()).applied == 1
    with build_changeable(settings).changing() as index:
        assert index.embedder == "wordllama-256-singular"

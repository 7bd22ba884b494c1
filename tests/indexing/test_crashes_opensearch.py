"""A run into OpenSearch killed at any of its requests leaves a complete index in use, and the next one cleans up."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from resolvers.catalog.kind import Kind
from tests.servers.opensearch.access import OpenSearchAccess
from tests.support.clusters import Place, placed
from tests.support.demo import make_demo

ROOT = Path(__file__).resolve().parents[2]
SWITCH = "POST /_aliases"
SOME_STEPS = {
    "PUT /-locks/_doc/index",
    "PUT /_index_template/*",
    "PUT /*",
    "POST /*/_bulk",
    "POST /*/_refresh",
    "POST /*/_count",
    "PUT /*/_mapping",
    "PUT /*/_settings",
    SWITCH,
    "DELETE /*",
    "DELETE /-locks/_doc/index",
}


class Killed(NamedTuple):
    """A run that was killed, and what leads to what behind it."""

    step: str
    generation: str
    documents: int
    indexes: dict[str, list[str]]


def looked(place: Place, step: str) -> Killed:
    """What there is, and how many documents of all kinds the aliases lead to."""
    aliases = ",".join(f"{place.prefix}-{kind.lower()}" for kind in Kind)
    found = place.server.ask("GET", f"/{aliases}/_mapping")
    [generation] = {about["mappings"]["_meta"]["generation"] for about in found.values()}
    place.server.ask("POST", f"/{aliases}/_refresh")
    documents: int = place.server.ask("GET", f"/{aliases}/_count")["count"]
    return Killed(step, generation, documents, place.indexes())


@pytest.fixture(scope="module")
def place(opensearch_server: OpenSearchAccess) -> Iterator[Place]:
    with placed(opensearch_server) as empty:
        yield empty


@pytest.fixture(scope="module")
def runs(place: Place, tmp_path_factory: pytest.TempPathFactory) -> list[Killed]:
    """A run for each kind of request that a run can be killed at; the last one went through."""
    feed = make_demo(tmp_path_factory.mktemp("killed"), jobs=5, talent=5).feed
    command = [sys.executable, "-m", "tests.support.crashing_opensearch", str(feed), place.server.address, place.prefix]
    killed = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        for line in process.stdout:
            killed.append(looked(place, json.loads(line)))
            process.stdin.write("on\n")
            process.stdin.flush()
    assert process.returncode == 0
    return killed


def test_runs_were_killed_at_every_request(runs: list[Killed]) -> None:
    steps = [run.step for run in runs]
    assert set(steps) >= SOME_STEPS
    assert len(steps) == len(set(steps))
    assert steps[-1].startswith("done")


def test_the_index_in_use_is_complete_after_every_kill(runs: list[Killed]) -> None:
    assert [run for run in runs if run.documents != runs[0].documents] == []
    assert runs[0].documents > 10


def test_the_index_changes_with_the_switch_and_not_before(runs: list[Killed]) -> None:
    switch = [run.step for run in runs].index(SWITCH)
    assert len({run.generation for run in runs[: switch + 1]}) == 1
    assert runs[switch + 1].generation > runs[switch].generation


def test_nothing_of_the_killed_runs_is_left(runs: list[Killed], place: Place) -> None:
    last: Any = runs[-1]
    assert last.step == f"done {last.generation}"
    led_to = [aliases for index, aliases in last.indexes.items() if index != f"{place.prefix}-locks"]
    kinds = [f"{place.prefix}-{kind.lower()}" for kind in Kind]
    assert sorted(led_to) == sorted([[kind] for kind in kinds] + [[f"{kind}-previous"] for kind in kinds])

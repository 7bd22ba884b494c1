"""The subgraph composes, alone and with others, by every composer that there is."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from examples.platform.accounts import Accounts
from examples.platform.contracts import Contracts
from examples.platform.running import ROUTER
from schema.references import Neighbour
from schema.sdl import print_schema
from tests.support.demo import Demo
from tests.support.node import NodeProject

HERE = Path(__file__).parent
PUBLISHED = (HERE.parents[1] / "schema.graphql").read_text(encoding="utf-8")
COMPOSERS = pytest.mark.parametrize("composer", ["apollo", "theguild", "cosmo"])
RIVAL = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Job @key(fields: "id") { id: ID! budget: Int }
"""
Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def found(demo: Demo) -> Found:
    """What the composers made of the published schema alone, of the platform, and of two that contradict each other."""
    platform = {
        "accounts": Accounts(demo.feed).as_str(),
        "contracts": Contracts(demo.feed).as_str(),
        "discovery": print_schema(list(Neighbour)),
    }
    cases = {
        "alone": {"discovery": PUBLISHED},
        "platform": platform,
        "rivals": {"discovery": PUBLISHED, "other": RIVAL},
    }
    told = {case: [{"name": name, "sdl": sdl} for name, sdl in some.items()] for case, some in cases.items()}
    project = NodeProject(HERE)
    command = project.command("compose.mjs")
    done = subprocess.run(
        command, cwd=project.folder, input=json.dumps(told), capture_output=True, text=True, check=True
    )
    result: Found = json.loads(done.stdout)
    return result


@COMPOSERS
def test_the_published_schema_composes_alone(found: Found, composer: str) -> None:
    composed = found[f"alone by {composer}"]
    assert composed["errors"] == []
    assert "searchJobs(" in composed["sdl"]


@COMPOSERS
def test_the_platform_composes(found: Found, composer: str) -> None:
    composed = found[f"platform by {composer}"]
    assert composed["errors"] == []
    assert "freeHoursPerWeek: Int" in composed["sdl"]
    assert "latestContracts(" in composed["sdl"]


@COMPOSERS
def test_a_composer_refuses_what_does_not_fit(found: Found, composer: str) -> None:
    assert len(found[f"rivals by {composer}"]["errors"]) > 0


@pytest.mark.parametrize("project", [HERE, ROUTER], ids=["composers", "routers"])
def test_a_lock_of_packages_names_no_registry(project: Path) -> None:
    lock = (project / "package-lock.json").read_text(encoding="utf-8")
    assert "integrity" in lock
    assert '"resolved"' not in lock


def test_a_public_contract_has_nothing_internal(found: Found) -> None:
    contract, whole = found["platform by contract"], found["platform by theguild"]
    assert contract["errors"] == []
    assert "disputeRate: Float" in contract["sdl"]
    assert [part for part in ("ScoreBreakdown", "email: String!", "clientId: ID!") if part not in whole["sdl"]] == []
    assert [part for part in ("ScoreBreakdown", "email: String!", "clientId: ID!") if part in contract["sdl"]] == []

"""GraphQL over HTTP as its reference implementation audits it."""

import json
from pathlib import Path

from tests.support.demo import Demo
from tests.support.node import NodeProject
from tests.support.serving import served

PROJECT = Path(__file__).parent / "audits"
COUNT = 61


def test_every_audit_of_graphql_over_http_is_passed(demo: Demo, tmp_path: Path) -> None:
    project = NodeProject(PROJECT)
    with served(demo.data_dir, tmp_path) as server:
        results = json.loads(project.run("audit.mjs", f"{server.address}/graphql"))
    assert [one for one in results if one["status"] != "ok"] == []
    assert len(results) == COUNT

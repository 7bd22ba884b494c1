"""Queries over several subgraphs, through real routers."""

import json
import signal
import subprocess
import sys
from typing import Any

import httpx
import pytest

from examples.platform.node import ROOT, node
from examples.platform.running import ROUTER
from tests.federation.conftest import PATIENCE_SECONDS, Platform, packages
from tests.support.demo import Demo

TALENT = """{ searchTalent(sort: RATE_DESC, first: 20) { nodes {
  id hoursPerWeek bookedHoursPerWeek freeHoursPerWeek
  contracts { id job { id title clientContractCount } client { name totalJobsPosted disputeRate owner { name } } }
} } }"""


def data(router: str, query: str) -> Any:
    answer = httpx.post(router, json={"query": query}, timeout=PATIENCE_SECONDS).json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_a_query_over_all_subgraphs_asks_for_entities_by_kind_and_not_one_by_one(
    router: str, platform: Platform, demo: Demo
) -> None:
    before = len(platform.entity_requests())
    found = data(router, TALENT)["searchTalent"]["nodes"]
    asked = platform.entity_requests()[before:]
    assert len(found) == 20
    for one in found:
        at = int(one["id"].removeprefix("talent_"))
        booked = 5 + at % 20 if at < 100 and at % 2 == 0 else 0
        assert one["bookedHoursPerWeek"] == booked
        assert one["freeHoursPerWeek"] == max(0, one["hoursPerWeek"] - booked)
        for contract in one["contracts"]:
            job = demo.job[contract["job"]["id"]]
            client = demo.client[job["clientId"]]
            disputes = int(client["id"].removeprefix("client_")) % 3
            assert contract["job"]["title"] == job["title"]
            assert contract["client"]["name"] == client["name"]
            assert contract["client"]["totalJobsPosted"] == client["totalJobsPosted"]
            rate = disputes / client["totalHires"] if client["totalHires"] else None
            assert contract["client"]["disputeRate"] == rate
    assert any(one["contracts"] for one in found)
    assert entities(asked) == {"Talent", "Job", "Client"}
    assert len(asked) == 4


def test_the_query_of_the_guide_is_answered_by_every_subgraph(router: str) -> None:
    guide = (ROOT / "docs/federation.md").read_text(encoding="utf-8")
    query = guide.partition("```graphql\n")[2].partition("```")[0]
    found = data(router, query)["searchTalent"]["nodes"]
    assert len(found) == 3
    for one in found:
        assert isinstance(one["freeHoursPerWeek"], int)
        assert [contract["client"].keys() for contract in one["contracts"]] == [{"name", "owner"}] * len(
            one["contracts"]
        )


def entities(asked: list[bytes]) -> set[str]:
    """The types of the entities that were asked for."""
    variables = [json.loads(body)["variables"] for body in asked]
    return {one["__typename"] for given in variables for them in given.values() for one in them}


def test_one_command_starts_all_of_it_and_stops_all_of_it(demo: Demo) -> None:
    packages(ROUTER)
    command = [sys.executable, "-m", "examples.platform", str(demo.feed), str(demo.data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        addresses = dict(process.stdout.readline().strip().split(": ") for _ in range(4))
        assert data(addresses["platform"], '{ user(id: "user_ada") { name } }') == {"user": {"name": "Ada"}}
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert list(addresses) == ["accounts", "contracts", "discovery", "platform"]
    for address in addresses.values():
        with pytest.raises(httpx.ConnectError):
            httpx.get(address)


DECODE = """
import { readFileSync } from 'node:fs'
import { Trace } from '@apollo/usage-reporting-protobuf'
const { queryPlan } = Trace.decode(Buffer.from(readFileSync(0, 'utf8'), 'base64'))
const below = ({ sequence, parallel, flatten }) => sequence?.nodes ?? parallel?.nodes ?? (flatten ? [flatten.node] : [])
const fetches = (node) => [...(node.fetch ? [node.fetch] : []), ...below(node).flatMap(fetches)]
const told = ({ serviceName, traceParsingFailed, trace }) => [serviceName, traceParsingFailed, trace?.root.child[0]]
console.log(JSON.stringify(fetches(queryPlan).map(told)))
"""


@pytest.mark.parametrize("router", ["apollo"], indirect=True)
def test_apollos_router_reads_the_gateways_trace(router: str) -> None:
    headers = {"apollo-federation-include-trace": "ftv1"}
    query = '{ node(id: "talent_000000") { id ... on Talent { freeHoursPerWeek } } }'
    answer = httpx.post(router, json={"query": query}, headers=headers, timeout=PATIENCE_SECONDS).json()
    command = [*node(), "--input-type=module", "--eval", DECODE]
    trace = answer["extensions"]["ftv1"]
    done = subprocess.run(command, cwd=packages(ROUTER), input=trace, capture_output=True, text=True, check=True)
    told = [one for one in json.loads(done.stdout) if one[0] == "discovery"]
    assert [(is_broken, root["responseName"], root["type"]) for _, is_broken, root in told] == [
        (False, "node", "Node"), (False, "_entities", "[_Entity]!"),
    ]  # fmt: skip

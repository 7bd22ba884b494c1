"""What a federated router is told of the fields of an operation: ftv1."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import Any

import pytest

from gateway.settings import Settings
from gateway.tracing.trace import Resolved, Trace
from gateway.tracing.wire import varint
from resolvers.errors import SourceError
from tests.support.asking import Asking, asking
from tests.support.demo import OpenedIndex
from tests.support.engines import losing
from tests.support.traces import children, decoded

ASKED = {"apollo-federation-include-trace": "ftv1"}
FIELDS = "jobs: searchJobs(first: 3) { nodes { id skills { name } client { name openJobs(first: 2) { totalCount } } } }"
UNPLANNED = '__type(name: "Job") { fields { name } }'
WAYS = pytest.mark.parametrize("beside", ["", UNPLANNED], ids=["planned", "graphql-core"])


@pytest.fixture
async def gateway(opened: OpenedIndex) -> AsyncIterator[Asking]:
    async with asking(opened) as found:
        yield found


async def traced(gateway: Asking, query: str, **variables: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer, and its trace."""
    response = await gateway.http.post("/graphql", json={"query": query, "variables": variables}, headers=ASKED)
    answer = response.json()
    return answer, decoded(answer["extensions"]["ftv1"])


def untraced(value: Any, node: dict[str, Any], path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of an answer that have no node of their own, but for `__typename`, and nodes that have no place."""
    below = children(node)
    parts = dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, dict) else {}
    for key in below.keys() ^ parts.keys():
        yield (*path, key)
    for key in below.keys() & parts.keys():
        yield from untraced(parts[key], below[key], (*path, key))


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for below in node.get("child", []):
        yield below
        yield from nodes(below)


@WAYS
async def test_every_field_of_an_answer_is_in_its_trace(gateway: Asking, beside: str) -> None:
    answer, trace = await traced(gateway, f"{{ {FIELDS} {beside} }}")
    assert list(untraced(answer["data"], trace["root"])) == []
    jobs = children(trace["root"])["jobs"]
    assert (jobs["original_field_name"], jobs["type"], jobs["parent_type"]) == (
        "searchJobs", "JobSearchConnection", "Query",
    )  # fmt: skip
    items = children(jobs)["nodes"]
    assert (items["type"], items["parent_type"]) == ("[Job!]!", "JobSearchConnection")
    assert "original_field_name" not in items
    second = children(items)[1]
    assert second.keys() == {"index", "child"}
    client = children(second)["client"]
    assert (client["type"], children(client)["name"]["type"]) == ("Client", "String!")


@WAYS
async def test_fields_have_their_times_within_the_operation(gateway: Asking, beside: str) -> None:
    _, trace = await traced(gateway, f"{{ {FIELDS} {beside} }}")
    timed = [one for one in nodes(trace["root"]) if "type" in one]
    assert all(0 < int(one["start_time"]) <= int(one["end_time"]) <= int(trace["duration_ns"]) for one in timed)
    jobs = children(trace["root"])["jobs"]
    assert int(children(jobs)["nodes"]["start_time"]) >= int(jobs["end_time"])
    begin, end = (int(one["seconds"]) * 10**9 + one.get("nanos", 0) for one in (trace["start_time"], trace["end_time"]))
    assert begin < end


async def test_a_level_that_is_resolved_once_has_one_time(gateway: Asking) -> None:
    _, trace = await traced(gateway, f"{{ {FIELDS} }}")
    items = children(children(trace["root"])["jobs"])["nodes"]["child"]
    times = {(skills["start_time"], skills["end_time"]) for job in items for skills in [children(job)["skills"]]}
    assert (len(items), len(times)) == (3, 1)


@WAYS
async def test_an_error_is_at_its_field_as_it_is_answered(opened: OpenedIndex, beside: str) -> None:
    query = f"query ($them: [_Any!]!) {{ _entities(representations: $them) {{ __typename }} {beside} }}"
    async with asking(losing(opened, "skill_css", SourceError("it is lost"))) as gateway:
        them = [{"__typename": "Job", "id": "job_000000"}, {"__typename": "Skill", "id": "skill_css"}, 7]
        answer, trace = await traced(gateway, query, them=them)
    entities = children(children(trace["root"])["_entities"])
    assert answer["data"]["_entities"] == [{"__typename": "Job"}, None, None]
    assert [entities[at]["error"][0]["message"] for at in (1, 2)] == [one["message"] for one in answer["errors"]]
    assert entities[1]["error"][0]["location"] == answer["errors"][0]["locations"]
    assert '"code":"SOURCE_ERROR"' in entities[1]["error"][0]["json"]


async def test_a_defect_is_masked_in_the_trace_as_in_the_answer(opened: OpenedIndex) -> None:
    async with asking(losing(opened, "skill_css", ValueError("a secret"))) as gateway:  # type: ignore[arg-type]
        answer, trace = await traced(gateway, '{ skill(id: "skill_css") { id } }')
    [error] = children(trace["root"])["skill"]["error"]
    assert error["message"] == answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"]["reference"] in error["json"]
    assert "secret" not in str(trace)


async def test_an_operation_that_is_not_executed_has_its_errors_at_the_root(gateway: Asking) -> None:
    answer, trace = await traced(gateway, "{ nothing }")
    assert "data" not in answer
    assert [one["message"] for one in trace["root"]["error"]] == [one["message"] for one in answer["errors"]]


@pytest.mark.parametrize(
    ("headers", "settings"),
    [
        ({}, Settings()),
        ({"apollo-federation-include-trace": "ftv2"}, Settings()),
        (ASKED, Settings(federated_tracing=False)),
        (ASKED, Settings(mode="production")),
    ],
)  # fmt: skip
async def test_nobody_is_told_who_does_not_ask_or_may_not(
    opened: OpenedIndex, headers: dict[str, str], settings: Settings
) -> None:
    async with asking(opened, settings) as gateway:
        response = await gateway.http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert response.json() == {"data": {"__typename": "Query"}}


def test_a_trace_counts_from_its_beginning() -> None:
    clock = count(1_000, 5)
    trace = Trace(lambda: next(clock), lambda: 7_000_000_009)
    trace.record(lambda: [(["a"], Resolved("a", "Int", "Query", trace.now(), trace.now()))])
    found = decoded(trace.told([{"message": "it failed — why?", "path": ["b", 0]}]))
    assert found["start_time"] == {"seconds": "7", "nanos": 9}
    assert found["duration_ns"] == "5"
    a, b = found["root"]["child"]
    assert (a["start_time"], a["end_time"]) == ("10", "15")
    assert b["child"][0]["error"][0]["message"] == "it failed — why?"


@pytest.mark.parametrize(
    ("value", "expected"), [(0, b"\0"), (127, b"\x7f"), (300, b"\xac\x02"), (2**64 - 1, b"\xff" * 9 + b"\1")]
)
def test_integers_are_written_in_base_128(value: int, expected: bytes) -> None:
    assert varint(value) == expected

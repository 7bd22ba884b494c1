"""References from other subgraphs: each entity once, broken ones alone, and facts that others know."""

from typing import Any, cast

import pytest

from gateway.execution.executor import PlannedExecution
from gateway.settings import Settings
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceError
from schema.references import Neighbour, neighbours
from schema.sdl import graph
from tests.support.asking import asking
from tests.support.demo import Calls, CountingSource, Demo, OpenedIndex
from tests.support.engines import losing

ALL = frozenset(Neighbour)
EXECUTIONS = pytest.mark.parametrize("execution", [PlannedExecution, None], ids=["planned", "graphql-core"])
ENTITIES = """query ($them: [_Any!]!) { _entities(representations: $them) {
  __typename
  ... on Client { id disputeCount disputeRate }
  ... on Talent { id hoursPerWeek bookedHoursPerWeek freeHoursPerWeek skills { id } }
  ... on Job { id client { id disputeRate } }
} }"""


def of(kind: str, id_: str, **facts: Any) -> dict[str, Any]:
    return {"__typename": kind, "id": id_, **facts}


async def resolved(execution: Any, source: Any, them: Any, document: str = ENTITIES, most: int = 1_000) -> Any:
    """The entities, and the errors by their paths."""
    context = Context(source.snapshot(), PageSizes(references=most))
    result = await graph(execution, ALL).execute(document, {"them": them}, context)
    errors = {tuple(error.path or ()): error.message for error in result.errors or []}
    return result.data and result.data["_entities"], errors


@EXECUTIONS
async def test_every_entity_is_fetched_once_whatever_its_kind_and_however_often_it_is_referred_to(
    execution: Any, source: CountingSource, calls: Calls
) -> None:
    kinds = [of("Talent", "talent_000000"), of("Skill", "skill_css"), of("Occupation", "occ_tax-adviser")]
    them = [of("Job", "job_000000"), of("Client", "client_000001"), *kinds, of("Job", "job_000000"), of("Job", "job_9")]
    document = """query ($them: [_Any!]!) {
      _entities(representations: $them) { ... on Node { id } }
      again: _entities(representations: $them) { __typename }
    }"""
    found, errors = await resolved(execution, source, them, document)
    assert found == [*[{"id": one["id"]} for one in them[:-1]], None]
    assert errors == {}
    assert [[ref.id for ref in refs] for refs in calls.fetches] == [
        ["job_000000", "client_000001", *[one["id"] for one in kinds], "job_9"]
    ]


@EXECUTIONS
async def test_a_field_is_computed_of_what_another_subgraph_says_in_the_reference(
    execution: Any, opened: OpenedIndex, demo: Demo
) -> None:
    client, talent = demo.client["client_000000"], demo.talent["talent_000000"]
    them = [
        of("Client", client["id"], disputeCount=2),
        of("Client", client["id"], disputeCount=0, name="a name of another subgraph"),
        of("Client", client["id"]),
        of("Talent", talent["id"], bookedHoursPerWeek=talent["hoursPerWeek"] - 3),
        of("Talent", talent["id"], bookedHoursPerWeek=1_000),
    ]
    found, errors = await resolved(execution, opened, them)
    assert client["totalHires"] > 0
    assert errors == {}
    assert [(one["disputeCount"], one["disputeRate"]) for one in found[:3]] == [
        (2, 2 / client["totalHires"]), (0, 0.0), (None, None),
    ]  # fmt: skip
    assert [(one["freeHoursPerWeek"], len(one["skills"])) for one in found[3:]] == [
        (3, len(talent["skillIds"])), (0, len(talent["skillIds"])),
    ]  # fmt: skip


@EXECUTIONS
async def test_without_a_reference_nobody_knows_the_facts_of_others(execution: Any, opened: OpenedIndex) -> None:
    found, errors = await resolved(execution, opened, [of("Job", "job_000000")])
    assert found[0]["client"]["disputeRate"] is None
    assert errors == {}


async def test_an_id_of_another_kind_is_null(opened: OpenedIndex) -> None:
    assert await resolved(None, opened, [of("Job", "talent_000000")]) == ([None], {})


BROKEN: list[tuple[Any, str]] = [
    ({"__typename": "Nobody", "id": "x"}, "'Nobody' is no entity of this API; set `__typename` to one that has a key"),
    (of("Money", "x"), "'Money' is no entity of this API; set `__typename` to one that has a key"),
    ({"id": "x"}, "None is no entity of this API; set `__typename` to one that has a key"),
    ("x" * 99, f"a reference has to be an object with `__typename`, and is '{'x' * 59}…"),
    (of("Job", cast("str", None)), "a reference to a Job needs its key: `id`, as a text, and not None"),
    ({"__typename": "Job"}, "a reference to a Job needs its key: `id`, as a text, and not None"),
    ({"__typename": ["Job"], "id": "x"}, "['Job'] is no entity of this API; set `__typename` to one that has a key"),
    (
        of("Client", "client_000000", disputeCount="many"),
        "`disputeCount` of the reference to 'client_000000' has to be of type Int, and is 'many'",
    ),
]


@EXECUTIONS
async def test_a_broken_reference_fails_in_its_place_and_its_neighbours_are_served(
    execution: Any, source: CountingSource, calls: Calls
) -> None:
    good = of("Talent", "talent_000001")
    them = [one for broken, _ in BROKEN for one in (broken, good)]
    found, errors = await resolved(execution, source, them, ENTITIES.replace("skills { id }", ""))
    assert errors == {("_entities", 2 * at): message for at, (_, message) in enumerate(BROKEN)}
    assert [one and one["id"] for one in found] == [None, good["id"]] * len(BROKEN)
    assert len(calls.fetches) == 1


async def test_what_one_router_tells_of_an_entity_is_not_told_to_the_next(opened: OpenedIndex) -> None:
    context = Context(opened.snapshot(), PageSizes())
    served = graph(PlannedExecution, ALL)

    async def rate(**facts: Any) -> Any:
        them = [of("Skill", "skill_css"), of("Client", "client_000000", **facts)]
        result = await served.execute(ENTITIES, {"them": them}, context)
        return result.data and result.data["_entities"][1]["disputeCount"]

    assert [await rate(), await rate(disputeCount=3), await rate(), await rate(disputeCount=4)] == [None, 3, None, 4]


@EXECUTIONS
async def test_an_entity_that_cannot_be_fetched_fails_alone(execution: Any, opened: OpenedIndex) -> None:
    source = losing(opened, "client_000000", SourceError("it is lost"))
    them = [of("Client", "client_000000", disputeCount=1), of("Client", "client_000001", disputeCount=0)]
    found, errors = await resolved(execution, source, them)
    assert (found[0], found[1]["disputeCount"]) == (None, 0)
    assert errors == {("_entities", 0): "it is lost"}


@EXECUTIONS
async def test_references_are_taken_up_to_a_number(execution: Any, source: CountingSource, calls: Calls) -> None:
    them = [of("Skill", "skill_css")] * 4
    assert (await resolved(execution, source, them[:3], most=3))[1] == {}
    calls.fetches.clear()
    found, errors = await resolved(execution, source, them, most=3)
    message = "`representations` has 4 references, and may have 3; send several requests"
    assert (found, errors) == (None, {("_entities",): message})
    assert calls.fetches == []


async def test_the_error_of_a_broken_reference_has_a_code(opened: OpenedIndex) -> None:
    async with asking(opened) as gateway:
        error = await gateway.error("{ _entities(representations: [7]) { __typename } }")
    assert (error["path"], error["extensions"]) == (["_entities", 0], {"code": "INVALID_REQUEST"})


async def test_the_number_is_a_setting_and_its_error_says_limit_and_actual(opened: OpenedIndex) -> None:
    document = "query ($them: [_Any!]!) { _entities(representations: $them) { __typename } }"
    async with asking(opened, Settings(entities_max=2)) as gateway:
        error = await gateway.error(document, them=[of("Skill", "skill_css")] * 3)
    assert error["extensions"] == {"code": "TOO_MANY_ENTITIES", "limit": 2, "actual": 3}


async def test_fields_that_need_another_subgraph_are_there_beside_it_alone(opened: OpenedIndex) -> None:
    question = '{ __type(name: "Client") { fields { name } } talent: __type(name: "Talent") { fields { name } } }'
    names = {}
    for beside in ("", "accounts", "contracts, accounts"):
        async with asking(opened, Settings(neighbours=beside)) as gateway:
            found = await gateway.data(question)
        shown = {one["name"] for of_type in found.values() for one in of_type["fields"]}
        names[beside] = shown & {"disputeCount", "disputeRate", "bookedHoursPerWeek", "freeHoursPerWeek"}
    assert names == {
        "": set(),
        "accounts": {"disputeCount", "disputeRate"},
        "contracts, accounts": {"disputeCount", "disputeRate", "bookedHoursPerWeek", "freeHoursPerWeek"},
    }


def test_the_setting_takes_every_subgraph_whose_facts_are_needed() -> None:
    assert neighbours(Settings(neighbours=",".join(Neighbour)).neighbours) == ALL
    with pytest.raises(ValueError, match="no subgraph"):
        Settings(neighbours="reviews")

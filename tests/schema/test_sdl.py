"""The published schema: what `schema.graphql` holds, and that a reader can act on every part of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_specified_scalar_type,
)

from gateway.graphiql.page import example_operations
from schema.references import Neighbour
from schema.sdl import graph, print_schema
from tests.support.asking import Asking

PUBLISHED = Path(__file__).parents[2] / "schema.graphql"
FEDERATIONS_OWN = {"Query._entities", "Query._service"}
FEDERATIONS_PREFIXES = ("_", "link__", "federation__")


def parts(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every named part of a schema with its description."""
    for name, kind in schema.type_map.items():
        if name.startswith(FEDERATIONS_PREFIXES) or is_specified_scalar_type(kind):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", found.description) for value, found in kind.values.items())
        if isinstance(kind, GraphQLInputObjectType):
            yield from ((f"{name}.{field}", found.description) for field, found in kind.fields.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, found in kind.fields.items():
                if f"{name}.{field}" in FEDERATIONS_OWN:
                    continue
                yield f"{name}.{field}", found.description
                yield from ((f"{name}.{field}({given}:)", one.description) for given, one in found.args.items())


def test_the_published_schema_is_the_one_that_answers() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == print_schema()


def test_every_part_of_the_schema_has_a_description() -> None:
    described = dict(parts(graph(beside=frozenset(Neighbour))._schema))
    assert len(described) > 250
    assert [name for name, description in described.items() if not (description or "").strip()] == []


def test_a_missing_argument_is_not_printed_as_a_default() -> None:
    assert "= null" not in print_schema()


@pytest.mark.parametrize("kind", ["Job", "Talent", "Client", "Skill", "Occupation"])
def test_every_entity_has_its_id_as_its_key(kind: str) -> None:
    assert re.search(rf'^type {kind} implements Node .*@key\(fields: "id"\) {{$', print_schema(), re.MULTILINE)


def test_the_subgraph_links_federation_2_9() -> None:
    assert '\nschema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [' in print_schema()


def test_a_field_of_another_subgraph_is_declared_beside_it_alone() -> None:
    beside = print_schema([Neighbour.ACCOUNTS])
    assert "  disputeCount: Int @external\n" in beside
    assert '  disputeRate: Float @requires(fields: "disputeCount")\n' in beside
    assert "bookedHoursPerWeek" not in beside
    assert "disputeCount" not in print_schema()


async def test_a_router_is_told_the_published_schema(gateway: Asking) -> None:
    told = (await gateway.data("{ _service { sdl } }"))["_service"]["sdl"]
    assert told.strip() == print_schema().strip()


@pytest.mark.parametrize("operation", example_operations(), ids=lambda text: text.split("query ")[1].split()[0][:12])
async def test_an_example_of_the_graphiql_page_shows_results(gateway: Asking, operation: str) -> None:
    [shown] = (await gateway.data(operation)).values()
    items = shown.get("nodes") or shown["edges"]
    assert items
    if "totalCount" in shown:
        assert shown["totalCount"] >= len(items)


async def test_the_deep_join_shows_something_at_every_level(gateway: Asking) -> None:
    [join] = [operation for operation in example_operations() if "ADeepJoin" in operation]
    jobs = (await gateway.data(join))["searchJobs"]["nodes"]
    assert len(jobs) == 3
    assert any(job["occupation"]["talent"]["nodes"] for job in jobs)
    skills = [skill for job in jobs for opened in job["client"]["openJobs"]["nodes"] for skill in opened["skills"]]
    assert any(skill["broader"] for skill in skills)
    assert any(skill["talentCount"] for skill in skills)

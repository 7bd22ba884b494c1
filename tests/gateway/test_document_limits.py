"""Documents that are too large are refused before they are validated; those at the limit are answered."""

import pytest
from graphql import get_introspection_query

from gateway.limits.documents import MOST_FIELDS
from gateway.settings import Settings
from schema.checks import TOO_MUCH
from tests.support.asking import Asking, asking
from tests.support.demo import OpenedIndex

LIMITS = Settings(depth_max=3, aliases_max=2, root_fields_max=3, directives_max=2, tokens_max=60)
DEEP = "fragment D on Job { client { id } } fragment E on Job { ...D }"


@pytest.mark.parametrize(
    ("good", "bad", "code", "limit", "actual"),
    [
        (
            f'{{ job(id: "") {{ ...E }} }} {DEEP}',
            f'{{ job(id: "") {{ ...E similarJobs {{ nodes {{ id }} }} }} }} {DEEP}',
            "DEPTH_LIMIT_EXCEEDED",
            3,
            4,
        ),
        (
            "{ a: __typename b: __typename }",
            "{ a: __typename ...F } fragment F on Query { b: __typename ... { c: __typename } }",
            "ALIAS_LIMIT_EXCEEDED",
            2,
            3,
        ),
        (
            '{ job(id: "") { id } ...F __typename } fragment F on Query { skill(id: "") { id } client(id: "") { id } }',
            '{ job(id: "") { id } ...F ...F } fragment F on Query { skill(id: "") { id } client(id: "") { id } }',
            "ROOT_FIELD_LIMIT_EXCEEDED",
            3,
            5,
        ),
        (
            "{ __typename @skip(if: false) ... @include(if: true) { __typename } }",
            "{ __typename @skip(if: false) ... @include(if: true) { __typename @a @b } }",
            "DIRECTIVE_LIMIT_EXCEEDED",
            2,
            4,
        ),
        ("{ " + "__typename " * 58 + "}", "{ " + "__typename " * 59 + "}", "TOKEN_LIMIT_EXCEEDED", 60, 61),
    ],
)
async def test_a_document_at_the_limit_is_answered_and_a_larger_one_is_not(
    opened: OpenedIndex, good: str, bad: str, code: str, limit: int, actual: int
) -> None:
    async with asking(opened, LIMITS) as gateway:
        assert await gateway.data(good)
        for _ in range(2):
            error = await gateway.error(bad)
            assert error["extensions"] == {"code": code, "limit": limit, "actual": actual}
            assert f" {limit}" in error["message"]


async def test_fields_are_counted_with_every_use_of_a_fragment(gateway: Asking) -> None:
    doubled = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30))
    error = await gateway.error(f"{{ ...F0 }} {doubled} fragment F30 on Query {{ __typename }}")
    assert error["extensions"] == {"code": "FIELD_LIMIT_EXCEEDED", "limit": MOST_FIELDS, "actual": 2**30}


async def test_fragments_that_are_missing_or_inside_themselves_are_left_to_validation(gateway: Asking) -> None:
    inside = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A __typename }"
    for query in ("{ ...Missing }", inside, f"{{ ...F0 }} {INTO_ITSELF}"):
        errors = (await gateway.answer(query))["errors"]
        assert {error["extensions"]["code"] for error in errors} == {"GRAPHQL_VALIDATION_FAILED"}


async def test_fragments_nested_beyond_reading_are_too_deep(gateway: Asking) -> None:
    nested = " ".join(f"fragment F{n} on Node {{ id ...F{n + 1} }}" for n in range(1_000))
    error = await gateway.error(f'{{ node(id: "") {{ ...F0 }} }} {nested} fragment F1000 on Node {{ id }}')
    assert error["extensions"] == {"code": "DEPTH_LIMIT_EXCEEDED", "limit": 20, "actual": 21}


@pytest.mark.parametrize("other", ["query B", "fragment B on Query"])
async def test_each_piece_of_a_document_is_looked_at(gateway: Asking, other: str) -> None:
    aliases = " ".join(f"a{n}: __typename" for n in range(101))
    query = f"query A {{ __typename }} {other} {{ {aliases} }}"
    response = await gateway.http.post("/graphql", json={"query": query, "operationName": "A"})
    assert response.json()["errors"][0]["extensions"]["code"] == "ALIAS_LIMIT_EXCEEDED"


MANY = 500
INTO_ITSELF = " ".join(f"fragment F{n} on Query {{ ...F{(n + 1) % 9} ...F{(n + 2) % 9} ...F4 }}" for n in range(9))


@pytest.mark.parametrize(
    "query",
    [
        f"{{ {'__typename ' * MANY}}}",
        f'{{ job(id: "") {{ {"client { id } " * MANY}}} }}',
        f"{{ {' '.join(f'...F{n}' for n in range(MANY))} }}"
        + " ".join(f"fragment F{n} on Query {{ __typename }}" for n in range(MANY)),
        f"{{ __typename }} fragment F on Query {{ {'__typename ' * MANY}}}",
    ],
    ids=["fields", "objects", "fragments", "in what is not used"],
)
async def test_what_is_said_too_often_in_one_place_is_not_compared(gateway: Asking, query: str) -> None:
    assert TOO_MUCH in [error["message"] for error in (await gateway.answer(query))["errors"]]


@pytest.mark.parametrize(
    "query",
    [
        'job(id: "job_000001") { ...Card }',
        " ".join(f"a{n}: searchJobs(first: 1) {{ nodes {{ ...Card }} }}" for n in range(12)),
    ],
    ids=["once", "in twelve places"],
)
async def test_a_page_of_many_small_fragments_is_answered(gateway: Asking, query: str) -> None:
    fields = "id title description publishedAt contractType experienceLevel"
    fragments = " ".join(f"fragment F{n} on Job {{ {fields} client {{ id name }} }}" for n in range(16))
    card = f"fragment Card on Job {{ {' '.join(f'...F{n}' for n in range(16))} }}"
    assert await gateway.data(f"{{ {query} }} {card} {fragments}")


async def test_introspection_and_the_demo_stay_within_the_defaults(gateway: Asking) -> None:
    for options in ({}, {"input_value_deprecation": True, "specified_by_url": True, "directive_is_repeatable": True}):
        assert "__schema" in await gateway.data(get_introspection_query(**options))

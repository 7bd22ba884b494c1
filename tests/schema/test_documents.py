"""Documents that were parsed and found valid before."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
import strawberry
from graphql import parse
from strawberry.types import ExecutionResult

from resolvers.context import Context, PageSizes
from resolvers.errors import SourceUnavailable
from resolvers.sources.unavailable import UnavailableSnapshot
from schema.documents import KnownDocuments, ParseOnce
from schema.sdl import graph

DOCUMENT = parse("{ a }")


def kept(known: KnownDocuments, *texts: str) -> list[str]:
    return [text for text in texts if known.get(text) is DOCUMENT]


def known_of(*texts: str, most: int = 10, longest: int = 10) -> KnownDocuments:
    known = KnownDocuments(most, longest)
    for text in texts:
        known.put(text, DOCUMENT)
    return known


def test_a_document_that_was_put_is_known() -> None:
    assert known_of("{ a }").get("{ a }") is DOCUMENT
    assert known_of("{ a }").get("{a}") is None


def test_the_documents_used_last_are_known_up_to_so_many_characters() -> None:
    known = known_of("1234", "abcd")
    assert kept(known, "1234") == ["1234"]
    known.put("ABC", DOCUMENT)
    assert (kept(known, "1234", "abcd", "ABC"), len(known)) == (["1234", "ABC"], 2)


def test_a_document_that_is_too_long_drives_out_no_other() -> None:
    known = known_of("1234")
    for text in ("x" * 11, "y" * 9_000):
        known.put(text, DOCUMENT)
    assert (kept(known, "1234"), len(known)) == (["1234"], 1)


def test_a_document_that_is_put_twice_counts_once() -> None:
    assert kept(known_of("12345", "12345", "abcde"), "12345", "abcde") == ["12345", "abcde"]


async def executed(document: str, variables: Mapping[str, Any] | None = None, name: str | None = None) -> Any:
    context = Context(UnavailableSnapshot(SourceUnavailable("there is none")), PageSizes())
    result = await graph().execute(document, dict(variables or {}), context, operation_name=name)
    assert isinstance(result, ExecutionResult)
    return result.data, [error.message for error in result.errors or []]


async def test_a_known_document_is_answered_with_the_variables_of_each_request() -> None:
    document = "query ($with: Boolean!) { __typename name: __typename @include(if: $with) }"
    assert await executed(document, {"with": True}) == ({"__typename": "Query", "name": "Query"}, [])
    assert await executed(document, {"with": False}) == ({"__typename": "Query"}, [])
    data, [said] = await executed(document)
    assert data is None
    assert "$with" in said


async def test_an_operation_of_a_known_document_is_chosen_by_each_request() -> None:
    document = "query One { one: __typename } query Two { two: __typename }"
    assert await executed(document, name="One") == ({"one": "Query"}, [])
    assert await executed(document, name="Two") == ({"two": "Query"}, [])


@pytest.mark.parametrize("document", ["{ nothing }", "{ __typename"])
async def test_an_invalid_document_is_refused_every_time(document: str) -> None:
    first, second = await executed(document), await executed(document)
    assert first == second
    assert first[0] is None
    assert len(first[1]) == 1


@strawberry.type
class Query:
    @strawberry.field
    def one(self) -> int:
        return 1


async def test_a_valid_document_is_parsed_and_validated_once() -> None:
    known = KnownDocuments()
    schema = strawberry.Schema(Query, extensions=[partial(ParseOnce, known)])
    for document in ("{ one }", "{ two }", "{ one"):
        await schema.execute(document)
    assert (len(known), known.get("{ one }")) == (1, parse("{ one }"))
    known.put("{ two }", parse("{ known: one }"))
    result = await schema.execute("{ two }")
    assert isinstance(result, ExecutionResult)
    assert (result.data, result.errors) == ({"known": 1}, None)

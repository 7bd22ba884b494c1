"""Plain facts are read from their source, and everything else is answered as graphql-core does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionResult

from schema.execution import PLAIN, Execution, Plain, mark_plain_fields
from schema.sdl import graph

DOCUMENT = "{ thing { __typename id name: text maybe flag count texts shouted } things { text } }"


@strawberry.type
class Thing:
    id: strawberry.ID
    text: str
    maybe: str | None
    flag: bool
    count: int
    texts: list[str]

    @strawberry.field
    def shouted(self) -> str:
        return f"{self.text}!"


@dataclass
class Facts:
    """A source of facts; `odd` is what most of them are."""

    odd: Any
    id: Any = None
    text: Any = None
    maybe: Any = None
    flag: Any = None
    count: int = 7
    texts: tuple[str, ...] = ("a", "b")

    def __post_init__(self) -> None:
        self.id = self.text = self.maybe = self.odd
        self.flag = True if isinstance(self.odd, str) else self.odd


@strawberry.type
class Query:
    @strawberry.field
    def thing(self, root: Any) -> Thing | None:
        found: Thing = root
        return found

    @strawberry.field
    def things(self, root: Any) -> list[Thing | None]:
        return [root, root]


class Upper(SchemaExtension):
    """Changes every text, as an extension may."""

    def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
        found = _next(root, info, *args, **kwargs)
        return found.upper() if isinstance(found, str) else found


def schema_of(execution: type[StrawberryGraphQLCoreExecutionContext], *extensions: Any) -> strawberry.Schema:
    made = strawberry.Schema(Query, execution_context_class=execution, extensions=list(extensions))
    mark_plain_fields(made._schema)
    return made


def told(result: Any) -> tuple[Any, list[tuple[str, Any]]]:
    assert isinstance(result, ExecutionResult)
    return result.data, [(error.message, error.path) for error in result.errors or []]


async def asked(root: Any, *extensions: Any) -> Iterator[Any]:
    """What our execution answers, and what Strawberry's does."""
    classes = (Execution, StrawberryGraphQLCoreExecutionContext)
    return iter([told(await schema_of(one, *extensions).execute(DOCUMENT, root_value=root)) for one in classes])


@pytest.mark.parametrize("odd", ["x", "", None, True, 5, 2.5, ["x"], ValueError("no"), object])
async def test_whatever_a_fact_is_the_answer_is_that_of_graphql_core(odd: Any) -> None:
    ours, theirs = await asked(Facts(odd))
    assert ours == theirs


async def test_a_fact_that_is_missing_is_an_error_at_its_path() -> None:
    ours, theirs = await asked(object())
    assert ours == theirs
    assert ["thing", "id"] in [path for _, path in ours[1]]


async def test_an_extension_sees_every_field() -> None:
    ours, theirs = await asked(Facts("x"), Upper)
    assert ours == theirs
    assert ours[0]["thing"]["name"] == "X"


def test_only_texts_ids_and_booleans_without_a_resolver_are_plain() -> None:
    made = schema_of(Execution)
    fields = made._schema.type_map["Thing"].fields  # type: ignore[attr-defined]
    assert {name: field.extensions[PLAIN] for name, field in fields.items() if PLAIN in field.extensions} == {
        "id": Plain("id", str),
        "text": Plain("text", str),
        "maybe": Plain("maybe", str),
        "flag": Plain("flag", bool),
    }


def test_the_graph_has_plain_fields() -> None:
    job = graph()._schema.type_map["Job"].fields  # type: ignore[attr-defined]
    assert PLAIN in job["title"].extensions
    assert PLAIN not in job["client"].extensions
    assert PLAIN not in job["hourlyRate"].extensions

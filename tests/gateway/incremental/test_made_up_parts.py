"""Directives anywhere in an operation: whatever is deferred and streamed, all parts together are the answer in one."""

import asyncio
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

import pytest
from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    InlineFragmentNode,
    IntValueNode,
    NameNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_nullable_type,
    is_list_type,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from gateway.settings import Settings
from schema.sdl import graph
from tests.support.demo import OpenedIndex
from tests.support.parts import CURRENT, OLDER, answer_of, errors_of, parts_of, put_together, running

MOST_EXAMPLES = 25
DOCUMENTS = [
    """{
      searchJobs(first: 4) {
        totalCount pageInfo { hasNextPage }
        nodes { id title client { id name } skills { id name broader { name } } }
        edges { cursor node { id title client { name country } } score { total } }
      }
      job(id: "job_000001") { id title client { id name } skills { name } occupation { name } }
    }""",
    """{
      nodes(ids: ["job_000000", "nobody", "skill_css", "job_000001"]) {
        __typename id ... on Job { title client { name } skills { id name } } ... on Skill { name kind }
      }
      bad: searchJobs(first: 1000) { nodes { id title } }
      talent(id: "talent_000001") { id name totalEarnings { amount currency } }
      none: job(id: "nobody") { id client { name } }
    }""",
]


class Directing(Visitor):
    """Puts selections into deferred fragments, some of them into two, and lists into streams, at random."""

    def __init__(self, random: Random, types: TypeInfo) -> None:
        super().__init__()
        self._random, self._types, self._labels = random, types, count()

    def leave_field(self, node: FieldNode, *_: Any) -> Any:
        of = get_nullable_type(self._types.get_type())
        streams = is_list_type(of) and self._random.random() < 0.4
        return with_directives(node, [directive("stream", initialCount=self._random.randrange(4))]) if streams else None

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> Any:
        kept = [one for one in node.selections if self._random.random() < 0.6]
        fragments = [self._deferred(one) for one in node.selections if one not in kept or self._may_come_again(one)]
        selections = [*kept, *fragments]
        self._random.shuffle(selections)
        return SelectionSetNode(selections=tuple(selections))

    def _may_come_again(self, one: Any) -> bool:
        # A label is there once, and of the same list no two streams may be asked for.
        return "@" not in print_ast(one) and self._random.random() < 0.3

    def _deferred(self, one: Any) -> InlineFragmentNode:
        inside = SelectionSetNode(selections=(one,))
        return InlineFragmentNode(
            selection_set=inside, directives=(directive("defer", label=f"label-{next(self._labels)}"),)
        )


def directive(name: str, **given: Any) -> DirectiveNode:
    arguments = [
        ArgumentNode(
            name=NameNode(value=key),
            value=IntValueNode(value=str(value)) if isinstance(value, int) else StringValueNode(value=value),
        )
        for key, value in given.items()
    ]
    return DirectiveNode(name=NameNode(value=name), arguments=tuple(arguments))


def with_directives(node: FieldNode, directives: list[DirectiveNode]) -> FieldNode:
    return FieldNode(
        name=node.name,
        alias=node.alias,
        arguments=node.arguments,
        selection_set=node.selection_set,
        directives=tuple(directives),
    )


def directed(text: str, random: Random) -> str:
    types = TypeInfo(graph().core)
    found: DocumentNode = visit(parse(text), TypeInfoVisitor(types, Directing(random, types)))
    return print_ast(found)


@pytest.fixture(scope="module")
def app(opened: OpenedIndex) -> Iterator[tuple[asyncio.Runner, Starlette]]:
    with asyncio.Runner() as runner:
        entered = running(opened, Settings(directives_max=1_000))
        yield runner, runner.run(entered.__aenter__())
        runner.run(entered.__aexit__(None, None, None))


def paths_of(errors: list[dict[str, Any]]) -> list[str]:
    return sorted(str(error["path"]) for error in errors)


@pytest.mark.parametrize("accept", [CURRENT, OLDER], ids=["current", "older"])
@pytest.mark.parametrize("text", DOCUMENTS)
def test_all_parts_together_are_the_answer_in_one(
    text: str, accept: str, app: tuple[asyncio.Runner, Starlette]
) -> None:
    runner, gateway = app
    whole = runner.run(answer_of(gateway, text))

    @settings(
        max_examples=MOST_EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        document = directed(text, Random(seed))  # noqa: S311  nothing is kept secret by it
        if "@defer" not in document and "@stream" not in document:
            return
        parts = runner.run(parts_of(gateway, document, accept))
        assert put_together(parts) == whole["data"], document
        assert paths_of(errors_of(parts)) == paths_of(whole.get("errors", [])), document

    check()

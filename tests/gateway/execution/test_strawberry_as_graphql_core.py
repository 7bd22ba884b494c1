"""Plans of made-up types of Strawberry answer as graphql-core does: every kind of resolver, guarded and not."""

import asyncio
import gc
from itertools import product
from random import Random
from typing import Any

import pytest
from graphql import DocumentNode, ExecutionResult, execute
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.execution.executor import PlannedExecution
from tests.support.compared import difference, told
from tests.support.garbage import collected_by_hand
from tests.support.made_up_documents import VARIABLES, Documents
from tests.support.made_up_types import GIVEN, HEAD, Types

EXECUTORS = PlannedExecution, StrawberryGraphQLCoreExecutionContext
DOCUMENTS = 3
"""Of each set of types."""
OFTEN: dict[str, Any] = {"colour": "RED", "several": [1, 2], "given": {"a": 3, "inner": []}}
GIVEN_VARIABLES = [
    VARIABLES | OFTEN,
    {"yes": True, "no": False, "colour": "BLUE", "several": None},
    {"yes": False, "no": True, "colour": "BLUE"},
]


class Asked:
    """Documents of made-up types, each asked with several sets of variables, and all of it of both executors."""

    def __init__(self, choice: Random, *, is_async: bool) -> None:
        self._types = Types(choice, is_async=is_async)
        made = Documents(choice, self._types.objects, GIVEN)
        documents = [made.query(self._types.objects[0], 4, HEAD) for _ in range(DOCUMENTS)]
        self.all = list(product(documents, GIVEN_VARIABLES))

    def run(self, document: DocumentNode, variables: dict[str, Any]) -> list[Any]:
        """What each executor gives."""
        schema, root = self._types.schema, self._types.values.thing("A", 0)
        return [execute(schema, document, root, {}, dict(variables), executor_class=one) for one in EXECUTORS]


@given(choice=st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_without_awaiting_the_answer_is_the_same_to_the_last_error(choice: Random) -> None:
    asked = Asked(choice, is_async=False)
    for document, variables in asked.all:
        ours, theirs = asked.run(document, variables)
        assert repr(ours.data) == repr(theirs.data)
        assert told(ours) == told(theirs)


# graphql-core leaves coroutines of its own behind when it gives up the others of a list.
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_with_awaitables_the_same_places_are_spoilt() -> None:
    with collected_by_hand():
        spoil_the_same_places()


@given(choice=st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def spoil_the_same_places(choice: Random) -> None:
    asyncio.run(same_places_are_spoilt(Asked(choice, is_async=True)))
    gc.collect()


async def same_places_are_spoilt(asked: Asked) -> None:
    for document, variables in asked.all:
        found = asked.run(document, variables)
        ours, theirs = [one if isinstance(one, ExecutionResult) else await one for one in found]
        assert difference(ours, theirs) is None
    # What graphql-core leaves behind a failure comes to its end in the background.
    for _ in range(30):
        await asyncio.sleep(0)

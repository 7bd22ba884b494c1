"""Where identity and limits plug in: who is let in, what is charged, and what is told beside an answer."""

from collections.abc import Awaitable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from strawberry.types import ExecutionResult

from gateway.admission import Head, Prepared, Visit
from gateway.app import Gateway
from gateway.edge import Edge
from gateway.endpoint import GraphQLEndpoint
from gateway.executing import Executed, Operation
from gateway.execution.executor import PlannedExecution
from gateway.execution.operations import Operations
from gateway.execution.operations import Prepared as PreparedOperation
from gateway.execution.rules import Rules
from gateway.refusals import Headers, Refused
from resolvers.context import Context, PageSizes
from resolvers.errors import InvalidRequest
from resolvers.sources.base import Call
from resolvers.viewer import Viewer
from resolvers.visitor import Visitor
from schema.checks import TOO_MUCH
from schema.sdl import graph
from tests.support.asking import asking_of
from tests.support.engines import answering_each

BATCH = [{"query": "{ __typename }"}, {"query": "{ wrong }"}, {}, {"query": "{ a: __typename }"}]


class TooMuch(Refused):
    code = "RATE_LIMITED"
    status = HTTPStatus.TOO_MANY_REQUESTS


class Counted(Visit):
    """Charges one for an operation, and has three to spend."""

    def __init__(self, name: str) -> None:
        self.viewer, self.charged = Viewer(name), 0

    async def _wait(self) -> None:
        """As if somebody else had to be asked."""

    def charge(self, operations: Sequence[Prepared], failed: int = 0) -> Awaitable[None] | None:  # noqa: ARG002
        self.charged = sum(not isinstance(one, InvalidRequest) for one in operations)
        if self.charged > 3:
            raise TooMuch("wait a second", ((b"retry-after", b"1"),), limit=3)
        return self._wait() if self.charged > 1 else None

    def extensions(self, _: Operation, context: Context, executed: Executed) -> Mapping[str, Any]:
        return {"viewer": context.viewer.id, "data": isinstance(executed, ExecutionResult)}

    def headers(self) -> Headers:
        return ((b"ratelimit-remaining", b"%d" % (3 - self.charged)),)


class Turnstile:
    """Lets those in who say their name, and looks them up first if that begins with a capital."""

    header_names = ("x-name",)

    def __call__(self, head: Head) -> Visit | Awaitable[Visit]:
        name = head.headers.get("x-name")
        if name is None:
            raise Refused("say your name")
        return self._looked_up(name) if name[0].isupper() else Counted(name)

    async def _looked_up(self, name: str) -> Visit:
        return Counted(name)


def gateway(rules: Rules = Rules()) -> Gateway:  # noqa: B008  a constant
    def context(call: Call, viewer: Viewer, _: Visitor) -> Context:
        return Context(answering_each(None), PageSizes(), call.deadline, viewer=viewer)

    operations = Operations(graph(PlannedExecution), rules)
    return Gateway(GraphQLEndpoint(operations, context, Edge(admission=Turnstile(), batch_max=10)))


async def post(body: Any, rules: Rules = Rules(), **headers: str) -> tuple[int, Any, Mapping[str, str]]:  # noqa: B008
    async with asking_of(gateway(rules)) as asked:
        response = await asked.http.post("/graphql", json=body, headers=headers)
    return response.status_code, response.json(), response.headers


async def test_who_is_not_let_in_is_told_so_before_anything_is_read() -> None:
    status, answer, _ = await post("no request at all")
    assert (status, answer["errors"][0]["message"]) == (400, "say your name")


async def test_the_viewer_reaches_the_context_and_the_visit_speaks_beside_the_answer() -> None:
    for name in ("ada", "Ada"):
        status, answer, headers = await post({"query": "{ __typename }"}, **{"x-name": name})
        assert (status, headers["ratelimit-remaining"]) == (200, "2")
        assert answer == {"data": {"__typename": "Query"}, "extensions": {"viewer": name, "data": True}}


async def test_a_batch_is_charged_as_a_whole_and_answered_in_its_order() -> None:
    status, answer, headers = await post(BATCH, **{"x-name": "ada"})
    assert (status, headers["ratelimit-remaining"]) == (200, "0")
    first, invalid, empty, last = answer
    assert (first["data"], last["data"]) == ({"__typename": "Query"}, {"a": "Query"})
    assert [sorted(one) for one in (invalid, empty)] == [["errors"], ["errors"]]
    assert invalid["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert empty["errors"][0]["extensions"] == {"code": "INVALID_REQUEST"}


async def test_what_costs_too_much_is_not_executed() -> None:
    status, answer, headers = await post([*BATCH, BATCH[0]], **{"x-name": "ada"})
    assert (status, headers["retry-after"]) == (429, "1")
    [error] = answer["errors"]
    assert error == {"message": "wait a second", "extensions": {"code": "RATE_LIMITED", "limit": 3}}


async def test_a_result_that_is_bytes_already_gets_its_extensions_too() -> None:
    class Ready:
        def execute(self, context: Context, trace: object = None) -> bytes:  # noqa: ARG002
            return b'{"data":{"a":1}}'

    def context(call: Call, viewer: Viewer, _: Visitor) -> Context:
        return Context(answering_each(None), PageSizes(), call.deadline, viewer=viewer)

    endpoint = GraphQLEndpoint(lambda *_, **__: Ready(), context, Edge(admission=Turnstile()))
    async with asking_of(Gateway(endpoint)) as asked:
        response = await asked.http.post("/graphql", json={"query": "{ a }"}, headers={"x-name": "ada"})
    assert orjson.loads(response.content) == {"data": {"a": 1}, "extensions": {"viewer": "ada", "data": False}}


async def test_rules_look_at_a_document_and_at_its_operation_once_while_it_is_known() -> None:
    seen: list[str] = []

    def definitions(document: Any) -> None:
        seen.append(f"document of {len(document.definitions)}")
        if len(document.definitions) > 2:
            raise InvalidRequest("two definitions at most")

    def operation(prepared: PreparedOperation) -> None:
        seen.append(f"operation {prepared.operation.name.value if prepared.operation.name else ''}")

    rules = Rules(max_tokens=20, of_documents=[definitions], of_operations=[operation])
    document = "query A { once: __typename } query B { once: __typename }"
    async with asking_of(gateway(rules)) as asked:
        for name in ("A", "B", "A"):
            body = {"query": document, "operationName": name}
            response = await asked.http.post("/graphql", json=body, headers={"x-name": "ada"})
            assert response.json()["data"] == {"once": "Query"}
    assert seen == ["document of 2", "operation A", "operation B"]
    status, answer, _ = await post({"query": document + " query C { __typename }"}, rules, **{"x-name": "ada"})
    assert (status, answer["errors"][0]["message"]) == (400, "two definitions at most")
    _, answer, _ = await post({"query": "{ " + "__typename " * 20 + "}"}, rules, **{"x-name": "ada"})
    assert answer["errors"][0]["extensions"] == {"code": "TOKEN_LIMIT_EXCEEDED", "limit": 20, "actual": 21}


async def test_a_document_that_is_too_much_to_validate_is_refused_with_the_reason() -> None:
    _, answer, _ = await post({"query": "{" + "__typename " * 1_000 + "}"}, **{"x-name": "ada"})
    assert answer["errors"] == [{"message": TOO_MUCH, "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]

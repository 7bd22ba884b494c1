"""Operations whose whole answer may be there already."""

from collections.abc import Awaitable
from hashlib import sha256
from typing import Any

import orjson
from graphql import print_ast
from strawberry.types import ExecutionResult

from gateway.caching.policies import Policy, policy_of
from gateway.caching.responses import Responses
from gateway.executing import Executed, Incremental
from gateway.execution.operations import Bound, Operations, Prepared
from gateway.parameters import Parameters
from gateway.tracing.trace import Trace
from resolvers.context import Context
from resolvers.errors import SourceUnavailable

DOCUMENT = "document"


class Repeated(Bound):
    """An operation that is answered once in some time, for the same viewer or for all who may see the same.

    `age_seconds` is how old the answer was that was given.
    """

    __slots__ = ("_policy", "_responses", "_variables", "age_seconds")

    def __init__(self, of: Bound, variables: Any, policy: Policy, responses: Responses) -> None:
        super().__init__(of.prepared, of.values)
        self._variables, self._policy, self._responses = variables, policy, responses
        self.age_seconds = 0

    def execute(self, context: Context, trace: Trace | None = None) -> Executed | Awaitable[Executed]:
        key = None if trace is not None else self._key(context)
        return super().execute(context, trace) if key is None else self._found(key, context)

    async def _found(self, key: str, context: Context) -> Executed:
        kept = await self._responses.find(key, self._policy.seconds)
        if kept is not None:
            self.age_seconds = (self._responses.now() - kept.made_at) // 1_000
            return kept.body
        result = super().execute(context)
        executed = await result if isinstance(result, Awaitable) else result
        body = _body(executed)
        # The next one may be whole again.
        if body is not None and not context.is_degraded:
            self._responses.keep(key, body, self._policy.seconds)
        return executed if body is None else body

    def _key(self, context: Context) -> str | None:
        """What an answer depends on; None where that cannot be said.

        The scopes are in it always: by arguments that need one, even an answer of public fields may tell more.
        """
        viewer = context.viewer
        try:
            index = context.snapshot.info()
        except SourceUnavailable:
            return None
        asked = [
            _document(self.prepared),
            self._variables,
            f"{index.engine}/{index.generation}",
            sorted(viewer.scopes),
            viewer.may_everything,
            [viewer.id, viewer.talent_id, viewer.client_id] if self._policy.is_private else viewer.id is None,
        ]
        try:
            return sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()
        except orjson.JSONEncodeError:
            return None


class RepeatedOperations:
    """Prepares operations, those that stay good for a while to be answered once in that time; none in parts."""

    def __init__(self, operations: Operations, responses: Responses) -> None:
        self._operations, self._responses = operations, responses

    def __call__(self, asked: Parameters, *, only_reads: bool) -> Bound:
        """As Operations does."""
        bound = self._operations(asked, only_reads=only_reads)
        if isinstance(bound, Incremental):
            return bound
        policy = policy_of(bound.prepared)
        return Repeated(bound, asked.variables, policy, self._responses) if policy.seconds else bound


def _document(prepared: Prepared) -> str:
    """A digest of the operation and of all fragments that are with it."""
    if DOCUMENT not in prepared.beside:
        name = prepared.operation.name.value if prepared.operation.name else ""
        prepared.beside[DOCUMENT] = sha256(f"{name}\n{print_ast(prepared.document)}".encode()).hexdigest()
    found: str = prepared.beside[DOCUMENT]
    return found


def _body(executed: Executed) -> bytes | None:
    """The body of an answer without any error; None for one with."""
    if isinstance(executed, bytes):
        return executed
    return (
        orjson.dumps({"data": executed.data}) if isinstance(executed, ExecutionResult) and not executed.errors else None
    )

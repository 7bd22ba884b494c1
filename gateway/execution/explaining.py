"""What `python -m gateway plan` prints: the plan of an operation, and the time that its fields take on the engine."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    parse,
    validate,
)
from graphql.execution import Executor
from strawberry.execution import optimized_is_awaitable

from gateway.engines import behind_cache, build_engine
from gateway.execution.executor import PlannedExecution
from gateway.execution.plan import Field, Plan, Selection
from gateway.execution.plans import Plans
from gateway.execution.showing import ProfiledExecution, lines
from gateway.metrics import Metrics
from gateway.settings import Settings
from resolvers.context import Context, PageSizes
from resolvers.errors import InvalidRequest
from schema.references import neighbours
from schema.sdl import graph

NOT_PLANNED = (
    "graphql-core executes this operation: it asks for introspection, for parts, or for something that no query has"
)


def explain(query: Path, variables: str | None, settings: Settings, *, profile: bool) -> Sequence[str]:
    """The lines of a plan; with `profile`, of the plan as it was run, twice, the second time measured.

    Raises InvalidRequest for a document that the graph cannot answer, and SourceUnavailable where there is no index.
    """
    beside = neighbours(settings.neighbours)
    schema = graph(PlannedExecution, beside, incremental=settings.incremental_delivery).core
    try:
        text = query.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{query} is no text in UTF-8: {error}") from error
    document = _valid(schema, text)
    given = _object(variables)
    if profile:
        return asyncio.run(_profiled(schema, document, given, settings))
    run = _built(PlannedExecution, schema, document, given, None)
    plan = Plans().of(run)
    if plan is None:
        return [NOT_PLANNED]
    try:
        _fill(run, plan.root)
    except GraphQLError as error:
        _refuse([error])
    return list(lines(plan))


def _valid(schema: GraphQLSchema, text: str) -> DocumentNode:
    try:
        document = parse(text)
    except GraphQLError as error:
        _refuse([error])
    errors = validate(schema, document)
    return document if not errors else _refuse(errors)


def _refuse(errors: Sequence[GraphQLError]) -> NoReturn:
    raise InvalidRequest("; ".join(error.message for error in errors))


def _object(variables: str | None) -> dict[str, Any]:
    try:
        found = orjson.loads(variables or "{}")
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"--variables is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidRequest('--variables must be a JSON object such as {"first": 5}')
    return found


def _built(
    of: type[Any],
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: Mapping[str, Any],
    context: Context | None,
) -> Any:
    found: list[GraphQLError] | Executor[Any] = of.build(
        schema,
        document,
        context_value=context,
        raw_variable_values=dict(variables),
        is_awaitable=optimized_is_awaitable,
    )
    return _refuse(found) if isinstance(found, list) else found


def _fill(run: Any, selection: Selection) -> None:
    """Make the selections that would be made when their first object comes up."""
    for field in selection.fields:
        for of in _possible(field):
            _fill(run, field.selection(run, of))


def _possible(field: Field) -> Iterator[GraphQLObjectType]:
    named = get_named_type(field.definition.type)
    if is_abstract_type(named):
        yield from field.schema.get_possible_types(named)
    elif is_composite_type(named) and isinstance(named, GraphQLObjectType):
        yield named


async def _profiled(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any], settings: Settings
) -> Sequence[str]:
    source = behind_cache(build_engine(settings), settings, Metrics())
    await source.start()
    try:
        for _ in range(2):
            sizes = PageSizes(settings.page_size_default, settings.page_size_max)
            run = _built(ProfiledExecution, schema, document, variables, Context(source.snapshot(), sizes))
            result = run.execute_operation()
            if optimized_is_awaitable(result):
                result = await result
    finally:
        await source.close()
    plan: Plan | None = run.plan
    if plan is None:
        return [NOT_PLANNED]
    errors = [f"error at {error.path}: {error.message}" for error in result.errors or ()]
    return [*lines(plan, run.profile), *errors]

"""The schema as a whole, and its text."""

from collections.abc import Collection
from functools import cache
from typing import Any

from graphql.execution import Executor
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition, StrawberryType

from schema.checks import OneOperation, SaidAbort
from schema.client import Client
from schema.facets.types import VALUE_TYPES
from schema.job import Job
from schema.mutation import Mutation
from schema.occupation import Occupation
from schema.query import Query
from schema.references import Neighbour
from schema.scalars import SCALARS
from schema.skill import Skill
from schema.subgraph import Subgraph
from schema.talent import Talent


class Names(NameConverter):
    """Names of generic types: the argument's name in front, but for the union of a mixed search."""

    def from_generic(self, object_type: StrawberryObjectDefinition, types: list[StrawberryType | type]) -> str:
        return super().from_generic(object_type, types).removeprefix("SearchResult")


@cache
def graph(
    execution: type[Executor[Any]] | None = None,
    beside: frozenset[Neighbour] = frozenset(),
    *,
    incremental: bool = False,
) -> Subgraph:
    """The executable schema, built once a process for each way of executing it; None is Strawberry's own.

    `beside` are the subgraphs that it is composed with. `incremental`: with `@defer` and `@stream`, for an execution
    that knows them.
    """
    return Subgraph(
        execution_context_class=execution,
        query=Query,
        mutation=Mutation,
        types=[Job, Talent, Client, Skill, Occupation, *VALUE_TYPES],
        extensions=[OneOperation, SaidAbort],
        beside=beside,
        incremental=incremental,
        federation_version="2.9",
        config=StrawberryConfig(name_converter=Names(), scalar_map=SCALARS),
    )


def print_schema(beside: Collection[Neighbour] = ()) -> str:
    """The schema definition language of the whole subgraph; what `schema.graphql` holds, without neighbours."""
    return graph(beside=frozenset(beside)).as_str().rstrip() + "\n"

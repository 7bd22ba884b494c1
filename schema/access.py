"""What is not for everybody: declared at the fields, and enforced from that declaration, whoever executes them.

A router in front enforces the same directives of the published schema. Here they hold without one, too.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema
from strawberry.federation.schema_directives import Authenticated, RequiresScopes
from strawberry.schema.schema_converter import GraphQLCoreConverter

from resolvers.errors import AccessRefused
from resolvers.viewer import Scopes, Viewer
from schema.contradictions import Path

GUARD = "gateway-guard"
"""Under this name a field's extensions have its guard."""
DIRECTIVES = (Authenticated, RequiresScopes)


class Guard(NamedTuple):
    """What a viewer needs to see a field: one of the alternatives of scopes, or just to be known."""

    field: str
    scopes: Scopes

    def refusal(self, viewer: Viewer) -> AccessRefused | None:
        """Why a viewer may not see it; None where they may."""
        return viewer.refusal(self.scopes, f"`{self.field}`")


class Need(NamedTuple):
    """A scope that something in the arguments needs, and where that is."""

    scope: str
    path: Path


def scope(name: str) -> list[object]:
    """A field that only viewers with a scope see."""
    return [RequiresScopes(scopes=[[name]])]


def authenticated() -> list[object]:
    """A field that only known viewers see."""
    return [Authenticated()]


def check(viewer: Viewer, needs: Iterable[Need]) -> None:
    """Raise AccessRefused where a viewer's arguments need a scope that they do not have."""
    for one in needs:
        refusal = viewer.refusal(((one.scope,),), f"`{'.'.join(map(str, one.path))}`, as it is,")
        if refusal is not None:
            raise type(refusal)(refusal.message, **refusal.extensions, inputPath=list(one.path))


def guard_of(field: GraphQLField) -> Guard | None:
    """The guard of a field; None where it is for everybody."""
    found: Guard | None = field.extensions.get(GUARD)
    return found


def guard_fields(schema: GraphQLSchema) -> None:
    """Put guards where they are declared. Raises TypeError for a declaration that would not be enforced."""
    for of in schema.type_map.values():
        if _declared(of):
            raise TypeError(f"{of.name} declares who may see it; declare it at the fields that give it")
        for name, field in of.fields.items() if isinstance(of, GraphQLObjectType) else ():
            directives = _declared(field)
            if directives:
                guard = Guard(f"{of.name}.{name}", _scopes(directives))
                field.extensions[GUARD] = guard
                field.resolve = _guarded(guard, field.resolve)


def _declared(of: Any) -> list[Any]:
    definition = of.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    given: Sequence[Any] = getattr(definition, "directives", None) or ()
    return [one for one in given if isinstance(one, DIRECTIVES)]


def _scopes(directives: Sequence[Any]) -> Scopes:
    return tuple(tuple(each) for one in directives if isinstance(one, RequiresScopes) for each in one.scopes)


def _guarded(guard: Guard, resolve: Any) -> Callable[..., Any]:
    """The resolver behind its guard, for an executor that calls it for each parent."""

    def guarded(source: Any, info: Any, **arguments: Any) -> Any:
        refusal = guard.refusal(info.context.viewer)
        if refusal is not None:
            raise refusal
        return resolve(source, info, **arguments)

    return guarded

"""What of the schema a client is told that it has not named itself: the types of what it has, where that is closed."""

import re
from typing import Any, ClassVar

from graphql import ASTValidationRule, FieldNode, GraphQLError

HINTS = (
    (re.compile(r" Did you mean .*\?$", re.DOTALL), ""),
    (
        re.compile(r"^Argument '([^'(]+)\(\w+:\)' of type '[^']+' is required, but it was not provided\.$"),
        r"A required argument of '\1' was not provided.",
    ),
    (re.compile(r" to include required field '\w+', found: .*$", re.DOTALL), " to include all required fields."),
)
"""What graphql-core's messages still name when it is told to hide suggestions."""


def without_hints(error: GraphQLError) -> GraphQLError:
    """The error without names that the client may not have known."""
    message = error.message
    for hint, instead in HINTS:
        message = hint.sub(instead, message)
    if message == error.message:
        return error
    return GraphQLError(
        message, error.nodes, error.source, error.positions, error.path, error.original_error, error.extensions
    )


class ClosedFields(ASTValidationRule):
    """Refuses fields of the root by their names."""

    names: ClassVar[frozenset[str]]
    reason: ClassVar[str]

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if node.name.value in self.names:
            self.report_error(GraphQLError(self.reason, node))


class NoIntrospection(ClosedFields):
    """Refuses to tell of the schema's types."""

    names = frozenset({"__schema", "__type"})
    reason = (
        "introspection is not open here; read the schema in schema.graphql, or set GATEWAY_INTROSPECTION=true where "
        "this gateway is run"
    )


class NoServiceSdl(ClosedFields):
    """Refuses to tell the schema's text."""

    names = frozenset({"_service"})
    reason = (
        "the schema's text is not open here; compose with schema.graphql, or set GATEWAY_SERVICE_SDL=true where this "
        "gateway is run"
    )

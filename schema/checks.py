"""What is checked of a document beside GraphQL's own rules, and what is said of those that cannot be checked."""

from collections.abc import Iterator

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError

ABORTED = "Validation aborted."
"""graphql-core's whole message where its rules would recurse too deeply; others that it aborts say why."""
TOO_MUCH = (
    "the document cannot be validated: it has one field hundreds of times in one place, or its fragments are nested "
    "too deeply; ask for less, or in several requests"
)


class OneOperation(SchemaExtension):
    """Refuses a document with several operations unless the request names one.

    GraphQL, 6.1, GetOperation. Strawberry by itself runs the first. Raises CannotGetOperationTypeError.
    """

    def on_parse(self) -> Iterator[None]:
        # Before the document is there, it is the name that the request gives.
        named = self.execution_context.operation_name
        yield
        document = self.execution_context.graphql_document
        if named is None and document is not None:
            operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
            if len(operations) > 1:
                raise CannotGetOperationTypeError(None)


class SaidAbort(SchemaExtension):
    """Says of a document that is too much to validate what to do about it."""

    def on_validate(self) -> Iterator[None]:
        yield
        # The list itself, since it is the answer already.
        errors = self.execution_context.pre_execution_errors or []
        errors[:] = [GraphQLError(TOO_MUCH) if error.message == ABORTED else error for error in errors]

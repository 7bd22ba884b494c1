"""What is checked of a document beside GraphQL's own rules, and what is said of those that cannot be checked."""

from collections.abc import Iterator

from graphql import OperationDefinitionNode
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError


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

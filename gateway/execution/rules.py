"""What is asked of a document before any operation of it is executed.

In this order: it is parsed, `of_documents` look at it, it is validated, `of_operations` look at the one that is run. A
check raises InvalidRequest. A document that is kept is checked once, so a check must look at nothing but the document
and the schema; what depends on variables or on who asks belongs to a `Visit`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from graphql import ASTValidationRule, DocumentNode, GraphQLError, GraphQLSchema, parse, specified_rules, validate
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.executing import RequestErrors
from gateway.execution.exposure import without_hints
from gateway.limits.refusals import TokenLimitExceeded
from schema.checks import ABORTED, TOO_MUCH

if TYPE_CHECKING:
    from gateway.execution.operations import Prepared

DocumentCheck: TypeAlias = Callable[[DocumentNode], None]
OperationCheck: TypeAlias = Callable[["Prepared"], None]
# Meant to be assigned, says graphql-core. So much takes some 0.1 seconds. Forty fragments in one place that want the
# same ten fields take half of it; by its own bound a small document may take half a second.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 100_000
OF_STRAWBERRY = (MaybeNullValidationRule, OneOfInputValidationRule)
"""The rules that Strawberry adds by itself."""


@dataclass(frozen=True)
class Rules:
    """`max_tokens` bounds what is parsed. `validation` are rules beside those of the specification.

    `hide_suggestions`: messages name no field, argument or value of the schema that the client has not named itself,
    only the types of what it has.
    """

    max_tokens: int | None = None
    of_documents: Sequence[DocumentCheck] = ()
    validation: Sequence[type[ASTValidationRule]] = ()
    of_operations: Sequence[OperationCheck] = ()
    hide_suggestions: bool = False

    def parsed(self, text: str) -> DocumentNode:
        """The document of a text.

        Raises RequestErrors for one that is none, TokenLimitExceeded, and what the checks raise.
        """
        try:
            document = parse(text, max_tokens=self.max_tokens)
        except GraphQLError as error:
            if self.max_tokens is not None and error.message.endswith(f"{self.max_tokens} tokens. Parsing aborted."):
                raise _too_long(self.max_tokens) from error
            raise RequestErrors([error]) from error
        for check in self.of_documents:
            check(document)
        return document

    def validate(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        """Raise RequestErrors for a document that does not fit the schema, or cannot be checked."""
        rules = [*specified_rules, *OF_STRAWBERRY, *self.validation]
        errors = validate(schema, document, rules, hide_suggestions=self.hide_suggestions)
        if errors:
            raise RequestErrors(
                self.told([GraphQLError(TOO_MUCH) if one.message == ABORTED else one for one in errors])
            )

    def told(self, errors: Sequence[GraphQLError]) -> Sequence[GraphQLError]:
        """Errors as a client may see them."""
        return [without_hints(one) for one in errors] if self.hide_suggestions else errors


def _too_long(most: int) -> TokenLimitExceeded:
    message = f"the document has over {most} words and signs; send what it has in several documents"
    return TokenLimitExceeded(message, limit=most, actual=most + 1)


NO_RULES = Rules()

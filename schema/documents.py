"""Documents that were parsed and found valid before: clients send few different ones, and each many times."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from graphql import DocumentNode
from strawberry.extensions import SchemaExtension

MOST_CHARACTERS = 100_000
"""Of all documents that are known together. Parsed, a character takes 80 to 260 bytes."""
LONGEST_CHARACTERS = 10_000
"""One that is longer would drive too many others out."""


class KnownDocuments:
    """Valid documents by their text, those used last: `most_characters` of text together, `longest` in one."""

    def __init__(self, most_characters: int = MOST_CHARACTERS, longest: int = LONGEST_CHARACTERS) -> None:
        self._documents: OrderedDict[str, DocumentNode] = OrderedDict()
        self._beside: dict[str, dict[Any, Any]] = {}
        self._most_characters, self._longest, self._characters = most_characters, longest, 0

    def __len__(self) -> int:
        return len(self._documents)

    def get(self, text: str) -> DocumentNode | None:
        """The document of a text; None for one that is not known."""
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
        return document

    def beside(self, text: str) -> dict[Any, Any]:
        """What others have found out of a known document, and want to keep for as long as it is known."""
        return self._beside[text]

    def put(self, text: str, document: DocumentNode) -> bool:
        """Know a document, and forget others for it. False for one that is too long to be known."""
        if len(text) > self._longest:
            return False
        if text in self._documents:
            return True
        self._documents[text] = document
        self._beside[text] = {}
        self._characters += len(text)
        while self._characters > self._most_characters:
            forgotten, _ = self._documents.popitem(last=False)
            del self._beside[forgotten]
            self._characters -= len(forgotten)
        return True


class ParseOnce(SchemaExtension):
    """Spares the parsing and validating of a known document, which takes longer than answering it.

    What is valid depends on the document and the schema alone, and not on variables. Invalid ones are not kept.
    """

    def __init__(self, known: KnownDocuments) -> None:
        self._known, self._is_known = known, False

    def on_parse(self) -> Iterator[None]:
        text = self.execution_context.query
        document = self._known.get(text) if text is not None else None
        if document is not None:
            self._is_known, self.execution_context.graphql_document = True, document
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if self._is_known:
            # Validation is left out where there is a list of errors already.
            context.pre_execution_errors = []
        yield
        if not self._is_known and not context.pre_execution_errors and context.query and context.graphql_document:
            self._known.put(context.query, context.graphql_document)

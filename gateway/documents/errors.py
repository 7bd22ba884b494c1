"""What is wrong with a document that is named and not sent, or sent and not trusted.

The first two have the code and the message that clients of Apollo's protocol look for: they send the text then.
"""

from http import HTTPStatus
from typing import ClassVar

from gateway.refusals import Refused


class DocumentError(Refused):
    """Clients of persisted queries meet these in the course of things, so `application/json` has them with 200."""

    status_json: ClassVar[HTTPStatus] = HTTPStatus.OK


class PersistedQueryNotFound(DocumentError):
    """No document is known by this hash; the client sends hash and document together."""

    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class PersistedQueryNotSupported(DocumentError):
    """This server keeps no documents of clients."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


class UnknownDocument(Refused):
    """No manifest has a document with this id."""

    code = "PERSISTED_QUERY_NOT_IN_LIST"

    def __init__(self, id_: str) -> None:
        super().__init__(
            f"there is no trusted document {id_[:100]!r}; publish the manifest of this client, or send `query`"
        )


class UntrustedDocument(Refused):
    """A document that no manifest has, where nothing else is executed."""

    code = "QUERY_NOT_IN_SAFELIST"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "only trusted documents are executed here; send the id of one, or publish a manifest with this document"
        )

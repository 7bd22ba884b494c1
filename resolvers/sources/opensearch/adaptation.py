"""What the model has learned from a catalog, kept in the cluster beside the documents.

It is a document of the occupations' index without any of the fields that searches look at, as what was deleted is, so
nothing ever finds it. Its id is none of an entity. A mapping's `_meta` would be in the state of the cluster, which
every node holds in memory, and this is some megabytes.
"""

from base64 import b64decode, b64encode
from binascii import Error
from typing import Any

import msgspec

from resolvers.catalog.kind import Kind
from resolvers.errors import SourceUnavailable

ADAPTATION_KIND = Kind.OCCUPATION
ADAPTATION_ID = "adaptation"


def adaptation_path(index: str) -> str:
    """Where a generation's adaptation is asked for."""
    return f"/{index}/_doc/{ADAPTATION_ID}"


def adaptation_document(adaptation: bytes) -> dict[str, Any]:
    """The adaptation as a document."""
    return {"record": {"adaptation": b64encode(adaptation).decode()}}


def read_adaptation(text: str) -> bytes:
    """The adaptation out of the cluster's answer. Raises SourceUnavailable for what is none."""
    try:
        return b64decode(msgspec.json.decode(text, type=_Answer).source.record.adaptation, validate=True)
    except (msgspec.MsgspecError, Error) as error:
        raise SourceUnavailable(f"the index's adaptation is damaged ({error}); index the catalog again") from error


class _Kept(msgspec.Struct, frozen=True):
    adaptation: str


class _Source(msgspec.Struct, frozen=True):
    record: _Kept


class _Answer(msgspec.Struct, frozen=True):
    source: _Source = msgspec.field(name="_source")

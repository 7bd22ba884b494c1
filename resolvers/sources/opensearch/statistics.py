"""What a catalog says of skills, kept in the cluster as its adaptation is: a document that no search looks at."""

from base64 import b64decode, b64encode
from binascii import Error
from typing import Any

import msgspec

from resolvers.catalog.kind import Kind
from resolvers.errors import SourceUnavailable
from resolvers.ranking.skills import SkillStatistics

STATISTICS_KIND = Kind.SKILL
STATISTICS_ID = "statistics"


def statistics_path(index: str) -> str:
    """Where a generation's statistics are asked for."""
    return f"/{index}/_doc/{STATISTICS_ID}"


def statistics_document(content: bytes) -> dict[str, Any]:
    """The statistics as a document."""
    return {"record": {"statistics": b64encode(content).decode()}}


def read_statistics(text: str) -> SkillStatistics:
    """The statistics out of the cluster's answer. Raises SourceUnavailable for what are none."""
    try:
        found = msgspec.json.decode(text, type=_Answer).source.record.statistics
        return SkillStatistics.of(b64decode(found, validate=True))
    except (ValueError, Error) as error:
        raise SourceUnavailable(f"the index's statistics are damaged ({error}); index the catalog again") from error


class _Kept(msgspec.Struct, frozen=True):
    statistics: str


class _Source(msgspec.Struct, frozen=True):
    record: _Kept


class _Answer(msgspec.Struct, frozen=True):
    source: _Source = msgspec.field(name="_source")

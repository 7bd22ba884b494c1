"""One change as it is given: a JSON object on a line, or in a message.

{"op": "upsert", "version": 17, "record": {…a record of the feed…}}
{"op": "delete", "version": 18, "id": "job_…"}
"""

from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple

import msgspec

from indexing.validate import Unacceptable, Validator, decoded
from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.kinds import KINDS, ref_of
from resolvers.catalog.values import Record
from resolvers.sources.changes import FULL_INDEX_VERSION, LAST_VERSION

Version = Annotated[int, msgspec.Meta(gt=FULL_INDEX_VERSION, le=LAST_VERSION)]


class GivenChange(NamedTuple):
    """What an entity becomes with a version; without a record, it is deleted."""

    ref: Ref
    version: int
    record: Record | None


class _Upsert(msgspec.Struct, tag_field="op", tag="upsert"):
    version: Version
    record: msgspec.Raw


class _Delete(msgspec.Struct, tag_field="op", tag="delete"):
    version: Version
    id: str


class _Identified(msgspec.Struct):
    id: str


class ChangeReader:
    """Reads changes of every kind. Fields that we do not know are passed over."""

    def __init__(self) -> None:
        self._change: Callable[[bytes], _Upsert | _Delete] = msgspec.json.Decoder(_Upsert | _Delete).decode
        self._identified = msgspec.json.Decoder(_Identified)
        self._validators: Mapping[Kind, Validator] = {kind: Validator(spec) for kind, spec in KINDS.items()}

    def read(self, line: bytes) -> GivenChange:
        """The change on the line; raises Unacceptable."""
        change = self._decoded(line)
        if isinstance(change, _Delete):
            ref = _ref(change.id)
            self._validators[ref.kind].check_id(ref.id)
            return GivenChange(ref, change.version, None)
        try:
            return self._upsert(change)
        except Unacceptable as refusal:
            field = f"record.{refusal.field}" if refusal.field else "record"
            raise Unacceptable(field, refusal.reason, refusal.message) from refusal

    def _decoded(self, line: bytes) -> _Upsert | _Delete:
        try:
            return decoded(self._change, line)
        except Unacceptable as refusal:
            if (refusal.field, refusal.reason) == ("op", "wrong value"):
                raise Unacceptable("op", refusal.reason, "expected 'upsert' or 'delete'") from refusal
            raise

    def _upsert(self, change: _Upsert) -> GivenChange:
        record = bytes(change.record)
        ref = _ref(decoded(self._identified.decode, record).id)
        return GivenChange(ref, change.version, self._validators[ref.kind].read(record))


def _ref(id_: str) -> Ref:
    ref = ref_of(id_)
    if ref is None:
        prefixes = ", ".join(spec.prefix for spec in KINDS.values())
        raise Unacceptable("id", "wrong value", f"expected one of {prefixes} and more, not {id_!r}")
    return ref

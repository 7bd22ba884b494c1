"""From one line of a feed to a record that nothing later will stumble over, or the reason why not."""

import re
from collections.abc import Callable
from datetime import datetime
from math import isfinite
from typing import Any, TypeVar

import msgspec

from indexing.staging import can_be_staged
from indexing.summary import shown
from resolvers.catalog.kind import FieldType, KindSpec
from resolvers.catalog.values import Record

T = TypeVar("T")
MAX_ID_CHARACTERS = 200
YEARS = range(1678, 2262)
"""The whole years that 64 bits of nanoseconds around 1970 reach, which is how engines keep a moment."""
ID_RULE = f"up to {MAX_ID_CHARACTERS} characters without spaces"
NAMES = ("name", "title")
_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
_MISSING = re.compile(r"Object missing required field `([^`]*)`")
_OWN_CHECK = re.compile(r"([\w\[\]]+): (.*)", re.DOTALL)


class Unacceptable(Exception):
    """A record cannot be taken. The arguments are those of a Rejection."""

    def __init__(self, field: str | None, reason: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason
        self.message = shown(message)


class Validator:
    """Reads lines of one kind. Fields that the kind does not have are passed over: a feed may grow before we do."""

    def __init__(self, spec: KindSpec[Any]) -> None:
        self._prefix = spec.prefix
        self._decode: Callable[[bytes], Record] = msgspec.json.Decoder(spec.record).decode
        self._id = re.compile(re.escape(spec.prefix) + r"[^\s\x00-\x1f\x7f-\x9f]+")
        self._names = [name for name in NAMES if name in spec.record.__struct_fields__]
        self._numbers = [field for field in spec.fields if field.type is FieldType.NUMBER]
        self._moments = [field for field in spec.fields if field.type is FieldType.DATE]

    def read(self, line: bytes) -> Record:
        """The record on the line; raises Unacceptable."""
        record = decoded(self._decode, line)
        self.check_id(record.id)
        for name in self._names:
            if not getattr(record, name).strip():
                raise Unacceptable(name, "wrong value", "expected a text that says something, not an empty one")
        self._check_bounds(record)
        return record

    def check_id(self, id_: str) -> None:
        """Raise Unacceptable for an id that no entity of the kind can have."""
        if not self._id.fullmatch(id_) or len(id_) > MAX_ID_CHARACTERS or not can_be_staged(id_):
            raise Unacceptable("id", "wrong value", f"expected {self._prefix!r} and more, {ID_RULE}, not {id_!r}")

    def _check_bounds(self, record: Record) -> None:
        """Refuse what the feed's types can say and an index cannot hold. Facts of related records have passed here."""
        for field in self._numbers:
            for value in field.values(record, {}):
                if not isfinite(value):  # type: ignore[arg-type]
                    raise Unacceptable(_camel(field.name), "wrong value", "the number is too large")
        for field in self._moments:
            for value in field.values(record, {}):
                if isinstance(value, datetime) and value.year not in YEARS:
                    years = f"{YEARS[0]} to {YEARS[-1]}"
                    raise Unacceptable(
                        _camel(field.name), "wrong value", f"expected a year from {years}, not {value.year}"
                    )


def decoded(decode: Callable[[bytes], T], line: bytes) -> T:
    """What is on a line of JSON; raises Unacceptable."""
    try:
        # msgspec looks only at the strings that it keeps.
        line.decode()
        return decode(line)
    except UnicodeDecodeError as error:
        raise Unacceptable(None, "not UTF-8", f"expected UTF-8, byte {error.start + 1} of the line is not") from error
    except RecursionError as error:
        raise Unacceptable(None, "broken JSON", "nested too deeply") from error
    except msgspec.ValidationError as error:
        raise _wrong_field(error) from error
    except msgspec.DecodeError as error:
        raise Unacceptable(None, "broken JSON", _lower_first(str(error))) from error


def _wrong_field(error: msgspec.ValidationError) -> Unacceptable:
    """What msgspec says in one sentence, taken apart: `$.budget.amount` is where, the rest is what."""
    text = str(error)
    found = _PATH.search(text)
    parents, text = (found[1], text[: found.start()]) if found else ("", text)
    if missing := _MISSING.fullmatch(text):
        return Unacceptable(_join(parents, missing[1]), "missing field", "is missing")
    # A record's own check is a ValueError that begins with the name of the field.
    if isinstance(error.__cause__, ValueError) and (own := _OWN_CHECK.fullmatch(text)):
        return Unacceptable(_join(parents, own[1]), "wrong value", own[2])
    return Unacceptable(parents or None, "wrong value", _lower_first(text))


def _join(parents: str, field: str) -> str:
    return f"{parents}.{field}" if parents else field


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _lower_first(text: str) -> str:
    return text if text.startswith("JSON") else text[:1].lower() + text[1:]

"""How settings and their bounds are put in words, with secrets hidden."""

import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import Secret, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

HIDDEN = "********"
NOT_SET = "not set"
_SECRETS = (SecretStr, SecretBytes, Secret)
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/@\s:]*):(?:[^/\s]*|[^,@\s]*)@")
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", Path: "a path"}


def is_secret(field: FieldInfo) -> bool:
    """Whether the field's value must never be shown: its type is or contains one of pydantic's secrets."""
    return any(part in _SECRETS or get_origin(part) in _SECRETS for part in _parts(field.annotation))


def shown(value: object, field: FieldInfo) -> str:
    """`value` as a reader may see it: secrets and passwords inside of URLs hidden."""
    if value is None:
        return NOT_SET
    if is_secret(field):
        return HIDDEN
    return _PASSWORD_IN_URL.sub(rf"\1:{HIDDEN}@", str(value)).removesuffix(".0" if isinstance(value, float) else "")


def choices(field: FieldInfo) -> list[str]:
    """The words that the field allows; empty when it is not a choice."""
    return [str(word) for part in _parts(field.annotation) if get_origin(part) is Literal for word in get_args(part)]


def allowed(field: FieldInfo) -> str:
    """What the field allows, as in `a whole number from 1 to 64`; empty when its type says nothing more."""
    extra = field.json_schema_extra
    if isinstance(extra, dict) and extra.get("allowed"):
        return str(extra["allowed"])
    words = choices(field)
    if words:
        return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
    kind = next((_WORDS[part] for part in _parts(field.annotation) if part in _WORDS), "")
    return " ".join(filter(None, (kind, *_bounds(field)))) if kind else ""


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    if get_origin(annotation) is Annotated:
        yield from _parts(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType, list, tuple, dict, set, frozenset}:
        for part in get_args(annotation):
            yield from _parts(part)


def _bounds(field: FieldInfo) -> Iterator[str]:
    for bound in sorted(field.metadata, key=lambda rule: isinstance(rule, Le | Lt)):
        match bound:
            case Ge(ge=least):
                yield f"from {least}"
            case Gt(gt=least):
                yield f"above {least}"
            case Le(le=most):
                yield f"to {most}" if any(isinstance(rule, Ge) for rule in field.metadata) else f"up to {most}"
            case Lt(lt=most):
                yield f"below {most}"
            case MinLen(min_length=1):
                yield "that is not empty"

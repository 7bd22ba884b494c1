"""Settings that cannot be meant, told so that the reader can mend them."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from gateway.settings.model import Origin, Settings
from gateway.settings.values import allowed, choices, is_secret, shown


class SettingsError(Exception):
    """Settings that cannot be meant. `problems` has one line for each; the message is all of them."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def did_you_mean(given: str, known: Iterable[str], prefix: str = "") -> str:
    """`; did you mean X?` for the known word nearest to the given one, or nothing.

    A prefix that all words share would make them all alike, so it is left out of the comparison.
    """
    start, words = given.removeprefix(prefix), [word.removeprefix(prefix) for word in known]
    begun = [word for word in words if len(start) > 2 and word.startswith(start)]
    nearest = get_close_matches(start, words, n=1) or begun
    return f"; did you mean {prefix}{nearest[0]}?" if nearest else ""


def as_flag(name: str) -> str:
    """The command line's flag of a setting."""
    return f"--{name.replace('_', '-')}"


def wrong_values(
    error: ValidationError, kind: type[Settings], layers: Mapping[Origin, Mapping[str, Any]]
) -> Iterator[str]:
    """One line for each wrong value: the variable or flag, what was given, what is allowed."""
    for detail in error.errors(include_url=False):
        if not detail["loc"]:
            yield detail["msg"].removeprefix("Value error, ")
            continue
        name = str(detail["loc"][0])
        field = kind.model_fields[name]
        origin = next(origin for origin, values in layers.items() if name in values)
        given = shown(detail["input"] if len(detail["loc"]) == 1 else layers[origin][name], field)
        yield f"{_named(name, kind, origin)} cannot be {given!r}: {_expected(field, given, detail['msg'])}"


def _named(name: str, kind: type[Settings], origin: Origin) -> str:
    variable = kind.variables()[name]
    return {"flag": as_flag(name), ".env": f"{variable} (in .env)"}.get(origin, variable)


def _expected(field: FieldInfo, given: str, message: str) -> str:
    words = allowed(field)
    if not words:
        # A validator may quote the value, so a secret's own message stays hidden.
        return "it is not valid" if is_secret(field) else message
    return f"it must be {words}{did_you_mean(given, choices(field))}"

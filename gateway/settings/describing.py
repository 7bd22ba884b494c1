"""The settings described by themselves: for the command line and for the README."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from gateway.settings.model import Origin, Settings
from gateway.settings.values import allowed, shown

_HEADER = ("Variable", "Meaning", "Unit", "Default", "Allowed")


@dataclass(frozen=True)
class SettingRow:
    """One setting as a reader may see it. `unit` and `allowed` may be empty; secrets are hidden."""

    name: str
    variable: str
    meaning: str
    unit: str
    allowed: str
    default: str
    value: str
    origin: Origin

    @property
    def facts(self) -> str:
        """What is allowed, in which unit, and the default, in one phrase."""
        return ", ".join(filter(None, (f"{self.allowed} {self.unit}".strip(), f"default {self.default}")))


def describe_settings(settings: Settings) -> list[SettingRow]:
    """Every setting with its meaning, unit, bounds, default, present value and where that came from."""
    kind = type(settings)
    variables = kind.variables()
    return [
        SettingRow(
            name=name,
            variable=variables[name],
            meaning=field.description or "",
            unit=_unit(field),
            allowed=allowed(field),
            default=shown(field.get_default(call_default_factory=True, validated_data={}), field),
            value=shown(getattr(settings, name), field),
            origin=settings.origin(name),
        )
        for name, field in kind.model_fields.items()
    ]


def settings_markdown() -> str:
    """The table of all settings for the README; it does not depend on the environment."""
    return "\n".join([_table_line(_HEADER), _table_line(["---"] * len(_HEADER)), *_table_rows()]) + "\n"


def _table_rows() -> Iterator[str]:
    for row in describe_settings(Settings()):
        yield _table_line((f"`{row.variable}`", row.meaning, row.unit, f"`{row.default}`", row.allowed))


def _table_line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _unit(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""

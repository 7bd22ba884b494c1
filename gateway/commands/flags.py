"""A flag for every setting, so that a new setting needs no line in the command line."""

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

import typer

from gateway.settings import SettingRow, Settings, describe_settings, load_settings
from gateway.settings.problems import as_flag
from gateway.settings.values import is_secret


def with_settings(command: Callable[[Settings], None]) -> Callable[..., None]:
    """`command` with a flag for every setting that is no secret: other users of a machine can read flags.

    Flags are texts here and are judged with all other settings, so that every source has the same messages.
    """
    rows = [row for row in describe_settings(Settings()) if not is_secret(Settings.model_fields[row.name])]

    def with_flags(**flags: str | None) -> None:
        command(load_settings(**flags))

    parameters = [Parameter(row.name, Parameter.KEYWORD_ONLY, default=_option(row), annotation=str) for row in rows]
    described: Any = with_flags
    described.__signature__ = Signature(parameters)
    described.__doc__ = command.__doc__
    return with_flags


def _option(row: SettingRow) -> Any:
    # No [brackets]: typer's help reads them as markup.
    return typer.Option(
        None, as_flag(row.name), help=f"{row.meaning} ({row.facts}; or {row.variable})", metavar="VALUE"
    )

"""Reading the settings: flags before the environment before `.env` before the defaults."""

import os
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from dotenv.parser import Binding, parse_stream
from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource
from pydantic_settings import SettingsError as UnreadableValue

from gateway.settings.model import Origin, Settings
from gateway.settings.problems import SettingsError, did_you_mean, wrong_values

ENV_FILE = Path(".env")
ENV_FILE_ENCODING = "utf-8-sig"
TEST_PREFIX = "GATEWAY_TEST_"
"""Variables that steer the tests; they are no settings."""

AnySettings = TypeVar("AnySettings", bound=Settings)
Layers = Mapping[Origin, Mapping[str, Any]]


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process. An override is a flag that was given; None means that it was not.

    Raises SettingsError, with every problem, for a wrong value, an unknown GATEWAY_ variable or an unknown override.
    """
    return read_settings(Settings, overrides)


def read_settings(kind: type[AnySettings], overrides: Mapping[str, Any]) -> AnySettings:
    """The same as `load_settings` for any class of settings."""
    problems: list[str] = []
    layers = _read_layers(kind, overrides, problems)
    try:
        settings = kind.layered(layers)
    except ValidationError as error:
        problems += wrong_values(error, kind, layers)
    if problems:
        raise SettingsError(problems)
    return settings


def _read_layers(kind: type[Settings], overrides: Mapping[str, Any], problems: list[str]) -> Layers:
    flags = {name: value for name, value in overrides.items() if value is not None}
    lines = _env_file_lines(problems)
    problems += _unknown_overrides(kind, flags)
    problems += _unknown_variables(kind, os.environ, "")
    problems += _unknown_variables(kind, [line.key for line in lines if line.key], " (in .env)")
    return {
        "flag": {name: value for name, value in flags.items() if name in kind.model_fields},
        "environment": _given(kind, EnvSettingsSource(kind), problems),
        ".env": _given(kind, _env_file_source(kind), problems) if lines else {},
    }


def _env_file_lines(problems: list[str]) -> list[Binding]:
    """The lines of `.env`; none when there is no such file or when it cannot be read, which is a problem."""
    try:
        text = ENV_FILE.read_text(encoding=ENV_FILE_ENCODING) if ENV_FILE.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f".env cannot be read: {error}")
        return []
    lines = list(parse_stream(StringIO(text)))
    # The line itself is not repeated: it may hold a secret.
    broken = [f".env line {line.original.line} cannot be read: it must be NAME=value" for line in lines if line.error]
    problems += broken
    return [] if broken else lines


def _env_file_source(kind: type[Settings]) -> EnvSettingsSource:
    return DotEnvSettingsSource(kind, env_file=ENV_FILE, env_file_encoding=ENV_FILE_ENCODING)


def _given(kind: type[Settings], source: EnvSettingsSource, problems: list[str]) -> dict[str, Any]:
    try:
        values = source()
    except UnreadableValue as error:
        problems.append(str(error))
        return {}
    return {name: value for name, value in values.items() if name in kind.model_fields}


def _unknown_overrides(kind: type[Settings], flags: Mapping[str, Any]) -> Iterator[str]:
    for name in flags:
        if name not in kind.model_fields:
            yield f"there is no setting {name}{did_you_mean(name, kind.model_fields)}"


def _unknown_variables(kind: type[Settings], given: Iterable[str], where: str) -> Iterator[str]:
    prefix = str(kind.model_config["env_prefix"])
    known = kind.variables().values()
    for variable in sorted(given):
        # Upper case, because pydantic-settings reads gateway_port as GATEWAY_PORT.
        name = variable.upper()
        if name.startswith(prefix) and not name.startswith(TEST_PREFIX) and name not in known:
            yield f"there is no setting {variable}{where}{did_you_mean(name, known, prefix)}"

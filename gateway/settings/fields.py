"""How a setting is declared, and types that several of them have."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field


def _home_expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as unknown_user:
        raise ValueError(str(unknown_user)) from unknown_user


def _not_empty(value: Any) -> Any:
    """An empty path would be the working directory."""
    if isinstance(value, str) and not value.strip():
        raise ValueError("a path is not empty")
    return value


def lower(value: Any) -> Any:
    """Words count in any case."""
    return value.strip().lower() if isinstance(value, str) else value


Directory = Annotated[Path, BeforeValidator(_not_empty), AfterValidator(_home_expanded)]


def setting(default: Any, meaning: str, unit: str = "", allowed: str = "", **bounds: Any) -> Any:
    """A field that describes itself. `unit` is a plural noun or empty; `bounds` are pydantic's (`ge`, `le`, …).

    `allowed` says in words what the type and the bounds do not.
    """
    return Field(default, description=meaning, json_schema_extra={"unit": unit, "allowed": allowed}, **bounds)

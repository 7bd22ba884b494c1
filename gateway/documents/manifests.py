"""Manifests of trusted documents, as the tools of clients write them.

- Relay (`persisted_queries.json`) and GraphQL Codegen's client preset (`persisted-documents.json`): one object, each
  document by its id.
- Apollo's generator: `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id", "name",
  "type", "body"}]}`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

APOLLO = "apollo-persisted-query-manifest"
APOLLO_VERSION = 1
FORMS = (
    "it must be a manifest of Relay or GraphQL Codegen (an object of documents by their ids), or one of Apollo's "
    "generator, version 1"
)


class BrokenManifest(Exception):
    """A manifest that cannot be read. The message names the file, and what is wrong with it."""


def manifests_of(folder: Path) -> list[Path]:
    """The files of a directory that hold manifests. Raises BrokenManifest where there is no such directory."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except OSError as error:
        raise BrokenManifest(f"{folder} cannot be read: {error.strerror}") from error


def read_manifests(folder: Path) -> dict[str, str]:
    """The documents of all manifests of a directory, by their ids. Raises BrokenManifest, also for none at all."""
    files = manifests_of(folder)
    if not files:
        raise BrokenManifest(f"{folder} has no manifest; put one there whose name ends in .json")
    found: dict[str, str] = {}
    for file in files:
        for id_, text in _documents(file):
            if found.setdefault(id_, text) != text:
                raise BrokenManifest(f"{file} has another document {id_!r} than a manifest before it")
    return found


def _documents(file: Path) -> Iterator[tuple[str, str]]:
    try:
        content = orjson.loads(file.read_bytes())
    except OSError as error:
        raise BrokenManifest(f"{file} cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise BrokenManifest(f"{file} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise BrokenManifest(f"{file}: {FORMS}")
    yield from _checked(file, _of_apollo(file, content) if content.get("format") == APOLLO else content)


def _of_apollo(file: Path, content: Mapping[str, Any]) -> dict[Any, Any]:
    operations = content.get("operations")
    if content.get("version") != APOLLO_VERSION or not isinstance(operations, list):
        raise BrokenManifest(f"{file}: {FORMS}")
    if not all(isinstance(one, dict) for one in operations):
        raise BrokenManifest(f"{file}: every operation must be an object with `id` and `body`")
    return {one.get("id"): one.get("body") for one in operations}


def _checked(file: Path, documents: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for id_, text in documents.items():
        if not isinstance(id_, str) or not id_ or not isinstance(text, str) or not text.strip():
            raise BrokenManifest(f"{file}: the document {id_!r} is no text with an id; {FORMS}")
        yield id_, text

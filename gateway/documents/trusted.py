"""Trusted documents: those of the manifests, which follow their directory without a restart."""

import asyncio
import logging
from pathlib import Path
from typing import Literal, NamedTuple

from gateway.documents.errors import UntrustedDocument
from gateway.documents.manifests import BrokenManifest, manifests_of, read_manifests
from gateway.documents.persisted import digest_of
from gateway.documents.told_once import ToldOnce
from resolvers.repeating import Repeating

PREFIX = "sha256:"
"""Of ids that are a document's hash: GraphQL over HTTP, appendix "Persisted Documents"."""
Trust = Literal["off", "log", "enforce"]
log = logging.getLogger(__name__)


class Manifest(NamedTuple):
    """Documents by their ids, and the texts of all of them."""

    documents: dict[str, str]
    texts: frozenset[str]


class TrustedDocuments:
    """The documents of a directory's manifests. Building it reads them, and raises BrokenManifest.

    They are looked at again every `reload_seconds` once it is started. A manifest that is broken then changes nothing:
    what was read last goes on, and the log says what is wrong.
    """

    def __init__(self, folder: Path, trust: Trust = "off", reload_seconds: float = 1.0) -> None:
        self._folder, self._trust = folder, trust
        self._seen = _state(folder)
        self._manifest = _read(folder)
        self._following = Repeating("following trusted documents", self._follow, reload_seconds)
        self._told = ToldOnce()

    def document(self, id_: str) -> str | None:
        """The document with an id, whether or not the id says that it is a hash."""
        known = self._manifest.documents
        return known.get(id_) or known.get(id_.removeprefix(PREFIX)) or known.get(f"{PREFIX}{id_}")

    def check(self, text: str, client: str) -> None:
        """Raise UntrustedDocument, or write into the log, for a document that no manifest has."""
        if self._trust == "off" or text.strip() in self._manifest.texts:
            return
        if self._trust == "enforce":
            raise UntrustedDocument
        digest = digest_of(text)
        if self._told.is_new(digest):
            log.warning("a document that is not trusted, sha256 %s, was sent by %r", digest, client)

    async def start(self) -> None:
        self._following.start()

    async def close(self) -> None:
        await self._following.close()

    async def _follow(self) -> None:
        await asyncio.to_thread(self.look)

    def look(self) -> None:
        """Read the manifests again if anything has changed in their directory."""
        state = _state(self._folder)
        if state == self._seen:
            return
        self._seen = state
        try:
            self._manifest = _read(self._folder)
        except BrokenManifest as error:
            log.error("trusted documents stay as they were: %s", error)  # noqa: TRY400  no defect of ours
        else:
            log.info("%d trusted documents were read", len(self._manifest.documents))


def _read(folder: Path) -> Manifest:
    documents = read_manifests(folder)
    return Manifest(documents, frozenset(text.strip() for text in documents.values()))


def _state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when a manifest does; empty where the directory cannot be read."""
    try:
        stats = [(path.name, path.stat()) for path in manifests_of(folder)]
    except (BrokenManifest, OSError):
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)

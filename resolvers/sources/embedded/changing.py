"""Makes the next generation out of the current one and a batch of changes, without reading a catalog.

Files that stay as they are get a second link in the new folder. The text index adds segments and marks documents as
deleted; facts and vectors of what has changed lie in files of their own (`overlay`, `tail`), which each batch copies.
"""

import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import Filter
from resolvers.sources.changes import FULL_INDEX_VERSION, Change, Fate, Outcome, Stored
from resolvers.sources.embedded.changed_kind import ChangedKind, NotTaken
from resolvers.sources.embedded.failures import damaged, told_as_indexing_error, told_as_unavailable
from resolvers.sources.embedded.generation import Generation
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.manifest import FORMAT, Manifest
from resolvers.sources.embedded.overlay import OVERLAY_FILE, Entry, OverlayWriter

MUCH = 0.5
"""The share of changes, of all documents, from which on a full index is worth its time."""
UNCHANGED = "the index could not be changed, and is as it was"
log = logging.getLogger(__name__)


class EmbeddedBatch:
    """One batch: it writes into a folder, and `publish` makes that the current generation."""

    def __init__(self, layout: Layout, current: Generation, folder: Path) -> None:
        self._layout, self._current, self._folder = layout, current, folder
        self._counts = dict(current.manifest.counts)
        self._written = 0
        self._overlay: OverlayWriter | None = None
        self._kinds: dict[Kind, ChangedKind] = {}

    @property
    def embedder(self) -> str | None:
        return self._current.manifest.embedder

    @property
    def dimension(self) -> int:
        return self._current.manifest.dimension

    @property
    def adaptation(self) -> bytes | None:
        return self._current.adaptation

    def stored(self, refs: Sequence[Ref]) -> Sequence[Stored | None]:
        with told_as_indexing_error(UNCHANGED):
            return self._current.facts.stored(refs)

    def passing(self, kind: Kind, wanted: Filter) -> Iterator[Sequence[Stored]]:
        with told_as_indexing_error(UNCHANGED):
            yield from self._current.passing(kind, wanted)

    def write(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        with told_as_indexing_error(UNCHANGED):
            overlay = self._begun()
            outcomes, entries = [], []
            for change in changes:
                outcome, entry = self._write(change, overlay)
                outcomes.append(outcome)
                if entry is not None:
                    entries.append((change.ref, entry))
            overlay.put(entries)
        self._written += len(entries)
        return outcomes

    def _begun(self) -> OverlayWriter:
        """Have the folder filled with what the current generation has, before the first write."""
        if self._overlay is None:
            link_files(self._layout.path(self._current.name), self._folder)
            if self._current.facts.overlay is not None:
                self._current.facts.overlay.copy(self._folder / OVERLAY_FILE)
            self._overlay = OverlayWriter(self._folder / OVERLAY_FILE)
        return self._overlay

    def _write(self, change: Change, overlay: OverlayWriter) -> tuple[Outcome, Entry | None]:
        (kind, id_), earlier = change.ref, overlay.entry(change.ref)
        full_rows_before, in_full = self._current.facts.full.find(kind, id_)
        if not _is_due(change, earlier, in_full):
            return Outcome(Fate.STALE), None
        changed, row = self._changed(kind), earlier.row if earlier else None
        was_there = in_full if earlier is None else earlier.record is not None
        if change.document is None:
            if was_there:
                changed.delete(id_, row)
            entry = Entry(change.version, row, None)
        else:
            try:
                row = changed.put(change.document, row, full_rows_before)
            except NotTaken as refusal:
                return Outcome(Fate.REFUSED, str(refusal)), None
            entry = Entry(change.version, row, change.document.document.record)
        if in_full:
            changed.replace(full_rows_before)
        self._counts[kind] = self._counts.get(kind, 0) + (entry.record is not None) - was_there
        return Outcome(Fate.APPLIED), entry

    def _changed(self, kind: Kind) -> ChangedKind:
        if kind not in self._kinds:
            full, dimension = self._current.facts.full.count(kind), self._current.manifest.dimension
            self._kinds[kind] = ChangedKind(KINDS[kind], self._folder / kind.lower(), full, dimension)
        return self._kinds[kind]

    def publish(self) -> None:
        if self._overlay is None or not self._written:
            return
        with told_as_indexing_error(UNCHANGED):
            for kind in list(self._kinds):
                self._kinds.pop(kind).close(self._overlay.ids(kind))
            self._overlay.close()
            self._overlay = None
            was = self._current.manifest
            changes = was.changes + self._written
            Manifest(FORMAT, datetime.now(UTC), was.embedder, was.dimension, self._counts, changes).save(self._folder)
            self._layout.switch(self._folder)
        much = MUCH * sum(self._counts.values())
        if was.changes < much <= changes:
            log.warning("%d changes since the full index: index the catalog again for less work and disk", changes)

    def close(self) -> None:
        """Let go of what is still open; what was not published is lost."""
        for changed in self._kinds.values():
            # What has failed may fail again while it is thrown away.
            with suppress(OSError, ValueError):
                changed.discard()
        if self._overlay is not None:
            self._overlay.discard()
        # Whoever still has the batch does not keep the generation that it began with.
        del self._current


def _is_due(change: Change, earlier: Entry | None, in_full: bool) -> bool:
    if earlier is None and not in_full:
        return True
    version = FULL_INDEX_VERSION if earlier is None else earlier.version
    return change.version > version or (change.rewrites and change.version == version)


def link_files(source: Path, folder: Path) -> None:
    """Give the files of a generation a second name in another folder, but not its locks and what is copied anyway.

    Who changes a linked file has to replace it: the generation that it comes from stays as it is.
    """
    for path in sorted(source.rglob("*")):
        other = folder / path.relative_to(source)
        if path.is_dir():
            other.mkdir(exist_ok=True)
        elif path.suffix != ".lock" and path.name != OVERLAY_FILE:
            try:
                os.link(path, other)
            except OSError:
                # Not every file system has links.
                shutil.copyfile(path, other)


class EmbeddedChanges:
    """Changes the index in a data directory.

    `patience_seconds` is how long a batch waits for another process that is writing.
    """

    exclusive = True

    def __init__(self, data_dir: Path, patience_seconds: float = 0.0) -> None:
        self._layout, self._patience_seconds = Layout(data_dir), patience_seconds

    @contextmanager
    def changing(self) -> Iterator[EmbeddedBatch]:
        with self._layout.writing(self._patience_seconds) as folder:
            with closing(EmbeddedBatch(self._layout, self._opened(), folder)) as batch:
                yield batch
            self._layout.remove_unused()

    def _opened(self) -> Generation:
        name = self._layout.current()
        if name is None:
            raise SourceUnavailable("nothing has been indexed yet: run `python -m gateway index` on a catalog first")
        with told_as_unavailable(self._layout.data_dir, damaged(name)):
            return Generation(self._layout, name, None)

"""The first phase: every file is read once, and what can be indexed is staged."""

from collections.abc import Mapping, Sequence

from indexing.feed import FeedFile
from indexing.lines import MAX_LINE_BYTES, read_lines
from indexing.progress import Progress
from indexing.staging import Origin, Stage, Staged, can_be_staged
from indexing.summary import Rejection, Rejections, Tell, untold
from indexing.validate import Unacceptable, Validator
from resolvers.catalog.kind import Kind, Reference
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.values import Record
from resolvers.sources.building import Refused

KNOWN_IDS = 2**16
"""How many ids of a kind are remembered to be staged, which spares most look-ups."""


class FeedReader:
    """Stages the records of files. `read` counts records, refused ones included; `tell` hears of each of those."""

    def __init__(
        self,
        files: Sequence[FeedFile],
        stage: Stage,
        progress: Progress,
        known_ids: int = KNOWN_IDS,
        tell: Tell = untold,
    ) -> None:
        self.read = 0
        self.rejections = Rejections(tell)
        self._files = files
        self._stage = stage
        self._progress = progress
        self._validators: Mapping[Kind, Validator] = {kind: Validator(spec) for kind, spec in KINDS.items()}
        self._known_ids = known_ids
        self._known: Mapping[Kind, set[str]] = {kind: set() for kind in KINDS}

    def read_all(self) -> None:
        """Read every file, those that are referred to first. Raises IndexingError when one cannot be read."""
        for kind in KINDS:
            for number, file in enumerate(self._files):
                if file.kind is kind:
                    self._read_file(number, file)
            self._remove_dangling(kind)

    def _read_file(self, number: int, file: FeedFile) -> None:
        self._progress.start(f"Reading {file.label}", file.size_bytes, "bytes")
        for line_number, line in read_lines(file.path, self._progress.advance):
            origin = Origin(number, line_number)
            self.read += 1
            try:
                self._accept(file.kind, origin, line)
            except Unacceptable as refusal:
                self._reject(origin, refusal)
        self._progress.finish()

    def _accept(self, kind: Kind, origin: Origin, line: bytes | None) -> None:
        if line is None:
            raise Unacceptable(None, "line too long", f"expected at most {MAX_LINE_BYTES:,} bytes")
        record = self._validators[kind].read(line)
        for reference in KINDS[kind].references:
            self._check(reference, record, own=reference.kind is kind)
        if not self._stage.add(kind, record.id, Staged(origin, line)):
            raise Unacceptable("id", "duplicate id", f"{record.id!r} is already {self._place(kind, record.id)}")
        for reference in KINDS[kind].references:
            if reference.kind is kind:
                for id_ in reference.ids(record):
                    self._stage.link(kind, record.id, id_)

    def _check(self, reference: Reference[Record], record: Record, own: bool) -> None:
        """Refuse a reference to what is not there. Of the record's own kind more may come: only what never can."""
        known = self._known[reference.kind]
        for id_ in reference.ids(record):
            if id_ in known:
                continue
            if not can_be_staged(id_) or (not own and self._stage.get(reference.kind, id_) is None):
                raise _unknown(reference, id_)
            if own:
                continue
            if len(known) >= self._known_ids:
                known.clear()
            known.add(id_)

    def _remove_dangling(self, kind: Kind) -> None:
        """Remove what refers to a record of its own kind that is not there, and then what refers to that."""
        stage = self._stage
        absent = [id_ for id_ in stage.link_targets(kind) if stage.get(kind, id_) is None]
        while absent:
            target = absent.pop()
            for source in stage.link_sources(kind, target):
                if staged := stage.get(kind, source):
                    stage.remove(kind, source)
                    self._reject(staged.origin, self._dangling(kind, staged.line, target))
                    absent.append(source)

    def _dangling(self, kind: Kind, line: bytes, target: str) -> Unacceptable:
        record = self._validators[kind].read(line)
        fields = (reference for reference in KINDS[kind].references if reference.kind is kind)
        return _unknown(next(field for field in fields if target in field.ids(record)), target)

    def _reject(self, origin: Origin, refusal: Unacceptable) -> None:
        file = self._files[origin.file].label
        self.rejections.add(Rejection(file, origin.line, refusal.field, refusal.reason, refusal.message))

    def refuse(self, refused: Refused) -> None:
        """Count a staged record that the engine would not take."""
        staged = self._stage.get(*refused.ref)
        if staged is not None:
            self._reject(staged.origin, Unacceptable(None, "refused by the engine", refused.reason))

    def _place(self, kind: Kind, id_: str) -> str:
        staged = self._stage.get(kind, id_)
        return f"at {self._files[staged.origin.file].label}:{staged.origin.line}" if staged else "there"


def _unknown(reference: Reference[Record], id_: str) -> Unacceptable:
    return Unacceptable(
        reference.field, "unknown reference", f"no accepted {reference.kind.lower()} has the id {id_!r}"
    )

"""What a strict run asks before it applies anything: is every change right, and does every reference lead somewhere?"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from indexing.changes.reading import STANDARD_INPUT, ChangeFiles, PlacedChange
from indexing.progress import Progress
from indexing.run import quoted
from indexing.validate import Unacceptable
from resolvers.catalog.kind import Ref
from resolvers.catalog.kinds import KINDS
from resolvers.errors import IndexingError
from resolvers.sources.changes import Changeable

ASKED_AT_ONCE = 1_000


class _Place(NamedTuple):
    """Where a reference stands."""

    file: str
    line: int
    field: str


def check_all(paths: Sequence[Path], engine: Changeable, progress: Progress) -> None:
    """Read all changes without applying any; raises IndexingError when there is something wrong with one.

    What their references lead to has to be in the index, or among the changes.
    """
    if STANDARD_INPUT in paths:
        raise IndexingError("A strict run reads the changes twice, so it takes files and not standard input.")
    files = ChangeFiles(paths, progress, "Checking")
    _check_references(files, engine)
    rejections = files.rejections
    if rejections.count:
        found = f"{rejections.count:,} of {files.read:,} changes {'was' if rejections.count == 1 else 'were'} rejected"
        raise IndexingError(f"{found}, and a strict run takes none. Nothing was applied.{quoted(rejections)}")


def _check_references(files: ChangeFiles, engine: Changeable) -> None:
    upserted: set[Ref] = set()
    wanted: dict[Ref, _Place] = {}
    for placed in files.changes():
        if placed.change.record is not None:
            upserted.add(placed.change.ref)
            for ref, place in _references(placed):
                wanted.setdefault(ref, place)
    asked = [ref for ref in wanted if ref not in upserted]
    for ref in _missing(asked, engine):
        message = f"neither the index nor a change has a {ref.kind.lower()} with the id {ref.id!r}"
        file, line, field = wanted[ref]
        files.reject(file, line, Unacceptable(f"record.{field}", "unknown reference", message))


def _references(placed: PlacedChange) -> list[tuple[Ref, _Place]]:
    record = placed.change.record
    return [
        (Ref(reference.kind, id_), _Place(placed.file, placed.line, reference.field))
        for reference in KINDS[placed.change.ref.kind].references
        for id_ in (reference.ids(record) if record is not None else ())
    ]


def _missing(refs: Sequence[Ref], engine: Changeable) -> list[Ref]:
    missing: list[Ref] = []
    with engine.changing() as index:
        for start in range(0, len(refs), ASKED_AT_ONCE):
            asked = refs[start : start + ASKED_AT_ONCE]
            found = zip(asked, index.stored(asked), strict=True)
            missing += [ref for ref, stored in found if stored is None or stored.document is None]
    return missing

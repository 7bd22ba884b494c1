"""What a generation says of itself."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from resolvers.errors import SourceUnavailable
from resolvers.ranking.occupations import NOTHING_USUAL, OccupationStatistics
from resolvers.ranking.skills import NOTHING_KNOWN, SkillStatistics

MANIFEST_FILE = "manifest.json"
ADAPTATION_FILE = "adaptation.msgpack"
SKILLS_FILE = "skills.msgpack"
OCCUPATIONS_FILE = "occupations.msgpack"
FORMAT = 8
"""Raised whenever files of an older gateway cannot be read any more."""
Kept = TypeVar("Kept")


class Manifest(msgspec.Struct, frozen=True):
    """The facts about a generation as a whole. `embedder` is None for one without vectors.

    `changes` counts what was changed, added or deleted since the full index; it is 0 for a full index.
    """

    format: int
    created_at: datetime
    embedder: str | None
    dimension: int
    counts: dict[str, int]
    changes: int = 0

    def save(self, folder: Path) -> None:
        # It may be a link to the file of an earlier generation, which has to stay as it is.
        (folder / MANIFEST_FILE).unlink(missing_ok=True)
        (folder / MANIFEST_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(self)))

    @staticmethod
    def load(folder: Path) -> "Manifest":
        """Read a generation's manifest; raises SourceUnavailable when this gateway cannot read that index."""
        try:
            manifest = msgspec.json.decode((folder / MANIFEST_FILE).read_bytes(), type=Manifest)
        except (OSError, msgspec.MsgspecError) as error:
            raise SourceUnavailable(f"the index in {folder} is damaged ({error}); index the catalog again") from error
        if manifest.format != FORMAT:
            raise SourceUnavailable(
                f"the index has format {manifest.format} and this gateway reads {FORMAT}; index the catalog again"
            )
        return manifest


def kept_adaptation(folder: Path) -> bytes | None:
    """What the model has learned from the catalog of a generation; None when it has learned nothing."""
    file = folder / ADAPTATION_FILE
    return file.read_bytes() if file.exists() else None


def kept_skills(folder: Path) -> SkillStatistics:
    """What the catalog of a generation says of skills; nothing where that was not kept.

    Raises SourceUnavailable when that is damaged.
    """
    return _kept(folder / SKILLS_FILE, SkillStatistics.of, NOTHING_KNOWN)


def kept_occupations(folder: Path) -> OccupationStatistics:
    """What the catalog of a generation says of occupations; nothing where that was not kept.

    Raises SourceUnavailable when that is damaged.
    """
    return _kept(folder / OCCUPATIONS_FILE, OccupationStatistics.of, NOTHING_USUAL)


def _kept(file: Path, read: Callable[[bytes], Kept], nothing: Kept) -> Kept:
    try:
        return read(file.read_bytes()) if file.exists() else nothing
    except ValueError as error:
        raise SourceUnavailable(f"the index in {file.parent} is damaged ({error}); index the catalog again") from error

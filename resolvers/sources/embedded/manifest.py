"""What a generation says of itself."""

from datetime import datetime
from pathlib import Path

import msgspec

from resolvers.errors import SourceUnavailable

FORMAT = 1
"""Raised whenever files of an older gateway cannot be read any more."""


class Manifest(msgspec.Struct, frozen=True):
    """The facts about a generation as a whole. `embedder` is None for one without vectors."""

    format: int
    created_at: datetime
    embedder: str | None
    dimension: int
    counts: dict[str, int]

    def save(self, folder: Path) -> None:
        (folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(self)))

    @staticmethod
    def load(folder: Path) -> "Manifest":
        """Read a generation's manifest; raises SourceUnavailable when this gateway cannot read that index."""
        try:
            manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
        except (OSError, msgspec.MsgspecError) as error:
            raise SourceUnavailable(f"the index in {folder} is damaged ({error}); index the catalog again") from error
        if manifest.format != FORMAT:
            raise SourceUnavailable(
                f"the index has format {manifest.format} and this gateway reads {FORMAT}; index the catalog again"
            )
        return manifest

"""Where what feedback says of jobs and talent is kept, for all servers of an index."""

from typing import Protocol

from resolvers.ranking.popularity import Popularity

Stamp = tuple[object, ...]
"""Tells what is kept apart: another stamp, another value, of counts and of whatever else is read again."""


class PopularityStore(Protocol):
    """Keeps what was counted last. Every method blocks, and raises SourceError."""

    def stamp(self) -> Stamp | None:
        """The stamp of what is kept; None where nothing is."""

    def read(self) -> Popularity:
        """What is kept, or nothing counted."""

    def write(self, popularity: Popularity) -> None:
        """Keep this instead, whole or not at all, and durably."""

    def close(self) -> None:
        """Release everything."""

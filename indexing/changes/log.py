"""The log that changes come from, to one who builds a full index beside it.

A full index is as old as the files that it was read from. What has changed since went into the index before it, and
has to be applied again.
"""

from typing import Protocol


class ChangeLog(Protocol):
    """A log that remembers how far its consumers are."""

    def mark(self, since: float) -> str:
        """The place behind everything that is in a catalog as old as `since`, in seconds since 1970.

        Raises SourceUnavailable when the log cannot be reached.
        """

    def go_back(self, mark: str) -> None:
        """Have the consumers get everything behind the place again, and nothing in front of it any more."""


class NoChangeLog:
    """There are no changes beside full indexes."""

    def mark(self, since: float) -> str:  # noqa: ARG002
        return ""

    def go_back(self, mark: str) -> None:
        """Nobody has to get anything again."""

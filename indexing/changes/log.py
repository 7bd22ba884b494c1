"""The log that changes come from, to one who builds a full index beside it.

A full index is as old as the files that it was read from. What has changed since went into the index before it, and
has to be applied again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from resolvers.errors import DiscoveryError, IndexingError, SourceUnavailable
from resolvers.sources.building import Earlier


class ChangeLog(Protocol):
    """A log that remembers how far its consumers are."""

    def mark(self, since: float) -> str:
        """The place behind everything that is in a catalog as old as `since`, in seconds since 1970.

        Raises SourceUnavailable when the log cannot be reached.
        """

    def go_back(self, mark: str) -> None:
        """Have the consumers get everything behind the place again, and nothing in front of it any more."""

    def replay(self) -> None:
        """Have the consumers get everything again that the log still has. Raises SourceUnavailable."""


class NoChangeLog:
    """There are no changes beside full indexes."""

    def mark(self, since: float) -> str:  # noqa: ARG002
        return ""

    def go_back(self, mark: str) -> None:
        """Nobody has to get anything again."""

    def replay(self) -> None:
        """Nobody has to get anything again."""


class Switch:
    """From the index that changes have gone into to one of a catalog as old as `since`, in seconds since 1970.

    Made before the catalog is read. `place` is the place in the log behind which the catalog lacks changes. Raises
    IndexingError when the log cannot be reached: without it changes would be lost.
    """

    def __init__(self, log: ChangeLog, since: float) -> None:
        self._log = log
        with _needed():
            self.place = log.mark(since)

    def to(self, publish: Callable[[], str]) -> str:
        """Switch by `publish`, and return the generation. Raises IndexingError, and says whether the switch is made."""
        # In front of the switch: who takes the index next has nothing that is older than it.
        with _needed():
            self._log.go_back(self.place)
        generation = publish()
        try:
            # And behind it: where changes are not kept out meanwhile, some went into the index before it.
            self._log.go_back(self.place)
        except DiscoveryError as error:
            raise IndexingError(
                "The new index is in use, and may lack changes that came while it was built. Index the catalog again. "
                f"{error.message}"
            ) from error
        return generation


def rolled_back(log: ChangeLog, earlier: Earlier) -> str:
    """Switch to an earlier index, and return its generation, which gets again what came since its catalog.

    Nobody knows which of that it has; those that it has are applied to no effect. What is older than its catalog it
    does not get: its versions are above those of a full index, so that it would be put over what is newer. Raises
    IndexingError.
    """

    def give_again() -> None:
        if earlier.place:
            log.go_back(earlier.place)
        else:
            log.replay()

    with _needed():
        give_again()
    generation = earlier.publish()
    try:
        # What was taken before the switch went into the index that is not in use any more.
        give_again()
    except DiscoveryError as error:
        raise IndexingError(
            f"Generation {generation} answers again, and may lack changes that came since it was built. Roll back "
            f"again twice, or index the catalog again. {error.message}"
        ) from error
    return generation


@contextmanager
def _needed() -> Iterator[None]:
    try:
        yield
    except SourceUnavailable as error:
        raise IndexingError(
            f"{error.message} Without it changes that come meanwhile would be lost, so the index in use is unchanged. "
            "Where no changes come, unset GATEWAY_REDIS_URL."
        ) from error

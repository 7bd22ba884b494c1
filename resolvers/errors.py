"""Every error that a client or an operator can meet.

DiscoveryError
├── InvalidRequest          the client can mend it
│   ├── InvalidFilter       a filter that cannot be meant: unknown id, empty range, …
│   ├── InvalidPreference   a preference that cannot be meant: a weight out of bounds, …
│   ├── InvalidCursor       a cursor that is broken or belongs to another search
│   ├── CursorExpired       a cursor of a ranking, or a ranker, that is not known any more
│   ├── PageTooLarge        more items asked for than one page may have
│   ├── TooManyEntities     more references to entities in one request than are resolved
│   └── AccessRefused       it is not for this viewer
│       ├── Unauthenticated nobody has said who asks, or not in a way that can be believed
│       └── Forbidden       the viewer is known, and lacks a scope
├── SourceError             the engine could not answer
│   ├── SourceUnavailable   there is no index, or the engine is down
│   └── DeadlineExceeded    the answer would have come too late
├── IndexingError           a catalog could not be indexed
├── TrainingFailed          a ranker could not be learned from feedback
└── ModelRefused            a learned ranker cannot be used, or is not better than the one in use
"""

from collections.abc import Sequence
from typing import ClassVar


class DiscoveryError(Exception):
    """An error with a message for the reader that says what to do.

    `code` reaches a GraphQL client as `extensions.code`; `extensions` adds machine-readable details.
    """

    code: ClassVar[str] = "DISCOVERY_ERROR"

    def __init__(self, message: str, **extensions: object) -> None:
        super().__init__(message)
        self.message = message
        self.extensions = extensions


class InvalidRequest(DiscoveryError):
    """The request cannot be answered as it is; the message says what to change."""

    code = "INVALID_REQUEST"


class InvalidFilter(InvalidRequest):
    """A filter that cannot be meant. `path` leads from the field's arguments to the offending input."""

    code = "INVALID_FILTER"

    def __init__(self, message: str, path: Sequence[str | int]) -> None:
        super().__init__(message, inputPath=list(path))


class InvalidPreference(InvalidRequest):
    """A preference that cannot be meant. `path` leads from the field's arguments to the offending input."""

    code = "INVALID_PREFERENCE"

    def __init__(self, message: str, path: Sequence[str | int]) -> None:
        super().__init__(message, inputPath=list(path))


class InvalidCursor(InvalidRequest):
    """A cursor that was not issued by this search."""

    code = "INVALID_CURSOR"


class CursorExpired(InvalidRequest):
    """What was on the pages up to the cursor, or has ranked them, is not known any more: start again without it."""

    code = "CURSOR_EXPIRED"


class PageTooLarge(InvalidRequest):
    """`first` or `last` is more than one page may have."""

    code = "PAGE_TOO_LARGE"


def check_count(asked: int, most: int, message: str) -> None:
    """Raise InvalidRequest with the message for less than 0, and PageTooLarge for more than there may be."""
    if asked < 0:
        raise InvalidRequest(message)
    if asked > most:
        raise PageTooLarge(message, limit=most, actual=asked)


class AccessRefused(InvalidRequest):
    """What is asked for is not for this viewer."""


class Unauthenticated(AccessRefused):
    """Nobody has said who asks, or what was said cannot be believed."""

    code = "UNAUTHENTICATED"


class Forbidden(AccessRefused):
    """The viewer is known, and may not."""

    code = "FORBIDDEN"


class TooManyEntities(InvalidRequest):
    """A request of a router has more representations of entities than one may have."""

    code = "TOO_MANY_ENTITIES"


class SourceError(DiscoveryError):
    """The engine behind the gateway could not answer."""

    code = "SOURCE_ERROR"


class SourceUnavailable(SourceError):
    """There is no index to answer from, or the engine cannot be reached."""

    code = "SOURCE_UNAVAILABLE"


class DeadlineExceeded(SourceError):
    """The answer would have come after the operation's deadline."""

    code = "DEADLINE_EXCEEDED"


class IndexingError(DiscoveryError):
    """A catalog could not be indexed; the index in use is unchanged."""

    code = "INDEXING_FAILED"


class TrainingFailed(DiscoveryError):
    """A ranker could not be learned from feedback; the message says what is missing."""

    code = "TRAINING_FAILED"


class ModelRefused(DiscoveryError):
    """A learned ranker cannot be used, or is not better than the one in use, which stays."""

    code = "MODEL_REFUSED"

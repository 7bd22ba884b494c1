"""Whether a request is let in, for whom, and what it is told beside its answer.

This is where identity and limits plug in. An HTTP request goes through an `Admission` before its body is read, which
gives a `Visit` or raises Refused (401, 403, …). When its operations are prepared and none is executed yet, the visit is
told of them all, and may raise Refused for what they would cost (429 with `Retry-After`). What a viewer may see is the
context's affair: it is made with the visit's `viewer`.

Both may be awaitable, and are awaited only then: most requests have nothing to wait for.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from gateway.executing import Executed, Operation, RequestErrors
from gateway.head import Head
from gateway.refusals import Headers
from resolvers.context import Context
from resolvers.errors import InvalidRequest
from resolvers.viewer import ANYBODY, Viewer

NOTHING: Mapping[str, Any] = {}
Prepared: TypeAlias = Operation | RequestErrors | InvalidRequest
"""An operation of a request, or why it is none."""


class Visit:
    """One HTTP request that was let in. This one is nobody's, costs nothing and says nothing."""

    viewer: Viewer = ANYBODY

    def charge(self, operations: Sequence[Prepared], failed: int = 0) -> Awaitable[None] | None:  # noqa: ARG002
        """Take note of what is about to be executed; a batch has several. Raises Refused.

        `failed` is how many characters were read of documents that cannot be executed.
        """
        return None

    def extensions(self, operation: Operation, context: Context, executed: Executed) -> Mapping[str, Any]:  # noqa: ARG002
        """What the answer of an operation has in its `extensions`."""
        return NOTHING

    def stays_good(self) -> bool:
        """Whether the answer does for a while, so that a client may have it already."""
        return False

    def headers(self) -> Headers:
        """What the response has beside its usual headers, when everything is executed."""
        return ()


class Admission(Protocol):
    """Lets requests in. `header_names` are of the headers that it looks at, in small letters."""

    header_names: Sequence[str]

    def __call__(self, head: Head) -> Visit | Awaitable[Visit]:
        """The visit of a request. Raises Refused."""


class Open:
    """Lets everybody in."""

    header_names: Sequence[str] = ()
    _visit = Visit()

    def __call__(self, head: Head) -> Visit:  # noqa: ARG002  for who asks
        return self._visit

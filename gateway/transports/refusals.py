"""Refusals of what comes over a way that has no place for it.

InvalidRequest
├── TooManyOperations       more operations at once than one connection may have
└── NotAcceptable
    └── NeedsStream         406: a subscription, asked for where there is one answer
"""

from gateway.refusals import NotAcceptable
from resolvers.errors import InvalidRequest


class NeedsStream(NotAcceptable):
    """A subscription has results for as long as there are events, and its request takes one answer."""

    def __init__(self) -> None:
        super().__init__(
            "a subscription has more than one result; ask for it with `Accept: text/event-stream`, or over a WebSocket "
            "with the subprotocol graphql-transport-ws"
        )


class TooManyOperations(InvalidRequest):
    """A connection has as many operations running as it may have."""

    code = "TOO_MANY_OPERATIONS"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"a connection runs {limit} operations at the same time at most; complete one, or use a second connection",
            limit=limit,
            actual=limit + 1,
        )

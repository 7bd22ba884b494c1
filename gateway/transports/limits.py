"""How much one connection may have, and for how long."""

from dataclasses import dataclass

KEEP_ALIVE_SECONDS = 12.0
"""As graphql-ws and graphql-sse have it: proxies cut what is silent for longer, many after a minute."""
STALLED_SECONDS = 30.0


@dataclass(frozen=True)
class ConnectionLimits:
    """`operations` at the same time; messages of `message_bytes`; `connection_init` within `init_seconds`.

    A connection without any operation is closed after `idle_seconds`. Every `keep_alive_seconds` it is asked again who
    asks, and events get a comment. A reader that takes nothing for `stalled_seconds` is given up.
    """

    operations: int = 100
    message_bytes: int = 1_000_000
    init_seconds: float = 10.0
    idle_seconds: float = 300.0
    keep_alive_seconds: float = KEEP_ALIVE_SECONDS
    stalled_seconds: float = STALLED_SECONDS

"""Settings of what stays connected: WebSockets, and answers by events."""

from pydantic import BaseModel

from gateway.settings.fields import setting


class ConnectionSettings(BaseModel):
    """A part of the Settings."""

    websockets: bool = setting(
        True, "Whether `/graphql` takes WebSockets, with the subprotocol `graphql-transport-ws`."
    )
    event_streams: bool = setting(
        True, "Whether a client that asks for `text/event-stream` is answered by events (graphql-sse)."
    )
    connections_max: int = setting(
        1_000,
        "How many WebSockets and subscriptions by events each process holds; what comes then is refused with 503.",
        "connections",
        ge=0,
        le=1_000_000,
    )
    websocket_operations_max: int = setting(
        100, "How many operations a WebSocket may have at the same time.", "operations", ge=1, le=100_000
    )
    websocket_message_bytes: int = setting(
        1_000_000, "How long a message of a WebSocket may be.", "bytes", ge=1_000, le=1_000_000_000
    )
    websocket_init_seconds: float = setting(
        10, "How long a WebSocket may take to say who it is, by `connection_init`.", "seconds", gt=0, le=300
    )
    websocket_idle_seconds: float = setting(
        300, "After how long a WebSocket without any operation is closed.", "seconds", ge=1, le=86_400
    )

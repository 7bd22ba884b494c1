"""The ways that the settings ask for."""

from typing import NamedTuple

from gateway.answering import MakeContext
from gateway.edge import Edge
from gateway.executing import Prepare
from gateway.settings import Settings
from gateway.transports.connections import Connections
from gateway.transports.events import Events
from gateway.transports.limits import ConnectionLimits
from gateway.transports.serving import Serving
from gateway.transports.websockets import WebSocketEndpoint


class Transports(NamedTuple):
    """Those that are open, and their connections."""

    connections: Connections
    events: Events | None
    websockets: WebSocketEndpoint | None


def build_transports(settings: Settings, prepare: Prepare, context: MakeContext, edge: Edge) -> Transports:
    """The ways of an application."""
    connections, limits = Connections(settings.connections_max), limits_of(settings)
    serving = Serving(prepare, context, edge, connections)
    return Transports(
        connections,
        Events(serving, limits) if settings.event_streams else None,
        WebSocketEndpoint(serving, limits, settings.cors_origins) if settings.websockets else None,
    )


def limits_of(settings: Settings) -> ConnectionLimits:
    """What one connection may have."""
    return ConnectionLimits(
        operations=settings.websocket_operations_max,
        message_bytes=settings.websocket_message_bytes,
        init_seconds=settings.websocket_init_seconds,
        idle_seconds=settings.websocket_idle_seconds,
    )

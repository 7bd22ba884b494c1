"""Serving the gateway with uvicorn."""

import os
import socket
import sys
from typing import Any

import uvicorn
from starlette.applications import Starlette

from gateway.app import build_app
from gateway.settings import Settings, load_settings


def run(settings: Settings) -> None:
    """Serve until a signal; then finish what is running, for `shutdown_seconds` at the most."""
    if settings.workers > 1:
        for name, value in settings.model_dump(mode="json").items():
            os.environ[f"GATEWAY_{name.upper()}"] = str(value)
        announce(settings.host, settings.port)
        uvicorn.run("gateway.server:application", factory=True, workers=settings.workers, **options(settings))
        return
    AnnouncingServer(uvicorn.Config(build_app(settings), **options(settings))).run()


def application() -> Starlette:
    """The application of one worker process, which gets its settings by the environment."""
    return build_app(load_settings())


def options(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told."""
    return {
        "host": settings.host,
        "port": settings.port,
        "loop": "uvloop",
        "http": "httptools",
        "log_level": str(settings.log_level).lower(),
        "access_log": False,
        "timeout_graceful_shutdown": int(settings.shutdown_seconds),
    }


class AnnouncingServer(uvicorn.Server):
    """Says where GraphiQL is once requests are taken there."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            announce(host, port)


def announce(host: str, port: int) -> None:
    """Print the address, for a person to open and for a program to read."""
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"GraphiQL: http://{shown}:{port}/graphql\n")
    sys.stdout.flush()

"""Serving the gateway with uvicorn."""

import logging
import os
import signal
import socket
import sys
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from gateway.app import build_app, build_source
from gateway.settings import Settings, load_settings

FAILED = 1


def run(settings: Settings) -> None:
    """Serve until a signal; then finish what is running, for `shutdown_seconds` at the most."""
    log_to_stderr(settings)
    # uvicorn raises the signal that stopped it once more when it is done. Being told to stop is no failure.
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, _stop)
    if settings.workers > 1:
        _run_workers(settings)
        return
    server = AnnouncingServer(uvicorn.Config(build_app(settings), **options(settings)))
    server.run()
    if not server.started:
        sys.exit(FAILED)


def _run_workers(settings: Settings) -> None:
    # What cannot be meant is refused here, before there are workers that would end with it again and again.
    build_source(settings)
    for name, value in settings.model_dump(mode="json").items():
        if value is not None:
            os.environ[settings.variables()[name]] = str(value)
    config = uvicorn.Config("gateway.server:application", factory=True, workers=settings.workers, **options(settings))
    shared = config.bind_socket()
    # Whoever reads the address may ask at once, and is answered by the first worker that is ready.
    shared.listen(config.backlog)
    announce(*shared.getsockname()[:2])
    Multiprocess(config, sockets=[shared]).run()


def _stop(*_: object) -> None:
    sys.exit()


def application() -> Starlette:
    """The application of one worker process, which gets its settings by the environment."""
    settings = load_settings()
    log_to_stderr(settings)
    return build_app(settings)


def log_to_stderr(settings: Settings) -> None:
    """One line an event, from `log_level` up. `force` undoes what a library has set up while it was imported."""
    logging.basicConfig(level=str(settings.log_level).upper(), format="%(levelname)s %(name)s: %(message)s", force=True)


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

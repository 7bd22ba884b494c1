"""Serving the gateway with uvicorn."""

import logging
import os
import signal
import socket
import ssl
import sys
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.supervisors import Multiprocess

from gateway.app import build_app
from gateway.engines import check_source
from gateway.experimenting import check_experiments
from gateway.garbage import settled
from gateway.identity.building import check_identity
from gateway.settings import Settings, load_settings
from gateway.transports.limits import KEEP_ALIVE_SECONDS
from gateway.transports.protocols import HttpProtocol, WebSocketProtocol
from gateway.wiring import trusted_documents

FAILED = 1
WORKER_PATIENCE_SECONDS = 15
"""How long a worker may take to answer its parent; on a busy machine its imports alone take uvicorn's five."""
LOOK_SECONDS = 0.5
"""How long it is waited for a worker to say whether it is up, before it is looked whether all of them live."""
TRUSTED_PROXIES = "FORWARDED_ALLOW_IPS"
"""uvicorn's own variable: addresses of proxies whose X-Forwarded headers are believed, separated by commas."""
log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Serve until a signal; then finish what is running, for `shutdown_seconds` at the most.

    Raises SourceUnavailable when the engine cannot be reached, and SettingsError when it cannot be meant. Ends the
    process with 1 when the server does not come up.
    """
    log_to_stderr(settings)
    check_source(settings)
    trusted_documents(settings)
    check_experiments(settings)
    check_identity(settings)
    # uvicorn raises the signal that stopped it once more when it is done. Being told to stop is no failure.
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, _stop)
    serve(_config(settings))


def _config(settings: Settings) -> uvicorn.Config:
    if settings.workers == 1:
        return uvicorn.Config(behind_proxies(settings), **options(settings))
    # Each worker makes its own application, of settings that it finds in its environment.
    os.environ.update(settings.environment())
    return uvicorn.Config("gateway.server:application", factory=True, workers=settings.workers, **options(settings))


def serve(config: uvicorn.Config) -> None:
    """Serve with as many processes as the configuration says, until a signal. Ends the process with 1 on failure."""
    try:
        has_started = _serve_alone(config) if config.workers == 1 else _serve_with_workers(config)
    except SystemExit as end:
        # uvicorn's own codes are not those of the command line.
        sys.exit(FAILED if end.code else None)
    if not has_started:
        sys.exit(FAILED)


def _serve_alone(config: uvicorn.Config) -> bool:
    server = AnnouncingServer(config)
    server.run()
    return server.started


def _serve_with_workers(config: uvicorn.Config) -> bool:
    shared = config.bind_socket()
    shared.listen(config.backlog)
    workers = AnnouncingWorkers(config, [shared])
    workers.run()
    return not workers.failed


def _stop(*_: object) -> None:
    sys.exit()


def application() -> Starlette:
    """The application of one worker process, which gets its settings by the environment."""
    settings = load_settings()
    log_to_stderr(settings)
    return behind_proxies(settings)


def behind_proxies(settings: Settings) -> Starlette:
    """The application, whose redirects name the scheme that a client used to a trusted proxy.

    uvicorn would look for that in every request. Operations do not need it, and go past all middleware.
    """
    app = build_app(settings)
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=os.environ.get(TRUSTED_PROXIES, "127.0.0.1"))
    return settled(app)


def log_to_stderr(settings: Settings) -> None:
    """One line an event, from `log_level` up. `force` undoes what a library has set up while it was imported."""
    logging.basicConfig(level=str(settings.log_level).upper(), format="%(levelname)s %(name)s: %(message)s", force=True)


def options(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told."""
    return {
        "host": settings.host,
        "port": settings.port,
        "loop": "uvloop",
        "http": HttpProtocol,
        "ws": WebSocketProtocol,
        "ws_max_size": settings.websocket_message_bytes,
        "ws_ping_interval": KEEP_ALIVE_SECONDS,
        "ws_per_message_deflate": settings.compression,
        "log_level": str(settings.log_level).lower(),
        "access_log": False,
        "proxy_headers": False,
        "timeout_worker_healthcheck": WORKER_PATIENCE_SECONDS,
        "timeout_graceful_shutdown": settings.shutdown_seconds,
        **tls(settings),
    }


def tls(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told of certificates. With an authority for clients, whoever has none of its does not connect."""
    if settings.tls_cert_file is None:
        return {}
    asked: dict[str, Any] = {"ssl_certfile": settings.tls_cert_file, "ssl_keyfile": settings.tls_key_file}
    if settings.tls_client_ca_file is not None:
        asked |= {"ssl_ca_certs": str(settings.tls_client_ca_file), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    return asked


class AnnouncingServer(uvicorn.Server):
    """Says where GraphiQL is once requests are taken there."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            announce(host, port, is_secure=self.config.is_ssl)


class AnnouncingWorkers(Multiprocess):
    """Says where GraphiQL is once a worker takes requests there, and stops when one dies before that."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._is_up = self._died_early = False

    @property
    def failed(self) -> bool:
        """Whether it was a worker that could not start which ended it all."""
        return self._died_early or any(worker.exitcode == STARTUP_FAILURE for worker in self.processes)

    def keep_subprocess_alive(self) -> None:
        if self.should_exit.is_set() or self.signal_queue:
            # Ctrl-C in a terminal ends the workers too.
            return
        if self._is_up:
            super().keep_subprocess_alive()
        elif not all(worker.process.is_alive() for worker in self.processes):
            # uvicorn would start another one in its place, for ever.
            log.error("a worker ended before any could answer, so the server stops")
            self._died_early = True
            self.should_exit.set()
        elif any(worker.is_ready(LOOK_SECONDS) for worker in self.processes):
            self._is_up = True
            host, port = self.sockets[0].getsockname()[:2]
            announce(host, port, is_secure=self.config.is_ssl)


def announce(host: str, port: int, *, is_secure: bool) -> None:
    """Print the address, for a person to open and for a program to read."""
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if is_secure else "http"
    sys.stdout.write(f"GraphiQL: {scheme}://{shown}:{port}/graphql\n")
    sys.stdout.flush()

"""A server as a process of its own that a test can pause, kill and start again."""

import os
import signal
import subprocess
import tempfile
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.servers.missing import ServerFailed
from tests.servers.ports import free_port
from tests.servers.waiting import came_true
from tests.servers.warden import Warden

START_SECONDS = 180
STOP_SECONDS = 60
PORT_ATTEMPTS = 3
PORT_TAKEN = "address already in use"
LOG_LINES = 30


@dataclass(frozen=True)
class Launch:
    """How a server is started: the command becomes the server, so that its process id is the server's."""

    command: list[str]
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    user: int | None = None


class Server(ABC):
    """A server on a free port of the loopback address, with a folder of its own.

    A context manager: it answers inside, and is ended with its folder removed afterwards. `start`, `stop` and
    `restart` wait for the server and block; a test with an event loop calls them by `asyncio.to_thread`.
    """

    name: str
    """What the server is, for messages."""

    look_seconds = 0.05
    """How often it is asked whether it answers while it starts."""

    def __init__(self, port: int | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gateway-test-"))
        self.port = port or free_port()
        self._port_is_kept = port is not None
        self._warden = Warden(self.folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def address(self) -> str:
        """The URL of the server, without a password."""

    @abstractmethod
    def _launch(self) -> Launch:
        """Write what the server reads when it starts, and say how to start it."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether the server does its work already."""

    @property
    def pid(self) -> int:
        """The process id of the running server. Raises ServerFailed when it does not run."""
        if self._process is None:
            raise ServerFailed(f"{self.name} does not run")
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether there is a process, paused or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        """What the server has written to its output, of all its starts."""
        return self.folder / "output.log"

    def start(self) -> None:
        """Start it and wait until it answers. The port stays the same from the first start on.

        Raises ServerFailed when the server ends or does not answer in three minutes.
        """
        assert not self.runs, f"{self.name} runs already"
        for attempt in range(1, PORT_ATTEMPTS + 1):
            begin = self.log.stat().st_size if self.log.exists() else 0
            self._begin()
            if self._came_up():
                self._port_is_kept = True
                return
            said = self.log.read_bytes()[begin:].decode(errors="replace")
            self._end(signal.SIGKILL)
            if self._port_is_kept or attempt == PORT_ATTEMPTS or PORT_TAKEN not in said.lower():
                raise ServerFailed("\n".join([f"{self.name} did not start:", *said.splitlines()[-LOG_LINES:]]))
            self.port = free_port()

    def pause(self) -> None:
        """SIGSTOP: connections are accepted by the kernel, and nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT: go on after `pause`."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL: gone at once, without a word to its clients."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and wait for the end. The folder stays for `restart`."""
        if self.runs:
            self.resume()
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Start it again on the same port and folder, stopping it first if it runs."""
        self.stop()
        self.start()

    def close(self) -> None:
        """End it, and remove its folder."""
        self.kill()
        self._warden.end()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        launch = self._launch()
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in a terminal is for the test run, which stops its servers itself.
            self._process = subprocess.Popen(
                launch.command,
                env=launch.environment,
                user=launch.user,
                group=launch.user,
                extra_groups=None if launch.user is None else [],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        self._warden.watch(self._process.pid)

    def _came_up(self) -> bool:
        came_true(lambda: not self.runs or self._answers(), START_SECONDS, self.look_seconds)
        return self.runs and self._answers()

    def _end(self, wish: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(wish)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._warden.watch(0)
        self._process = None

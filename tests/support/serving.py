"""`python -m gateway serve` as a process of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ADDRESS = re.compile(r"GraphiQL: (https?://127\.0\.0\.1:(\d+))/graphql\n")
PATIENCE_SECONDS = 60
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Served:
    """A server that has said where it is."""

    process: subprocess.Popen[str]
    address: str

    def stop(self, wish: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, and return its exit code."""
        self.process.send_signal(wish)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def served(data_dir: Path, folder: Path, *flags: str, environment: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A server of a data directory on a free port, stopped at the end if it still runs."""
    command = _command(data_dir, flags)
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = ADDRESS.fullmatch(line)
            assert found is not None, (line, (folder / "server.log").read_text())
            assert found[2] != "0"
            yield Served(process, found[1])
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
            process.stdout.close()  # type: ignore[union-attr]


@dataclass(frozen=True)
class Ended:
    """A process that has come to its end: its exit code and what it has printed."""

    code: int
    out: str
    err: str


def serving_fails(data_dir: Path, *flags: str) -> Ended:
    """The end of a server that cannot start."""
    return ended(_command(data_dir, flags))


def ended(command: Sequence[str]) -> Ended:
    """The end of a command that ends by itself."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE_SECONDS, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def _command(data_dir: Path, flags: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "gateway", "serve", "--port", "0", "--data-dir", str(data_dir), *flags]


def wait_for(address: str, path: str, status: int) -> httpx.Response:
    """The answer of an address once it has the status."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        response = httpx.get(f"{address}{path}", timeout=PATIENCE_SECONDS)
        if response.status_code == status:
            return response
        assert time.monotonic() < deadline, response.text
        time.sleep(0.05)

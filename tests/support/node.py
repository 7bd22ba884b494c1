"""Node programs of the tests: small npm projects with a lock, installed once on a machine and run from there."""

import fcntl
import shutil
import subprocess
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.graphiql.build import BuildError, find_node, sources
from tests.servers.missing import NOT_RUN
from tests.servers.opensearch.assemble import cache_dir

INSTALL_SECONDS = 300
RUN_SECONDS = 120


class NodeProject:
    """The project of a folder with `package.json`, its lock, and programs. Skips the test where it cannot be had."""

    def __init__(self, folder: Path) -> None:
        try:
            self._node, npm = find_node()
            self.folder = _installed(folder, npm)
        except BuildError as error:
            pytest.skip(f"{NOT_RUN}{error}")

    def command(self, program: str, *arguments: str) -> list[str]:
        """How a program of the project is run, from `folder`."""
        return [*self._node, program, *arguments]

    def run(self, program: str, *arguments: str) -> str:
        """What a program prints that ends by itself. Fails the test where it does not end well."""
        done = _ended(self.command(program, *arguments), self.folder, RUN_SECONDS)
        assert done.returncode == 0, done.stderr
        return done.stdout


def _installed(folder: Path, npm: Sequence[str]) -> Path:
    """A copy of the folder with its packages, kept for as long as nothing in the folder changes."""
    files = [path for path in sources(folder) if path.suffix != ".py"]
    digest = sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:16]
    home = cache_dir() / "node" / f"{folder.name}-{digest}"
    home.parent.mkdir(parents=True, exist_ok=True)
    # Several test processes may ask at the same time.
    with (home.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.is_dir():
            _install(files, home, npm)
    return home


def _install(files: Sequence[Path], home: Path, npm: Sequence[str]) -> None:
    unfinished = home.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for file in files:
        shutil.copy(file, unfinished)
    done = _ended([*npm, "ci", "--loglevel=error", "--no-audit", "--no-fund"], unfinished, INSTALL_SECONDS)
    if done.returncode:
        raise BuildError(f"the packages of {home.name} cannot be installed: {done.stderr.strip().splitlines()[:1]}")
    unfinished.rename(home)


def _ended(command: Sequence[str], folder: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)

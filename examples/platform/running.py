"""The platform: its subgraphs and a router in front of them, each a process of its own on a free port."""

import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from examples.platform.node import ROOT, installed, node

Router = Literal["hive", "apollo"]
ROUTER = Path(__file__).parent / "router"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/graphql")
STOP_SECONDS = 20
PR_SET_PDEATHSIG = 1
"""Of Linux, prctl(2)."""


class StartError(Exception):
    """A part of the platform ended before it said where it is."""


class Server:
    """A server that says where it is once it answers."""

    def __init__(self, process: "subprocess.Popen[str]", name: str) -> None:
        self._process, self._name = process, name

    def address(self) -> str:
        """The address that it prints. Waits for it; raises StartError when the server ends before."""
        for line in self._process.stdout or ():
            if found := ADDRESS.search(line):
                return found[0]
        raise StartError(f"the {self._name} ended before it could answer")


def _end_with_the_parent() -> None:
    """Have the kernel end this process when its parent is killed. Only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextmanager
def started(
    name: str, command: Sequence[str], folder: Path = ROOT, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server that is stopped at the end."""
    with subprocess.Popen(  # noqa: S603  our own words
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C is for whoever has started it, and stops it.
        start_new_session=True,
        preexec_fn=_end_with_the_parent,  # noqa: PLW1509  it makes one call of the kernel, and takes no lock
    ) as process:
        try:
            yield Server(process, name)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def subgraphs(catalog: Path, data_dir: Path) -> Iterator[dict[str, str]]:
    """The addresses of the subgraphs: two services of the platform, and the gateway on an index of the catalog.

    Raises StartError.
    """
    modules = {
        "accounts": ["examples.platform.accounts", str(catalog)],
        "contracts": ["examples.platform.contracts", str(catalog)],
        "discovery": ["gateway", "serve", "--port=0", f"--data-dir={data_dir}", "--neighbours=accounts,contracts"],
    }
    with ExitStack() as running:
        servers = {
            name: running.enter_context(started(name, [sys.executable, "-m", *words]))
            for name, words in modules.items()
        }
        yield {name: server.address() for name, server in servers.items()}


@contextmanager
def routed(router: Router, addresses: Mapping[str, str], port: int = 0) -> Iterator[str]:
    """The address of a router that has composed the subgraphs. Raises BuildError without Node, and StartError."""
    project = installed(ROUTER)
    command = [*node(), f"{router}.mjs", *(f"{name}={address}" for name, address in addresses.items())]
    with started("router", command, project, {"PORT": str(port)}) as server:
        yield server.address()

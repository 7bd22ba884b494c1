"""A subgraph as a server of its own."""

import socket
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import uvicorn
from strawberry.asgi import GraphQL
from strawberry.federation import Schema


def serve(name: str, schema_of: Callable[[Path], Schema]) -> None:
    """Serve a subgraph of a catalog, and print where it is: `python -m examples.platform.NAME CATALOG [--port N]`."""
    parser = ArgumentParser(prog=f"python -m examples.platform.{name}")
    parser.add_argument("catalog", type=Path, help="a folder with the files of the catalog feed")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    given = parser.parse_args()
    app: GraphQL[object, object] = GraphQL(schema_of(given.catalog), graphql_ide=None)
    with socket.create_server((given.host, given.port)) as listening:
        sys.stdout.write(f"{name}: http://127.0.0.1:{listening.getsockname()[1]}/graphql\n")
        sys.stdout.flush()
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])

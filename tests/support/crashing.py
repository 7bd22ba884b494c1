"""Index a catalog again and again, each time killed at another step: `python -m tests.support.crashing FEED DATA_DIR`.

A step is a kind of change of the file system that Python knows of (its audit events) at one place of the data
directory. A run is forked and kills itself at the first step that no earlier run was killed at, as the kernel kills:
nothing is cleaned up. Prints each step and what a reader finds after it, a JSON line each.
"""

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from gateway.embedders import embedder
from gateway.jobs import index
from indexing.progress import SilentProgress
from resolvers.catalog.kind import Kind
from resolvers.sources.base import SearchRequest
from resolvers.sources.embedded.generation import Generation
from resolvers.sources.embedded.layout import Layout

CHANGES = {"os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir"}
TO_ANOTHER = {"os.rename", "os.link"}
WRITING = os.O_WRONLY | os.O_RDWR
NAMES = re.compile(r"(?<=staging-)[^/]+|\d{8}T[^/]+|[0-9a-f]{32}(?:\.\d+)?")


def step_of(data_dir: Path, event: str, arguments: tuple[Any, ...]) -> str | None:
    """The step that an audit event is, with names that differ from run to run left out; None when it is none."""
    if event not in CHANGES and not (event == "open" and (arguments[2] or 0) & WRITING):
        return None
    place = str(arguments[1] if event in TO_ANOTHER else arguments[0])
    return f"{event} {NAMES.sub('*', place.removeprefix(str(data_dir)))}" if place.startswith(str(data_dir)) else None


def killer(data_dir: Path, killed: Collection[str], news: int) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that kills the process before a step of the data directory that is not in `killed`."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        step = step_of(data_dir, event, arguments)
        if step is not None and step not in killed:
            os.write(news, step.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def forked(work: Callable[[int], object]) -> str:
    """Do the work in a process of its own, and return what it wrote into its file descriptor."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            work(writing)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as news:
        told = news.read()
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError("a run failed by itself")
    return told


def build(catalog: Path, data_dir: Path, killed: Collection[str] | None, news: int) -> None:
    """Index the catalog, to the end or to the first step that is not in `killed`."""
    if killed is not None:
        sys.addaudithook(killer(data_dir, killed, news))
    index([catalog], data_dir, strict=True, embeddings=True, progress=SilentProgress())


def look(data_dir: Path, news: int) -> None:
    """Say which index is in use, how many jobs match and are found in it, and how many of those it has no facts of."""
    layout = Layout(data_dir)
    generation = Generation(layout, str(layout.current()), embedder())
    found = generation.search(SearchRequest((Kind.JOB,), text="developer", limit=100, count=True))
    lost = generation.fetch([hit.document.ref for hit in found.hits]).count(None)
    facts = {"current": generation.name, "total": found.total, "found": len(found.hits), "lost": lost}
    os.write(news, json.dumps(facts).encode())


def main(catalog: Path, data_dir: Path) -> None:
    embedder()
    forked(partial(build, catalog, data_dir, None))
    sys.stdout.write(f"{forked(partial(look, data_dir))}\n")
    killed: set[str] = set()
    while step := forked(partial(build, catalog, data_dir, killed)):
        killed.add(step)
        sys.stdout.write(f"{json.dumps(step)}\n{forked(partial(look, data_dir))}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

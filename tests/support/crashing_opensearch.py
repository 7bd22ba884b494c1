"""Index again and again into OpenSearch, each run killed at another request: `… FEED URL PREFIX`.

A run is forked and kills itself in front of the first request that is of a kind that no earlier run was killed at (the
method and the path, without names). Before the next run the lock of the dead one has to end. Prints, for each run, the
request and what leads to what behind it, a JSON line each.
"""

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from indexing.run import index_catalog
from resolvers.errors import IndexingError
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.target import OpenSearchTarget
from tests.support.crashing import forked

LOCK_SECONDS = 0.6
REQUEST = re.compile(rb"([A-Z]+) (/\S*) HTTP/1\.1\r\n")
KINDS = "skill|occupation|client|job|talent"
Hook = Callable[[str, tuple[Any, ...]], None]


def step_of(prefix: str, event: str, arguments: tuple[Any, ...]) -> str | None:
    """The request that an audit event is, without the names of what it is about; None when it is none."""
    found = REQUEST.match(bytes(arguments[1])) if event == "http.client.send" else None
    if found is None:
        return None
    path = re.sub(rf"{prefix}-({KINDS})(-[^/,?]*)?", "*", found[2].decode().partition("?")[0])
    return f"{found[1].decode()} {re.sub(r'([*]|%2C|,)+', '*', path.replace(prefix, ''))}"


def killer(prefix: str, killed: Collection[str], news: int) -> Hook:
    """An audit hook that kills the process in front of a request that is not in `killed`."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        step = step_of(prefix, event, arguments)
        if step is not None and step not in killed:
            os.write(news, step.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def build(feed: Path, url: str, prefix: str, killed: Collection[str] | None, news: int) -> None:
    """Index the feed, to the end or to the first request that is not in `killed`; waits for a dead run's lock."""
    target = OpenSearchTarget(ClusterOptions((url,)), prefix=prefix, lock_seconds=LOCK_SECONDS)
    if killed is not None:
        sys.addaudithook(killer(prefix, killed, news))
    while True:
        try:
            summary = index_catalog([feed], target, None, staging=feed.parent / "staging", strict=True)
        except IndexingError as error:
            if "another run" not in error.message:
                raise
            time.sleep(LOCK_SECONDS / 4)
        else:
            os.write(news, f"done {summary.generation}".encode())
            return


def main(feed: Path, url: str, prefix: str) -> None:
    killed: set[str] = set()
    sys.stdout.write(f"{json.dumps(forked(partial(build, feed, url, prefix, None)))}\n")
    while True:
        step = forked(partial(build, feed, url, prefix, killed))
        sys.stdout.write(f"{json.dumps(step)}\n")
        sys.stdout.flush()
        # Whoever reads looks at the cluster now, and then lets the next run begin.
        sys.stdin.readline()
        if step.startswith("done"):
            return
        killed.add(step)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])

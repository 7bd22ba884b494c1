"""How tests are spread over the processes of pytest-xdist (`-n 2 --dist loadscope`).

What shares a costly fixture stays together, so that it is made once in each run: all tests of an OpenSearch, the
contract on one engine, and the tests of a file. It goes by their ids: nothing else is known where they are handed
out.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from xdist.scheduler import LoadScopeScheduling

SERVER = "opensearch"
SHARED_SERVER = re.compile(r"\b(?:secure_)?opensearch(?:_2)?_server\b")
ENGINE = re.compile(r"\[(embedded-[a-z]+)")


class Together(LoadScopeScheduling):
    """Hands out groups of tests, the largest first."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """The group of a test."""
    file, _, name = nodeid.partition("::")
    if SERVER in nodeid or (not file.startswith("tests/contract/") and _asks_for_a_server(file)):
        return SERVER
    engine = ENGINE.search(name)
    return file if engine is None else engine[1]


@cache
def _asks_for_a_server(file: str) -> bool:
    path = Path(file)
    return path.is_file() and SHARED_SERVER.search(path.read_text(encoding="utf-8")) is not None


def pytest_xdist_make_scheduler(config: Any, log: Any) -> Together | None:
    """Ours, where groups are wanted. xdist's `loadgroup` has to change node ids, which pytest 9 does not allow."""
    return Together(config, log) if config.getoption("dist") == "loadscope" else None

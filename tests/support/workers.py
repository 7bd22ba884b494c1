"""How tests are spread over the processes of pytest-xdist.

What shares a costly fixture stays together: the tests of a file, and of the contract those of one engine, so that a
server is started once in each run and an index is built once.
"""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_together_with(item)))


def _together_with(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    engine = callspec.params.get("engine") if callspec else None
    return "-".join(engine) if isinstance(engine, tuple) else item.nodeid.partition("::")[0]

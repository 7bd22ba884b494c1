"""How tests are spread over the processes of pytest-xdist (`-n 2 --dist loadgroup`).

What shares a costly fixture stays together, so that it is made once in each run: all tests of an OpenSearch, the
contract on one engine, and the tests of a file.
"""

import pytest

SERVER = "opensearch"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_together_with(item)))


def _together_with(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    params = {} if callspec is None else callspec.params
    if SERVER in " ".join([*getattr(item, "fixturenames", ()), *map(str, params.values())]):
        return SERVER
    engine = params.get("engine")
    return "-".join(engine) if isinstance(engine, tuple) else item.nodeid.partition("::")[0]

"""Which tests run in one process together."""

import pytest

from tests.support.workers import SERVER, group_of

LISTED = "tests/contract/test_sorting.py::test_a_listing"


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        (f"{LISTED}[opensearch-3.4-alone-JOB-NEWEST]", SERVER),
        (f"{LISTED}[opensearch-2.19-alone-JOB-NEWEST]", SERVER),
        (f"{LISTED}[embedded-shared-JOB-NEWEST]", "embedded-shared"),
        ("tests/contract/test_sorting.py::test_nothing", "tests/contract/test_sorting.py"),
        ("tests/resolvers/opensearch/test_bulk.py::test_a_batch", SERVER),
        ("tests/resolvers/test_loader.py::test_a_batch[1]", "tests/resolvers/test_loader.py"),
        ("tests/servers/test_opensearch_servers.py::test_a_restart", SERVER),
        ("tests/gone.py::test_it", "tests/gone.py"),
    ],
)
def test_what_shares_a_server_or_an_engine_stays_together(nodeid: str, group: str) -> None:
    assert group_of(nodeid) == group

"""The OpenSearch servers of the tests themselves."""

from typing import Any
from urllib.error import HTTPError

import pytest

from tests.servers.fixtures import StartOpenSearch
from tests.servers.opensearch.access import OpenSearchAccess

VECTORS: Any = {
    "settings": {"index.knn": True},
    "mappings": {
        "properties": {
            "near": {
                "type": "knn_vector",
                "dimension": 2,
                "method": {"name": "hnsw", "space_type": "cosinesimil", "engine": "lucene"},
            }
        }
    },
}


@pytest.mark.parametrize(
    ("name", "line"), [("opensearch_server", "3."), ("opensearch_2_server", "2."), ("secure_opensearch_server", "3.")]
)
def test_a_server_answers_and_finds_by_words_and_by_vectors(name: str, line: str, request: Any) -> None:
    server: OpenSearchAccess = request.getfixturevalue(name)
    assert server.ask("GET", "/")["version"]["number"] == server.version
    assert server.version.startswith(line)
    server.ask("PUT", "/servers-vectors", VECTORS)
    for id_, near in {"east": [1, 0.1], "north": [0.1, 1]}.items():
        server.ask("PUT", f"/servers-vectors/_doc/{id_}?refresh=true", {"near": near, "name": f"the {id_} wind"})
    for query in ({"match": {"name": "north"}}, {"knn": {"near": {"vector": [0, 1], "k": 1}}}):
        hits = server.ask("POST", "/servers-vectors/_search", {"query": query})["hits"]["hits"]
        assert [hit["_id"] for hit in hits] == ["north"]
    server.ask("DELETE", "/servers-vectors")


def test_a_secure_server_refuses_a_wrong_password(secure_opensearch_server: OpenSearchAccess) -> None:
    other = OpenSearchAccess()
    other.address, other.ca_file = secure_opensearch_server.address, secure_opensearch_server.ca_file
    other.username, other.password = secure_opensearch_server.username, "wrong"
    with pytest.raises(HTTPError, match="401"):
        other.ask("GET", "/")


def test_a_restart_keeps_the_port_and_what_was_indexed(start_opensearch: StartOpenSearch) -> None:
    server = start_opensearch()
    server.ask("PUT", "/kept")
    server.ask("PUT", "/kept/_doc/1?refresh=true", {"fact": 7})
    address, pid = server.address, server.pid
    server.kill()
    with pytest.raises(OSError, match="refused"):
        server.ask("GET", "/")
    server.restart()
    assert server.address == address
    assert server.pid != pid
    assert server.ask("GET", "/kept/_doc/1")["_source"] == {"fact": 7}


def test_a_paused_server_answers_nothing_until_it_goes_on(start_opensearch: StartOpenSearch) -> None:
    server = start_opensearch()
    server.pause()
    with pytest.raises(TimeoutError):
        server.ask("GET", "/", timeout_seconds=0.2)
    server.resume()
    assert server.ask("GET", "/")["version"]["number"] == server.version

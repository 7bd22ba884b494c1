"""What the model has learned, as a document of the cluster."""

import json

import pytest

from resolvers.errors import SourceUnavailable
from resolvers.sources.opensearch.adaptation import adaptation_document, adaptation_path, read_adaptation


def test_what_was_kept_is_read_again() -> None:
    answer = {"_id": "adaptation", "found": True, "_source": adaptation_document(b"\x00learned\xff")}
    assert read_adaptation(json.dumps(answer)) == b"\x00learned\xff"
    assert adaptation_path("discovery-occupation-1") == "/discovery-occupation-1/_doc/adaptation"


@pytest.mark.parametrize("source", [{}, {"record": {}}, {"record": {"adaptation": "no base64!"}}])
def test_what_is_damaged_is_told(source: object) -> None:
    with pytest.raises(SourceUnavailable, match="adaptation is damaged"):
        read_adaptation(json.dumps({"_source": source}))

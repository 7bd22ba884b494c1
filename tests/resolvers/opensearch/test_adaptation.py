"""What the model has learned, as a document of the cluster."""

import json

import pytest

from resolvers.errors import SourceUnavailable
from resolvers.sources.opensearch.kept import ADAPTATION


def test_what_was_kept_is_read_again() -> None:
    answer = {"_id": "adaptation", "found": True, "_source": ADAPTATION.document(b"\x00learned\xff")}
    assert ADAPTATION.read(json.dumps(answer)) == b"\x00learned\xff"
    assert ADAPTATION.path("discovery-occupation-1") == "/discovery-occupation-1/_doc/adaptation"


@pytest.mark.parametrize("source", [{}, {"record": {}}, {"record": {"adaptation": "no base64!"}}])
def test_what_is_damaged_is_told(source: object) -> None:
    with pytest.raises(SourceUnavailable, match="as its adaptation is damaged"):
        ADAPTATION.read(json.dumps({"_source": source}))

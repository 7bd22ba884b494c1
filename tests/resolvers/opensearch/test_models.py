"""A registry in a cluster whose documents somebody has changed."""

from typing import Any

import orjson
import pytest

from resolvers.errors import ModelRefused
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.models import ClusterRegistry
from tests.support.answering import answering


@pytest.mark.parametrize(
    "source",
    [
        {"number": 1},
        {"manifest": "e30=", "trees": None},
        {"manifest": "e", "trees": "e30="},
        {"manifest": 5, "trees": 5},
    ],
)
def test_a_model_with_odd_contents_is_refused(source: Any) -> None:
    content = orjson.dumps({"_source": source})
    with answering(lambda _: (200, content)) as server:
        registry = ClusterRegistry(ClusterOptions((server.address,)), "shop")
        with pytest.raises(ModelRefused, match="the model ranker-0001 in the cluster is damaged"):
            registry.read("ranker-0001")
        registry.close()


def test_documents_that_are_none_of_ours_are_no_models() -> None:
    hits = [{"_id": name} for name in ("ranker-0001", "somebody-else", "ranker-0002")]
    content = orjson.dumps({"hits": {"hits": hits}})
    with answering(lambda _: (200, content)) as server:
        registry = ClusterRegistry(ClusterOptions((server.address,)), "shop")
        assert registry.names() == ["ranker-0001", "ranker-0002"]
        registry.close()

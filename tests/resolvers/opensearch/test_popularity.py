"""What feedback says of jobs and talent, kept in a real cluster."""

from contextlib import closing

import pytest

from resolvers.errors import SourceError, SourceUnavailable
from resolvers.ranking.popularity import NOTHING_COUNTED, Popularity
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.popularity import ID, PopularityDocument
from tests.support.clusters import Place


def test_what_was_counted_last_is_read_with_a_stamp_of_its_own(place: Place) -> None:
    with closing(PopularityDocument(place.options, place.prefix)) as store:
        assert (store.stamp(), store.read()) == (None, NOTHING_COUNTED)
        stamps = set()
        for share in (0.25, 0.75):
            counted = Popularity(shares={"talent_1": share}, chosen={"job_1": ["talent_1"]})
            store.write(counted)
            assert store.read() == counted
            stamps.add(store.stamp())
        assert len(stamps) == 2
        assert None not in stamps
    assert list(place.indexes()) == [f"{place.prefix}-popularity"]


def test_what_is_damaged_is_an_error_that_says_what_to_do(place: Place) -> None:
    with closing(PopularityDocument(place.options, place.prefix)) as store:
        store.write(NOTHING_COUNTED)
        place.server.ask("PUT", f"/{place.prefix}-popularity/_doc/{ID}", {"content": "AAAA"})
        with pytest.raises(SourceError, match=r"is damaged .* run `python -m gateway popularity refresh` again"):
            store.read()


def test_a_cluster_that_is_not_there_is_an_error() -> None:
    with closing(PopularityDocument(ClusterOptions(("http://127.0.0.1:9",)), "discovery")) as store:
        with pytest.raises(SourceUnavailable, match="OpenSearch cannot be reached"):
            store.stamp()
        with pytest.raises(SourceUnavailable, match="OpenSearch cannot be reached"):
            store.write(NOTHING_COUNTED)

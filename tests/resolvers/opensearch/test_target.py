"""Building indexes in a real cluster: what is there before, while and after."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from opensearchpy.exceptions import ConflictError, NotFoundError, TransportError

from resolvers.catalog.kind import Kind, Ref
from resolvers.errors import IndexingError
from resolvers.sources.opensearch.connection import ClusterOptions, blocking_client
from resolvers.sources.opensearch.indices import Indices
from resolvers.sources.opensearch.lock import WriteLock
from resolvers.sources.opensearch.manifest import FORMAT, Manifest
from resolvers.sources.opensearch.mapping import TEMPLATE_VERSION
from resolvers.sources.opensearch.names import Names
from resolvers.sources.opensearch.target import OpenSearchTarget
from tests.support.clusters import Place

KINDS = sorted(kind.lower() for kind in Kind)
COUNTS = dict.fromkeys(Kind, 1)


def led_to(place: Place) -> dict[str, str]:
    """The alias of each index of jobs, and "" for one that none leads to."""
    return {
        index.removeprefix(f"{place.prefix}-job-"): ",".join(aliases).removeprefix(f"{place.prefix}-job")
        for index, aliases in place.indexes().items()
        if index.startswith(f"{place.prefix}-job-")
    }


def test_a_generation_has_an_index_and_an_alias_for_each_kind(place: Place, index_jobs: Callable[..., str]) -> None:
    generation = index_jobs("python")
    expected = {f"{place.prefix}-{kind}-{generation}": [f"{place.prefix}-{kind}"] for kind in KINDS}
    assert place.indexes() == expected | {f"{place.prefix}-locks": []}


def test_of_older_generations_the_last_one_is_kept(place: Place, index_jobs: Callable[..., str]) -> None:
    _, second, third = index_jobs("one"), index_jobs("two"), index_jobs("three")
    assert led_to(place) == {second: "-previous", third: ""}
    assert len(place.indexes()) == 2 * len(Kind) + 1


def test_a_complete_index_is_refreshed_and_flushed_as_one_that_is_read(
    place: Place, index_jobs: Callable[..., str]
) -> None:
    generation = index_jobs("python", shards=2, replicas=0)
    index = f"{place.prefix}-job-{generation}"
    about = place.server.ask("GET", f"/{index}?flat_settings=true")[index]
    settings = {name: value for name, value in about["settings"].items() if "analysis" not in name}
    assert (
        settings.items()
        >= {
            "index.refresh_interval": "1s",
            "index.number_of_replicas": "0",
            "index.auto_expand_replicas": "false",
            "index.translog.durability": "request",
            "index.number_of_shards": "2",
            "index.knn": "true",
            "index.knn.derived_source.enabled": "false",
        }.items()
    )
    meta = about["mappings"]["_meta"]
    assert meta.pop("createdAt")
    assert meta == {
        "format": FORMAT,
        "generation": generation,
        "shards": 2,
        "embedder": "topics-4",
        "dimension": 4,
        "count": 1,
        "adapted": False,
        "related": False,
        "place": "",
    }


def test_every_kind_has_a_template_with_a_version(place: Place, index_jobs: Callable[..., str]) -> None:
    index_jobs("python")
    found = place.server.ask("GET", f"/_index_template/{place.prefix}-*")["index_templates"]
    about = {one["name"]: one["index_template"] for one in found}
    assert sorted(about) == [f"{place.prefix}-{kind}" for kind in KINDS]
    assert {one["version"] for one in about.values()} == {TEMPLATE_VERSION}
    assert about[f"{place.prefix}-job"]["index_patterns"] == [f"{place.prefix}-job-2*"]


def test_only_the_facts_are_kept_as_they_came(shop: Place) -> None:
    found = shop.server.ask("GET", f"/{shop.prefix}-job/_doc/job_05")
    assert list(found["_source"]) == ["record"]
    assert found["_version"] == 0


def test_a_run_that_fails_leaves_the_index_in_use_and_no_trace(
    place: Place, index_jobs: Callable[..., str], prepared: Any, market: Any
) -> None:
    index_jobs("python")
    before = place.indexes()

    def fail() -> None:
        with place.target().reserve() as site, site.build(COUNTS, None, 0) as writer:
            writer.write(Kind.JOB, prepared(market, None)[Kind.JOB])
            writer.complete()
            assert len(place.indexes()) == 2 * len(Kind) + 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert place.indexes() == before


def test_what_the_cluster_refuses_is_told_and_not_counted(
    place: Place, prepared: Any, market: Any, topics: Any
) -> None:
    good, long, nowhere, *_ = prepared(market, topics)[Kind.JOB]
    long = replace(long, fields=long.fields | {"timezone": ("x" * 40_000,)})
    nowhere = replace(nowhere, vector=np.zeros(4, dtype=np.float32))
    with place.target().reserve() as site, site.build(COUNTS, topics.name, topics.dimension) as writer:
        writer.write(Kind.JOB, [good, long, nowhere])
        refused = {one.ref: one.reason for one in writer.complete()}
        generation = writer.publish()
    assert set(refused) == {Ref(Kind.JOB, "job_02"), Ref(Kind.JOB, "job_03")}
    assert 'immense term in field="fields.timezone"' in refused[Ref(Kind.JOB, "job_02")]
    assert "zero vector" in refused[Ref(Kind.JOB, "job_03")]
    index = f"{place.prefix}-job-{generation}"
    assert place.server.ask("GET", f"/{index}/_mapping")[index]["mappings"]["_meta"]["count"] == 1
    assert place.server.ask("GET", f"/{index}/_count")["count"] == 1


def test_documents_that_are_not_there_keep_an_index_from_being_used(
    place: Place, index_jobs: Callable[..., str]
) -> None:
    generation = index_jobs("python")
    client = blocking_client(place.options)
    manifests = dict.fromkeys(Kind, Manifest(FORMAT, generation, 1, count=0))
    manifests[Kind.JOB] = Manifest(FORMAT, generation, 1, count=2)
    with pytest.raises(IndexingError, match="has 1 documents instead of 2"):
        Indices(client, Names(place.prefix)).complete(manifests, replicas=0)
    client.close()


def test_without_vectors_an_index_has_no_room_for_them(place: Place, build: Callable[..., str], market: Any) -> None:
    generation = build(place.target(), market, None)
    index = f"{place.prefix}-job-{generation}"
    about = place.server.ask("GET", f"/{index}?flat_settings=true")[index]
    assert "index.knn" not in about["settings"]
    assert "vector" not in about["mappings"]["properties"]


class WithoutVectors:
    """A cluster that says it has no plugins."""

    class cat:  # noqa: N801  as the client has it
        @staticmethod
        def plugins(**_: str) -> list[dict[str, str]]:
            return [{"component": "analysis-icu"}]


def test_a_cluster_without_the_plugin_has_no_vectors() -> None:
    assert Indices(WithoutVectors(), Names("shop")).has_vectors() is False  # type: ignore[arg-type]


def test_two_runs_exclude_each_other(place: Place, index_jobs: Callable[..., str]) -> None:
    with place.target().reserve(), pytest.raises(IndexingError, match=r"another run is indexing \(.*\)"):
        index_jobs("python")
    index_jobs("python")


def test_the_lock_of_a_run_that_gives_no_sign_of_life_is_taken_over_and_what_it_left_is_removed(
    place: Place, index_jobs: Callable[..., str]
) -> None:
    first = index_jobs("python")
    dead = WriteLock(blocking_client(place.options), Names(place.prefix), expires_seconds=30, clock=lambda: 0.0)
    dead._acquire()
    place.server.ask("PUT", f"/{place.prefix}-job-20200101t000000.000000z-0badc0de")
    second = index_jobs("python")
    assert led_to(place) == {first: "-previous", second: ""}


def test_a_run_whose_lock_was_taken_over_does_not_switch(place: Place, index_jobs: Callable[..., str]) -> None:
    target, client = place.target(lock_seconds=3_600), blocking_client(place.options)
    before = index_jobs("python")
    with target.reserve() as site, site.build(COUNTS, None, 0) as writer:
        writer.complete()
        client.delete(index=f"{place.prefix}-locks", id="index")
        writer._lock._good_until = 0.0
        with pytest.raises(IndexingError, match="another run may have begun"):
            writer.publish()
    client.close()
    assert led_to(place) == {before: ""}


def test_a_lock_is_kept_fresh(place: Place, index_jobs: Callable[..., str]) -> None:
    with place.target(lock_seconds=0.5).reserve() as site, site.build(COUNTS, None, 0) as writer:
        first = writer._lock._good_until
        while writer._lock._good_until <= first:
            assert writer._lock._done.wait(0.01) is False
        with pytest.raises(IndexingError, match="another run is indexing"):
            index_jobs("python")


class Failing:
    """A cluster that takes the lock and then fails in one way."""

    def __init__(self, error: Exception) -> None:
        self._error, self.written, self.deleted = error, 0, threading.Event()
        self.indices = self

    def create(self, **_: Any) -> None:
        """The index of locks is there."""

    def index(self, **_: Any) -> dict[str, int]:
        self.written += 1
        if self.written > 1:
            raise self._error
        return {"_seq_no": 1, "_primary_term": 1}

    def delete(self, **_: Any) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "is_lost"), [(ConflictError(409, "x", None), True), (TransportError(503, "x", None), False)]
)
def test_a_lock_is_lost_to_another_owner_and_not_to_a_short_silence(error: Exception, is_lost: bool) -> None:
    cluster = Failing(error)
    lock = WriteLock(cluster, Names("shop"), expires_seconds=0.01, clock=lambda: 0.0)  # type: ignore[arg-type]
    with lock.held():
        while cluster.written < 2:
            lock._done.wait(0.001)
        while is_lost and lock._good_until:
            lock._done.wait(0.001)
        with pytest.raises(IndexingError) if is_lost else nullcontext():
            lock.check()


def test_a_lock_that_changes_hands_at_this_moment_is_tried_again_later() -> None:
    class Racing(Failing):
        def get(self, **_: Any) -> Any:
            raise NotFoundError(404, "x", None)

        def index(self, **_: Any) -> dict[str, int]:
            raise ConflictError(409, "x", None)

    lock = WriteLock(Racing(ValueError()), Names("shop"), expires_seconds=1)  # type: ignore[arg-type]
    with pytest.raises(IndexingError, match="beginning or ending at this moment"), lock.held():
        pass


def gone_back(place: Place) -> str:
    with place.target().earlier() as earlier:
        return earlier.publish()


def test_rolling_back_goes_to_the_index_before_and_back_again(place: Place, index_jobs: Callable[..., str]) -> None:
    first, second = index_jobs("one"), index_jobs("one", "two")
    assert gone_back(place) == first
    assert led_to(place) == {first: "", second: "-previous"}
    assert gone_back(place) == second
    assert led_to(place) == {first: "-previous", second: ""}


def test_an_index_keeps_the_place_in_the_log_behind_which_it_lacks_changes(
    place: Place, index_jobs: Callable[..., str]
) -> None:
    with place.target().reserve() as site, site.build(COUNTS, None, 0) as writer:
        writer.begin_at("1796090865249-0")
        writer.complete()
        writer.publish()
    index_jobs("one")
    with place.target().earlier() as earlier:
        assert earlier.place == "1796090865249-0"
        earlier.publish()
    with place.target().earlier() as earlier:
        assert earlier.place == ""


def test_after_a_roll_back_the_next_index_follows_the_one_in_use(place: Place, index_jobs: Callable[..., str]) -> None:
    first, _ = index_jobs("one"), index_jobs("one", "two")
    gone_back(place)
    third = index_jobs("three")
    assert led_to(place) == {first: "-previous", third: ""}


def test_there_is_no_way_back_from_the_first_index(place: Place, index_jobs: Callable[..., str]) -> None:
    index_jobs("python")
    with pytest.raises(IndexingError, match="no previous index"):
        gone_back(place)


def test_an_index_of_another_format_is_not_gone_back_to(place: Place, index_jobs: Callable[..., str]) -> None:
    first, second = index_jobs("one"), index_jobs("two")
    index = f"{place.prefix}-{Kind.JOB.lower()}-{first}"
    meta = place.server.ask("GET", f"/{index}/_mapping")[index]["mappings"]["_meta"]
    place.server.ask("PUT", f"/{index}/_mapping", {"_meta": meta | {"format": FORMAT - 1}})
    with pytest.raises(IndexingError, match=f"no going back.* format {FORMAT - 1} and this gateway reads {FORMAT}"):
        gone_back(place)
    assert led_to(place) == {first: "-previous", second: ""}


def test_a_prefix_leaves_those_alone_that_begin_with_it(place: Place, index_jobs: Callable[..., str]) -> None:
    longer = replace(place, prefix=f"{place.prefix}-job")
    try:
        with longer.target().reserve() as site, site.build(COUNTS, None, 0) as writer:
            writer.complete()
            other = writer.publish()
        index_jobs("python")
        index_jobs("python")
        assert f"{longer.prefix}-job-{other}" in longer.indexes()
    finally:
        longer.remove()


class Unremoving(Indices):
    """Indexes that cannot be removed."""

    def remove_unused(self) -> None:
        raise TransportError(503, "busy", None)


def test_old_indexes_that_cannot_be_removed_are_left_to_the_next_run(
    place: Place, index_jobs: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    first = index_jobs("python")
    with place.target().reserve() as site, site.build(COUNTS, None, 0) as writer:
        writer._indices = Unremoving(writer._indices._client, Names(place.prefix))
        writer.complete()
        second = writer.publish()
    assert led_to(place) == {first: "-previous", second: ""}
    [said] = [record.message for record in caplog.records if record.name == "resolvers.sources.opensearch.target"]
    assert said.startswith("old indexes could not be removed, the next run will: ")


def test_an_authority_that_cannot_be_read_keeps_from_indexing(tmp_path: Path) -> None:
    options = ClusterOptions(("https://127.0.0.1:1",), ca_file=tmp_path / "none.pem")
    with pytest.raises(IndexingError, match="GATEWAY_OPENSEARCH_CA_FILE"):
        OpenSearchTarget(options, prefix="shop").check()


def test_an_address_with_a_path_that_the_cluster_does_not_know_is_told_with_its_own_words(place: Place) -> None:
    options = replace(place.options, urls=(f"{place.server.address}/some/path",))
    with pytest.raises(IndexingError, match=r"no handler found for uri \[/some/path/"):
        OpenSearchTarget(options, prefix=place.prefix).check()
    place.target().check()


def test_a_previous_alias_of_somebody_else_is_not_gone_back_to(place: Place, index_jobs: Callable[..., str]) -> None:
    index_jobs("python")
    place.server.ask("PUT", f"/{place.prefix}-other")
    actions = [
        {"add": {"index": f"{place.prefix}-other", "alias": f"{place.prefix}-{kind}-previous"}} for kind in KINDS
    ]
    place.server.ask("POST", "/_aliases", {"actions": actions})
    with pytest.raises(IndexingError, match="not one of this gateway"):
        gone_back(place)


def test_where_nobody_listens_indexing_says_where_to_look() -> None:
    target = OpenSearchTarget(ClusterOptions(("http://127.0.0.1:1",)), prefix="shop")
    with pytest.raises(IndexingError, match="GATEWAY_OPENSEARCH_URL"), target.reserve():
        pass

"""Consumers as processes, with a real Redis: killed, stopped, several at once, and beside full indexes."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import pytest

from gateway.jobs import follow_changes
from gateway.settings import Settings
from tests.servers.fixtures import StartRedis
from tests.servers.redis import RedisAccess
from tests.servers.waiting import came_true
from tests.support.demo import Demo, make_demo
from tests.support.following import GROUP, PATIENCE_SECONDS, Shop, following, index_again, titles

JOBS, VERSIONS = 40, 6


@pytest.fixture
def market(tmp_path: Path) -> Demo:
    """A small catalog and its index, of the test's own."""
    return make_demo(tmp_path / "market", jobs=JOBS, talent=5)


@pytest.fixture
def shop(redis_server: RedisAccess, market: Demo) -> Iterator[Shop]:
    opened = Shop(redis_server, market.job)
    yield opened
    opened.redis.close()


def shuffled(shop: Shop, seed: int = 1) -> list[tuple[str, int]]:
    """Every version of every job, out of order, and a third of them twice."""
    random = Random(seed)  # noqa: S311
    changes = [(id_, version) for id_ in shop.jobs for version in range(1, VERSIONS + 1)]
    changes += random.sample(changes, len(changes) // 3)
    random.shuffle(changes)
    return changes


class Producing:
    """Sends changes little by little beside the test."""

    def __init__(self, shop: Shop, changes: list[tuple[str, int]], pause_seconds: float = 0.01) -> None:
        self._shop, self._changes, self._pause_seconds = shop, changes, pause_seconds
        self._thread = Thread(target=self._send)

    def _send(self) -> None:
        for start in range(0, len(self._changes), 3):
            self._shop.send(*self._changes[start : start + 3])
            time.sleep(self._pause_seconds)

    def __enter__(self) -> "Producing":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()


def test_changes_out_of_order_and_twice_end_in_the_newest_documents(market: Demo, shop: Shop, tmp_path: Path) -> None:
    shop.send(*shuffled(shop))
    with following(shop, market.data_dir, tmp_path) as consumer:
        shop.wait()
        assert titles(market.data_dir, shop.jobs) == shop.expected()
        assert consumer.stop() == 0
        assert not consumer.said("Traceback")


def test_a_consumer_that_is_killed_again_and_again_loses_nothing(market: Demo, shop: Shop, tmp_path: Path) -> None:
    with Producing(shop, shuffled(shop)):
        for _ in range(4):
            before = shop.done()
            with following(shop, market.data_dir, tmp_path) as consumer:
                assert came_true(lambda: shop.done() > before or shop.is_idle(), PATIENCE_SECONDS, 0.001)  # noqa: B023
                consumer.process.kill()
    with following(shop, market.data_dir, tmp_path):
        shop.wait()
    assert titles(market.data_dir, shop.jobs) == shop.expected()
    assert shop.dead() == []


def test_what_a_killed_consumer_had_is_taken_over_by_another(market: Demo, shop: Shop, tmp_path: Path) -> None:
    changes = shuffled(shop)
    shop.send(*changes[:50])
    shop.redis.xgroup_create(shop.stream, GROUP, "0")
    taken: Any = shop.redis.xreadgroup(GROUP, "killed", {shop.stream: ">"}, count=50)
    ids = [id_ for _, entries in taken for id_, _ in entries]
    shop.redis.xclaim(shop.stream, GROUP, "killed", 0, ids, idle=3_600_000, justid=True)
    shop.send(*changes[50:])
    with following(shop, market.data_dir, tmp_path):
        shop.wait()
    assert titles(market.data_dir, shop.jobs) == shop.expected()


def test_two_consumers_share_a_stream_and_one_index(market: Demo, shop: Shop, tmp_path: Path) -> None:
    with (
        following(shop, market.data_dir, tmp_path, "one") as one,
        following(shop, market.data_dir, tmp_path, "two") as two,
    ):
        assert came_true(lambda: one.said("following") and two.said("following"), PATIENCE_SECONDS)
        with Producing(shop, shuffled(shop), pause_seconds=0.05):
            pass
        shop.wait()
        assert one.said("applied")
        assert two.said("applied")
        assert titles(market.data_dir, shop.jobs) == shop.expected()
        assert (one.stop(), two.stop(signal.SIGINT)) == (0, 0)
        assert not one.said("Traceback")
        assert not two.said("Traceback")


def test_a_poison_message_is_put_aside_with_its_reason(market: Demo, shop: Shop, tmp_path: Path) -> None:
    first, second = list(shop.jobs)[:2]
    shop.send((first, 1))
    poison = json.dumps({"op": "upsert", "version": 1, "record": shop.jobs[first] | {"status": "GONE"}})
    id_ = shop.redis.xadd(shop.stream, {"change": poison})
    shop.send((second, 1))
    with following(shop, market.data_dir, tmp_path):
        shop.wait()
    assert titles(market.data_dir, shop.jobs) == shop.expected()
    assert shop.dead() == [
        {"id": id_, "reason": "record.status: invalid enum value 'GONE'", "deliveries": "1", "change": poison}
    ]


def test_a_dead_letter_stream_that_is_none_holds_up_nothing_but_what_is_to_go_there(
    market: Demo, shop: Shop, tmp_path: Path
) -> None:
    shop.redis.set(f"{shop.stream}:dead", "x")
    poison = shop.redis.xadd(shop.stream, {"change": "{"})
    deleted = next(iter(shop.jobs))
    shop.send((deleted, 4))
    with following(shop, market.data_dir, tmp_path) as consumer:
        assert came_true(lambda: shop.done() == 1, PATIENCE_SECONDS)
        assert titles(market.data_dir, shop.jobs) == shop.expected()
        assert consumer.said(f"message {poison} cannot be applied (input data was truncated), and stays pending")
        consumer.stop()
    with following(shop, market.data_dir, tmp_path):
        # Also one that begins with what it had before.
        shop.send((deleted, 5))
        assert came_true(lambda: shop.done() == 2, PATIENCE_SECONDS)
        shop.redis.delete(f"{shop.stream}:dead")
        shop.wait()
    assert [(one["id"], one["deliveries"]) for one in shop.dead()] == [(poison, "1")]
    assert titles(market.data_dir, shop.jobs) == shop.expected()


def test_a_redis_without_memory_holds_up_nothing_but_what_is_to_go_to_the_dead_letter_stream(
    market: Demo, start_redis: StartRedis, tmp_path: Path
) -> None:
    shop = Shop(start_redis(maxmemory_policy="noeviction"), market.job)
    shop.redis.xadd(shop.stream, {"change": "{"})
    shop.send((next(iter(shop.jobs)), 4))
    shop.redis.xgroup_create(shop.stream, GROUP, "0")
    shop.redis.config_set("maxmemory", "1")
    with following(shop, market.data_dir, tmp_path) as consumer:
        assert came_true(lambda: shop.done() == 1, PATIENCE_SECONDS)
        assert titles(market.data_dir, shop.jobs) == shop.expected()
        assert (consumer.said("and stays pending"), shop.dead()) == (True, [])
        shop.redis.config_set("maxmemory", "0")
        shop.wait()
    assert [one["change"] for one in shop.dead()] == ["{"]
    shop.redis.close()


def test_changes_wait_until_there_is_an_index(shop: Shop, market: Demo, tmp_path: Path) -> None:
    shop.send(*shuffled(shop))
    data_dir = tmp_path / "later"
    with following(shop, data_dir, tmp_path) as consumer:
        assert came_true(lambda: consumer.said("nothing has been indexed yet"), PATIENCE_SECONDS)
        assert shop.done() == 0
        index_again(shop, market.feed, data_dir)
        shop.wait()
    assert titles(data_dir, shop.jobs) == shop.expected()
    assert shop.dead() == []


def test_a_stop_while_there_is_no_index_is_no_failure_and_nothing_is_done(shop: Shop, tmp_path: Path) -> None:
    shop.send(*shuffled(shop)[:5])
    with following(shop, tmp_path / "none", tmp_path) as consumer:
        assert came_true(lambda: consumer.said("nothing has been indexed yet"), PATIENCE_SECONDS)
        assert consumer.stop() == 0
        assert not consumer.said("Traceback")
    pending: Any = shop.redis.xpending(shop.stream, GROUP)
    assert pending["pending"] == 5


def test_a_cluster_that_is_not_there_is_told_of_before_the_first_change(shop: Shop, tmp_path: Path) -> None:
    with following(shop, tmp_path, tmp_path, GATEWAY_OPENSEARCH_URL="http://127.0.0.1:1") as one:
        assert came_true(
            lambda: one.said(f"following {shop.stream} for OpenSearch, discovery-*"),
            PATIENCE_SECONDS,
        )
        assert one.said("changes cannot be applied for now: OpenSearch cannot be reached")
        assert one.stop() == 0


def test_full_indexes_beside_the_stream_lose_no_change(market: Demo, shop: Shop, tmp_path: Path) -> None:
    with following(shop, market.data_dir, tmp_path):
        # Of the catalog as it was in the beginning: everything since has to be applied again.
        with Producing(shop, shuffled(shop), pause_seconds=0.05):
            for _ in range(2):
                index_again(shop, market.feed, market.data_dir)
        index_again(shop, market.feed, market.data_dir)
        shop.wait()
    assert titles(market.data_dir, shop.jobs) == shop.expected()


def test_a_full_index_of_a_newer_catalog_is_not_overwritten_by_what_was_left_over(
    market: Demo, shop: Shop, tmp_path: Path
) -> None:
    first, second, *_ = shop.jobs
    shop.send((first, 1), (second, 1))
    shop.redis.xgroup_create(shop.stream, GROUP, "0")
    # Somebody has taken version 1, and is gone; version 2 came and is done.
    shop.redis.xreadgroup(GROUP, "killed", {shop.stream: ">"}, count=2)
    shop.send((first, 2))
    with following(shop, market.data_dir, tmp_path) as consumer:
        assert came_true(lambda: shop.done() == 1, PATIENCE_SECONDS)
        consumer.stop()
    write_catalog(market, shop, tmp_path / "newer")
    index_again(shop, tmp_path / "newer", market.data_dir)
    pending: Any = shop.redis.xpending(shop.stream, GROUP)
    assert pending["pending"] == 0
    with following(shop, market.data_dir, tmp_path):
        shop.send((second, 2))
        shop.wait()
    assert titles(market.data_dir, shop.jobs) == shop.expected()


def write_catalog(market: Demo, shop: Shop, folder: Path) -> None:
    """The catalog as it is now, with all changes in it."""
    folder.mkdir()
    for file in market.feed.iterdir():
        if not file.name.startswith("job"):
            (folder / file.name).write_bytes(file.read_bytes())
    now = shop.expected()
    records = [shop.record(id_, shop.versions.get(id_, 0)) for id_ in shop.jobs if now[id_] is not None]
    (folder / "jobs.ndjson").write_text("".join(f"{json.dumps(record)}\n" for record in records))


def test_a_consumer_of_the_settings_ends_when_it_is_told_to(market: Demo, shop: Shop) -> None:
    shop.send(*shuffled(shop))
    stop = Event()

    def wait() -> None:
        came_true(shop.is_idle, PATIENCE_SECONDS)
        stop.set()

    waiting = Thread(target=wait)
    waiting.start()
    settings = Settings(
        data_dir=market.data_dir,
        redis_url=shop.server.url,
        changes_stream=shop.stream,
        changes_consumer="here",
        changes_batch_seconds=0,
    )
    follow_changes(settings, stop)
    waiting.join()
    assert shop.is_idle()
    assert titles(market.data_dir, shop.jobs) == shop.expected()
    assert [one["name"] for one in shop.redis.xinfo_consumers(shop.stream, GROUP)] == ["here"]  # type: ignore[union-attr]

"""The stream of changes where Redis is a cluster, or has a sentinel: by the same URLs as the cache."""

from uuid import uuid4

import pytest

from indexing.changes.redis_calls import RedisCalls
from indexing.changes.stream import RedisStream
from indexing.changes.stream_log import StreamLog
from tests.servers.redis_topologies import RedisCluster, WatchedRedis

GROUP = "gateway"


def check_a_stream(url: str) -> None:
    """Write, take, go back, take again, bury and finish, all by one URL."""
    name = f"changes-{uuid4()}"
    with RedisCalls.at(url) as calls:
        log, consumer = StreamLog(calls, name, GROUP), RedisStream(calls, name, GROUP, "one")
        mark = log.mark(0)
        for change in ("a", "b"):
            calls.run(calls.client.xadd(name, {"change": change}))
        taken = consumer.take(10, 0.01)
        assert [one.change for one in taken] == [b"a", b"b"]
        log.go_back(mark)
        again = consumer.take(10, 0.01)
        assert [one.change for one in again] == [b"a", b"b"]
        assert consumer.still_mine(again) == again
        consumer.bury(again[0], "it is wrong")
        consumer.done(again[1:])
        assert consumer.still_mine(again) == []
        [[_, fields]] = calls.run(calls.client.xrange(f"{name}:dead"))
        assert (fields[b"change"], fields[b"reason"]) == (b"a", b"it is wrong")


def test_a_stream_in_a_cluster(redis_cluster: RedisCluster) -> None:
    check_a_stream(f"redis+cluster://127.0.0.1:{redis_cluster.nodes[0].port}")


def test_a_stream_behind_a_sentinel(watched_redis: WatchedRedis) -> None:
    check_a_stream(f"redis+sentinel://127.0.0.1:{watched_redis.sentinel.port}/{watched_redis.service}")


def test_a_url_that_cannot_be_meant_is_refused_and_not_quoted() -> None:
    with pytest.raises(ValueError, match="begins with one of") as refused:
        RedisCalls.at("http://user:secret@cache")
    assert "secret" not in str(refused.value)

"""Budgets: how they are used up and fill again, whose they are, and what is said of them."""

from typing import Any

import httpx
import pytest

from gateway.limits.addresses import Addresses
from gateway.limits.buckets import CommonBuckets, OwnBuckets
from gateway.limits.building import budgets
from gateway.limits.rates import Rates
from gateway.limits.refusals import RateLimited
from gateway.settings import Settings
from resolvers.sources.cached.breaker import Breaker
from resolvers.sources.cached.buckets import RedisBuckets
from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.cached.redis_remote import RedisRemote
from resolvers.sources.counting import Uncounted
from resolvers.sources.rates import Budget, Taken
from resolvers.viewer import ANYBODY, ViewerClass
from tests.servers.redis import RedisServer
from tests.support.asking import Asking, asking
from tests.support.demo import OpenedIndex
from tests.support.tokens import SECRET, bearer, shared_token

BUDGET = Budget(100, 10)
ROUTER_SECRET = "the secret of the router in front of it"
QUERY = {"query": "{ searchJobs(first: 20) { nodes { id } } }"}
"""It costs 30."""


def test_a_bucket_fills_evenly_up_to_its_budget() -> None:
    now = [0.0]
    buckets = OwnBuckets(lambda: now[0])
    assert buckets.take("a", 70, 1, BUDGET) == Taken(is_taken=True, left=30)
    assert buckets.take("a", 31, 1, BUDGET) == Taken(is_taken=False, left=29)
    assert buckets.take("b", 100, 1, BUDGET) == Taken(is_taken=True, left=0)
    now[0] = 0.2
    assert buckets.take("a", 31, 1, BUDGET) == Taken(is_taken=True, left=0)
    now[0] = 100
    assert buckets.take("a", 1, 1, BUDGET) == Taken(is_taken=True, left=99)


def test_what_is_dearer_than_the_budget_is_had_of_a_full_one_and_leaves_a_debt() -> None:
    now = [0.0]
    buckets = OwnBuckets(lambda: now[0])
    assert buckets.take("a", 150, 1, BUDGET) == Taken(is_taken=True, left=-50)
    now[0] = 10
    assert buckets.take("a", 150, 1, BUDGET) == Taken(is_taken=False, left=49)


def test_what_is_owed_is_taken_of_who_is_refused_up_to_a_debt_of_the_budget() -> None:
    buckets = OwnBuckets(lambda: 0.0)
    buckets.take("a", 70, 1, BUDGET)
    assert buckets.take("a", 31, 40, BUDGET) == Taken(is_taken=False, left=-10)
    assert buckets.take("a", 31, 1_000, BUDGET) == Taken(is_taken=False, left=-100)
    assert buckets.take("a", 31, 1_000, BUDGET) == Taken(is_taken=False, left=-100)
    buckets.take("b", 250, 1, BUDGET)
    assert buckets.take("b", 1, 5, BUDGET) == Taken(is_taken=False, left=-150)


def test_the_bucket_used_longest_ago_is_forgotten_first() -> None:
    buckets = OwnBuckets(lambda: 0.0, most=2)
    for name in ("a", "b", "a", "c"):
        buckets.take(name, 40, 1, BUDGET)
    assert [buckets.take(name, 0, 1, BUDGET).left for name in ("a", "c")] == [20, 60]
    assert buckets.take("b", 0, 1, BUDGET).left == 100


def shared(url: str) -> Guarded:
    return Guarded(RedisRemote(url, "channel"), Breaker(), Breaker(failures=1), Uncounted(), 5.0)


async def test_processes_share_budgets_in_redis(redis_server: RedisServer) -> None:
    one, other = shared(redis_server.url), shared(redis_server.url)
    try:
        slow = Budget(100, 86_400)
        first, second = RedisBuckets(one, "shared-budgets"), RedisBuckets(other, "shared-budgets")
        assert await first.take("a", 70, 1, slow) == Taken(is_taken=True, left=30)
        taken = await second.take("a", 31, 1, slow)
        assert taken is not None
        assert (taken.is_taken, round(taken.left)) == (False, 29)
        again = await second.take("a", 29, 1, slow)
        assert again is not None
        assert (again.is_taken, round(again.left)) == (True, 0)
        assert await first.take("b", 150, 1, slow) == Taken(is_taken=True, left=-50)
        for left in (-90, -100, -100):
            owing = await second.take("b", 1, 40, slow)
            assert owing is not None
            assert (owing.is_taken, round(owing.left)) == (False, left)
    finally:
        await one.close()
        await other.close()


async def test_a_bucket_in_redis_goes_when_it_is_full_again(redis_server: RedisServer) -> None:
    remote = shared(redis_server.url)
    try:
        await RedisBuckets(remote, "gone").take("a", 50, 1, Budget(100, 1_000))
        found = await remote.run("return redis.call('KEYS', 'gone:rate:*')", b"gone", ())
        assert found is not None
        left = await remote.run("return {redis.call('PTTL', KEYS[1])}", found[0], ())
        assert left is not None
        assert 490_000 < left[0] <= 501_000
    finally:
        await remote.close()


class Silent:
    """Shared buckets that cannot be had."""

    async def take(self, *_: object) -> None:
        """There is no answer."""


async def test_while_redis_is_away_each_process_has_its_own_budgets() -> None:
    buckets = CommonBuckets(Silent(), OwnBuckets(lambda: 0.0))
    assert await buckets.take("a", 70, 1, BUDGET) == Taken(is_taken=True, left=30)
    assert await buckets.take("a", 70, 1, BUDGET) == Taken(is_taken=False, left=29)
    # Nothing listens on the discard port.
    remote = shared("redis://127.0.0.1:9")
    assert await RedisBuckets(remote, "away").take("a", 1, 1, BUDGET) is None
    await remote.close()


async def answered(gateway: Asking, **headers: str) -> httpx.Response:
    return await gateway.http.post("/graphql", json=QUERY, headers=headers)


async def test_a_used_up_budget_is_told_with_when_to_come_again(opened: OpenedIndex) -> None:
    async with asking(opened, Settings(rate_anonymous=60, rate_window_seconds=86_400)) as gateway:
        first = await answered(gateway)
        assert first.status_code == 200
        assert {name: value for name, value in first.headers.items() if name.startswith("ratelimit")} == {
            "ratelimit-policy": '"anonymous";q=60;w=86400',
            "ratelimit": '"anonymous";r=30;t=43200',
            "ratelimit-limit": "60",
            "ratelimit-remaining": "30",
            "ratelimit-reset": "43200",
        }
        await answered(gateway)
        refused = await answered(gateway)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) in range(44_630, 44_641)
        assert refused.headers["ratelimit-remaining"] == "0"
        [error] = refused.json()["errors"]
        assert "data" not in refused.json()
        extensions = error["extensions"]
        assert (extensions["code"], extensions["limit"], extensions["actual"]) == ("RATE_LIMITED", 60, 30)
        assert str(extensions["retryAfterSeconds"]) == refused.headers["retry-after"]
        assert "come again then" in error["message"]


async def test_what_cannot_be_executed_costs_too(opened: OpenedIndex) -> None:
    async with asking(opened, Settings(rate_anonymous=2, rate_window_seconds=86_400)) as gateway:
        found = [await gateway.http.post("/graphql", json={"query": query}) for query in ("{", "{ nothing }", "{")]
        assert [one.status_code == 429 for one in found] == [False, False, True]


async def test_a_document_that_is_not_known_costs_what_it_takes_to_read_it(opened: OpenedIndex) -> None:
    filling = "#" + "x" * 1_000
    async with asking(opened, Settings(rate_anonymous=1_000, rate_window_seconds=86_400)) as gateway:
        left = []
        for query in ("{ __typename }", f"{{ __typename }} {filling}", f"{{ __typename }} {filling}", f"{{ {filling}"):
            response = await gateway.http.post("/graphql", json={"query": query})
            left.append(int(response.headers["ratelimit-remaining"]))
    assert left == [999, 978, 977, 956]


async def test_what_is_too_dear_costs_the_least(opened: OpenedIndex) -> None:
    settings = Settings(rate_anonymous=2, rate_window_seconds=86_400, cost_max_anonymous=5)
    async with asking(opened, settings) as gateway:
        found = [(await answered(gateway)).json()["errors"][0]["extensions"]["code"] for _ in range(3)]
        assert found == ["COST_LIMIT_EXCEEDED", "COST_LIMIT_EXCEEDED", "RATE_LIMITED"]


class Counted(OwnBuckets):
    """Buckets that count how often anything is wanted of them."""

    wanted = 0

    def take(self, name: str, cost: int, owed: int, budget: Budget) -> Taken:
        self.wanted += 1
        return super().take(name, cost, owed, budget)


def test_of_an_empty_bucket_nothing_is_wanted_until_there_is_something_in_it() -> None:
    now = [0.0]
    buckets = Counted(lambda: now[0])
    rates = Rates({ViewerClass.ANONYMOUS: BUDGET}, buckets, lambda: now[0])
    rates.charge(ANYBODY, "a", 100)
    rates.check(ANYBODY, "a")
    with pytest.raises(RateLimited, match="there are 50 again in 6 seconds"):
        rates.charge(ANYBODY, "a", 50, 9)
    now[0] = 0.95
    with pytest.raises(RateLimited) as refused:
        rates.check(ANYBODY, "a")
    assert refused.value.headers[-1] == (b"retry-after", b"1")
    rates.check(ANYBODY, "b")
    now[0] = 1
    rates.check(ANYBODY, "a")
    rates.check(ANYBODY, "a")
    assert rates.charge(ANYBODY, "a", 1)
    assert buckets.wanted == 3


async def test_who_has_nothing_left_is_refused_before_their_document_is_read(opened: OpenedIndex) -> None:
    async with asking(opened, Settings(rate_anonymous=1, rate_window_seconds=86_400)) as gateway:
        for query, status in (("{", 200), ("{", 429), ("{" * 2_000_000, 429)):
            assert (await gateway.http.post("/graphql", json={"query": query})).status_code == status


async def test_each_viewer_has_a_budget_and_each_address_of_nobody(opened: OpenedIndex) -> None:
    settings = Settings(
        auth_secret=SECRET,
        rate_anonymous=30,
        rate_authenticated=30,
        rate_window_seconds=86_400,
        trusted_proxies="127.0.0.0/8",
    )
    async with asking(opened, settings) as gateway:
        ones = [
            bearer(shared_token(sub="a")),
            bearer(shared_token(sub="b")),
            {"X-Forwarded-For": "203.0.113.1"},
            {"X-Forwarded-For": "203.0.113.2"},
        ]
        assert [(await answered(gateway, **one)).status_code for one in ones] == [200] * 4
        assert [(await answered(gateway, **one)).status_code for one in ones] == [429] * 4
        made_up = {"X-Forwarded-For": "203.0.113.1", "Forwarded": "for=203.0.113.3"}
        assert (await answered(gateway, **made_up)).status_code == 429


async def test_a_router_has_a_budget_for_nobody_in_particular_alone(opened: OpenedIndex) -> None:
    settings = Settings(router_secret=ROUTER_SECRET, rate_router=30, rate_authenticated=60, rate_window_seconds=86_400)
    router = {"Router-Authorization": ROUTER_SECRET}
    async with asking(opened, settings) as gateway:
        assert [(await answered(gateway, **router)).status_code for _ in range(2)] == [200, 429]
        viewer = {**router, "X-Viewer": '{"sub": "a"}'}
        assert [(await answered(gateway, **viewer)).status_code for _ in range(3)] == [200, 200, 429]


async def test_without_a_budget_nothing_is_said_of_it(gateway: Asking) -> None:
    assert not [name for name in (await answered(gateway)).headers if name.startswith("ratelimit")]


def test_budgets_are_by_mode_unless_they_are_set() -> None:
    assert budgets(Settings()) == {}
    assert budgets(Settings(mode="production")) == {
        "anonymous": Budget(100_000, 60),
        "authenticated": Budget(300_000, 60),
    }
    assert budgets(Settings(mode="production", rate_anonymous=0, rate_router=7)) == {
        "authenticated": Budget(300_000, 60),
        "router": Budget(7, 60),
    }


TRUSTED = "10.0.0.0/8, 2001:db8:ffff::/48"


@pytest.mark.parametrize(
    ("peer", "headers", "address"),
    [
        ("203.0.113.1", {}, "203.0.113.1"),
        ("203.0.113.1", {"x-forwarded-for": "198.51.100.1"}, "203.0.113.1"),
        ("10.0.0.1", {"x-forwarded-for": "198.51.100.1"}, "198.51.100.1"),
        ("10.0.0.1", {"x-forwarded-for": "1.2.3.4, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"),
        ("10.0.0.1", {"x-forwarded-for": "198.51.100.1:4711"}, "198.51.100.1"),
        ("10.0.0.1", {"x-forwarded-for": "198.51.100.1, made up"}, "10.0.0.1"),
        ("10.0.0.1", {"x-forwarded-for": "10.0.0.3, 10.0.0.2"}, "10.0.0.3"),
        ("10.0.0.1", {}, "10.0.0.1"),
        ("10.0.0.1", {"forwarded": "for=1.2.3.4"}, "10.0.0.1"),
        ("2001:db8:ffff::1", {"x-forwarded-for": "::ffff:198.51.100.1"}, "198.51.100.1"),
        (None, {"x-forwarded-for": "198.51.100.1"}, "198.51.100.1"),
        (None, {}, "unknown"),
    ],
)
def test_the_address_is_what_the_last_stranger_has(peer: str | None, headers: dict[str, str], address: str) -> None:
    assert Addresses(TRUSTED).of(peer, headers) == address


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"forwarded": 'for=1.2.3.4;proto=https, By=x;For="198.51.100.1:80"'}, "198.51.100.1"),
        ({"forwarded": 'for="[2001:db8:1:2:3::4]:80"', "x-forwarded-for": "1.2.3.4"}, "2001:db8:1:2::/64"),
        ({"forwarded": "for=unknown"}, "10.0.0.1"),
        ({"forwarded": "proto=https"}, "10.0.0.1"),
        ({"x-forwarded-for": "1.2.3.4"}, "10.0.0.1"),
    ],
)
def test_proxies_may_write_the_standard_header_alone(headers: dict[str, str], address: str) -> None:
    assert Addresses(TRUSTED, "forwarded").of("10.0.0.1", headers) == address


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert Addresses(None).of("10.0.0.1", {"x-forwarded-for": "198.51.100.1"}) == "10.0.0.1"
    assert Addresses(None).of(None, {"x-forwarded-for": "198.51.100.1"}) == "unknown"


async def test_a_second_line_of_a_list_of_addresses_is_read_too(opened: OpenedIndex) -> None:
    settings = Settings(rate_anonymous=30, rate_window_seconds=86_400, trusted_proxies="127.0.0.1")

    async def status(*forwarded: str) -> Any:
        headers = [("x-forwarded-for", one) for one in forwarded]
        return (await gateway.http.post("/graphql", json=QUERY, headers=headers)).status_code

    async with asking(opened, settings) as gateway:
        assert await status("1.1.1.1", "198.51.100.1") == 200
        # What the client has made up in the first line changes nothing.
        assert await status("2.2.2.2", "198.51.100.1") == 429

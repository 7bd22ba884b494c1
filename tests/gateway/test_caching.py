"""How long answers stay good, and answers that are given again."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest
from graphql import parse
from strawberry.types import ExecutionResult

from gateway.answers import Answer
from gateway.caching.conditional import conditional
from gateway.caching.operations import Repeated, RepeatedOperations
from gateway.caching.policies import Policies, Policy
from gateway.caching.responses import Kept, Responses
from gateway.execution.executor import PlannedExecution
from gateway.execution.operations import Operations, Prepared, chosen
from gateway.execution.rules import Rules
from gateway.head import Head
from gateway.identity.building import build_authentication
from gateway.limits.building import build_doorkeeper
from gateway.limits.visits import VARY, Paid
from gateway.parameters import Parameters
from gateway.settings import Settings
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.base import (
    AggregationRequest,
    AggregationResult,
    Degradation,
    SearchRequest,
    SearchResult,
    Snapshot,
)
from resolvers.sources.cached.breaker import Breaker
from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.cached.redis_remote import RedisRemote
from resolvers.sources.counting import Uncounted
from resolvers.sources.unavailable import UnavailableSnapshot
from resolvers.viewer import ANYBODY
from schema.sdl import graph
from tests.servers.redis import RedisServer
from tests.support.asking import Asking, asking
from tests.support.demo import OpenedIndex
from tests.support.engines import StandIn
from tests.support.tokens import SECRET, bearer, shared_token

JOB = '{ job(id: "job_000001") { title } }'
EARNINGS = '{ talent(id: "talent_000001") { name totalEarnings { amount } } }'
MAY = bearer(shared_token(scope="talent:earnings:read"))
KEEPING = {"auth_secret": SECRET, "response_cache_bytes": 1_000_000}


def policy(text: str) -> Policy:
    document = parse(text)
    return Policies(graph().core).of(Prepared(graph().core, document, chosen(document, None)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (JOB, Policy(30)),
        ('{ skill(id: "") { name broader { name } } }', Policy(300)),
        ('{ skill(id: "") { name } job(id: "") { title } }', Policy(30)),
        ('{ job(id: "") { skills { name } client { name } similarJobs { pageInfo { hasNextPage } } } }', Policy(30)),
        ("{ searchJobs { nodes { title } facets { label } } }", Policy(10)),
        ("{ searchJobs { ...F } } fragment F on JobSearchConnection { queryId }", Policy(0)),
        ("{ jobMarket { jobCount } }", Policy(60)),
        ('{ node(id: "") { id ... on Skill { name } } }', Policy(30)),
        ("{ _entities(representations: []) { ... on Job { title } } }", Policy(30)),
        (EARNINGS, Policy(30, is_private=True)),
        ("{ viewer { id } }", Policy(30, is_private=True)),
        ("{ __typename }", Policy(0)),
        ('{ job(id: "") { title } __schema { description } }', Policy(0)),
        ("{ _service { sdl } }", Policy(0)),
        ("mutation { recordEvents(events: []) { results { index } } }", Policy(0)),
    ],
)
def test_an_answer_stays_good_as_long_as_each_part_of_it(text: str, found: Policy) -> None:
    assert policy(text) == found


async def got(gateway: Asking, query: str, **headers: str) -> httpx.Response:
    return await gateway.http.get("/graphql", params={"query": query}, headers=headers)


async def test_the_answer_says_how_long_it_stays_good(opened: OpenedIndex) -> None:
    async with asking(opened, Settings(auth_secret=SECRET)) as gateway:
        assert (await got(gateway, JOB)).headers["cache-control"] == "max-age=30, public"
        assert (await got(gateway, JOB, **MAY)).headers["cache-control"] == "max-age=30, private"
        assert (await got(gateway, EARNINGS, **MAY)).headers["cache-control"] == "max-age=30, private"
        for query in (EARNINGS, "{ __typename }", "{ nothing }"):
            assert (await got(gateway, query)).headers["cache-control"] == "no-store"
        assert (await got(gateway, JOB, **{"GraphQL-Cost": "1"})).headers["cache-control"] == "no-store"


async def test_while_experiments_run_no_answer_stays_good() -> None:
    document = parse(JOB)
    prepared = Prepared(graph().core, document, chosen(document, None))
    assert Policies(graph().core, is_cacheable=False).of(prepared) == Policy(0)


async def test_an_answer_that_the_client_has_is_not_sent_again(gateway: Asking) -> None:
    first = await got(gateway, JOB)
    tag = first.headers["etag"]
    again = await got(gateway, JOB, **{"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["cache-control"] == "max-age=30, public"
    assert {"content-type", "content-length"} & again.headers.keys() == set()
    other = await got(gateway, JOB.replace("000001", "000002"), **{"If-None-Match": tag})
    assert other.status_code == 200
    posted = await gateway.http.post("/graphql", json={"query": JOB}, headers={"If-None-Match": tag})
    assert (posted.status_code, "etag" in posted.headers) == (200, False)
    assert "etag" not in (await got(gateway, "{ __typename }")).headers


def test_any_tag_matches_a_star() -> None:
    found = conditional(Answer(200, ((b"content-length", b"1"),), b"x"), "*")
    assert (found.status, found.body, [name for name, _ in found.headers]) == (304, b"", [b"etag"])


async def answered(gateway: Asking, query: str, headers: dict[str, str], **variables: Any) -> Any:
    response = await gateway.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    return response.json()


async def test_an_answer_is_given_again_to_all_who_may_see_the_same(opened: OpenedIndex) -> None:
    query = "query ($first: Int) { searchJobs(first: $first) { nodes { id } meta { tookMilliseconds } } }"
    async with asking(opened, Settings(**KEEPING)) as gateway:
        first = await answered(gateway, query, {}, first=2)
        assert await answered(gateway, query, {}, first=2) == first
        one = await answered(gateway, query, {}, first=1)
        assert len(one["data"]["searchJobs"]["nodes"]) == 1
        other = await answered(gateway, query.replace("nodes", "again: nodes"), {}, first=2)
        assert list(other["data"]["searchJobs"]) == ["again", "meta"]


async def test_what_a_viewer_may_not_see_is_not_given_again_to_them(opened: OpenedIndex) -> None:
    order = "{ searchTalent(first: 3, sort: EARNINGS) { nodes { id } } }"
    async with asking(opened, Settings(**KEEPING)) as gateway:
        for query in (EARNINGS, order):
            for _ in range(2):
                assert "errors" not in await answered(gateway, query, MAY)
            for headers in ({}, bearer(shared_token())):
                assert "errors" in await answered(gateway, query, headers)
            assert "errors" not in await answered(gateway, query, MAY)


class Recovering(StandIn):
    """An engine that gives its first answers in part, and is well then."""

    def __init__(self) -> None:
        super().__init__(nothing_found)
        self.calls = 0

    def _degraded(self) -> frozenset[Degradation]:
        self.calls += 1
        return frozenset({Degradation.PARTIAL}) if self.calls <= 2 else frozenset()

    async def search(self, requests: Sequence[SearchRequest]) -> Sequence[SearchResult | SourceError]:
        degraded = self._degraded()
        return [
            replace(one, degraded=degraded) for one in await super().search(requests) if isinstance(one, SearchResult)
        ]

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        degraded, found = self._degraded(), await super().aggregate(requests)
        return [replace(one, degraded=degraded) for one in found if isinstance(one, AggregationResult)]


async def nothing_found() -> Sequence[None]:
    return [None]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("{ searchJobs { nodes { id } } }", "max-age=10, public"),
        ("{ jobMarket { jobCount } }", "max-age=60, public"),
    ],
)
async def test_an_answer_that_is_not_whole_is_not_given_again(query: str, headers: str) -> None:
    engine = Recovering()
    async with asking(engine, Settings(**KEEPING)) as gateway:
        told = [await got(gateway, query) for _ in range(4)]
    assert [one.headers["cache-control"] for one in told] == ["no-store", "no-store", headers, headers]
    assert ["etag" in one.headers for one in told] == [False, False, True, True]
    assert engine.calls == 3


async def test_what_an_answer_depends_on_is_told_to_caches(opened: OpenedIndex) -> None:
    async with asking(opened, Settings(auth_secret=SECRET)) as gateway:
        found = await got(gateway, JOB)
        assert found.headers.get_list("vary") == [
            "Accept, Accept-Encoding",
            "Authorization, Router-Authorization, X-Viewer, Graphql-Cost, Apollo-Federation-Include-Trace",
        ]
        traced = await got(gateway, JOB, **{"Apollo-Federation-Include-Trace": "ftv1"})
        assert "ftv1" in traced.json()["extensions"]
        assert (traced.headers["cache-control"], "etag" in traced.headers) == ("no-store", False)


async def test_what_is_a_viewers_own_is_given_to_no_other(opened: OpenedIndex) -> None:
    async with asking(opened, Settings(**KEEPING)) as gateway:
        for id_ in ("a", "b", "a"):
            found = await answered(gateway, "{ viewer { id } }", bearer(shared_token(sub=id_)))
            assert found == {"data": {"viewer": {"id": id_}}}


async def test_an_answer_that_is_too_old_is_not_found() -> None:
    now = [1_000.0]
    responses = Responses(1_000, clock=lambda: now[0])
    responses.keep("a", b"x", 10)
    for moment, is_found in ((1_000.0, True), (1_009.9, True), (1_010.0, False), (999.0, False)):
        now[0] = moment
        assert await responses.find("a", 10) == (Kept(b"x", 1_000_000) if is_found else None)


async def test_answers_used_longest_ago_are_forgotten_first() -> None:
    responses = Responses(2 * 301)
    for key in ("a", "b", "a", "c"):
        if await responses.find(key, 10) is None:
            responses.keep(key, key.encode(), 10)
    assert [(await responses.find(key, 10)) is not None for key in ("a", "b", "c")] == [True, False, True]
    responses.keep("d", b"x" * 1_000, 10)
    assert await responses.find("d", 10) is None


async def test_processes_share_answers_in_redis_and_say_how_old_they_are(
    redis_server: RedisServer,
) -> None:
    remote = Guarded(RedisRemote(redis_server.url, "channel"), Breaker(), Breaker(failures=1), Uncounted(), 5.0)
    now = [1_000.0]
    one, other = (Responses(1_000, remote, "shared-answers", lambda: now[0]) for _ in range(2))
    one.keep("a", b"{}", 10)
    now[0] = 1_004
    async with asyncio.timeout(10):
        while (found := await other.find("a", 10)) is None:
            await asyncio.sleep(0.01)
    assert found == Kept(b"{}", 1_000_000)
    assert await other.find("b", 10) is None
    one.keep("c", b"{}", 10)
    await one.close()
    await remote.close()


async def test_the_age_of_an_answer_is_told(opened: OpenedIndex) -> None:
    now = [1_000.0]
    schema = graph(PlannedExecution)
    rules = Rules(of_operations=[Policies(schema.core).decide])
    operations = RepeatedOperations(Operations(schema, rules), Responses(1_000, clock=lambda: now[0]))

    async def executed(asked: Parameters, snapshot: Snapshot) -> tuple[Any, int]:
        operation = operations(asked, only_reads=True)
        assert isinstance(operation, Repeated)
        result = operation.execute(Context(snapshot, PageSizes(), viewer=ANYBODY))
        return (await result if isinstance(result, Awaitable) else result), operation.age_seconds

    asked = Parameters(JOB, None, None)
    first, _ = await executed(asked, opened.snapshot())
    now[0] += 4
    assert await executed(asked, opened.snapshot()) == (first, 4)
    now[0] += 30
    assert (await executed(asked, opened.snapshot()))[1] == 0
    # Where it cannot be said what an answer depends on, none is given again.
    for one, snapshot in (
        (asked, UnavailableSnapshot(SourceUnavailable("there is no index"))),
        (Parameters(JOB, None, {"unused": object()}), opened.snapshot()),
    ):
        assert isinstance((await executed(one, snapshot))[0], ExecutionResult)


def test_a_response_says_the_age_of_what_is_given_again() -> None:
    keeper = build_doorkeeper(Settings(), build_authentication(Settings()), graph().core, None)
    visit = keeper(Head("GET", b"", {}, None))
    assert isinstance(visit, Paid)
    visit._asked = 2
    for policy, age_seconds in ((Policy(30), 4), (Policy(10), 0)):
        visit.tell(policy, age_seconds)
    assert visit.headers() == ((b"cache-control", b"max-age=10, public"), VARY, (b"age", b"4"))

"""What goes over the wire, to the byte."""

import asyncio
import json
import math
from typing import Any

import pytest

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable
from resolvers.sources.base import Call
from resolvers.sources.opensearch.asks import Search, Walk
from resolvers.sources.opensearch.exchange import ClusterExchange
from resolvers.sources.opensearch.looks import LOOK_PARTS, Look
from resolvers.sources.opensearch.responses import Found, Hits
from tests.support.clusters_made_up import GENERATION, Scripted, generation

JOBS, SKILLS = f"shop-job-{GENERATION}", f"shop-skill-{GENERATION}"
EVERYTHING = {"query": {"match_all": {}}}
PARTS = (
    "responses.status,responses.error,responses.timed_out,responses._shards.failed,"
    "responses.hits.total.value,responses.hits.hits.sort,responses.hits.hits._source,"
    "responses.hits.hits.fields,responses.hits.hits.matched_queries,responses.aggregations"
)
FOUND = {"status": 200, "hits": {"hits": [{"sort": [1.5, "6a"]}]}}
WALK = Walk(Kind.JOB, {"match_all": {}}, 20_003)


def asking(*answers: Any, seconds: float = math.inf, label: str | None = None) -> tuple[ClusterExchange, Scripted]:
    cluster = Scripted(answers)
    call = Call(Deadline(seconds, clock=lambda: 0.0), label)
    return ClusterExchange(cluster, generation(), call), cluster  # type: ignore[arg-type]


async def test_searches_are_one_multi_search_and_equal_ones_are_sent_once() -> None:
    answer = {"responses": [{"hits": {"total": {"value": 1}}}, {"hits": {"total": {"value": 2}}}, FOUND]}
    exchange, cluster = asking(answer, seconds=10)
    searches = [
        Search(Kind.JOB, EVERYTHING),
        Search(Kind.JOB, EVERYTHING, "logo"),
        Search(Kind.JOB, EVERYTHING),
        Search(Kind.SKILL, EVERYTHING, by_meaning=True),
    ]
    found = await exchange.search(searches)
    assert cluster.asked == [
        (
            "POST",
            "/_msearch",
            (
                f'{{"index":"{JOBS}"}}\n{{"query":{{"match_all":{{}}}}}}\n'
                f'{{"index":"{JOBS}","search_type":"dfs_query_then_fetch","preference":"text-e48e9a13"}}\n'
                '{"query":{"match_all":{}}}\n'
                f'{{"index":"{SKILLS}","cancel_after_time_interval":"7000ms"}}\n{{"query":{{"match_all":{{}}}}}}\n'
            ).encode(),
            {"filter_path": PARTS},
        )
    ]
    assert found == [Hits(total=1), Hits(total=2), Hits(total=1), Hits((Found((1.5, "6a")),))]


async def test_searches_by_meaning_have_a_share_of_the_time_and_the_others_the_rest() -> None:
    late = DeadlineExceeded("late")
    exchange, cluster = asking(late, {"responses": [FOUND]}, seconds=10)
    near = Search(Kind.JOB, EVERYTHING, by_meaning=True)
    found = await exchange.search([near, Search(Kind.JOB, EVERYTHING), near])
    assert found == [late, Hits((Found((1.5, "6a")),)), late]
    assert [body for _, _, body, _ in cluster.asked] == [
        (
            f'{{"index":"{JOBS}","cancel_after_time_interval":"7000ms"}}\n{{"query":{{"match_all":{{}}}}}}\n'
            f'{{"index":"{JOBS}"}}\n{{"query":{{"match_all":{{}}}}}}\n'
        ).encode(),
        f'{{"index":"{JOBS}"}}\n{{"query":{{"match_all":{{}}}}}}\n'.encode(),
    ]
    first, second = (call.deadline.remaining() for call in cluster.calls)
    assert 7 < first <= 8 < second == 10


@pytest.mark.parametrize("by_meaning", [True, False])
async def test_searches_that_are_all_late_are_not_asked_again(by_meaning: bool) -> None:
    exchange, cluster = asking(DeadlineExceeded("late"), seconds=10)
    with pytest.raises(DeadlineExceeded):
        await exchange.search([Search(Kind.JOB, EVERYTHING, by_meaning=by_meaning)] * 2)
    assert len(cluster.asked) == 1


async def test_what_is_not_bounded_in_time_is_not_given_up() -> None:
    exchange, cluster = asking({"responses": [FOUND]})
    await exchange.search([Search(Kind.JOB, EVERYTHING, by_meaning=True)])
    [(_, _, body, _)] = cluster.asked
    assert body == f'{{"index":"{JOBS}"}}\n{{"query":{{"match_all":{{}}}}}}\n'.encode()


async def test_a_search_that_cannot_be_spelled_fails_alone() -> None:
    exchange, cluster = asking({"responses": [FOUND]})
    odd = Search(Kind.JOB, {"query": "\ud800"})
    failed, found = await exchange.search([odd, Search(Kind.JOB, EVERYTHING)])
    assert isinstance(failed, SourceError)
    assert found == Hits((Found((1.5, "6a")),))
    assert [str(failed)] == [str(one) for one in await exchange.search([odd])]
    assert len(cluster.asked) == 1


async def test_a_failed_search_is_an_error_in_its_place_and_missing_shards_are_told() -> None:
    error = {"type": "search_phase_execution_exception", "root_cause": [{"type": "too_many_clauses"}]}
    answer = {
        "responses": [
            {"status": 400, "error": error},
            {"timed_out": True},
            {"_shards": {"failed": 1}},
        ]
    }
    exchange, _ = asking(answer)
    failed, late, partial = await exchange.search([Search(Kind.JOB, {"size": size}) for size in range(3)])
    assert (type(failed), str(failed)) == (SourceError, "this search is too broad: use fewer conditions")
    assert late == partial == Hits(partial=True)


async def test_documents_are_one_multi_get_without_those_that_cannot_be(market: Any) -> None:
    answer = {"docs": [{"found": True, "_source": {"record": market[Kind.SKILL][0]}}, {"found": False}]}
    exchange, cluster = asking(answer)
    first = market[Kind.SKILL][0]
    refs = [Ref(Kind.JOB, ""), Ref(Kind.SKILL, first.id), Ref(Kind.JOB, "job_\ud800")]
    refs += [Ref(Kind.JOB, "j" * 512), Ref(Kind.JOB, "j" * 513)]
    assert await exchange.fetch(refs) == [None, Document(refs[1], first), None, None, None]
    [(method, path, body, params)] = cluster.asked
    assert (method, path) == ("POST", "/_mget")
    assert json.loads(body or b"") == {
        "docs": [{"_index": SKILLS, "_id": first.id}, {"_index": JOBS, "_id": "j" * 512}]
    }
    assert params == {"filter_path": "docs.found,docs.error,docs._source", "realtime": "false"}
    assert await exchange.fetch(refs[:1]) == [None]


async def test_a_document_whose_index_has_gone_is_an_error() -> None:
    exchange, _ = asking({"docs": [{"error": {"type": "index_not_found_exception"}}]})
    [failed] = await exchange.fetch([Ref(Kind.JOB, "job_1")])
    assert isinstance(failed, SourceUnavailable)


async def test_a_record_that_cannot_be_read_is_an_error() -> None:
    exchange, _ = asking({"docs": [{"found": True, "_source": {"record": {"id": "job_1"}}}]})
    with pytest.raises(SourceError, match="cannot be read"):
        await exchange.fetch([Ref(Kind.JOB, "job_1")])


def chunk(first: int, count: int) -> dict[str, Any]:
    return {"hits": {"hits": [{"sort": [1.0, f"{at:08}"]} for at in range(first, first + count)]}}


async def test_a_walk_goes_through_one_point_in_time_and_gives_it_back() -> None:
    answers = [{"pit_id": "pit"}, chunk(0, 10_000), chunk(10_000, 10_000), chunk(20_000, 3), {}]
    exchange, cluster = asking(*answers, seconds=9, label="web/1")
    found = await exchange.walk(WALK)
    assert [hit.key for hit in found.hits] == [f"{at:08}" for at in range(20_003)]
    opened, *searches, closed = cluster.asked
    assert opened == ("POST", f"/{JOBS}/_search/point_in_time", None, {"keep_alive": "1m"})
    body = {
        "query": {"match_all": {}},
        "sort": [{"_score": "desc"}, {"sorts.ID": "asc"}],
        "track_total_hits": False,
        "_source": False,
        "stored_fields": "_none_",
        "pit": {"id": "pit", "keep_alive": "1m"},
    }
    assert [(path, json.loads(sent or b"")) for _, path, sent, _ in searches] == [
        ("/_search", body | {"size": 10_000}),
        ("/_search", body | {"size": 10_000, "search_after": [1.0, "00009999"]}),
        ("/_search", body | {"size": 3, "search_after": [1.0, "00019999"]}),
    ]
    assert closed == ("DELETE", "/_search/point_in_time", b'{"pit_id":["pit"]}', {})
    assert {call.label for call in cluster.calls} == {"web/1"}


async def test_a_walk_ends_where_the_ranking_does() -> None:
    exchange, cluster = asking({"pit_id": "pit"}, chunk(0, 5), {})
    assert len((await exchange.walk(WALK)).hits) == 5
    assert len(cluster.asked) == 3


@pytest.mark.parametrize("closed", [{}, SourceUnavailable("gone")])
async def test_a_walk_that_fails_gives_its_point_in_time_back(closed: Any) -> None:
    exchange, cluster = asking({"pit_id": "pit"}, SourceUnavailable("busy"), closed, seconds=0.001)
    with pytest.raises(SourceUnavailable, match="busy"):
        await exchange.walk(WALK)
    assert cluster.asked[-1][:2] == ("DELETE", "/_search/point_in_time")
    assert cluster.calls[-1].deadline.remaining() > 1


async def test_a_walk_whose_search_fails_says_so() -> None:
    exchange, _ = asking({"pit_id": "pit"}, {"status": 404, "error": {"type": "search_context_missing"}}, {})
    with pytest.raises(SourceUnavailable, match="replaced or removed"):
        await exchange.walk(WALK)


async def test_a_walk_that_is_cancelled_gives_its_point_in_time_back() -> None:
    exchange, cluster = asking({"pit_id": "pit"}, asyncio.CancelledError(), {})
    with pytest.raises(asyncio.CancelledError):
        await exchange.walk(WALK)
    assert cluster.asked[-1][:2] == ("DELETE", "/_search/point_in_time")


async def test_looks_are_one_multi_search() -> None:
    bucket = {"key": 7, "doc_count": 3, "shown": {"hits": {"hits": [{"_source": {"record": {"title": "Logo"}}}]}}}
    answer = {
        "responses": [
            {"status": 200, "hits": {"hits": [{"_id": "skill_a"}, {"_id": "skill_b"}]}},
            {"status": 200, "aggregations": {"groups": {"buckets": [bucket]}}},
        ]
    }
    exchange, cluster = asking(answer)
    ids, groups = await exchange.look([Look(Kind.SKILL, EVERYTHING), Look(Kind.JOB, EVERYTHING)])
    assert (ids.ids, groups.titles, groups.counts) == (["skill_a", "skill_b"], [("Logo", 3)], {"7": 3})
    [(_, path, body, params)] = cluster.asked
    assert (path, params) == ("/_msearch", {"filter_path": LOOK_PARTS})
    lines = [f'{{"index":"{index}"}}\n{{"query":{{"match_all":{{}}}}}}\n' for index in (SKILLS, JOBS)]
    assert body == "".join(lines).encode()


async def test_a_look_that_fails_fails_all_that_go_with_it() -> None:
    failed = {"status": 429, "error": {"type": "rejected_execution_exception"}}
    exchange, _ = asking({"responses": [{"status": 200}, failed]})
    with pytest.raises(SourceUnavailable, match="busy"):
        await exchange.look([Look(Kind.JOB, EVERYTHING)] * 2)

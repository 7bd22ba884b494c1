"""Requests whose operations have @defer or @stream: which are answered in parts, and what else holds for them."""

import json
import logging
from hashlib import sha256
from typing import Any

import httpx
import pytest

from gateway.incremental.accepted import spoken
from gateway.refusals import NotAcceptable
from gateway.settings import Settings
from resolvers.sources.base import Call, Snapshot
from schema.sdl import graph, print_schema
from tests.support.asking import Asking, asking
from tests.support.demo import CountingSource, OpenedIndex
from tests.support.parts import CURRENT, OLDER, answer_of, errors_of, parts_of, put_together, reading, running
from tests.support.tokens import SECRET, bearer, shared_token

V02, V2022 = "incrementalSpec=v0.2", "deferSpec=20220824"
JSON, GRAPHQL_JSON = "application/json", "application/graphql-response+json"
JOB = '{ job(id: "job_000000") { title ... @defer { client { name } } } }'
IF = 'query ($if: Boolean! = false) { job(id: "job_000000") { title @skip(if: $if) ... @defer(if: %s) { title } } }'
TITLE = '{ job(id: "job_000000") { title } }'
BOTH_FORMS = pytest.mark.parametrize("accept", [CURRENT, OLDER], ids=["current", "older"])


@pytest.mark.parametrize(
    ("accept", "parameter"),
    [
        ("multipart/mixed", V2022),
        ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed", V2022),
        ("Multipart/Mixed; Boundary=x; q=0.5, */*", V2022),
        (CURRENT, V02),
        (OLDER, V2022),
        ('multipart/mixed; deferSpec="20220824"', V2022),
        ("multipart/mixed;deferSpec=20220824, multipart/mixed;incrementalSpec=v0.2", V2022),
        ("multipart/mixed;deferSpec=20220824;q=0.5, multipart/mixed;incrementalSpec=v0.2", V02),
        ("multipart/mixed;deferSpec=2030, multipart/mixed;q=0.1", V2022),
        ("multipart/mixed, " + ", ".join(f"text/x-{number}" for number in range(50)), V2022),
    ],
)
def test_a_client_gets_the_form_that_it_wants_the_most(accept: str, parameter: str) -> None:
    assert spoken(accept).parameter == parameter


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "multipart/*",
        "application/json",
        "multipart/mixed;q=0",
        "multipart/mixed;q=x",
        "multipart/mixed;q=1_0",
        "multipart/mixed;deferSpec=20300101",
        "multipart/mixed;subscriptionSpec=1.0, application/json",
    ],
)
async def test_who_takes_no_parts_is_told_how_to(opened: OpenedIndex, accept: str) -> None:
    with pytest.raises(NotAcceptable, match="leave the directives out"):
        spoken(accept)
    async with running(opened) as app, reading(app, JOB, accept) as response:
        answer = await response.whole()
    assert response.status == 406
    assert answer["errors"][0]["extensions"] == {"code": "NOT_ACCEPTABLE"}
    assert "`Accept: multipart/mixed; incrementalSpec=v0.2, application/json`" in answer["errors"][0]["message"]


@pytest.mark.parametrize("parameter", [V02, V2022])
async def test_the_response_says_what_it_is_and_is_kept_by_nobody(opened: OpenedIndex, parameter: str) -> None:
    headers = {"x-request-id": "seven", "graphql-cost": "1"}
    async with running(opened) as app, reading(app, JOB, f"multipart/mixed;{parameter}", headers=headers) as response:
        parts = await response.rest()
    assert response.status == 200
    assert response.headers.pop("server-timing").startswith("read;dur=")
    assert response.headers == {
        "x-request-id": "seven",
        "vary": "Accept, Accept-Encoding",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "incremental": "?1",
        "x-accel-buffering": "no",
        "content-type": f'multipart/mixed; boundary="-"; {parameter}',
    }
    assert [sorted(part.get("extensions", ())) for part in parts] == [[], ["cost"]]


@pytest.mark.parametrize("accept", [CURRENT, GRAPHQL_JSON])
@pytest.mark.parametrize(("switch", "variables"), [("false", {}), ("$if", {"if": False}), ("$if", {})])
async def test_directives_that_do_not_hold_ask_for_nothing(
    opened: OpenedIndex, accept: str, switch: str, variables: dict[str, bool]
) -> None:
    async with running(opened) as app, reading(app, IF % switch, accept, variables=variables) as response:
        answer = await response.whole()
    assert response.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"
    assert list(answer["data"]["job"]) == ["title"]


async def test_directives_that_hold_by_a_variable_ask_for_parts(opened: OpenedIndex) -> None:
    async with running(opened) as app:
        assert len(await parts_of(app, IF % "$if", variables={"if": True})) == 2
        refused = await answer_of(app, IF % "$if", variables={"if": True})
    assert refused["errors"][0]["extensions"] == {"code": "NOT_ACCEPTABLE"}


async def test_an_operation_of_which_nothing_is_left_for_later_is_answered_in_one(opened: OpenedIndex) -> None:
    async with running(opened) as app:
        answer = await answer_of(app, '{ job(id: "nobody") { ... @defer { title } } }', CURRENT)
        known = await answer_of(app, '{ job(id: "job_000000") { title ... @defer { title } } }', CURRENT)
    assert answer == {"data": {"job": None}}
    assert list(known["data"]["job"]) == ["title"]


async def test_a_query_by_get_and_its_head(opened: OpenedIndex) -> None:
    async with asking(opened) as gateway:
        asked: dict[str, Any] = {"params": {"query": JOB}, "headers": {"Accept": CURRENT}}
        got = await gateway.http.get("/graphql", **asked)
        head = await gateway.http.head("/graphql", **asked)
    assert got.text.startswith("\r\n---\r\ncontent-type: application/json; charset=utf-8\r\n\r\n{")
    assert got.text.endswith('"hasNext":false}\r\n-----\r\n'.replace('"hasNext":false}', "}"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


async def test_in_a_batch_it_is_an_error_in_its_place(opened: OpenedIndex) -> None:
    async with asking(opened, Settings(batch_max=2)) as gateway:
        body = [{"query": JOB}, {"query": TITLE}]
        response = await gateway.http.post("/graphql", json=body, headers={"Accept": CURRENT})
    refused, answered = response.json()
    assert refused["errors"][0]["extensions"] == {"code": "NOT_ACCEPTABLE"}
    assert "is answered in one where it is part of a batch" in refused["errors"][0]["message"]
    assert list(answered) == ["data"]


async def test_with_a_trace_it_is_answered_in_one(opened: OpenedIndex) -> None:
    headers = {"apollo-federation-include-trace": "ftv1"}
    async with running(opened) as app:
        for accept in (CURRENT, JSON):
            answer = await answer_of(app, JOB, accept, headers=headers)
            assert list(answer["data"]["job"]) == ["title", "client"]
            assert list(answer["extensions"]) == ["ftv1"]


async def test_it_is_asked_for_by_a_hash_too(opened: OpenedIndex) -> None:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256(JOB.encode()).hexdigest()}}
    async with running(opened) as app:
        assert len(await parts_of(app, JOB, extensions=extensions)) == 2
        assert len(await parts_of(app, "", extensions=extensions)) == 2


async def test_a_trusted_document_is_answered_in_parts(opened: OpenedIndex, tmp_path: Any) -> None:
    (tmp_path / "persisted_queries.json").write_text(json.dumps({"slow-job": JOB}))
    settings = Settings(trusted_documents="enforce", trusted_documents_dir=tmp_path)
    async with running(opened, settings) as app:
        assert len(await parts_of(app, "", documentId="slow-job")) == 2
        refused = await answer_of(app, JOB.replace("title", "id"), CURRENT)
    assert refused["errors"][0]["extensions"] == {"code": "QUERY_NOT_IN_SAFELIST"}


async def test_no_answer_in_parts_is_given_again(opened: OpenedIndex) -> None:
    source = CountingSource(opened)
    async with running(source, Settings(response_cache_bytes=1_000_000)) as app:
        for _ in range(2):
            await parts_of(app, JOB)
        assert len(source.calls.fetches) == 4
        for _ in range(2):
            await answer_of(app, TITLE)
        assert len(source.calls.fetches) == 5


DEFERRED = "{ searchJobs(first: 10) { nodes { __typename id ... @defer { client { name } } } } }"
COST = {"graphql-cost": "1"}


async def test_what_is_deferred_costs_as_much_and_each_value_two_points_more(opened: OpenedIndex) -> None:
    async with running(opened) as app:
        parts = await parts_of(app, DEFERRED, headers=COST)
        whole = await answer_of(app, DEFERRED.replace("@defer", ""), headers=COST)
        unasked = await answer_of(app, DEFERRED.replace("@defer", "@defer(if: false)"), headers=COST)
    assert [part for part in parts[:-1] if "extensions" in part] == []
    in_one, in_parts = whole["extensions"]["cost"], parts[-1]["extensions"]["cost"]
    values = 10 * len(["__typename", "id", "name"])
    assert in_parts["estimated"] == in_one["estimated"] + 2 * values
    assert in_parts["actual"] == in_one["actual"] + 2 * values
    assert unasked["extensions"]["cost"] == in_one


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"cost_max_anonymous": 50}, "COST_LIMIT_EXCEEDED"),
        ({"depth_max": 3}, "DEPTH_LIMIT_EXCEEDED"),
        ({"directives_max": 0}, "DIRECTIVE_LIMIT_EXCEEDED"),
        ({"root_fields_max": 1}, "ROOT_FIELD_LIMIT_EXCEEDED"),
    ],
)
async def test_limits_hold_for_what_is_deferred(opened: OpenedIndex, settings: dict[str, int], code: str) -> None:
    async with running(opened, Settings(**settings)) as app:
        refused = await answer_of(
            app, f"{{ __typename ... @defer {{ a: viewer {{ id }} {DEFERRED[1:-1]} }} }}", CURRENT
        )
    assert refused["errors"][0]["extensions"]["code"] == code


async def test_who_asks_counts_in_all_parts(opened: OpenedIndex) -> None:
    document = '{ talent(id: "talent_000001") { id ... @defer { totalEarnings { amount } } } }'
    async with running(opened, Settings(auth_secret=SECRET)) as app:
        may = await parts_of(app, document, headers=bearer(shared_token(scope="talent:earnings:read")))
        may_not = await parts_of(app, document)
    assert errors_of(may) == []
    assert float(put_together(may)["talent"]["totalEarnings"]["amount"]) >= 0
    [error] = errors_of(may_not)
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert put_together(may_not)["talent"]["totalEarnings"] is None


async def test_a_mutation_records_what_was_shown_in_parts_and_tells_the_rest_later(opened: OpenedIndex) -> None:
    search = "{ searchJobs(first: 1) { edges { position node { id } } ... @defer { queryId } } }"
    record = """mutation ($events: [EventInput!]!) {
      recordEvents(events: $events) { recorded ... @defer { results { eventId outcome } } }
    }"""
    async with running(opened) as app:
        page = put_together(await parts_of(app, search))["searchJobs"]
        [edge] = page["edges"]
        event = {"id": "e", "action": "CLICK", "queryId": page["queryId"], "itemId": edge["node"]["id"], "position": 1}
        first, last = await parts_of(app, record, variables={"events": [event]})
    assert first["data"] == {"recordEvents": {"recorded": 1}}
    assert last["incremental"] == [{"id": "0", "data": {"results": [{"eventId": "e", "outcome": "RECORDED"}]}}]


async def test_directives_on_fields_of_a_mutations_root_are_refused(opened: OpenedIndex) -> None:
    async with running(opened) as app:
        answer = await answer_of(app, "mutation { ... @defer { recordEvents(events: []) { __typename } } }", CURRENT)
    assert answer["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


class Broken(CountingSource):
    """Fails to fetch in a way that nobody expects, but for the first time."""

    def snapshot(self, call: Call = Call()) -> Snapshot:  # noqa: B008
        found = super().snapshot(call)
        inner, calls = found.fetch, self.calls

        async def fetch(refs: Any) -> Any:
            if calls.fetches:
                raise ZeroDivisionError("secret")
            return await inner(refs)

        found.fetch = fetch  # type: ignore[method-assign]
        return found


@BOTH_FORMS
async def test_an_error_that_is_unexpected_is_masked_in_its_part_and_logged_once(
    opened: OpenedIndex, accept: str, caplog: pytest.LogCaptureFixture
) -> None:
    document = '{ nodes(ids: ["job_000000", "job_000001"]) { id ... on Job @defer { client { name } } } }'
    async with running(Broken(opened)) as app:
        with caplog.at_level(logging.ERROR):
            parts = await parts_of(app, document, accept)
    assert put_together(parts)["nodes"] == [{"id": f"job_00000{n}", "client": None} for n in (0, 1)]
    errors = errors_of(parts)
    assert [error["path"] for error in errors] == [["nodes", 0, "client"], ["nodes", 1, "client"]]
    assert {error["extensions"]["code"] for error in errors} == {"INTERNAL_SERVER_ERROR"}
    [reference] = {error["extensions"]["reference"] for error in errors}
    [record] = [record for record in caplog.records if record.name == "gateway.errors"]
    assert reference in record.getMessage()
    assert "secret" not in str(parts)


DIRECTIVES = "{ __schema { directives { name } } }"


async def names_of_directives(gateway: Asking) -> set[str]:
    found = (await gateway.data(DIRECTIVES))["__schema"]["directives"]
    return {one["name"] for one in found}


async def test_the_directives_are_introspected_and_are_not_in_the_subgraphs_text(opened: OpenedIndex) -> None:
    async with asking(opened) as gateway:
        assert {"defer", "stream"} <= await names_of_directives(gateway)
        sdl = (await gateway.data("{ _service { sdl } }"))["_service"]["sdl"]
    assert "directive @defer" not in sdl + print_schema()
    assert graph(None, incremental=True).as_str() == graph(None).as_str()


async def test_they_can_be_left_out_of_the_schema(opened: OpenedIndex) -> None:
    async with asking(opened, Settings(incremental_delivery=False)) as gateway:
        assert not {"defer", "stream"} & await names_of_directives(gateway)
        response: httpx.Response = await gateway.http.post("/graphql", json={"query": JOB}, headers={"Accept": CURRENT})
    assert response.json()["errors"][0]["message"] == "Unknown directive '@defer'."

"""What of an error a client gets to see, and what an operator does."""

import logging
import re

import pytest

from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable
from tests.support.asking import asking
from tests.support.engines import answering_each, failing

SECRET = "password=hunter2"
MASKED = re.compile(r"Something went wrong here; the operators find it by the reference ([0-9a-f]{12})\.")
JOB = '{ job(id: "job_1") { id } }'


async def test_an_unexpected_error_is_masked_and_logged_once_with_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with asking(failing(ZeroDivisionError(SECRET))) as gateway:
        response = await gateway.http.post("/graphql", json={"query": JOB}, headers={"X-Request-Id": "r7"})
    assert SECRET not in response.text
    assert response.json()["data"] == {"job": None}
    [error] = response.json()["errors"]
    found = MASKED.fullmatch(error["message"])
    assert found is not None
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "reference": found[1]}
    [record] = caplog.records
    assert record.name == "gateway.errors"
    assert record.getMessage() == f"unexpected error {found[1]} at ['job'] in request r7"
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == SECRET


async def test_one_failure_behind_many_fields_is_logged_once_under_one_reference(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    aliases = " ".join(f'a{number}: job(id: "job_{number}") {{ id }}' for number in range(20))
    async with asking(failing(ZeroDivisionError(SECRET))) as gateway:
        answer = await gateway.answer(f"{{ {aliases} }}")
    assert len(answer["errors"]) == 20
    assert len({error["extensions"]["reference"] for error in answer["errors"]}) == 1
    assert len(caplog.records) == 1


async def test_two_failures_have_two_references(caplog: pytest.LogCaptureFixture) -> None:
    async with asking(failing(ZeroDivisionError(SECRET))) as gateway:
        first, second = [(await gateway.error(JOB))["extensions"]["reference"] for _ in range(2)]
    assert first != second
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SourceUnavailable("try again in a minute"), "SOURCE_UNAVAILABLE"),
        (DeadlineExceeded("ask for less"), "DEADLINE_EXCEEDED"),
        (SourceError("the engine could not answer"), "SOURCE_ERROR"),
    ],
)
async def test_an_error_of_the_engine_shows_its_message_and_code(
    error: SourceError, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with asking(answering_each(error)) as gateway:
        shown = await gateway.error(JOB)
    assert (shown["message"], shown["extensions"]) == (error.message, {"code": code})
    assert caplog.records == []


@pytest.mark.parametrize("query", ["{ secretField }", "{ job(", "query ($id: ID!) { job(id: $id) { id } }"])
async def test_mistakes_of_clients_leave_no_trace_in_the_log(query: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with asking(answering_each(None)) as gateway:
        error = await gateway.error(query)
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert caplog.records == []

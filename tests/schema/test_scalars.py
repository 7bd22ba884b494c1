"""Codes are checked, and money is exact."""

import json
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.jobs import index
from gateway.settings import Settings
from indexing.progress import SilentProgress
from tests.indexing.feeds import JOB, write_feed
from tests.support.asking import Asking, asking
from tests.support.demo import Demo

INPUTS = {
    "country": ("CountryCode", "searchTalent(filter: { country: { anyOf: [$it] } })"),
    "language": ("LanguageCode", "searchTalent(filter: { languages: [{ code: $it }] })"),
    "currency": ("CurrencyCode", "searchTalent(filter: { currency: { anyOf: [$it] } })"),
    "time zone": ("TimeZone", "searchTalent(filter: { timezone: { anyOf: [$it] } })"),
}
MEANING = {
    "country": "an ISO 3166-1 alpha-2 country code in capitals, such as DE",
    "language": "an ISO 639-1 language code in small letters, such as en",
    "currency": "an ISO 4217 currency code in capitals, such as USD",
    "time zone": "an IANA time zone name, such as Europe/Berlin",
}


def asked(what: str) -> str:
    scalar, field = INPUTS[what]
    return f"query ($it: {scalar}!) {{ {field} {{ totalCount }} }}"


@pytest.mark.parametrize(
    ("what", "value"),
    [("country", "DE"), ("language", "de"), ("currency", "EUR"), ("time zone", "Europe/Berlin")],
)
async def test_a_code_of_the_standard_is_taken(gateway: Asking, what: str, value: str) -> None:
    assert (await gateway.data(asked(what), it=value))["searchTalent"]["totalCount"] >= 0


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("country", "XX"),
        ("country", "de"),
        ("country", ""),
        ("country", 1),
        ("language", "EN"),
        ("language", "xx"),
        ("language", "deu"),
        ("currency", "usd"),
        ("currency", "ZZZ"),
        ("time zone", "Berlin"),
        ("time zone", "europe/berlin"),
        ("time zone", ["Europe/Berlin"]),
    ],
)
async def test_any_other_code_is_refused_with_what_was_meant(gateway: Asking, what: str, value: object) -> None:
    error = await gateway.error(asked(what), it=value)
    assert error["message"].endswith(f"{value!r} is not {MEANING[what]}")
    assert error["extensions"] == {"code": "INVALID_REQUEST"}


NO_CODE = f"'us' is not {MEANING['country']}"
NO_DECIMAL = 'Value cannot represent a Decimal: "abc".'
NO_TIME = "Value cannot represent a DateTime: 'abc'. Write it by ISO 8601, such as 2026-06-01T12:00:00Z"


class Wrong(NamedTuple):
    """A value that a scalar does not take, where it is asked, and what is said of it."""

    scalar: str
    field: str
    value: str
    message: str
    code: str


WRONG = [
    Wrong("CountryCode", "searchTalent(filter: { country: { anyOf: [%s] } })", "us", NO_CODE, "INVALID_REQUEST"),
    Wrong("Decimal", "searchJobs(filter: { budget: { gte: %s } })", "abc", NO_DECIMAL, "GRAPHQL_VALIDATION_FAILED"),
    Wrong("DateTime", "searchJobs(filter: { publishedAt: { gte: %s } })", "abc", NO_TIME, "GRAPHQL_VALIDATION_FAILED"),
]


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_value_in_the_document_is_refused_with_its_place(gateway: Asking, wrong: Wrong) -> None:
    field = wrong.field % f'"{wrong.value}"'
    query = f"{{\n  {field} {{ totalCount }}\n}}"
    place = {"line": 2, "column": query.splitlines()[1].index('"') + 1}
    assert await gateway.answer(query) == {
        "errors": [{"message": wrong.message, "locations": [place], "extensions": {"code": wrong.code}}]
    }


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_value_of_a_variable_is_refused_with_the_variable(gateway: Asking, wrong: Wrong) -> None:
    query = f"query ($it: {wrong.scalar}!) {{ {wrong.field % '$it'} {{ totalCount }} }}"
    assert await gateway.answer(query, it=wrong.value) == {
        "errors": [
            {
                "message": f"Variable '$it' has invalid value: {wrong.message}",
                "locations": [{"line": 1, "column": 8}],
                "extensions": {"code": wrong.code},
            }
        ]
    }


async def test_a_wrong_value_inside_of_a_variable_is_refused_with_the_way_to_it(gateway: Asking) -> None:
    query = "query ($filter: JobFilter) { searchJobs(filter: $filter) { totalCount } }"
    error = await gateway.error(query, filter={"any": [{}, {"budget": {"gte": "abc"}}]})
    assert error["message"] == f"Variable '$filter' has invalid value at .any[1].budget.gte: {NO_DECIMAL}"


@pytest.mark.parametrize("literal", ['"20.5"', "20.5", "20"])
async def test_a_decimal_may_be_written_as_a_text_or_a_number(gateway: Asking, demo: Demo, literal: str) -> None:
    found = await gateway.data(f"{{ searchTalent(filter: {{ hourlyRate: {{ gte: {literal} }} }}) {{ totalCount }} }}")
    kept = [one for one in demo.talent.values() if one["hourlyRate"]["amount"] >= float(literal.strip('"'))]
    assert found == {"searchTalent": {"totalCount": len(kept)}}


async def test_money_is_an_exact_text(gateway: Asking, demo: Demo) -> None:
    nodes = (
        await gateway.data(
            "{ searchJobs(filter: { hourlyRate: { exists: true } }, first: 100) "
            "{ nodes { id budget { amount } hourlyRate { min { amount currency } max { amount currency } } } } }"
        )
    )["searchJobs"]["nodes"]
    assert nodes
    for node in nodes:
        rate = demo.job[node["id"]]["hourlyRate"]
        assert node["budget"] is None
        assert node["hourlyRate"] == {
            side: {"amount": str(Decimal(str(rate[side]))), "currency": "USD"} for side in ("min", "max")
        }


@pytest.mark.parametrize(("fed", "told"), [("1E+3", "1000"), ("1e-7", "0.0000001"), ("49.90", "49.90"), ("0E+5", "0")])
async def test_money_is_told_in_plain_digits_however_the_feed_has_it(tmp_path: Path, fed: str, told: str) -> None:
    job = json.dumps(JOB | {"budget": {"amount": "AMOUNT", "currency": "EUR"}}).replace('"AMOUNT"', fed)
    feed = write_feed(tmp_path / "feed", jobs=[job.encode()])
    index([feed], tmp_path / "index", strict=True, embeddings=False, progress=SilentProgress())
    async with asking(None, Settings(data_dir=tmp_path / "index")) as gateway:
        found = await gateway.data('{ job(id: "job_1") { budget { amount } } }')
    assert found == {"job": {"budget": {"amount": told}}}


@pytest.mark.parametrize("wrong", ["x", "1,5", ""])
async def test_what_is_no_decimal_is_refused(gateway: Asking, wrong: str) -> None:
    query = "query ($it: Decimal) { searchJobs(filter: { budget: { gte: $it } }) { totalCount } }"
    assert (await gateway.error(query, it=wrong))["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_fixed_price_job_has_a_budget_and_no_rate(gateway: Asking) -> None:
    found = await gateway.data('{ job(id: "job_000000") { budget { amount currency } hourlyRate { min { amount } } } }')
    assert found["job"] == {"budget": {"amount": "3150.0", "currency": "USD"}, "hourlyRate": None}

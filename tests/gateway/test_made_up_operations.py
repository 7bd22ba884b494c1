"""Operations that nobody would write, of every field of the root: refused or answered, and never a defect."""

import asyncio
from collections.abc import Iterator

import pytest
import schemathesis
from graphql import introspection_from_schema
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes

from gateway.settings import Settings
from schema.sdl import graph
from tests.support.asking import Asking, asking
from tests.support.demo import OpenedIndex

SCALARS = {
    "CountryCode": ["DE", "XX", ""],
    "CurrencyCode": ["USD", "usd"],
    "Date": ["2024-02-29", "2024-02-30"],
    "DateTime": ["2024-02-29T12:00:00Z", "2024-02-29", "now"],
    "Decimal": ["1.5", "1e400", "NaN", "-0", "x"],
    "LanguageCode": ["en", "english"],
    "TimeZone": ["Europe/Berlin", "Mars/Olympus"],
    "JSON": ["{}", "x"],
}
IDS = ["job_000001", "talent_000001", "client_000001", "skill_000001", "occ_1", "job_", "nobody", "\ud7ff"]
MOST_EXAMPLES = 6
SCHEMA = schemathesis.graphql.from_dict({"data": introspection_from_schema(graph().core)})
FIELDS = sorted(graph().core.query_type.fields.keys() - {"_entities", "_service"})  # type: ignore[union-attr]

for name, values in (SCALARS | {"ID": IDS}).items():
    schemathesis.graphql.scalar(name, st.sampled_from(values).map(nodes.String))


@pytest.fixture(scope="module")
def running(opened: OpenedIndex) -> Iterator[tuple[asyncio.Runner, Asking]]:
    """A gateway that goes on from one made-up operation to the next."""
    with asyncio.Runner() as runner:
        entered = asking(opened, Settings())
        gateway = runner.run(entered.__aenter__())
        yield runner, gateway
        runner.run(entered.__aexit__(None, None, None))


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_is_asked_is_refused_or_answered(field: str, running: tuple[asyncio.Runner, Asking]) -> None:
    runner, gateway = running

    @settings(
        max_examples=MOST_EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(SCHEMA["Query"][field].as_strategy())
    def check(case: schemathesis.Case) -> None:
        response = runner.run(gateway.http.post("/graphql", json={"query": case.body}))
        codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
        assert response.status_code in (200, 400), (response.text, case.body)
        assert "INTERNAL_SERVER_ERROR" not in codes, (response.text, case.body)

    check()

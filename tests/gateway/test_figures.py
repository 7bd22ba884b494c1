"""Figures that cannot be had: what is beside them is answered, and what they lack is said."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.base import AggregationRequest, AggregationResult, Degradation
from tests.support.asking import asking
from tests.support.engines import StandIn

DOCUMENT = """
{
  searchJobs { totalCount facets(fields: [SKILLS]) { reasons values { count } } }
  jobMarket { jobCount meta { degraded reasons mode } }
}
"""


async def nothing() -> Sequence[None]:
    return [None]


class Failing(StandIn):
    """An engine that computes no figures."""

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        return [SourceUnavailable("no figures today")] * len(requests)


class Partial(StandIn):
    """An engine of which a part does not answer."""

    async def aggregate(self, requests: Sequence[AggregationRequest]) -> Sequence[AggregationResult | SourceError]:
        found: Sequence[Any] = await super().aggregate(requests)
        return [replace(one, degraded=frozenset({Degradation.PARTIAL})) for one in found]


async def test_where_there_are_no_figures_the_page_is_answered() -> None:
    async with asking(Failing(nothing)) as gateway:
        answer = await gateway.answer(DOCUMENT)
    assert answer["data"] == {"searchJobs": {"totalCount": 0, "facets": None}, "jobMarket": None}
    assert {tuple(error["path"]) for error in answer["errors"]} >= {("searchJobs", "facets")}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"SOURCE_UNAVAILABLE"}


async def test_figures_that_lack_something_say_so() -> None:
    async with asking(Partial(nothing)) as gateway:
        data = await gateway.data(DOCUMENT)
    assert data["searchJobs"]["facets"] == [{"reasons": ["PARTIAL"], "values": []}]
    assert data["jobMarket"] == {"jobCount": 0, "meta": {"degraded": True, "reasons": ["PARTIAL"], "mode": None}}

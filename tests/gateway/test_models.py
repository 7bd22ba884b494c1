"""Learned rankers in a running gateway: promoted, followed, refused, rolled back, and named by an experiment."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.models import promote, roll_back
from gateway.settings import Settings
from resolvers.sources.embedded.models import FolderRegistry
from resolvers.sources.feedback import Surface
from tests.support.asking import Asking, asking
from tests.support.demo import OpenedIndex
from tests.support.models import BY_RATE, dumped, split, stored

PAGE = """{ job(id: "job_000000") { recommendedTalent(first: 12) {
  meta { model experiment { arm } } edges { node { id hourlyRate { amount } } score
    match { clientFit talentFit score } reasons { kind isFor impact } } } } }"""
MATCH = 'query ($talent: ID!) { match(jobId: "job_000000", talentId: $talent) { score clientFit } }'
SOME = """{ job(id: "job_000000") { recommendedTalent(%s) {
  meta { model } nodes { id } pageInfo { endCursor } } } }"""
FAST = {"reload_seconds": 0.05}


async def page(gateway: Asking) -> Any:
    return (await gateway.data(PAGE))["job"]["recommendedTalent"]


async def once(gateway: Asking, is_so: Callable[[Any], bool]) -> Any:
    """The page as soon as it is so; the test's own time ends the waiting."""
    async with asyncio.timeout(30):
        while not is_so(found := await page(gateway)):
            await asyncio.sleep(0.02)
    return found


def by(model: str) -> Callable[[Any], bool]:
    return lambda found: bool(found["meta"]["model"] == model)


@pytest.fixture
def registry(tmp_path: Path) -> FolderRegistry:
    return FolderRegistry(tmp_path)


async def test_a_promoted_model_ranks_without_a_restart_until_it_is_rolled_back(
    opened: OpenedIndex, registry: FolderRegistry, tmp_path: Path
) -> None:
    async with asking(opened, Settings(data_dir=tmp_path, **FAST)) as gateway:
        by_hand = await page(gateway)
        assert by_hand["meta"]["model"] == "linear-1"
        promote(registry, registry.add(stored()))
        learned = await once(gateway, by("ranker-0001"))
        payable, other = 0.7310585786300049, 0.2689414213699951
        for edge in learned["edges"]:
            mutual = edge["match"]["score"]
            within = {min(max(one, 0.8 * mutual), 2 * mutual) for one in (payable, other)}
            assert any(edge["score"] == pytest.approx(one) for one in within)
        assert payable in {edge["score"] for edge in learned["edges"]}
        assert learned["edges"] != by_hand["edges"]
        await agrees_with_match(gateway, learned["edges"])
        roll_back(registry, Surface.RECOMMENDED_TALENT)
        again = await once(gateway, by("linear-1"))
        assert [edge["node"] for edge in again["edges"]] == [edge["node"] for edge in by_hand["edges"]]


async def test_pages_go_on_by_the_ranker_of_the_first_whatever_was_promoted_meanwhile(
    opened: OpenedIndex, registry: FolderRegistry, tmp_path: Path
) -> None:
    promote(registry, registry.add(stored()))
    async with asking(opened, Settings(data_dir=tmp_path, **FAST)) as gateway:
        whole = (await some(gateway, "first: 24"))["nodes"]
        by_model = await some(gateway, "first: 12")
        roll_back(registry, Surface.RECOMMENDED_TALENT)
        by_hand = await once(gateway, by("linear-1"))
        second = await some(gateway, f'first: 6, after: "{by_model["pageInfo"]["endCursor"]}"')
        third = await some(gateway, f'first: 6, after: "{second["pageInfo"]["endCursor"]}"')
        assert [found["meta"]["model"] for found in (by_model, second, third)] == ["ranker-0001"] * 3
        assert by_model["nodes"] + second["nodes"] + third["nodes"] == whole
        assert [edge["node"]["id"] for edge in by_hand["edges"]] != [node["id"] for node in by_model["nodes"]]
    async with asking(opened, Settings(data_dir=tmp_path, **FAST)) as another:
        more = SOME % f'first: 6, after: "{by_model["pageInfo"]["endCursor"]}"'
        error = await another.error(more)
        assert error["extensions"]["code"] == "CURSOR_EXPIRED"
        assert "does not rank any more; start again" in error["message"]


async def some(gateway: Asking, arguments: str) -> Any:
    return (await gateway.data(SOME % arguments))["job"]["recommendedTalent"]


async def agrees_with_match(gateway: Asking, edges: Any) -> None:
    for edge in edges[:2]:
        found = await gateway.data(MATCH, talent=edge["node"]["id"])
        client, talent = edge["match"]["clientFit"], edge["match"]["talentFit"]
        assert edge["match"]["score"] == pytest.approx(2 * client * talent / (client + talent))
        for figure in ("score", "clientFit"):
            assert found["match"][figure] == pytest.approx(edge["match"][figure])


async def test_a_model_that_cannot_be_used_is_refused_and_the_one_before_it_goes_on(
    opened: OpenedIndex, registry: FolderRegistry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = [registry.add(stored()), registry.add(stored(dumped(["charm"], split(0, 0.5, 0, 1))))]
    registry.promote(lambda _: {Surface.RECOMMENDED_TALENT: names})
    with caplog.at_level(logging.WARNING):
        async with asking(opened, Settings(data_dir=tmp_path)) as gateway:
            assert (await page(gateway))["meta"]["model"] == "ranker-0001"
    refused = (
        "the model ranker-0002 cannot be used: the features charm are not known here; what ranks without it goes on"
    )
    assert refused in caplog.messages


async def test_an_arm_names_a_model_that_need_not_be_in_use(
    opened: OpenedIndex, registry: FolderRegistry, tmp_path: Path
) -> None:
    file = tmp_path / "experiments.toml"
    arms = ", ".join(f'{{ name = "{arm}", share = 0.5, ranker = "ranker-0001" }}' for arm in "ab")
    file.write_text(f'[[experiments]]\nname = "x"\nsurfaces = ["recommendedTalent"]\narms = [{arms}]\n')
    async with asking(opened, Settings(data_dir=tmp_path, experiments=file, **FAST)) as gateway:
        assert (await page(gateway))["meta"] == {"model": "linear-1", "experiment": None}
        registry.add(stored(BY_RATE))
        found = await once(gateway, by("ranker-0001"))
        assert found["meta"]["experiment"]["arm"] in {"a", "b"}

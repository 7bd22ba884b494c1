"""Experiments in the graph: who gets which arm, on which pages, and how one is switched off."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.experimenting import build_experiments, check_experiments
from gateway.settings import Settings, SettingsError
from resolvers.experiments.choosing import NO_EXPERIMENTS
from resolvers.sources.feedback import Surface
from tests.support.asking import Asking, asking
from tests.support.demo import OpenedIndex

FILE = """
[[experiments]]
name = "rarer-skills"
surfaces = ["recommendedTalent"]

[[experiments.arms]]
name = "control"
share = 0.5

[[experiments.arms]]
name = "skills"
share = 0.5
weights = { skills = { client = 0.9, talent = 0.9 } }

[[experiments]]
name = "more-meaning"
surfaces = ["searchJobs", "search"]
arms = [{ name = "control", share = 0.5 }, { name = "meaning", share = 0.5, meaning = 0.95 }]
"""
META = "meta { model experiment { name arm } }"
PAGE = f"recommendedTalent(first: 5) {{ {META} nodes {{ id }} pageInfo {{ endCursor }} }}"
TALENT = f'{{ job(id: "job_000000") {{ {PAGE} }} }}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "experiments.toml"
    found.write_text(FILE)
    return found


@pytest.fixture
async def compared(opened: OpenedIndex, file: Path) -> AsyncIterator[Asking]:
    async with asking(opened, Settings(experiments=file)) as client:
        yield client


async def page(gateway: Asking, document: str = TALENT, **headers: str) -> Any:
    answer = await gateway.http.post("/graphql", json={"query": document}, headers=headers)
    assert "errors" not in answer.json()
    return answer.json()["data"]["job"]["recommendedTalent"]


async def test_a_viewer_stays_in_an_arm_that_ranks_in_its_own_way(compared: Asking) -> None:
    arms: dict[str, list[Any]] = {}
    for viewer in range(6):
        found = await page(compared, **{"X-Viewer-Id": str(viewer), "X-Session-Id": "x"})
        again = await page(compared, **{"X-Viewer-Id": str(viewer), "X-Session-Id": "y"})
        assert (found["meta"], found["nodes"]) == (again["meta"], again["nodes"])
        assert found["meta"]["experiment"]["name"] == "rarer-skills"
        arms.setdefault(found["meta"]["experiment"]["arm"], []).append(found)
    assert sorted(arms) == ["control", "skills"]
    [control, *others], [skills, *_] = arms["control"], arms["skills"]
    assert control["meta"]["model"] == "linear-1"
    assert skills["meta"]["model"].startswith("linear-1-")
    assert skills["nodes"] != control["nodes"]
    assert all(other["nodes"] == control["nodes"] for other in others)


async def test_pages_go_on_with_the_arm_of_the_first_whoever_asks(compared: Asking) -> None:
    for viewer in range(6):
        first = await page(compared, **{"X-Session-Id": str(viewer)})
        more = TALENT.replace("first: 5", f'first: 5, after: "{first["pageInfo"]["endCursor"]}"')
        second = await page(compared, more)
        assert second["meta"] == first["meta"]
        whole = await page(compared, TALENT.replace("first: 5", "first: 10"), **{"X-Session-Id": str(viewer)})
        assert first["nodes"] + second["nodes"] == whole["nodes"]


async def test_a_page_of_an_arm_whose_weights_are_gone_has_expired(opened: OpenedIndex, compared: Asking) -> None:
    pages = [await page(compared, **{"X-Session-Id": str(viewer)}) for viewer in range(6)]
    cursors = {found["meta"]["experiment"]["arm"]: found["pageInfo"]["endCursor"] for found in pages}
    more = {arm: TALENT.replace("first: 5", f'first: 5, after: "{cursor}"') for arm, cursor in cursors.items()}
    async with asking(opened) as without:
        error = await without.error(more["skills"])
        assert error["extensions"]["code"] == "CURSOR_EXPIRED"
        # The control has ranked as everybody else does.
        assert (await page(without, more["control"]))["meta"] == {"model": "linear-1", "experiment": None}


async def test_without_an_id_an_operation_has_one_arm(compared: Asking) -> None:
    fields = f"recommendedTalent(first: 1) {{ {META} }}"
    for _ in range(4):
        found = await compared.data(
            f'{{ a: job(id: "job_000000") {{ {fields} }} b: job(id: "job_000001") {{ {fields} }} }}'
        )
        assert found["a"] == found["b"]
        assert found["a"]["recommendedTalent"]["meta"]["experiment"]["arm"] in {"control", "skills"}


async def test_other_surfaces_take_no_part(compared: Asking) -> None:
    found = await compared.data(
        f'{{ talent(id: "talent_000000") {{ recommendedJobs(first: 1) {{ {META} }} }} }}',
    )
    assert found["talent"]["recommendedJobs"]["meta"] == {"model": "linear-1", "experiment": None}
    found = await compared.data(
        f'{{ job(id: "job_000000") {{ similarJobs(first: 1) {{ {META} }} }} '
        f'talent(id: "talent_000000") {{ similarTalent(first: 1) {{ {META} }} }} }}'
    )
    likeness = {"meta": {"model": "likeness-1", "experiment": None}}
    assert (found["job"]["similarJobs"], found["talent"]["similarTalent"]) == (likeness, likeness)


def fused(score: dict[str, Any], meaning: float) -> float:
    return (1 - meaning) * (score["lexical"] or 0) + meaning * (score["semantic"] or 0)


SEARCH = """{ searchJobs(query: "logo for a shop", first: 5) {
  meta { experiment { name arm } } edges { node { id } score { total lexical semantic } } pageInfo { endCursor }
} }"""


async def searched(gateway: Asking, document: str, **headers: str) -> Any:
    answer = await gateway.http.post("/graphql", json={"query": document}, headers=headers)
    assert "errors" not in answer.json(), answer.json()
    return answer.json()["data"]["searchJobs"]


async def test_an_arm_of_a_search_has_its_share_of_meaning_on_all_pages(compared: Asking) -> None:
    arms = {}
    for session in map(str, range(6)):
        found = await searched(compared, SEARCH, **{"X-Session-Id": session})
        cursor = found["pageInfo"]["endCursor"]
        more = await searched(
            compared, SEARCH.replace("first: 5", f'first: 5, after: "{cursor}"'), **{"X-Session-Id": session}
        )
        assert more["meta"] == found["meta"]
        assert found["meta"]["experiment"]["name"] == "more-meaning"
        arms[found["meta"]["experiment"]["arm"]] = [*found["edges"], *more["edges"]]
    assert sorted(arms) == ["control", "meaning"]
    for arm, meaning in (("control", 0.3), ("meaning", 0.95)):
        assert len({edge["node"]["id"] for edge in arms[arm]}) == 10
        for edge in arms[arm]:
            assert edge["score"]["total"] == pytest.approx(fused(edge["score"], meaning))


@pytest.mark.parametrize(
    ("said", "instead", "headers"),
    [
        ("first: 5", "first: 5", {}),
        ("first: 5", "first: 5, mode: LEXICAL", {"X-Viewer-Id": "1"}),
        ("first: 5", "first: 5, sort: NEWEST", {"X-Viewer-Id": "1"}),
        ('query: "logo for a shop", ', "", {"X-Viewer-Id": "1"}),
    ],
)
async def test_a_search_that_no_arm_would_change_takes_no_part(
    compared: Asking, said: str, instead: str, headers: dict[str, str]
) -> None:
    found = await searched(compared, SEARCH.replace(said, instead), **headers)
    assert found["meta"]["experiment"] is None


async def test_an_id_that_is_none_is_refused(compared: Asking) -> None:
    answer = await compared.http.post("/graphql", json={"query": TALENT}, headers={"X-Viewer-Id": "a b"})
    assert answer.status_code == 400
    assert "X-Viewer-Id must be an opaque id" in answer.json()["errors"][0]["message"]


async def test_a_change_of_the_file_is_noticed_and_a_broken_one_changes_nothing(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    followed = build_experiments(Settings(experiments=file))
    await followed.start()
    try:
        assert followed.current.is_on(Surface.RECOMMENDED_TALENT)
        for broken in ("experiments = 3", "experiments = 4"):
            file.write_text(broken)
            await followed.refresh()
            await followed.refresh()
        file.unlink()
        await followed.refresh()
        assert followed.current.is_on(Surface.RECOMMENDED_TALENT)
        assert [f"{file}" in record.message for record in caplog.records if record.levelname == "WARNING"] == [
            True,
            True,
        ]
        file.write_text(FILE.replace("[[experiments.arms]]", "enabled = false\n[[experiments.arms]]", 1))
        await followed.refresh()
        assert not followed.current.is_on(Surface.RECOMMENDED_TALENT)
    finally:
        await followed.close()


async def test_without_a_file_there_is_nothing_to_follow() -> None:
    followed = build_experiments(Settings())
    await followed.start()
    await followed.refresh()
    assert followed.current is NO_EXPERIMENTS
    await followed.close()


def test_a_broken_file_is_a_wrong_setting(file: Path) -> None:
    check_experiments(Settings())
    check_experiments(Settings(experiments=file))
    file.write_text(FILE.replace("0.5", "0.4"))
    with pytest.raises(SettingsError, match=r"GATEWAY_EXPERIMENTS: .*experiments\.toml: the shares of the arms add up"):
        check_experiments(Settings(experiments=file))

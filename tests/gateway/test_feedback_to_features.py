"""From what viewers do to reports and features, on an embedded index and its store of feedback."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.app import build_app
from gateway.cli import report_experiments
from gateway.popularity import follow_popularity, occupations_in, refresh_popularity
from gateway.settings import Settings
from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError, SourceUnavailable
from resolvers.ranking.popularity import NEUTRAL, NOTHING_COUNTED, Popularity
from resolvers.sources.embedded.popularity import FILE, PopularityFile
from tests.support.asking import Asking, asking_of
from tests.support.compared import ComparedExecution
from tests.support.demo import Calls, CountingSnapshot, Demo, OpenedIndex

EXPERIMENT = """
[[experiments]]
name = "chosen-before"
surfaces = ["recommendedTalent"]
arms = [
    { name = "control", share = 0.5 },
    { name = "popular", share = 0.5, weights = { popularity = { client = 0.5 }, chosen_together = { client = 0.5 } } },
]
"""
TALENT = """query ($job: ID!) {
  job(id: $job) { recommendedTalent(first: 4) {
    queryId meta { experiment { arm } } edges { position node { id } reasons { kind isFor sentence } }
  } }
}"""
RECORD = "mutation ($events: [EventInput!]!) { recordEvents(events: $events) { recorded } }"
JOB, VIEWERS = "job_000000", 12
KIND = "POPULARITY"


@pytest.fixture
def settings(demo: Demo, tmp_path: Path) -> Settings:
    """Those of a data directory of its own, with the index of the demo."""
    (tmp_path / "CURRENT").write_text((demo.data_dir / "CURRENT").read_text())
    (tmp_path / "generations").symlink_to(demo.data_dir / "generations")
    (tmp_path / "experiments.toml").write_text(EXPERIMENT)
    return Settings(data_dir=tmp_path, experiments=tmp_path / "experiments.toml")


async def shown(gateway: Asking, viewer: str) -> Any:
    answer = await gateway.http.post(
        "/graphql", json={"query": TALENT, "variables": {"job": JOB}}, headers={"X-Viewer-Id": viewer}
    )
    return answer.json()["data"]["job"]["recommendedTalent"]


async def invite_all(gateway: Asking, page: Any) -> None:
    """Report that the whole page was seen, and that the first two were invited."""
    for action, edges in (("IMPRESSION", page["edges"]), ("INVITE", page["edges"][:2])):
        events = [
            {
                "id": f"{page['queryId']}-{action}-{edge['position']}",
                "queryId": page["queryId"],
                "action": action,
                "itemId": edge["node"]["id"],
                "position": edge["position"],
            }
            for edge in edges
        ]
        found = await gateway.data(RECORD, events=events)
        assert found["recordEvents"]["recorded"] == len(events)


async def test_what_viewers_do_is_reported_by_arm_and_becomes_features(
    opened: OpenedIndex, settings: Settings, tmp_path: Path
) -> None:
    async with asking_of(build_app(settings, opened, execution=ComparedExecution)) as gateway:
        pages = [await shown(gateway, str(viewer)) for viewer in range(VIEWERS)]
        for page in pages:
            await invite_all(gateway, page)
    arms = [page["meta"]["experiment"]["arm"] for page in pages]
    assert {reason["kind"] for page in pages for edge in page["edges"] for reason in edge["reasons"]}.isdisjoint(
        {"POPULARITY", "CHOSEN_TOGETHER"}
    )

    wanted: dict[str, Any] = {"experiment": "chosen-before", "since": None, "json": tmp_path / "r.json", "plot": None}
    assert report_experiments(settings, **wanted)[0].startswith("chosen-before, on recommendedTalent")
    [figures] = json.loads((tmp_path / "r.json").read_bytes())["experiments"]
    assert {arm["name"]: (arm["queries"], arm["users"], arm["impressions"]) for arm in figures["arms"]} == {
        arm: (arms.count(arm), arms.count(arm), 4 * arms.count(arm)) for arm in ("control", "popular")
    }
    assert [arm["rates"]["invite a user"]["value"] for arm in figures["arms"]] == [1, 1]
    assert figures["arms"][0]["models"] == ["linear-1"]


async def test_popularity_is_counted_followed_and_told_as_a_reason(opened: OpenedIndex, settings: Settings) -> None:
    followed = follow_popularity(settings)
    await followed.start()
    assert followed.current == NOTHING_COUNTED
    async with asking_of(build_app(settings, opened, execution=ComparedExecution)) as gateway:
        pages = {viewer: await shown(gateway, viewer) for viewer in map(str, range(VIEWERS))}
        popular = next(viewer for viewer, page in pages.items() if page["meta"]["experiment"]["arm"] == "popular")
        for _ in range(5):
            await invite_all(gateway, await shown(gateway, popular))
    ids = [edge["node"]["id"] for edge in pages[popular]["edges"]]
    assert await asyncio.to_thread(refresh_popularity, settings) == [
        "Counted 4 jobs and talent that were seen",
        "Talent was chosen for 1 jobs, 2 of it for the same jobs as others",
    ]
    await followed.refresh()
    assert followed.current.chosen == {JOB: sorted(ids[:2])}
    # Everybody in front was invited, and nobody behind: as their places go, all are alike.
    assert {followed.current.of(id_) for id_ in ids} == {NEUTRAL}
    await followed.close()

    settings.data_dir.joinpath(FILE).write_bytes(Popularity(shares={ids[0]: 0.9, ids[1]: 0.2}).content)
    async with asking_of(build_app(settings, opened, execution=ComparedExecution)) as gateway:
        page = await shown(gateway, popular)
    told = {
        edge["node"]["id"]: reason for edge in page["edges"] for reason in edge["reasons"] if reason["kind"] == KIND
    }
    assert told[ids[0]] == {
        "kind": KIND,
        "isFor": True,
        "sentence": "Is chosen more often than others in the same places",
    }
    assert ids[1] not in told or not told[ids[1]]["isFor"]


def test_counts_that_cannot_be_kept_or_read_are_errors(tmp_path: Path) -> None:
    store = PopularityFile(tmp_path)
    assert (store.stamp(), store.read()) == (None, NOTHING_COUNTED)
    store.write(Popularity(shares={"job_1": 0.6}))
    before = store.stamp()
    assert before is not None
    store.write(Popularity(shares={"job_1": 0.7}))
    assert store.stamp() != before
    assert store.read().of("job_1") == 0.7
    (tmp_path / FILE).write_bytes(b"broken")
    with pytest.raises(SourceError, match="run `python -m gateway popularity refresh` again"):
        store.read()
    file = tmp_path / "file"
    file.touch()
    elsewhere = PopularityFile(file)
    with pytest.raises(SourceError, match="cannot be written"):
        elsewhere.write(NOTHING_COUNTED)
    with pytest.raises(SourceError, match="cannot be read"):
        elsewhere.stamp()


async def test_an_entity_that_cannot_be_fetched_is_an_error(opened: OpenedIndex) -> None:
    class Broken(CountingSnapshot):
        async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
            return [*(await super().fetch(refs[1:])), SourceError("too busy")]

    ids = ["job_000000", "talent_000000", "job_nobody", "skill_sql", "nothing"]
    found = await occupations_in(opened.snapshot(), ids)
    assert list(found) == ["job_000000", "talent_000000"]
    with pytest.raises(SourceError, match="too busy"):
        await occupations_in(Broken(opened.snapshot(), Calls()), ids)


def test_without_an_index_nothing_can_be_counted(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="nothing has been indexed yet"):
        refresh_popularity(Settings(data_dir=tmp_path))

"""Health, for whoever starts, restarts and balances the process."""

from datetime import UTC, datetime
from pathlib import Path

from gateway.settings import Settings
from tests.support.asking import Asking, asking
from tests.support.demo import Demo, OpenedIndex

TO_DO = "nothing has been indexed yet: run `python -m gateway index` on a catalog first"


async def test_a_running_process_is_live(gateway: Asking) -> None:
    response = await gateway.http.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})


async def test_an_index_makes_it_ready(gateway: Asking, demo: Demo, opened: OpenedIndex) -> None:
    info = opened.snapshot().info()
    response = await gateway.http.get("/health/ready")
    found = response.json()
    age = found.pop("indexAgeSeconds")
    assert 0 <= age <= (datetime.now(UTC) - info.created_at).total_seconds()
    assert response.status_code == 200
    assert found == {
        "status": "ready",
        "engine": "embedded",
        "generation": info.generation,
        "documents": {
            "job": 120,
            "talent": 200,
            "client": len(demo.client),
            "skill": len(demo.skill),
            "occupation": len(demo.occupation),
        },
    }


async def test_without_an_index_it_lives_and_is_not_ready(tmp_path: Path) -> None:
    async with asking(None, Settings(data_dir=tmp_path)) as gateway:
        assert (await gateway.http.get("/health/live")).status_code == 200
        response = await gateway.http.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"status": "unavailable", "reason": TO_DO})


async def test_without_an_index_the_schema_is_there_and_a_search_says_what_to_do(tmp_path: Path) -> None:
    async with asking(None, Settings(data_dir=tmp_path)) as gateway:
        described = await gateway.data("{ __schema { queryType { name } } _service { sdl } }")
        errors = [
            await gateway.error(query)
            for query in (
                "{ searchJobs { totalCount } }",
                '{ job(id: "job_1") { id } }',
                "{ searchJobs { meta { engine } } }",
            )
        ]
    assert described["__schema"] == {"queryType": {"name": "Query"}}
    assert [(error["message"], error["extensions"]) for error in errors] == [
        (TO_DO, {"code": "SOURCE_UNAVAILABLE"})
    ] * 3

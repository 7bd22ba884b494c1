"""What docs/experiments.md shows is so: its file, its query, and its report."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from gateway.evaluation.experiments.run import report
from gateway.settings import Settings
from resolvers.experiments.assignment import arm_of
from resolvers.experiments.reading import read_experiments
from resolvers.sources.feedback import Action, Event, ShownQuery, Surface
from tests.support.asking import asking
from tests.support.demo import OpenedIndex
from tests.support.feedback_in_memory import MemoryLog

GUIDE = (Path(__file__).parents[2] / "docs" / "experiments.md").read_text(encoding="utf-8")
VIEWERS = 4_000
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
NEXT = {Action.IMPRESSION: (Action.CLICK, 0.3), Action.CLICK: (Action.INVITE, 0.2), Action.INVITE: (Action.HIRE, 0.2)}
"""What may follow on an action, and how likely that is in the first place."""


def block(kind: str, number: int = 0) -> str:
    return re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL)[number]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "experiments.toml"
    file.write_text(block("toml"))
    return Settings(experiments=file, data_dir=tmp_path)


def made_up(settings: Settings) -> MemoryLog:
    """Feedback of viewers who look at five items each: a fifth more of the second arm's click."""
    assert settings.experiments is not None
    [experiment] = read_experiments(settings.experiments)
    draw, log = Random(1), MemoryLog()  # noqa: S311  made-up viewers
    for number in range(VIEWERS):
        viewer = f"viewer-{number}"
        arm = arm_of(experiment, f"viewer:{viewer}")
        assert arm is not None
        for _ in range(draw.randint(1, 3)):
            id_, at = f"q{len(log.queries)}", JUNE + timedelta(days=draw.uniform(0, 28))
            surface = Surface.RECOMMENDED_TALENT
            model = "linear-1" if arm.name == "control" else "linear-1-0a1b2c3d"
            query = ShownQuery(id_, at, surface, "job_1", (), (), model, experiment.name, arm.name, viewer)
            log.queries.append(query)
            log.events += done_with(query, draw, 1 if arm.name == "control" else 1.2)
    return log


def done_with(query: ShownQuery, draw: Random, likelier: float) -> list[Event]:
    found = []
    for position in range(1, 6):
        action: Action | None = Action.IMPRESSION
        while action is not None:
            id_ = f"{query.id}-{position}-{action}"
            event = Event(id_, query.id, action, f"talent_{position}", position, query.at, query.viewer)
            found.append(event._replace(experiment=query.experiment, arm=query.arm))
            following, share = NEXT.get(action, (None, 0.0))
            is_click = following is Action.CLICK
            action = following if draw.random() < (share * likelier / position if is_click else share) else None
    return found


def test_the_report_of_the_guide_is_that_of_its_viewers(settings: Settings) -> None:
    lines = report(made_up(settings), settings, experiment="skills-first", since=JUNE, json=None, plot=None)
    assert lines == block("text").splitlines()


async def test_the_query_of_the_guide_has_the_answer_shown(settings: Settings, opened: OpenedIndex) -> None:
    async with asking(opened, settings) as gateway:
        answer = await gateway.http.post(
            "/graphql", json={"query": block("graphql")}, headers={"X-Viewer-Id": "viewer-6"}
        )
    assert answer.json() == json.loads(block("json"))

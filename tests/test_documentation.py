"""What the documents say is so: answers, settings, links, commands."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLDeferDirective,
    GraphQLDirective,
    GraphQLStreamDirective,
    print_directive,
)

from gateway.app import build_app
from gateway.endpoint import VALIDATION_CODE
from gateway.errors import INTERNAL_CODE
from gateway.jobs import index
from gateway.refusals import Refused
from gateway.settings import Settings, settings_markdown
from indexing.demo import PRESENT, write_demo
from indexing.progress import SilentProgress
from resolvers.errors import DiscoveryError, InvalidRequest, SourceError
from tests.support.asking import Asking, asking
from tests.support.compared import ComparedExecution
from tests.support.parts import parts_of, running
from tests.support.wires import Wire, wired

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DECISIONS = sorted((ROOT / "docs/adr").glob("*.md"))
SEARCHING = (ROOT / "docs/searching.md").read_text(encoding="utf-8")
RECOMMENDING = (ROOT / "docs/recommendations.md").read_text(encoding="utf-8")
HTTP = (ROOT / "docs/http.md").read_text(encoding="utf-8")
FEEDBACK = (ROOT / "docs/feedback.md").read_text(encoding="utf-8")
GUIDES = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *GUIDES, *DECISIONS]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
EXAMPLE = re.compile(r"```graphql\n(?P<query>.*?)```\s+```json\n(?P<answer>.*?)```", re.DOTALL)


class Example(NamedTuple):
    """A query of a document and the answer that it shows."""

    query: str
    answer: Any


def examples(document: str) -> list[Example]:
    return [Example(found["query"], json.loads(found["answer"])) for found in EXAMPLE.finditer(document)]


EXAMPLES = examples(README)
SEARCHING_EXAMPLES = examples(SEARCHING)
RECOMMENDING_EXAMPLES = examples(RECOMMENDING)
FEEDBACK_EXAMPLES = examples(FEEDBACK)


class Catalog(NamedTuple):
    """The demo catalog that the README names."""

    jobs: int
    talent: int
    seed: int

    def write(self, folder: Path) -> None:
        write_demo(folder, jobs=self.jobs, talent=self.talent, seed=self.seed)


SIZES = re.search(r"gateway demo \S+ --jobs (\d+) --talent (\d+) --seed (\d+)", README)
README_CATALOG = Catalog(*map(int, SIZES.groups() if SIZES else ()))


@pytest.fixture(scope="module")
def demo_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the demo catalog that the README names."""
    folder = tmp_path_factory.mktemp("documentation")
    README_CATALOG.write(folder / "catalog")
    index([folder / "catalog"], folder / "index", strict=True, embeddings=True, progress=SilentProgress())
    return folder / "index"


@pytest.fixture(scope="module")
def answers(demo_index: Path) -> list[Any]:
    """What a gateway with that index answers to the queries of the README, and then to those of the guides."""

    async def ask() -> list[Any]:
        async with asking(None, Settings(data_dir=demo_index), now=lambda: PRESENT) as gateway:
            asked = EXAMPLES + SEARCHING_EXAMPLES + RECOMMENDING_EXAMPLES
            return [await gateway.answer(example.query) for example in asked]

    return asyncio.run(ask())


def links(document: Path) -> list[str]:
    """The relative links of a document, without what stands in code blocks."""
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    return [target for target in targets if not re.match(r"[a-z]+:|#", target)]


def test_the_readme_has_five_queries_and_an_answer_behind_each() -> None:
    assert len(EXAMPLES) == README.count("```graphql") == README.count("```json") == 5


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_a_query_of_the_readme_has_the_answer_shown(number: int, answers: list[Any]) -> None:
    assert answers[number] == EXAMPLES[number].answer


def test_the_guide_to_searching_names_the_catalog_of_the_readme_and_has_an_answer_behind_every_query() -> None:
    assert SIZES is not None
    assert SIZES[0] in SEARCHING
    assert len(SEARCHING_EXAMPLES) == SEARCHING.count("```graphql") == SEARCHING.count("```json") > 0


@pytest.mark.parametrize("number", range(len(SEARCHING_EXAMPLES)))
def test_a_query_of_the_guide_to_searching_has_the_answer_shown(number: int, answers: list[Any]) -> None:
    assert answers[len(EXAMPLES) + number] == SEARCHING_EXAMPLES[number].answer


def test_the_guide_to_recommendations_names_that_catalog_too_and_has_an_answer_behind_every_query() -> None:
    assert SIZES is not None
    assert SIZES[0] in RECOMMENDING
    assert len(RECOMMENDING_EXAMPLES) == RECOMMENDING.count("```graphql") == RECOMMENDING.count("```json") > 0


@pytest.mark.parametrize("number", range(len(RECOMMENDING_EXAMPLES)))
def test_a_query_of_the_guide_to_recommendations_has_the_answer_shown(number: int, answers: list[Any]) -> None:
    place = len(EXAMPLES) + len(SEARCHING_EXAMPLES) + number
    assert answers[place] == RECOMMENDING_EXAMPLES[number].answer


async def answers_about_feedback(gateway: Asking) -> list[Any]:
    """The answers to the queries of the guide to feedback, with the id of a query that is shown there."""
    search, *reports = FEEDBACK_EXAMPLES
    shown = search.answer["data"]["searchJobs"]["queryId"]
    found = await gateway.answer(search.query)
    given, found["data"]["searchJobs"]["queryId"] = found["data"]["searchJobs"]["queryId"], shown
    return [found, *[await gateway.answer(report.query.replace(shown, given)) for report in reports]]


def test_the_guide_to_feedback_has_the_answers_shown_with_other_ids_of_queries(demo_index: Path) -> None:
    assert SIZES is not None
    assert SIZES[0] in FEEDBACK
    assert len(FEEDBACK_EXAMPLES) == FEEDBACK.count("```graphql") == FEEDBACK.count("```json") == 3

    async def ask() -> list[Any]:
        async with asking(None, Settings(data_dir=demo_index), now=lambda: PRESENT) as gateway:
            return await answers_about_feedback(gateway)

    assert asyncio.run(ask()) == [example.answer for example in FEEDBACK_EXAMPLES]


async def test_the_guide_to_http_shows_what_a_websocket_and_an_event_stream_have(demo_index: Path) -> None:
    found = {kind: re.search(rf"```{kind}\n(.*?)```", HTTP, re.DOTALL) for kind in ("json-lines", "event-stream")}
    conversation, events = found["json-lines"], found["event-stream"]
    assert conversation is not None
    assert events is not None
    said = [(line[0], json.loads(line[2:])) for line in conversation[1].splitlines()]
    app, wire = build_app(Settings(data_dir=demo_index), now=lambda: PRESENT, execution=ComparedExecution), Wire()
    async with app.router.lifespan_context(app), wired(app, wire):
        for at, (direction, message) in enumerate(said):
            if direction == ">":
                wire.say(message)
            else:
                place = [one for one, _ in said[:at]].count("<")
                assert (await wire.told(place + 1))[place] == message
    asked = re.search(r"curl localhost:8000/graphql -H 'Accept: (\S+)' --json '(.*?)'`", HTTP)
    assert asked is not None
    async with asking(None, Settings(data_dir=demo_index), now=lambda: PRESENT) as gateway:
        headers = {"Accept": asked[1], "Content-Type": "application/json"}
        answer = await gateway.http.post("/graphql", content=asked[2], headers=headers)
    assert answer.text.rstrip("\n") == events[1].rstrip("\n")


def shown_parts(text: str) -> list[Any]:
    """The parts of a multipart body as a guide shows it."""
    head, _, bodies = text.strip().partition("---\n")
    assert head == ""
    *parts, end = re.split(r"\n-----|\n---\n", bodies)
    assert end == ""
    heads = {part.partition("\n\n")[0] for part in parts}
    assert heads == {"content-type: application/json; charset=utf-8"}
    return [json.loads(part.partition("\n\n")[2]) for part in parts]


def delivered(parts: list[Any]) -> list[str]:
    """What the parts behind the first one bring, which may come in another order, or together."""
    names = ("pending", "incremental", "completed")
    return sorted(json.dumps(one) for part in parts for name in names for one in part.get(name, ()))


def test_the_guide_to_http_shows_the_parts_of_an_answer(demo_index: Path) -> None:
    section = HTTP.partition("## Answers in parts")[2].partition("\n## ")[0]
    query, text = (re.search(rf"```{kind}\n(.*?)```", section, re.DOTALL) for kind in ("graphql", "text"))
    assert query is not None
    assert text is not None

    async def ask() -> list[Any]:
        async with running(None, Settings(data_dir=demo_index), now=lambda: PRESENT) as app:
            return await parts_of(app, query[1])

    first, *later = asyncio.run(ask())
    shown, *shown_later = shown_parts(text[1])
    assert first == shown
    assert delivered(later) == delivered(shown_later)
    assert later[-1]["hasNext"] is shown_later[-1]["hasNext"] is False


def test_the_guide_to_http_has_the_directives_as_they_are() -> None:
    found = re.search(r"```graphql\n(directive .*?)```", HTTP, re.DOTALL)
    assert found is not None
    assert found[1].splitlines() == [undescribed(one) for one in (GraphQLDeferDirective, GraphQLStreamDirective)]


def undescribed(directive: GraphQLDirective) -> str:
    """The definition of a directive without its descriptions, in one line."""
    arguments = {name: GraphQLArgument(one.type, one.default_value) for name, one in directive.args.items()}
    return print_directive(GraphQLDirective(directive.name, directive.locations, arguments))


def test_the_changes_of_the_readme_are_applied_with_the_words_shown(demo_index: Path, tmp_path: Path) -> None:
    section = README.partition("## Changes")[2].partition("## Settings")[0]
    changes, told = (re.search(rf"```{kind}\n(.*?)```", section, re.DOTALL) for kind in ("ndjson", "text"))
    assert changes is not None
    assert told is not None
    shutil.copytree(demo_index, tmp_path / "index")
    (tmp_path / "changes.ndjson").write_text(changes[1])
    command = [sys.executable, "-m", "gateway", "index", "apply", "changes.ndjson", "--data-dir", "index"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    _, *rejections = done.stderr.splitlines()
    said = [*rejections, *done.stdout.splitlines()]
    assert list(map(without_times, said)) == list(map(without_times, told[1].splitlines()))


def without_times(line: str) -> str:
    return re.sub(r"in [\d.]+ s \([\d,]+ changes/s\)", "in … s", line)


def test_the_readme_has_the_table_of_settings() -> None:
    found = re.search(r"<!-- settings:.*?-->\n\n(.*?)\n<!-- end of settings -->", README, re.DOTALL)
    assert found is not None
    assert found[1] == settings_markdown()


def codes(error: type[DiscoveryError]) -> set[str]:
    """The codes of a class of errors and of those derived from it."""
    return {error.code}.union(*map(codes, error.__subclasses__()))


def test_the_readme_has_every_code_that_a_client_can_get_and_its_status() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", README.partition("## Errors")[2].partition("##")[0], re.MULTILINE)
    assert len(rows) == len(dict(rows))
    # IndexingError has another reader: who runs the command line.
    assert dict(rows).keys() == codes(InvalidRequest) | codes(SourceError) | {VALIDATION_CODE, INTERNAL_CODE}
    statuses = {code: int(status[1]) for code, text in rows if (status := re.search(r"\(HTTP (\d+)\)", text))}
    assert statuses == {
        error.code: error.status for error in refusals(Refused) if error.status != HTTPStatus.BAD_REQUEST
    }


def refusals(error: type[Refused]) -> list[type[Refused]]:
    """The gateway's own classes of refusals, and not those of tests."""
    found = [error] if error.__module__.startswith("gateway.") else []
    return found + [one for derived in error.__subclasses__() for one in refusals(derived)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    broken = [link for link in links(document) if not (document.parent / link.partition("#")[0]).exists()]
    assert broken == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_make_target_that_a_document_names_is_in_the_makefile(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE))
    assert named
    assert named - TARGETS == set()


def test_the_readme_names_every_word_of_make() -> None:
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE)) == TARGETS - {"help"}


def test_the_readme_names_every_command() -> None:
    table = README.partition("## Commands")[2].partition("## Settings")[0]
    assert re.findall(r"^\| `([a-z ]+?)[ `]*[A-Z…]*`", table, re.MULTILINE) == [
        "index",
        "index apply",
        "index follow",
        "index rollback",
        "serve",
        "settings",
        "schema",
        "demo",
        "evaluate",
        "evaluate recommendations",
        "report",
        "popularity refresh",
        "train",
        "models list",
        "models promote",
        "models rollback",
    ]


def test_the_readme_lists_every_decision_in_order() -> None:
    listed = re.findall(r"^- \[(\d{4} [^\]]+)\]\((docs/adr/[^)]+)\)$", README, re.MULTILINE)
    assert [path for _, path in listed] == [f"docs/adr/{path.name}" for path in DECISIONS]
    titles = [path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in DECISIONS]
    assert [title for title, _ in listed] == titles


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_parts_and_a_table_of_what_was_refused(decision: Path) -> None:
    text = decision.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Refused", "Consequences"]
    assert "\n## Refused\n\n| Option | Why not |\n| --- | --- |\n" in text


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "[Unreleased]"

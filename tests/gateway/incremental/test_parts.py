"""What comes when: the first part before what is slow, and later parts in as few questions to the engine as ever."""

import re

import pytest

from resolvers.catalog.kind import Kind
from tests.support.demo import CountingSource, Demo, OpenedIndex
from tests.support.gated import GatedSource
from tests.support.parts import CURRENT, OLDER, answer_of, parts_of, put_together, reading, running

FORMS = pytest.mark.parametrize("accept", [CURRENT, OLDER], ids=["current", "older"])
SLOW = '{ job(id: "job_000000") { title ... @defer(label: "slow") { client { name } } } }'
OPERATIONS = [
    '{ job(id: "job_000000") { id ... @defer { title client { name } } } }',
    "{ searchJobs(first: 3) { nodes { id ... @defer { title client { name } skills { name } } } } }",
    "{ searchJobs(first: 3) { nodes { id } ... @defer { nodes { title client { name } } totalCount } } }",
    '{ job(id: "job_000000") { client { name } ... @defer { client { id country } title } } }',
    (
        '{ job(id: "job_000000") { id ...A @defer(label: "a") ...B @defer(label: "b") } } '
        "fragment A on Job { title client { name } } fragment B on Job { title client { id } }"
    ),
    '{ job(id: "job_000000") { ... @defer(label: "a") { title } ... @defer(label: "b") { title } } }',
    '{ ... @defer(label: "outer") { job(id: "job_000000") { title ... @defer(label: "inner") { client { name } } } } }',
    "{ searchJobs(first: 5) { totalCount nodes @stream(initialCount: 2) { id client { name } skills { name } } } }",
    "{ searchJobs(first: 5) { edges @stream { cursor node { id ... @defer { client { name } } } } } }",
    "{ searchJobs(first: 2) { nodes { id skills @stream(initialCount: 1) { name } } } }",
    '{ ... @defer { job(id: "job_000000") { skills @stream(initialCount: 3) { name } } } }',
    "query ($of: [ID!]!) { nodes(ids: $of) @stream { id ... on Job { title } ... on Skill @defer { name } } }",
]
VARIABLES = {"of": ["job_000000", "nobody", "skill_css"]}
DEFERRED = "{ searchJobs(first: 20) { nodes { id ... @defer { client { name } skills { name } } } } }"
STREAMED = "{ searchJobs(first: 20) { nodes @stream(initialCount: 5) { id client { name } skills { name } } } }"
BOTH = "{ searchJobs(first: 20) { nodes @stream(initialCount: 5) { id ... @defer { client { name } } } } }"


def in_one(document: str) -> str:
    return re.sub(r"@(defer|stream)(\([^)]*\))?", "", document)


@FORMS
async def test_the_first_part_is_there_before_anything_that_was_deferred(
    opened: OpenedIndex, demo: Demo, accept: str
) -> None:
    source, job = GatedSource(opened), demo.job["job_000000"]
    async with running(source) as app, reading(app, SLOW, accept) as response:
        first = await response.part()
        assert (first["data"], first["hasNext"]) == ({"job": {"title": job["title"]}}, True)
        await source.gate.asked.wait()
        source.gate.open.set()
        [last] = await response.rest()
    [piece] = last["incremental"]
    assert piece["data"] == {"client": {"name": demo.client[job["clientId"]]["name"]}}
    assert last["hasNext"] is False


async def test_a_part_that_is_quick_does_not_wait_for_one_that_is_slow(opened: OpenedIndex) -> None:
    source = GatedSource(opened)
    document = '{ job(id: "job_000000") { id ... @defer { client { name } } ... @defer { title } } }'
    async with running(source) as app, reading(app, document) as response:
        first, quick = await response.part(), await response.part()
        assert [one["id"] for one in first["pending"]] == ["0", "1"]
        assert [one["id"] for one in quick["incremental"]] == ["1"]
        assert (quick["completed"], quick["hasNext"]) == ([{"id": "1"}], True)
        source.gate.open.set()
        [slow] = await response.rest()
    assert [one["id"] for one in slow["completed"]] == ["0"]


@FORMS
@pytest.mark.parametrize("document", OPERATIONS)
async def test_all_parts_together_are_the_answer_in_one(opened: OpenedIndex, document: str, accept: str) -> None:
    async with running(opened) as app:
        parts = await parts_of(app, document, accept, variables=VARIABLES)
        whole = await answer_of(app, in_one(document), variables=VARIABLES)
    assert len(parts) > 1
    assert [part["hasNext"] for part in parts] == [True] * (len(parts) - 1) + [False]
    assert put_together(parts) == whole["data"]


@pytest.mark.parametrize(("document", "count"), [(DEFERRED, 1), (STREAMED, 2), (BOTH, 2)])
async def test_what_is_deferred_of_many_objects_is_fetched_at_once(
    opened: OpenedIndex, document: str, count: int
) -> None:
    source = CountingSource(opened)
    async with running(source) as app:
        await parts_of(app, document)
    assert (len(source.calls.searches), len(source.calls.fetches)) == (1, count)
    assert any(ref.kind is Kind.CLIENT for ref in source.calls.fetches[-1])


async def test_streamed_items_come_in_one_part_when_they_are_there_at_once(opened: OpenedIndex) -> None:
    async with running(opened) as app:
        first, *later = await parts_of(app, STREAMED)
    assert len(first["data"]["searchJobs"]["nodes"]) == 5
    assert first["pending"] == [{"id": "0", "path": ["searchJobs", "nodes"]}]
    [last] = later
    assert [len(one["items"]) for one in last["incremental"]] == [15]


async def test_the_older_form_has_each_fragment_by_its_path_and_label_and_each_list_from_an_index_on(
    opened: OpenedIndex, demo: Demo
) -> None:
    document = (
        '{ job(id: "job_000000") { client { id } skills @stream(initialCount: 1, label: "more") { id } '
        '... @defer(label: "client") { client { country } } } }'
    )
    job = demo.job["job_000000"]
    async with running(opened) as app:
        first, *later = await parts_of(app, document, OLDER)
    client, skills = job["clientId"], job["skillIds"]
    assert first == {"data": {"job": {"client": {"id": client}, "skills": [{"id": skills[0]}]}}, "hasNext": True}
    pieces = [piece for part in later for piece in part.get("incremental", ())]
    assert sorted(pieces, key=lambda piece: str(piece["label"])) == [
        {
            "label": "client",
            "path": ["job"],
            "data": {"client": {"id": client, "country": demo.client[client]["country"]}},
        },
        {"label": "more", "path": ["job", "skills", 1], "items": [{"id": one} for one in skills[1:]]},
    ]

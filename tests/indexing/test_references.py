"""References between records: what they point at has to be accepted itself."""

from collections.abc import Sequence
from pathlib import Path

from indexing.feed import find_feed_files
from indexing.progress import SilentProgress
from indexing.read import FeedReader
from indexing.run import index_catalog
from indexing.staging import open_stage
from resolvers.catalog.kind import Kind
from tests.indexing.feeds import (
    CLIENT,
    JOB,
    OCCUPATION,
    SKILL,
    TALENT,
    Recorder,
    Row,
    indexed,
    place,
    rejections,
    write_feed,
    write_lines,
)


def skill(name: str, *broader: str) -> Row:
    return SKILL | {"id": f"skill_{name}", "name": name, "broader": [f"skill_{one}" for one in broader]}


def reasons(folder: Path, skills: Sequence[Row]) -> dict[int, str]:
    """The messages by line of the skills that are rejected."""
    summary = indexed(write_feed(folder / "feed", skills=[*skills, SKILL]))
    assert {(one.file, one.field, one.reason) for one in summary.rejections} <= {
        ("skills.ndjson", "broader", "unknown reference")
    }
    return {one.line: one.message for one in summary.rejections}


def test_a_skill_may_refer_to_one_that_comes_later_in_the_file(tmp_path: Path) -> None:
    assert reasons(tmp_path, [skill("a", "b"), skill("b")]) == {}


def test_skills_may_refer_to_each_other_in_a_ring(tmp_path: Path) -> None:
    assert reasons(tmp_path, [skill("a", "b"), skill("b", "a"), skill("c", "c")]) == {}


def test_what_refers_to_a_rejected_skill_is_rejected_too_down_the_whole_chain(tmp_path: Path) -> None:
    chain = [skill("a", "b"), skill("b", "c"), skill("c", "gone"), skill("d", "python", "a"), skill("e", "python")]
    assert reasons(tmp_path, chain) == {
        1: "no accepted skill has the id 'skill_b'",
        2: "no accepted skill has the id 'skill_c'",
        3: "no accepted skill has the id 'skill_gone'",
        4: "no accepted skill has the id 'skill_a'",
    }


def test_a_skill_with_two_unknown_broader_ones_is_rejected_once(tmp_path: Path) -> None:
    assert reasons(tmp_path, [skill("a", "x", "y"), skill("b", "x")]).keys() == {1, 2}


def test_a_ring_that_hangs_on_an_unknown_skill_is_rejected(tmp_path: Path) -> None:
    assert reasons(tmp_path, [skill("a", "b"), skill("b", "a", "gone")]).keys() == {1, 2}


def test_a_long_chain_is_rejected_in_one_go(tmp_path: Path) -> None:
    skills = [skill(f"{at:05}", f"{at + 1:05}") for at in range(5000)]
    summary = indexed(write_feed(tmp_path / "feed", skills=[SKILL, *skills]))
    assert summary.rejected == {"unknown reference": 5000}
    assert summary.indexed["SKILL"] == 1


def test_an_id_that_no_skill_can_have_is_an_unknown_reference(tmp_path: Path) -> None:
    empty = SKILL | {"id": "skill_a", "broader": [""]}
    assert reasons(tmp_path, [skill("b", "x" * 600), empty]).keys() == {1, 2}


def test_jobs_that_refer_to_a_rejected_skill_are_rejected(tmp_path: Path) -> None:
    job = JOB | {"id": "job_2", "skillIds": ["skill_a"]}
    assert rejections(tmp_path, skills=[SKILL, skill("a", "gone")], jobs=[JOB, job]) == [
        ("skills.ndjson", 2, "broader", "unknown reference"),
        ("jobs.ndjson", 2, "skillIds", "unknown reference"),
    ]


def test_references_are_right_however_few_ids_are_remembered(tmp_path: Path) -> None:
    clients = [CLIENT | {"id": f"client_{at}"} for at in range(3)]
    jobs = [JOB | {"id": f"job_{at}", "clientId": f"client_{at % 4}"} for at in range(12)]
    files = find_feed_files([write_feed(tmp_path / "feed", clients=clients, jobs=jobs, talent=[])])
    for known_ids in (1, 2, 100):
        with open_stage(tmp_path) as stage:
            reader = FeedReader(files, stage, SilentProgress(), known_ids)
            reader.read_all()
            assert [one.line for one in reader.rejections.first] == [4, 8, 12]
            assert stage.count(Kind.JOB) == 9


def test_the_order_in_which_files_are_named_does_not_matter(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    files = [feed / f"{name}.ndjson" for name in ("jobs", "talent", "clients", "occupations", "skills")]
    summary = index_catalog(files, Recorder(), None, staging=tmp_path / "staging")
    assert summary.rejections == ()


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    more = write_lines(tmp_path / "more" / "jobs.ndjson", [JOB])
    summary = index_catalog([feed, more], Recorder(), None, staging=tmp_path / "staging")
    [one] = summary.rejections
    assert place(one) == (str(more), 1, "id", "duplicate id")
    assert one.message == f"'job_1' is already at {feed / 'jobs.ndjson'}:1"


def test_a_document_has_the_facts_and_names_of_what_it_refers_to(tmp_path: Path) -> None:
    target = Recorder()
    indexed(write_feed(tmp_path / "feed"), target)
    job = target.documents["job_1"]
    assert job.fields["client_rating"] == (CLIENT["rating"],)
    assert job.fields["client_country"] == ("DE",)
    assert job.fields["budget"] == (900.0,)
    assert job.fields["hourly_rate_min"] == ()
    assert job.sorts["CLIENT_SPENT"] == 1250.5
    assert job.sorts["HOURLY_RATE"] is None
    assert (list(job.texts.skills), list(job.texts.occupation)) == (["Python", "CPython"], ["developer", "programmer"])
    talent = target.documents["talent_1"]
    assert talent.texts.title == TALENT["title"]
    assert talent.fields["languages"] == ("en", "en:BASIC", "en:CONVERSATIONAL", "en:FLUENT")
    assert target.documents["occ_dev"].fields == {"id": ("occ_dev",), "isco_group": (OCCUPATION["iscoGroup"],)}

"""The stage: records on disk by kind and id."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from indexing.related import RelatedRecords
from indexing.staging import MAX_KEY_BYTES, Origin, Stage, Staged, open_stage
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.errors import IndexingError
from tests.indexing.feeds import SKILL, encoded

SMALLEST_MAP_BYTES = 2**17


def staged(line: bytes, number: int = 1) -> Staged:
    return Staged(Origin(0, number), line)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    opened = Stage(tmp_path, map_bytes=SMALLEST_MAP_BYTES)
    yield opened
    opened.close()


def test_a_record_is_found_by_kind_and_id_with_its_origin(stage: Stage) -> None:
    assert stage.add(Kind.JOB, "job_1", Staged(Origin(3, 2**33), b"{}"))
    assert stage.get(Kind.JOB, "job_1") == Staged(Origin(3, 2**33), b"{}")
    assert stage.get(Kind.TALENT, "job_1") is None
    assert not stage.add(Kind.JOB, "job_1", staged(b"[]"))
    assert stage.count(Kind.JOB) == 1


@pytest.mark.parametrize("id_", ["", "x" * (MAX_KEY_BYTES + 1), "\N{GRINNING FACE}" * 128])
def test_an_id_that_cannot_be_a_key_is_not_there(stage: Stage, id_: str) -> None:
    assert stage.get(Kind.JOB, id_) is None


def test_the_map_grows_as_often_as_it_must_and_no_write_is_lost(stage: Stage) -> None:
    count = 9000
    for at in range(count):
        id_ = f"skill_{at * 7919 % count:05}"
        assert stage.add(Kind.SKILL, id_, staged(id_.encode() * 20, at + 1))
        stage.link(Kind.SKILL, id_, "skill_root")
        if at % 10 == 0:
            stage.remove(Kind.SKILL, id_)
    kept = sorted(f"skill_{at * 7919 % count:05}" for at in range(count) if at % 10)
    assert [line[: len("skill_00000")].decode() for line in stage.scan(Kind.SKILL)] == kept
    assert list(stage.link_targets(Kind.SKILL)) == ["skill_root"]
    assert len(stage.link_sources(Kind.SKILL, "skill_root")) == count
    assert stage.link_sources(Kind.SKILL, "skill_00001") == []


def test_one_record_may_need_the_map_to_double_several_times(stage: Stage) -> None:
    line = b"x" * (8 * SMALLEST_MAP_BYTES)
    assert stage.add(Kind.JOB, "job_0", staged(b"{}"))
    assert stage.add(Kind.JOB, "job_1", staged(line))
    assert list(stage.scan(Kind.JOB)) == [b"{}", line]


def test_a_refused_write_is_an_indexing_error(stage: Stage) -> None:
    with pytest.raises(IndexingError, match="Records cannot be staged"):
        stage.add(Kind.JOB, "x" * (MAX_KEY_BYTES + 1), staged(b"{}"))


def test_related_records_are_right_however_few_are_kept(stage: Stage) -> None:
    decode = msgspec.json.Decoder(KINDS[Kind.SKILL].record).decode
    for name in "abc":
        row = SKILL | {"id": f"skill_{name}", "name": name}
        stage.add(Kind.SKILL, row["id"], staged(encoded(row)))
    asking = [
        decode(encoded(SKILL | {"broader": [f"skill_{name}" for name in names]}))
        for names in ("ab", "c", "ab", "gone", "")
    ]
    for cached_bytes in (0, 150, 10_000):
        related = RelatedRecords(stage, cached_bytes)
        found = [related.of(KINDS[Kind.SKILL], one) for one in asking]
        assert [sorted(others) for others in found] == [
            ["skill_a", "skill_b"],
            ["skill_c"],
            ["skill_a", "skill_b"],
            [],
            [],
        ]
        assert all(record.id == id_ for others in found for id_, record in others.items())


def test_what_a_killed_run_left_is_removed_and_what_another_run_uses_is_kept(tmp_path: Path) -> None:
    killed = tmp_path / "staging-killed"
    killed.mkdir()
    (killed / "lock").touch()
    (killed / "records").write_bytes(b"x" * 10)
    with open_stage(tmp_path):
        assert not killed.exists()
        [used] = tmp_path.glob("staging-*")
        with open_stage(tmp_path):
            assert used.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["staging.lock"]

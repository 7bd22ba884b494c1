"""What a catalog says of skills and of occupations, as the engines keep it: there, not there, or damaged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexing.usual import Posted, usual_of
from resolvers.errors import SourceUnavailable
from resolvers.ranking.occupations import NOTHING_USUAL
from resolvers.ranking.skills import NOTHING_KNOWN, SkillCounts, SkillStatistics
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.manifest import OCCUPATIONS_FILE, SKILLS_FILE, kept_occupations, kept_skills
from resolvers.sources.opensearch.kept import STATISTICS, USUAL, Kept

SKILLS = SkillStatistics(2, 1, {"skill_python": SkillCounts(2, 1)})
OCCUPATIONS = usual_of([Posted("Python developer", "", "occ_dev", ("skill_python",))] * 2)


def test_an_embedded_index_keeps_them_through_changes(
    build_embedded: Any, change_embedded: Any, market: Any, tmp_path: Path
) -> None:
    build_embedded(tmp_path, market, None, skills=SKILLS, occupations=OCCUPATIONS)
    layout = Layout(tmp_path)
    before = layout.current()
    with change_embedded(tmp_path).changing() as batch:
        batch.publish()
    after = layout.current()
    assert before is not None
    assert after is not None
    assert kept_skills(layout.path(after)) == SKILLS
    assert kept_occupations(layout.path(after)).content == OCCUPATIONS.content


@pytest.mark.parametrize(
    ("file", "read", "nothing"),
    [(SKILLS_FILE, kept_skills, NOTHING_KNOWN), (OCCUPATIONS_FILE, kept_occupations, NOTHING_USUAL)],
)
@pytest.mark.parametrize("content", [b"no", b"\x90", OCCUPATIONS.content[:-1]])
def test_an_index_without_them_knows_nothing_and_a_damaged_one_says_so(
    file: str, read: Callable[[Path], object], nothing: object, content: bytes, tmp_path: Path
) -> None:
    assert read(tmp_path) is nothing
    (tmp_path / file).write_bytes(content)
    with pytest.raises(SourceUnavailable, match=r"is damaged .*; index the catalog again"):
        read(tmp_path)


@pytest.mark.parametrize("kept", [STATISTICS, USUAL])
@pytest.mark.parametrize("answer", ["{}", '{"_source": {"record": {"NAME": "?"}}}', "no"])
def test_what_a_cluster_has_instead_of_them_is_damaged(kept: Kept[Any], answer: str) -> None:
    with pytest.raises(SourceUnavailable, match=f"as its {kept.name} is damaged"):
        kept.read(answer.replace("NAME", kept.name).encode())

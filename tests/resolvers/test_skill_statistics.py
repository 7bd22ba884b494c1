"""What a catalog says of skills, as the engines keep it: there, not there, or damaged."""

from pathlib import Path
from typing import Any

import pytest

from resolvers.errors import SourceUnavailable
from resolvers.ranking.skills import NOTHING_KNOWN, SkillCounts, SkillStatistics
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.manifest import SKILLS_FILE, kept_skills
from resolvers.sources.opensearch.kept import STATISTICS

KNOWN = SkillStatistics(2, 1, {"skill_python": SkillCounts(2, 1)})


def test_an_embedded_index_keeps_them_through_changes(
    build_embedded: Any, change_embedded: Any, market: Any, tmp_path: Path
) -> None:
    build_embedded(tmp_path, market, None, skills=KNOWN)
    layout = Layout(tmp_path)
    before = layout.current()
    with change_embedded(tmp_path).changing() as batch:
        batch.publish()
    after = layout.current()
    assert before is not None
    assert after is not None
    assert kept_skills(layout.path(after)) == KNOWN


def test_an_index_of_before_has_none_and_a_damaged_one_says_so(tmp_path: Path) -> None:
    assert kept_skills(tmp_path) == NOTHING_KNOWN
    (tmp_path / SKILLS_FILE).write_bytes(b"no")
    with pytest.raises(SourceUnavailable, match=r"is damaged .*; index the catalog again"):
        kept_skills(tmp_path)


@pytest.mark.parametrize("answer", ["{}", '{"_source": {"record": {"statistics": "?"}}}', "no"])
def test_what_a_cluster_has_instead_of_them_is_damaged(answer: str) -> None:
    with pytest.raises(SourceUnavailable, match="as its statistics is damaged"):
        STATISTICS.read(answer)

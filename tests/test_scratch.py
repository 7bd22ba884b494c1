"""Where tests write: in memory where that does."""

import tempfile
from pathlib import Path

from tests.support.scratch import scratch


def test_memory_is_taken_where_there_is_enough(tmp_path: Path) -> None:
    system = Path(tempfile.gettempdir())
    assert scratch(tmp_path, 1) == tmp_path
    assert scratch(tmp_path, 2**62) == system
    assert scratch(tmp_path / "none", 1) == system
    assert list(tmp_path.iterdir()) == []

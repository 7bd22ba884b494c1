"""A disk that takes no more ends a run with one line, leaves nothing behind, and the old index in use."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from indexing.demo import write_demo

ROOT = Path(__file__).resolve().parents[2]
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from gateway.cli import main
sys.argv[1:] = sys.argv[2:]
main()
"""
"""The system refuses to let a file grow beyond a limit, as a full disk does."""


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feed")
    write_demo(folder, jobs=120, talent=200)
    return folder


def test_this_system_has_such_limits() -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY


@pytest.mark.parametrize("limit_bytes", [1_000, 20_000, 60_000, 150_000, 300_000])
@pytest.mark.parametrize("flags", [[], ["--no-embeddings"]])
def test_a_full_disk_is_one_line_and_leaves_nothing(
    tmp_path: Path, feed: Path, limit_bytes: int, flags: list[str]
) -> None:
    command = [sys.executable, "-c", LIMITED, str(limit_bytes), "index", str(feed), "--data-dir", str(tmp_path)]
    done = subprocess.run([*command, *flags], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("discovery-gateway: ")]
    assert len(told) == 1, done.stderr
    assert "cannot be" in told[0]
    assert not (tmp_path / "CURRENT").exists()
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == []

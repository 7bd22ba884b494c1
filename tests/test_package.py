"""The wheel: all that runs is in it, and nothing else; its commands work from any folder."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("gateway", "schema", "resolvers", "indexing")
UNPUBLISHED = ("gateway/graphiql/frontend/",)
"""What the page of GraphiQL is built from."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    [built] = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel in it, and nothing of this checkout."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), str(wheel)]
    subprocess.run(command, check=True)
    return folder


def run(installed: Path, folder: Path, *arguments: str) -> str:
    command = [sys.executable, str(installed / "bin" / "discovery-gateway"), *arguments]
    environment = {"PYTHONPATH": str(installed), "PATH": ""}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_only_a_wheel_is_built_with_every_file_of_the_packages(wheel: Path) -> None:
    assert wheel.suffix == ".whl"
    listing = subprocess.run(
        ["git", "ls-files", "--", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    wanted = {name for name in listing if not name.startswith(UNPUBLISHED)}
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    built = {name for name in packed if name.startswith("gateway/graphiql/static/")}
    assert packed - built == wanted
    assert bool(built) is (ROOT / "gateway/graphiql/static/manifest.json").is_file()


def test_the_commands_work_from_any_folder(installed: Path, tmp_path: Path) -> None:
    assert run(installed, tmp_path, "schema") == (ROOT / "schema.graphql").read_text(encoding="utf-8")
    assert "Wrote" in run(installed, tmp_path, "demo", "catalog", "--jobs", "5", "--talent", "5")
    summary = run(installed, tmp_path, "index", "catalog", "--data-dir", "index")
    assert "index now answers from generation" in summary
    assert (tmp_path / "index" / "CURRENT").exists()


def test_it_is_the_installed_code_that_runs(installed: Path, tmp_path: Path) -> None:
    code = "import gateway, schema, resolvers, indexing; print(gateway.__file__, schema.__file__)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(installed / name / "__init__.py") for name in ("gateway", "schema")]

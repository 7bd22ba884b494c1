"""Putting an OpenSearch together, with a Maven that makes its artifacts up."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import made_up_maven
from tests.servers.missing import ServerMissing
from tests.servers.opensearch.assemble import assembled
from tests.servers.opensearch.java import java_home
from tests.servers.opensearch.releases import CURRENT, MODULES, PREVIOUS, RELEASES, folder_name

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "tests.servers.opensearch", "assemble"]
NAME = folder_name(RELEASES[CURRENT], secure=False)
DOWNLOADS = len(MODULES) + 2


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment with that Maven, and with nothing assembled in it."""
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{made_up_maven.__file__}" "$@"\n')
    maven.chmod(0o755)
    return os.environ | {
        "PATH": str(maven.parent),
        "GATEWAY_TEST_CACHE_DIR": str(tmp_path / "cache"),
        "MAVEN_CALLS": str(tmp_path / "calls"),
    }


def assembling(environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(COMMAND, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def calls(environment: dict[str, str]) -> int:
    return len(Path(environment["MAVEN_CALLS"]).read_text().splitlines())


def test_two_that_assemble_at_once_get_the_same_server_made_once(environment: dict[str, str]) -> None:
    both = [assembling(environment) for _ in range(2)]
    home = Path(environment["GATEWAY_TEST_CACHE_DIR"], "opensearch", NAME)
    assert [process.communicate()[0] for process in both] == [f"{home}\n"] * 2
    assert calls(environment) == DOWNLOADS
    assert sorted(path.name for path in home.iterdir()) == ["bin", "lib", "modules", "plugins"]


def test_an_interrupted_one_leaves_no_server_and_the_next_one_starts_anew(environment: dict[str, str]) -> None:
    killed = assembling(environment | {"MAVEN_KILLS_AT": "5"})
    assert killed.communicate()[0] == ""
    assert killed.returncode == -signal.SIGKILL
    cache = Path(environment["GATEWAY_TEST_CACHE_DIR"], "opensearch")
    [unfinished] = cache.glob("*.unfinished-*")
    assert not (cache / NAME).exists()
    again = assembling(environment)
    assert again.communicate()[0] == f"{cache / NAME}\n"
    assert not unfinished.exists()
    assert calls(environment) == 5 + DOWNLOADS


def test_a_module_brings_its_jars_but_for_those_of_the_server(environment: dict[str, str]) -> None:
    home = Path(assembling(environment).communicate()[0].strip())
    jar = f"analysis-common-{CURRENT}.jar"
    folder = home / "modules" / "analysis-common"
    assert sorted(path.name for path in folder.iterdir()) == [jar, "needed.jar", "plugin-descriptor.properties"]
    descriptor = (folder / "plugin-descriptor.properties").read_text().splitlines()
    assert {"classname=org.example.Analysis-CommonPlugin", "extended.plugins=lang-painless"} <= set(descriptor)


def test_a_version_without_a_security_plugin_cannot_be_had_with_one() -> None:
    with pytest.raises(ServerMissing, match=r"2\.19\.1 has no security plugin on Maven Central"):
        assembled(RELEASES[PREVIOUS], secure=True)


@pytest.mark.parametrize(
    ("version", "installed", "expected"),
    [(CURRENT, (17, 21, 25), 25), (PREVIOUS, (11, 17, 21, 25), 21), (PREVIOUS, (17,), 17)],
)
def test_a_server_runs_on_the_newest_java_that_runs_it(version: str, installed: tuple[int], expected: int) -> None:
    homes = {number: Path(f"/java-{number}") for number in installed}
    assert java_home(RELEASES[version], homes) == Path(f"/java-{expected}")


@pytest.mark.parametrize(
    ("version", "installed", "message"),
    [
        (CURRENT, (11, 17), "OpenSearch 3.4.0 needs Java 21 or newer, found 11, 17"),
        (PREVIOUS, (25,), "OpenSearch 2.19.1 needs Java 17 to 23, found 25"),
        (CURRENT, (), "OpenSearch 3.4.0 needs Java 21 or newer, found none"),
    ],
)
def test_a_java_that_does_not_run_the_server_is_named(version: str, installed: tuple[int], message: str) -> None:
    with pytest.raises(ServerMissing) as missing:
        java_home(RELEASES[version], {number: Path("/java") for number in installed})
    assert str(missing.value).startswith(message)

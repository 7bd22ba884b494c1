"""What a test run does, and says at its end, where servers are missing or are named by the environment."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.servers.opensearch.access import OpenSearchAccess
from tests.servers.ports import HOST, free_port
from tests.servers.redis import RedisAccess

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import os

def test_words(opensearch_server):
    assert opensearch_server.address == os.environ["EXPECTED"]
    assert opensearch_server.ask("GET", "/")["version"]["number"] == opensearch_server.version

def test_words_of_the_other_line(opensearch_2_server): ...

def test_secure(secure_opensearch_server):
    assert secure_opensearch_server.address == os.environ["EXPECTED"]

def test_faults(start_opensearch):
    start_opensearch()

def test_cache(redis_server):
    assert redis_server.url == os.environ["EXPECTED"]
    assert redis_server.answers()

def test_nothing(): ...
"""


class Run:
    """A test run of its own on a machine with a Java and no other program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "test_some.py").write_text(TESTS)
        (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope=function")
        java = folder / "java"
        (java / "bin").mkdir(parents=True)
        (java / "bin" / "java").touch()
        (java / "release").write_text('JAVA_VERSION="21.0.1"\n')
        self.environment = {
            "PATH": str(folder),
            "PYTHONPATH": str(ROOT),
            "JAVA_HOME": str(java),
            "GATEWAY_TEST_CACHE_DIR": str(folder / "cache"),
        }

    def maven(self, script: str) -> None:
        """A Maven that does this."""
        path = self._folder / "mvn"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def output(self, *arguments: str, **environment: str) -> str:
        """What the run writes, without the times."""
        plugins = ("-p", "tests.servers.fixtures", "-p", "tests.servers.reporting", "-p", "no:cacheprovider")
        command = [sys.executable, "-m", "pytest", "--color=no", "-q", *plugins, *arguments]
        done = subprocess.run(
            command, cwd=self._folder, env=self.environment | environment, capture_output=True, text=True, check=False
        )
        return re.sub(r" in [\d.]+s", "", done.stdout + done.stderr)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def section(output: str) -> list[str]:
    """The lines of the section about tests that did not run."""
    found = re.search(r"^=+ these did not run =+\n(.*?)^(?=\S*=|\d)", output, re.DOTALL | re.MULTILINE)
    assert found is not None, output
    return found[1].splitlines()


def test_the_end_of_a_run_names_each_test_that_did_not_run_and_the_reason(run: Run) -> None:
    output = run.output()
    assert section(output) == [
        "because an OpenSearch is assembled by Maven, and there is no mvn on the PATH:",
        "  test_some.py::test_words",
        "  test_some.py::test_words_of_the_other_line",
        "  test_some.py::test_secure",
        "  test_some.py::test_faults",
        "because there is no redis-server or valkey-server on the PATH:",
        "  test_some.py::test_cache",
    ]
    assert output.endswith("1 passed, 5 skipped\n")


def test_a_run_that_lacked_nothing_says_nothing(run: Run) -> None:
    output = run.output("-k", "nothing")
    assert "did not run" not in output
    assert output.endswith("1 passed, 5 deselected\n")


@pytest.mark.parametrize(("tests", "checked"), [("nothing", True), ("nothing or cache", False)])
def test_the_bound_on_coverage_is_checked_where_no_test_lacked_a_server(run: Run, tests: str, checked: bool) -> None:
    output = run.output("-k", tests, "--cov=.", "--cov-report=", "--cov-fail-under=100")
    assert ("Coverage failure: total of" in output) == checked
    assert ("\nso the bound on coverage was not checked\n" in output) != checked


def test_a_maven_that_gets_nothing_is_asked_once_and_its_error_is_the_reason(run: Run, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    run.maven(f'echo called >> {calls}; echo "[ERROR] Unknown host"; echo "[ERROR] try -X"; exit 1')
    assert section(run.output("-k", "words or faults")) == [
        "because Maven could not get opensearch 3.4.0: [ERROR] Unknown host:",
        "  test_some.py::test_words",
        "  test_some.py::test_faults",
        "because Maven could not get opensearch 2.19.1: [ERROR] Unknown host:",
        "  test_some.py::test_words_of_the_other_line",
    ]
    assert calls.read_text() == "called\n" * 2


def test_a_redis_that_the_environment_names_is_used(run: Run, redis_server: RedisAccess) -> None:
    output = run.output("-k", "cache", GATEWAY_TEST_REDIS_URL=redis_server.url, EXPECTED=redis_server.url)
    assert output.endswith("1 passed, 5 deselected\n")


def test_an_opensearch_that_the_environment_names_is_used_by_tests_of_its_line(
    run: Run, opensearch_server: OpenSearchAccess
) -> None:
    url = opensearch_server.address
    output = run.output("-k", "words or secure", GATEWAY_TEST_OPENSEARCH_URL=url, EXPECTED=url)
    assert section(output)[1:] == ["  test_some.py::test_words_of_the_other_line", "  test_some.py::test_secure"]
    assert output.endswith("1 passed, 2 skipped, 3 deselected\n")


def test_a_secure_opensearch_that_the_environment_names_is_used_with_its_password_and_authority(
    run: Run, secure_opensearch_server: OpenSearchAccess
) -> None:
    server, parts = secure_opensearch_server, urlsplit(secure_opensearch_server.address)
    url = parts._replace(netloc=f"{server.username}:{server.password}@{parts.netloc}").geturl()
    names = {"GATEWAY_TEST_OPENSEARCH_URL": url, "GATEWAY_TEST_OPENSEARCH_CA_FILE": str(server.ca_file or "")}
    output = run.output("-k", "secure or test_words", EXPECTED=server.address, **names)
    assert section(output)[1:] == ["  test_some.py::test_words_of_the_other_line"]
    assert output.endswith("2 passed, 1 skipped, 3 deselected\n")


@pytest.mark.parametrize(("test", "name"), [("test_cache", "REDIS"), ("test_secure", "OPENSEARCH")])
def test_a_server_that_is_named_and_does_not_answer_is_a_failure(run: Run, test: str, name: str) -> None:
    scheme = {"REDIS": "redis", "OPENSEARCH": "http"}[name]
    output = run.output("-k", test, **{f"GATEWAY_TEST_{name}_URL": f"{scheme}://{HOST}:{free_port()}"})
    assert f"ServerFailed: GATEWAY_TEST_{name}_URL is set, and" in output
    assert output.endswith("5 deselected, 1 error\n")

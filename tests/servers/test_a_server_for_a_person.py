"""`python -m tests.servers.opensearch run`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60
SAY_SETTINGS = """
import os, signal
names = [name for name in sorted(os.environ) if name.startswith("GATEWAY_OPENSEARCH_")]
print(*(f"{name}={os.environ[name]}" for name in names), flush=True)
signal.pause()
"""


@contextmanager
def running(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """The command, with nothing of the gateway in its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_OPENSEARCH")}
    command = [sys.executable, "-m", "tests.servers.opensearch", "run", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def is_down(address: str) -> bool:
    try:
        urlopen(address, timeout=PATIENCE_SECONDS).close()  # noqa: S310
    except OSError:
        return True
    return False


@pytest.mark.usefixtures("opensearch_server")
def test_a_command_has_the_settings_for_the_server_and_the_server_ends_with_it() -> None:
    with running("--", sys.executable, "-c", SAY_SETTINGS) as process:
        assert line(process).startswith("Starting OpenSearch 3.4.0")
        address = line(process).removeprefix("OpenSearch: ").split(",")[0]
        assert line(process) == f"GATEWAY_OPENSEARCH_URL={address}\n"
        assert not is_down(address)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 128 + signal.SIGTERM
        assert is_down(address)


@pytest.mark.usefixtures("opensearch_2_server")
def test_without_a_command_the_server_runs_until_it_is_asked_to_end() -> None:
    with running("--version", "2.19.1") as process:
        line(process)
        address = line(process).removeprefix("OpenSearch: ").split(",")[0]
        assert not is_down(address)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert is_down(address)


@pytest.mark.usefixtures("opensearch_2_server")
def test_a_version_that_cannot_be_had_is_said() -> None:
    with running("--version", "2.19.1", "--security") as process:
        line(process)
        assert line(process) == "OpenSearch 2.19.1 has no security plugin on Maven Central\n"
        assert process.wait(PATIENCE_SECONDS) == 1

"""An OpenSearch for a person: `python -m tests.servers.opensearch run`.

`run -- COMMAND…` starts the server, runs the command with the gateway's settings for it in the environment, and ends
with the command. Without a command it runs until Ctrl-C. `assemble` only puts the server together, for later.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

from tests.servers.missing import ServerFailed, ServerMissing
from tests.servers.opensearch.assemble import assembled
from tests.servers.opensearch.node import OpenSearchServer
from tests.servers.opensearch.releases import CURRENT, RELEASES

ENDING = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say, and return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.do == "assemble":
            say(f"{assembled(RELEASES[asked.version], asked.security)}")
            return 0
        say(f"Starting OpenSearch {asked.version}; the first time it is assembled.")
        with OpenSearchServer(asked.version, secure=asked.security, heap=asked.heap, port=asked.port) as server:
            say(f"OpenSearch: {server.address}{f' as {server.username}' if server.secure else ''}, log: {server.log}")
            return run(asked.command, os.environ | settings_for(server)) if asked.command else wait_for_the_end()
    except (ServerMissing, ServerFailed) as error:
        say(str(error))
        return 1


def settings_for(server: OpenSearchServer) -> dict[str, str]:
    """The settings that make a gateway use the server."""
    settings = {
        "GATEWAY_OPENSEARCH_URL": server.address,
        "GATEWAY_OPENSEARCH_USERNAME": server.username,
        "GATEWAY_OPENSEARCH_PASSWORD": server.password,
        "GATEWAY_OPENSEARCH_CA_FILE": server.ca_file,
    }
    return {name: str(value) for name, value in settings.items() if value is not None}


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run the command to its end and return its exit code. What asks this process to end is passed on to it."""
    # A group of its own, so that the processes of a shell's command end too, and Ctrl-C comes to them once.
    child = subprocess.Popen(command, env=environment, process_group=0)

    def pass_on(wish: int, _: FrameType | None) -> None:
        # It may have ended by itself a moment ago.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, wish)

    for wish in ENDING:
        signal.signal(wish, pass_on)
    code = child.wait()
    # A shell's way to say that a signal ended it.
    return code if code >= 0 else 128 - code


def wait_for_the_end() -> int:
    """Return when this process is asked to end."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    signal.sigwait(ENDING)
    return 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.servers.opensearch", description=__doc__)
    words = parser.add_subparsers(dest="do", required=True)
    assemble, run_ = words.add_parser("assemble"), words.add_parser("run")
    for word in (assemble, run_):
        word.add_argument("--version", choices=RELEASES, default=CURRENT)
        word.add_argument("--security", action="store_true", help="https and a password")
    run_.add_argument("--port", type=int, help="a free one when it is not given")
    run_.add_argument("--heap", default="512m", help="memory of the server, as Java has it")
    run_.add_argument("command", nargs="*", metavar="COMMAND", help="behind --")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

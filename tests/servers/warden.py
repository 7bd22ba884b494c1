"""Cleaning up after a server, also when the test run that started it was killed."""

import subprocess
from pathlib import Path

# The last number read is the process to end; 0 is none. The end of the input is the end of the test run.
SCRIPT = """
running=0
while read -r line; do running=$line; done
[ "$running" = 0 ] || kill -KILL "$running"
rm -rf "$1"
"""


class Warden:
    """A shell that outlives this process: when its input ends it kills the server and removes the server's folder."""

    def __init__(self, folder: Path) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", SCRIPT, "warden", str(folder)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def watch(self, pid: int) -> None:
        """Look after this process from now on; 0 is none."""
        assert self._shell.stdin is not None
        self._shell.stdin.write(f"{pid}\n")
        self._shell.stdin.flush()

    def end(self) -> None:
        """Kill what still runs, remove the folder, and wait for both."""
        self._shell.communicate()

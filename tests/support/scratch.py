"""`python -m tests.support.scratch` makes a folder where tests write best, and prints its name.

They make thousands of small indexes and remove them again, which takes a disk most of the time of a run. Memory does it
in half, where there is enough and programs can be run from there.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  a folder with a name of its own is made in it
LEAST_BYTES = 8_000_000_000


def scratch(memory: Path = MEMORY, least_bytes: int = LEAST_BYTES) -> Path:
    """A folder for temporary files: in memory where that does, else where the system has them."""
    if memory.is_dir() and shutil.disk_usage(memory).free >= least_bytes and _runs_programs(memory):
        return memory
    return Path(tempfile.gettempdir())


def _runs_programs(folder: Path) -> bool:
    try:
        with tempfile.TemporaryDirectory(dir=folder) as made:
            program = Path(made, "program")
            program.write_text("#!/bin/sh\n")
            program.chmod(0o700)
            return subprocess.run([program], check=False).returncode == 0
    except OSError:
        return False


def made() -> Path:
    """A new folder there, which servers can go through that run as another user."""
    folder = Path(tempfile.mkdtemp(prefix="discovery-", dir=scratch()))
    folder.chmod(0o711)
    return folder


if __name__ == "__main__":
    print(made())  # noqa: T201

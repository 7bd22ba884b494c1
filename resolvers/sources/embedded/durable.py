"""What is on disk for sure."""

import os
from collections.abc import Callable
from pathlib import Path


def flush(path: Path) -> None:
    """Have what a file holds, or which files a folder has, on disk before this returns. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, flush: Callable[[Path], None] = flush) -> None:
    """Have a folder, and those above it that are missing, there for sure when this returns. Raises OSError.

    What is in a folder is lost with it where the folder above does not have it on disk. Of one that is there already
    that is made sure too: whoever has made it may not have come so far.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing or [folder]):
        one.mkdir(exist_ok=True)
        flush(one.parent)

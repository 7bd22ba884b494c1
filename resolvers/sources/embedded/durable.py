"""What is on disk for sure."""

import os
from pathlib import Path


def flush(path: Path) -> None:
    """Have what a file holds, or which files a folder has, on disk before this returns. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

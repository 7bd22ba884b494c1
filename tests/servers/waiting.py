"""Waiting for what happens elsewhere."""

import time
from collections.abc import Callable


def came_true(holds: Callable[[], bool], patience_seconds: float, look_seconds: float = 0.05) -> bool:
    """Whether it came to hold before the patience was at its end."""
    deadline = time.monotonic() + patience_seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(look_seconds)
    return True

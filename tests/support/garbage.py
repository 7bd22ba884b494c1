"""Coroutines that nobody awaits, which graphql-core leaves behind, taken away where Python can complain of them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collected_by_hand() -> Iterator[None]:
    """Nothing is collected but by `gc.collect()`, which looks at what was made in here alone, and at the end.

    Python warns of such a coroutine wherever it is collected. In the constructor of a `NamedTuple`, which has no
    builtins, the warning is an error, and that is a failure of whichever test runs.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
        gc.collect()

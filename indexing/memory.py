"""How the process deals with memory that it has let go of."""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt(3), from malloc.h."""
THRESHOLD_BYTES = 128 * 1024
"""glibc's own starting value."""


def give_freed_memory_back() -> bool:
    """Have the C library return what was freed to the system at once; False where it is not glibc.

    By default glibc raises these thresholds up to 32 MiB as large blocks are freed (mallopt(3), "dynamic mmap
    threshold"). An engine that fills and drops large buffers in several threads then keeps ever more holes, and an
    indexing run grows with the catalog: at 534,000 documents it peaked at 599 MiB instead of 333. Setting the
    thresholds, to whatever value, turns that off.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return all(mallopt(parameter, THRESHOLD_BYTES) for parameter in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD))

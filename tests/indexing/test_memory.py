"""Freed memory goes back to the system, where the C library can be told."""

import platform

from indexing.memory import give_freed_memory_back


def test_glibc_is_told_and_another_library_is_let_be() -> None:
    assert give_freed_memory_back() is (platform.libc_ver()[0] == "glibc")

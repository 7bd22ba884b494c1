"""Parts of texts, and the units that their offsets are counted in."""

from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

LAST_OF_ONE_UNIT = "\uffff"
"""The last character that is one UTF-16 code unit."""


class Span(NamedTuple):
    """A part of a text, from `start` up to but not including `end`."""

    start: int
    end: int


def utf16_offsets(text: str) -> Callable[[int], int]:
    """Turns offsets in code points into UTF-16 code units, in which JavaScript, Java and Swift's NSString count."""
    wide = [at for at, character in enumerate(text) if character > LAST_OF_ONE_UNIT]
    return lambda offset: offset + bisect_left(wide, offset)

"""Which parts of a text show why it was found: pure functions of the text and of the words that were looked for.

Offsets are in UTF-16 code units.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from resolvers.offsets import Span, utf16_offsets
from resolvers.sources.analysis import Word, words_of


@dataclass(frozen=True)
class Fragment:
    """A part of a text, where it begins in the whole, whether there is more behind it, and what matches inside it."""

    text: str
    start: int
    is_cut: bool
    matches: tuple[Span, ...]


def fragments(text: str, wanted: Set[str], *, most: int, length: int) -> list[Fragment]:
    """The best parts of a text that has any of the words whose stems are wanted, in their order; else none.

    At most so many, of about `length` code points each: those with the most different words. A short text is one part.
    """
    found = list(words_of(text, wanted))
    if not found:
        return []
    if len(text) <= length:
        return [_fragment(text, found, 0, len(text))]
    windows = sorted(_windows(found, most, length), key=lambda window: window[0].start)
    bounds: list[tuple[int, int]] = []
    for at, window in enumerate(windows):
        floor = bounds[-1][1] if bounds else 0
        ceiling = windows[at + 1][0].start if at + 1 < len(windows) else len(text)
        bounds.append(_widened(text, window, length, floor, ceiling))
    return [_fragment(text, found, start, end) for start, end in bounds]


def matching(text: str, wanted: Set[str]) -> int:
    """How many of the wanted stems a text has."""
    return len({word.stem for word in words_of(text, wanted)})


def _windows(found: Sequence[Word], most: int, length: int) -> list[Sequence[Word]]:
    """The best matches that fit into a fragment together, as often as wanted. None is in two, and none lies inside."""
    chosen: list[Sequence[Word]] = []
    runs = [found]
    while runs and len(chosen) < most:
        windows = [_best_window(run, length) for run in runs]
        best = max(range(len(runs)), key=lambda at: _worth(runs[at][windows[at]]))
        run, window = runs[best], windows[best]
        chosen.append(run[window])
        rests = (run[: window.start], run[window.stop :])
        runs[best : best + 1] = [rest for rest in rests if rest]
    return chosen


def _best_window(run: Sequence[Word], length: int) -> slice:
    best, stop = slice(0, 1), 1
    for start, first in enumerate(run):
        while stop < len(run) and run[stop].end - first.start <= length:
            stop += 1
        window = slice(start, max(stop, start + 1))
        if _worth(run[window]) > _worth(run[best]):
            best = window
    return best


def _worth(window: Sequence[Word]) -> tuple[int, int]:
    return len({word.stem for word in window}), len(window)


def _widened(text: str, window: Sequence[Word], length: int, floor: int, ceiling: int) -> tuple[int, int]:
    """A window with as much around it as there is room for, from one space to another, between two bounds."""
    first, last = window[0].start, window[-1].end
    start = max(floor, first - max(0, length - (last - first)) // 2)
    end = min(ceiling, max(last, start + length))
    start = max(floor, min(start, end - length))
    while start > floor and start < first and not text[start - 1].isspace():
        start += 1
    while end < ceiling and end > last and not text[end].isspace():
        end -= 1
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _fragment(text: str, found: Sequence[Word], start: int, end: int) -> Fragment:
    part, units = text[start:end], utf16_offsets(text)
    first = units(start)
    inside = [word for word in found if start <= word.start and word.end <= end]
    spans = tuple(Span(units(word.start) - first, units(word.end) - first) for word in inside)
    return Fragment(part, first, end < len(text), spans)

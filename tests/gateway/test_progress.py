"""Bars fit the terminal, however narrow it is."""

from io import StringIO

import pytest
from rich.console import Console

from gateway.commands.progress import shown_on


def last_screen(width: int) -> list[str]:
    """The lines of the last picture of two phases: one is done, one has begun."""
    screen = StringIO()
    with shown_on(Console(file=screen, force_terminal=True, width=width, color_system=None)) as progress:
        progress.start("Reading occupations.ndjson.gz", 123_456_789, "bytes")
        progress.advance(123_456_789)
        progress.finish()
        progress.start("Indexing jobs", 1_000_000, "documents")
        progress.advance(15_462)
    lines = screen.getvalue().split("\x1b[2K")[-1].splitlines()
    return [line.rstrip() for line in lines if line.strip() and "\x1b" not in line]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_each_phase_has_one_line_with_whole_numbers(width: int) -> None:
    reading, indexing = last_screen(width)
    assert "123,456,789/123,456,789 bytes" in reading
    assert reading.endswith("0:00:00")
    assert "15,462/1,000,000 documents" in indexing
    assert indexing.endswith("-:--:--")
    assert max(len(reading), len(indexing)) <= width


def test_a_phase_whose_name_is_too_long_is_cut_visibly() -> None:
    reading, indexing = last_screen(80)
    assert "Reading occupation…" in reading
    assert "Indexing jobs" in indexing
    assert "Reading occupations.ndjson.gz" in last_screen(120)[0]

"""The figures of an evaluation, as text and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from errno import ENOENT
from pathlib import Path
from typing import Any

import msgspec

from gateway.evaluation.measures import MEASURES

NO_FIGURE = "-"


class ModeFigures(msgspec.Struct, frozen=True, rename="camel"):
    """What was measured in one mode: the measures by name, and the median time of a search."""

    mode: str
    measures: dict[str, float]
    median_milliseconds: float


class Evaluation(msgspec.Struct, frozen=True, rename="camel"):
    """What was measured of a labelled set. `searched_as` is the kind of the documents that were made of the records.

    `model` names the embeddings with their adaptation, and `published` has the figures of other systems by name.
    `notes` say which judgements are about nothing in the set.
    """

    dataset: str
    records: int
    documents: int
    searched_as: str
    queries: int
    depth: int
    model: str
    modes: list[ModeFigures]
    published: dict[str, dict[str, float]]
    notes: list[str]


def check_folders(*files: Path | None) -> None:
    """Raise FileNotFoundError for a file that is to be written in a folder that is not there."""
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise FileNotFoundError(ENOENT, "no such folder; make it first", str(file.parent))


def as_json(evaluation: Evaluation) -> bytes:
    """The evaluation as a JSON object."""
    return msgspec.json.format(msgspec.json.encode(evaluation)) + b"\n"


def report_lines(evaluation: Evaluation) -> Iterator[str]:
    """The evaluation as lines of plain text: modes first, then published systems, the best MAP first."""
    documents = f" in {evaluation.documents:,} documents" if evaluation.documents != evaluation.records else ""
    yield (
        f"{evaluation.dataset}: {evaluation.records:,} records{documents}, "
        f"searched as {evaluation.searched_as.lower()}; {evaluation.queries:,} queries, "
        f"ranked {evaluation.depth:,} deep; {evaluation.model}"
    )
    rows = [
        [figures.mode, *_shown(figures.measures), f"{figures.median_milliseconds:.1f}"] for figures in evaluation.modes
    ]
    rows += [[name, *_shown(measures), NO_FIGURE] for name, measures in evaluation.published.items()]
    yield from table([["", *MEASURES, "median ms"], *rows])
    yield from evaluation.notes


def _shown(measures: Mapping[str, float]) -> list[str]:
    return [f"{measures[name]:.4f}" if name in measures else NO_FIGURE for name in MEASURES]


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of cells as lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells: list[Any] = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()

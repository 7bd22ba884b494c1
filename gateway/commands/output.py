"""What the commands print when they are done, as lines of plain text."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.text import Text

from gateway.commands.collaborators import Summary
from gateway.settings import SettingRow
from indexing.changes.summary import ChangesSummary


def counted(counts: Mapping[str, int], noun: str) -> str:
    """`3 documents (2 job, 1 talent)`: the sum and its parts, the largest first."""
    parts = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items(), key=lambda item: -item[1]))
    return f"{sum(counts.values()):,} {noun}{f' ({parts})' if parts else ''}"


def changes_lines(summary: ChangesSummary, place: str) -> Iterator[str]:
    """What applying changes did."""
    yield f"Read {summary.read:,} changes in {summary.seconds:.1f} s ({summary.changes_per_second:,.0f} changes/s)"
    yield f"Applied {summary.applied:,} to {place.rstrip(',')}, {summary.stale:,} were stale"
    yield f"Wrote {summary.rewritten:,} other documents again that show what has changed"
    if summary.dangling:
        yield f"{summary.dangling:,} references lead to what is not there yet"
    yield f"Rejected {counted(summary.rejected, 'changes')}"


def rejection_lines(summary: Summary | ChangesSummary, all_in: Path | str | None = None) -> Iterator[str]:
    """The first rejected records, one a line, and how many more there are; `all_in` says where all of them are."""
    for rejection in summary.rejections:
        yield str(rejection)
    more = sum(summary.rejected.values()) - len(summary.rejections)
    if more > 0:
        yield f"… and {more:,} more" + (f": {all_in} has all of them" if all_in else "")


def summary_lines(summary: Summary, place: str) -> Iterator[str]:
    """What an indexing run did."""
    yield f"Read {summary.read:,} records in {summary.seconds:.1f} s ({summary.documents_per_second:,.0f} documents/s)"
    yield f"Indexed {counted(summary.indexed, 'documents')}"
    yield f"Rejected {counted(summary.rejected, 'records')}"
    yield f"{place} now answers from generation {summary.generation}"


def print_settings(rows: Iterable[SettingRow], console: Console) -> None:
    """One block for each setting: readable at any width, and by grep."""
    for row in rows:
        console.print(
            Text.assemble((row.variable, "bold"), " = ", (row.value, "green"), f"  ({row.origin})"), soft_wrap=True
        )
        console.print(Text(f"    {row.meaning} [{row.facts}]", style="dim"), soft_wrap=True)

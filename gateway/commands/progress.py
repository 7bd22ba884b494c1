"""Progress of a long run: bars on a terminal, plain lines anywhere else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TaskID, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from indexing.progress import Progress

LINE_SECONDS = 5.0
"""The least time between two plain lines of one phase."""
SHORTEST_SECONDS = 0.1
"""A shorter phase has no rate worth telling."""


@contextmanager
def shown_on(console: Console) -> Iterator[Progress]:
    """Progress as `console` can show it; the display ends with the block, however the block ends."""
    if not console.is_terminal:
        yield PlainProgress(lambda line: console.print(line, soft_wrap=True, markup=False, highlight=False))
        return
    # On a narrow terminal only columns that may wrap give way: the bar, then the phase. A number cut is another number.
    with Bars(
        SpinnerColumn(table_column=Column(no_wrap=True)),
        _PhaseColumn(),
        BarColumn(),
        _AmountColumn(Column(no_wrap=True)),
        _RateColumn(Column(no_wrap=True)),
        TimeRemainingColumn(elapsed_when_finished=True, table_column=Column(no_wrap=True)),
        console=console,
    ) as bars:
        yield BarProgress(bars)


class BarProgress:
    """A bar for every phase, with amount, rate and time left."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = TaskID(0)

    def start(self, phase: str, total: int | None, unit: str) -> None:
        """A new bar below the earlier ones."""
        self._task = self._bars.add_task(phase, total=total, unit=unit)

    def advance(self, amount: int) -> None:
        """Move the bar of the present phase."""
        self._bars.advance(self._task, amount)

    def finish(self) -> None:
        """Show the present phase as complete, also when its total was not known or was an estimate."""
        done = self._bars.tasks[self._bars.task_ids.index(self._task)].completed
        self._bars.update(self._task, total=done, completed=done)


@dataclass
class _Phase:
    name: str
    total: int | None
    unit: str
    started: float
    said: float
    done: int = 0


class PlainProgress:
    """At most one line every `LINE_SECONDS`, and one at the end of a phase. `clock` counts seconds."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._phase = _Phase("", None, "", 0, 0)

    def start(self, phase: str, total: int | None, unit: str) -> None:
        """Say nothing yet: a short phase has one line."""
        now = self._clock()
        self._phase = _Phase(phase, total, unit, started=now, said=now)

    def advance(self, amount: int) -> None:
        """Say how far the phase is when the last line is old enough."""
        phase, now = self._phase, self._clock()
        phase.done += amount
        if now - phase.said >= LINE_SECONDS:
            phase.said = now
            self._say(_line(phase, now))

    def finish(self) -> None:
        """Say how much the phase did and how long it took."""
        phase = self._phase
        seconds = self._clock() - phase.started
        self._say(f"{phase.name}: {phase.done:,} {phase.unit} in {seconds:.1f} s{_rate(phase.done, seconds)}")


def _line(phase: _Phase, now: float) -> str:
    seconds = now - phase.started
    of_total, left = "", ""
    if phase.total:
        of_total = f" of {phase.total:,}"
        left = f", {max(phase.total - phase.done, 0) * seconds / phase.done:.0f} s left" if phase.done else ""
    return f"{phase.name}: {phase.done:,}{of_total} {phase.unit}{_rate(phase.done, seconds)}{left}"


def _rate(done: float, seconds: float) -> str:
    return f", {done / seconds:,.0f}/s" if done and seconds >= SHORTEST_SECONDS else ""


class _PhaseColumn(ProgressColumn):
    """`Reading occup…`: one line, however little room there is."""

    def render(self, task: Task) -> Text:
        return Text(task.description, no_wrap=True, overflow="ellipsis")


class _AmountColumn(ProgressColumn):
    """`1,200/45,000 documents`."""

    def render(self, task: Task) -> Text:
        total = "" if task.total is None else f"/{task.total:,.0f}"
        return Text(f"{task.completed:,.0f}{total} {task.fields['unit']}")


class _RateColumn(ProgressColumn):
    """`4,958/s`, over the whole phase when it is complete."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")

"""What does an operation cost in the process, by a plan and by Strawberry alone?"""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "execution"))

import orjson
import uvloop
from catalog import catalog
from common import parser, report, table
from memory_source import InMemory
from strawberry.types import ExecutionResult
from workloads import Workload, workloads

from gateway.execution.executor import PlannedExecution
from gateway.execution.operations import Operations
from gateway.parameters import Parameters
from resolvers.context import Context, PageSizes
from resolvers.deadline import Deadline
from schema.sdl import graph

MOST_SECONDS = 10.0
Ask = Callable[[Workload], Awaitable[bytes]]
QUESTION = "What does an operation cost in the process, by a plan and by Strawberry alone?"
EXPLANATION = """\
From the event loop to the bytes of the answer, one operation at a time, on a source that has everything in memory and
no cache: the workloads of [execution.py](execution/execution.py) without HTTP. Strawberry has the same types, resolvers
and loaders, and is given each document as if it had not seen it, as it has no memory of documents by itself. The ways
take turns. Times are of the processor, medians of the runs; ratios are those of each run, with the lowest and
highest."""


class Ways:
    """The two ways to an answer."""

    def __init__(self, source: InMemory) -> None:
        self._source = source
        self._operations, self._plain = Operations(graph(PlannedExecution)), graph()

    def _context(self) -> Context:
        return Context(self._source, PageSizes(), Deadline(MOST_SECONDS))

    async def planned(self, asked: Workload) -> bytes:
        """As the gateway answers."""
        prepared = self._operations(Parameters(asked.document, None, dict(asked.variables)), only_reads=False)
        executed = prepared.execute(self._context())
        return _encoded(await executed if isinstance(executed, Awaitable) else executed)

    async def plain(self, asked: Workload) -> bytes:
        """As Strawberry does by itself."""
        # A comment that is another one each time makes it another document.
        document = f"{asked.document} # {perf_counter()}"
        return _encoded(await self._plain.execute(document, dict(asked.variables), self._context()))


def _encoded(result: Any) -> bytes:
    if not isinstance(result, ExecutionResult) or result.errors:
        raise RuntimeError(f"this is no answer: {result}")
    return orjson.dumps({"data": result.data})


async def milliseconds(ask: Ask, asked: Workload, times: int) -> float:
    """Processor time, which says more than the clock's where others use the machine."""
    started = process_time()
    for _ in range(times):
        await ask(asked)
    return 1_000 * (process_time() - started) / times


async def measure(runs: int, times: int) -> list[list[str]]:
    """One row a workload."""
    given = catalog()
    ways = Ways(InMemory(given))
    rows = []
    for asked in workloads(given):
        answers = [await ways.planned(asked), await ways.planned(asked), await ways.plain(asked)]
        if len({orjson.dumps(orjson.loads(one)) for one in answers}) > 1:
            raise RuntimeError(f"{asked.name} is answered in two ways")
        planned, plain = [], []
        for _ in range(runs):
            planned.append(await milliseconds(ways.planned, asked, times))
            plain.append(await milliseconds(ways.plain, asked, max(1, times // 10)))
        ratios = sorted(one / other for one, other in zip(plain, planned, strict=True))
        shown = f"{median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})"
        rows.append([f"{asked.name}: {asked.shown}", f"{median(planned):.2f}", f"{median(plain):.2f}", shown])
    return rows


def main() -> None:
    made = parser(QUESTION, runs=7)
    made.add_argument("--times", type=int, default=100, help="answers by plans in a run (%(default)s)")
    asked = made.parse_args()
    rows = uvloop.run(measure(asked.runs, asked.times))
    header = ["operation", "by a plan, ms", "Strawberry, ms", "times as fast"]
    report(__file__, QUESTION, [table(header, rows), EXPLANATION], write=asked.write)


if __name__ == "__main__":
    main()

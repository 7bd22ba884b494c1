"""A load of queries on a gateway whose right answers are known, which tells honest answers from wrong ones."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from tests.support.asking import Asking

HONEST_CODES = {"SOURCE_UNAVAILABLE", "DEADLINE_EXCEEDED", "SOURCE_ERROR"}
PATIENCE_SECONDS = 60
META = "meta { degraded reasons }"
QUERIES = [
    f'{{ searchJobs(query: "developer", mode: LEXICAL, first: 5) {{ totalCount nodes {{ id title }} {META} }} }}',
    f'{{ searchJobs(query: "logo", first: 5) {{ nodes {{ id client {{ name }} skills {{ id name }} }} {META} }} }}',
    f"{{ searchTalent(sort: RATE_DESC, first: 5) {{ nodes {{ id title occupation {{ name }} }} {META} }} }}",
    f'{{ searchTalent(query: "python", mode: SEMANTIC, first: 3) {{ nodes {{ id }} {META} }} }}',
    '{ skill(id: "skill_nobody") { id } none: node(id: "job_nobody") { id } }',
]
Answer = dict[str, Any]


class Load:
    """Workers that ask one query after the other, and compare each answer with what it was when all was well."""

    def __init__(self, gateway: Asking, expected: dict[str, Answer]) -> None:
        self._gateway, self._expected = gateway, expected
        self.seen: Counter[str] = Counter()
        self.wrong: list[tuple[str, Answer]] = []

    async def ask(self, query: str) -> str:
        """Ask once; what kind of answer it was: right, degraded, failed or wrong."""
        answer = await self._gateway.answer(query)
        kind = judged(self._expected[query], answer)
        self.seen[kind] += 1
        if kind == "wrong":
            self.wrong.append((query, answer))
        return kind

    async def work(self, number: int) -> None:
        for query in islice(cycle(self._expected), number, None):
            await self.ask(query)
            await asyncio.sleep(0.002)

    async def until(self, kind: str, count: int) -> None:
        """Wait for so many more answers of the kind."""
        aim = self.seen[kind] + count
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.seen[kind] < aim:
                await asyncio.sleep(0.01)

    async def until_well(self) -> None:
        """Wait until every query is answered right, one after the other."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while (kinds := [await self.ask(query) for query in self._expected]) != ["right"] * len(self._expected):
            assert asyncio.get_running_loop().time() < deadline, (kinds, self.seen, self.wrong[-3:])
            await asyncio.sleep(0.05)


async def in_order(gateway: Asking, query: str) -> Answer:
    """The answer when all is well. The first one of a process may take longer than its deadline lets it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "errors" in (answer := await gateway.answer(query)):
            await asyncio.sleep(0.05)
    return answer


def judged(expected: Answer, answer: Answer) -> str:
    """Whether an answer is right, says that it is degraded, says what failed, or is wrong."""
    errors = answer.get("errors", [])
    if any(error.get("extensions", {}).get("code") not in HONEST_CODES for error in errors):
        return "wrong"
    failed = [tuple(error["path"]) for error in errors]
    parts = answer.get("data") or {}
    degraded = {name: part for name, part in parts.items() if says_degraded(part)}
    if not all(explained(part, failed, (name,)) for name, part in degraded.items()):
        return "wrong"
    # Other hits than when all is well may be in a part that says so; the parts beside it have no such excuse.
    if not agrees(without(degraded, expected["data"]), without(degraded, answer.get("data")), failed, ()):
        return "wrong"
    return "failed" if failed else "degraded" if degraded else "right"


def says_degraded(part: Any) -> bool:
    return isinstance(part, dict) and "meta" in part and bool(part["meta"]["degraded"])


def without(names: Collection[str], data: Answer | None) -> Answer | None:
    return data and {name: part for name, part in data.items() if name not in names}


def explained(found: Any, failed: Sequence[tuple[Any, ...]], path: tuple[Any, ...]) -> bool:
    """Whether an error explains every null in what was found."""
    if found is None:
        return any(error[: len(path)] == path for error in failed)
    inner = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return all(explained(one, failed, (*path, name)) for name, one in inner)


def agrees(expected: Any, found: Any, failed: Sequence[tuple[Any, ...]], path: tuple[Any, ...]) -> bool:
    """Whether what was found is what was expected, but for nulls that an error below explains."""
    if found is None and expected is not None:
        return explained(found, failed, path)
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(
            agrees(expected[name], found[name], failed, (*path, name)) for name in expected
        )
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(
            agrees(one, other, failed, (*path, at)) for at, (one, other) in enumerate(zip(expected, found, strict=True))
        )
    return bool(expected == found)


@asynccontextmanager
async def load_on(gateway: Asking, workers: int = 4) -> AsyncIterator[Load]:
    """A load that begins with everything in order, and goes on until the block ends."""
    load = Load(gateway, {query: await in_order(gateway, query) for query in QUERIES})
    running = [asyncio.create_task(load.work(number)) for number in range(workers)]
    try:
        await load.until("right", 20)
        yield load
    finally:
        for worker in running:
            worker.cancel()
        ended = await asyncio.gather(*running, return_exceptions=True)
    assert [one for one in ended if not isinstance(one, asyncio.CancelledError)] == []


def open_sockets() -> int:
    """How many sockets this process has open. Needs Linux."""
    return sum(link.is_symlink() and str(link.readlink()).startswith("socket:") for link in fds())


def fds() -> list[Path]:
    return list(Path("/proc/self/fd").iterdir())

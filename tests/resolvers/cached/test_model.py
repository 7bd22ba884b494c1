"""Whatever happens, and in whatever order: an answer is one that the engine would have given not too long ago.

Two processes with a cache each, the shared one between them, and an engine whose documents change. What they answer is
compared with the history of the documents. Time goes on only where a step says so.
"""

import asyncio
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from resolvers.errors import SourceError, SourceUnavailable
from resolvers.sources.base import Degradation
from resolvers.sources.cached.source import CachedSource
from tests.resolvers.cached.conftest import LIFETIMES
from tests.support.caching import (
    FakeEngine,
    FakeRemote,
    Time,
    fetch,
    find,
    search_for,
    settled,
    skill_ref,
    turns,
    version_of,
)

NAMES = ["a", "b"]
SEARCH = search_for("x", count=True)
PROCESS = st.integers(0, 1)
NAME = st.sampled_from(NAMES)
STATE = dict[str, int]
DOWN = SourceUnavailable("it is down")


class Cache(RuleBasedStateMachine):
    """The steps, and what has to be true of their answers."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.time = Time()
        self.remote = FakeRemote(self.time)
        self.version = 1
        self.history: list[tuple[float, STATE]] = []
        self.told_at: dict[str, int] = {}
        self.held: list[tuple[asyncio.Task[list[Any]], int, str]] = []

    @initialize(local_bytes=st.sampled_from([0, 1_000, 1_000_000]))
    def open(self, local_bytes: int) -> None:
        async def opened() -> None:
            self.engine = FakeEngine("a")
            self.processes = [
                CachedSource(
                    self.engine,
                    remote=self.remote,
                    local_bytes=local_bytes,
                    lifetimes=LIFETIMES,
                    clock=self.time.clock,
                    retry_seconds=0,
                )
                for _ in range(2)
            ]
            for process in self.processes:
                await process.start()

        self.runner.run(opened())
        self.history.append((self.time.now, {"a": 1}))

    def teardown(self) -> None:
        async def closed() -> None:
            self.engine.gate.set()
            for process in self.processes:
                await process.close()
            await asyncio.gather(*(task for task, _, _ in self.held), return_exceptions=True)
            assert asyncio.all_tasks() == {asyncio.current_task()}

        self.runner.run(closed())
        self.runner.close()

    # What an engine may have answered.

    def states_since(self, seconds: float, at_least: int = 0) -> list[STATE]:
        """The states that were there at some time in the last so many seconds, from the numbered one on."""
        oldest = self.time.now - seconds
        ended = [began for began, _ in self.history[1:]] + [float("inf")]
        return [
            state
            for number, ((_, state), end) in enumerate(zip(self.history, ended, strict=True))
            if end > oldest and number >= at_least
        ]

    def expect_document(self, name: str, answer: Any, at_least: int) -> None:
        if isinstance(answer, SourceError):
            assert self.engine.error is not None
            return
        seconds = LIFETIMES.missing if answer is None else LIFETIMES.document
        assert answer in [state.get(name) for state in self.states_since(seconds, at_least)]

    # The steps.

    @rule(process=PROCESS, names=st.lists(NAME, min_size=1, max_size=2))
    def fetch(self, process: int, names: list[str]) -> None:
        if self.held:
            return
        found = self.runner.run(fetch(self.processes[process], *names))
        for name, answer in zip(names, found, strict=True):
            self.expect_document(name, answer, self.told_at.get(name, 0))

    @rule(process=PROCESS)
    def find(self, process: int) -> None:
        if self.held:
            return
        found = self.runner.run(find(self.processes[process], SEARCH))
        if isinstance(found, SourceError):
            assert self.engine.error is not None
            return
        stale = Degradation.STALE in found.degraded
        assert not stale or self.engine.error is not None
        more = LIFETIMES.stale if stale else 0
        told = 0 if stale else max(self.told_at.values(), default=0)
        states = self.states_since(LIFETIMES.search + (more or LIFETIMES.revalidate), told)
        names = [hit.document.ref.id.removeprefix("skill_") for hit in found.hits]
        assert names in [sorted(state) for state in states]
        assert found.total == len(names)
        for name, hit in zip(names, found.hits, strict=True):
            about = self.states_since(LIFETIMES.document + more, 0 if stale else self.told_at.get(name, 0))
            assert version_of(hit.document) in [state.get(name) for state in about]

    @precondition(lambda self: self.engine.error is None and not self.remote.full and self.remote.broken is None)
    @rule(process=PROCESS, name=NAME)
    def begin_to_fetch(self, process: int, name: str) -> None:
        """Somebody asks, and the engine has read what it will answer, but not answered yet."""
        if not self.held:
            # So long after everything before that nothing of it is given any more.
            self.wait(LIFETIMES.document)

        async def begun() -> None:
            self.engine.gate.clear()
            task = asyncio.create_task(fetch(self.processes[process], name))
            await turns()
            self.held.append((task, self.told_at.get(name, 0), name))

        self.runner.run(begun())

    @rule()
    def let_the_engine_answer(self) -> None:
        async def answered() -> None:
            self.engine.gate.set()
            await settled(*self.processes)
            for task, told, name in self.held:
                [answer] = await task
                self.expect_document(name, answer, told)

        self.runner.run(answered())
        self.held.clear()

    @rule(name=NAME, deleted=st.booleans(), tells=st.one_of(st.none(), PROCESS))
    def change(self, name: str, deleted: bool, tells: int | None) -> None:
        self.version += 1
        state = {known: version for known, version in self.history[-1][1].items() if known != name}
        if deleted:
            self.engine.documents.pop(skill_ref(name), None)
        else:
            self.engine.change(name, self.version)
            state[name] = self.version
        self.history.append((self.time.now, state))
        if tells is not None and self.runner.run(self.processes[tells].invalidate([skill_ref(name)])):
            self.told_at[name] = len(self.history) - 1
        self.runner.run(settled_unless(self.held, *self.processes))

    @precondition(lambda self: self.engine.error is None and not self.remote.full and self.remote.broken is None)
    @rule(process=PROCESS, name=NAME, deleted=st.booleans(), tells=st.one_of(st.none(), PROCESS), again=st.booleans())
    def change_while_somebody_asks(
        self, process: int, name: str, deleted: bool, tells: int | None, again: bool
    ) -> None:
        self.begin_to_fetch(process, name)
        self.change(name, deleted, tells)
        if again:
            self.begin_to_fetch(process, name)
        self.let_the_engine_answer()
        self.fetch(1 - process, [name])

    @precondition(lambda self: not self.held)
    @rule(seconds=st.sampled_from([0.5, 1.0, 4.0, 5.5, 11.0, 31.0, 50.0, 61.0, 250.0]))
    def wait(self, seconds: float) -> None:
        # What is under way takes no longer than a call of the shared cache may, which is nothing beside these times.
        self.runner.run(settled(*self.processes))
        self.time.now += seconds

    @precondition(lambda self: not self.held)
    @rule(how=st.sampled_from(["broken", "full", "mended"]))
    def trouble_with_the_shared_cache(self, how: str) -> None:
        self.remote.broken = "connection" if how == "broken" else None
        self.remote.full = how == "full"
        self.runner.run(turns())

    @rule()
    def cut_the_subscriptions_off(self) -> None:
        self.remote.cut_off()
        self.runner.run(turns())

    @rule(which=st.integers(0, 20))
    def evict(self, which: int) -> None:
        """The shared cache forgets something, but not a mark, which is younger and smaller than anything else."""
        keys = [key for key, (value, _) in self.remote.values.items() if len(value) > 8]
        for key in keys[which : which + 1]:
            del self.remote.values[key]

    @precondition(lambda self: not self.held)
    @rule(down=st.booleans())
    def engine_goes_down_or_up(self, down: bool) -> None:
        self.engine.error = DOWN if down else None

    @precondition(lambda self: not self.held)
    @rule()
    def everything_settles(self) -> None:
        self.runner.run(settled(*self.processes))


async def settled_unless(held: list[Any], *processes: CachedSource) -> None:
    """What is published is heard; nothing is waited for that is held back."""
    await (turns() if held else settled(*processes))


Cache.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestCache = Cache.TestCase

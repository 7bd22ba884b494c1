"""What do identity, cost and budgets add to an operation?"""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import process_time, time
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "execution"))

import jwt
import uvloop
from catalog import catalog
from common import parser, report, table
from cryptography.hazmat.primitives.asymmetric import ec
from memory_source import InMemory
from workloads import Workload, workloads

from gateway.caching.policies import Policies
from gateway.execution.executor import PlannedExecution
from gateway.execution.operations import Operations
from gateway.execution.rules import NO_RULES, Rules
from gateway.head import Head
from gateway.identity.authentication import TOKEN_HEADER, Authentication
from gateway.identity.claims import ClaimNames
from gateway.identity.keys import OneKey
from gateway.identity.tokens import Demands, Tokens
from gateway.limits.building import build_doorkeeper, limited
from gateway.limits.visits import Doorkeeper
from gateway.parameters import Parameters
from gateway.settings import Settings
from resolvers.context import Context, PageSizes
from schema.sdl import graph

QUESTION = "What do identity, cost and budgets add to an operation?"
ENOUGH = 1_000_000_000
SETTINGS = Settings(rate_anonymous=ENOUGH, rate_authenticated=ENOUGH)
Step = Callable[[], Any]
EXPLANATION = """\
Processor time of one request after another in one process, medians of the runs; the shares are of the answer to the
same operation (S1 of [execution.py](execution/execution.py): 20 jobs with clients and skills) from a source that has
everything in memory, which is the least that an answer takes. Every step is the one of the gateway: what finds out the
viewer by the headers, estimates the cost for the variables, compares it, takes it of a budget in this process, and
makes the headers that tell of it. Tokens are by ES256. One that comes again is remembered until it expires; "checked
anew" is the first time. What a document costs the first time is done once for all that follow, and beside it stands
what it takes to parse and validate the same document."""


class Bench:
    """The steps, each ready to be measured."""

    def __init__(self, asked: Workload, source: InMemory) -> None:
        self._asked = Parameters(asked.document, None, dict(asked.variables))
        self._source, self._schema, self._key = source, graph(PlannedExecution), ec.generate_private_key(ec.SECP256R1())
        self.keeper = build_doorkeeper(SETTINGS, Authentication(tokens=self._tokens()), self._schema.core, None)
        self._rules = limited(NO_RULES, SETTINGS, self.keeper.prices, Policies(self._schema.core))
        self._operations = Operations(self._schema, self._rules)
        self._bound = self._operations(self._asked, only_reads=True)
        claims = {"sub": "user-1", "scope": "a b", "exp": int(time()) + 86_400}
        token = jwt.encode(claims, self._key, "ES256")
        self._nobody = Head("POST", b"", {}, "203.0.113.1")
        self._known = Head("POST", b"", {TOKEN_HEADER: f"Bearer {token}"}, "203.0.113.1")

    def _tokens(self) -> Tokens:
        return Tokens(OneKey(self._key.public_key()), Demands(("ES256",)), ClaimNames().viewer)

    async def answer(self) -> None:
        executed = self._bound.execute(Context(self._source, PageSizes()))
        if isinstance(executed, Awaitable):
            await executed

    def nobody(self) -> None:
        self._visit(self.keeper, self._nobody)

    def known(self) -> None:
        self._visit(self.keeper, self._known)

    def checked(self) -> None:
        keeper = self.keeper
        anew = Authentication(tokens=self._tokens())
        self._visit(Doorkeeper(anew, keeper.prices, keeper.rates, keeper.addresses), self._known)

    def prepared(self, rules: Rules) -> None:
        Operations(self._schema, rules)(self._asked, only_reads=True)

    def _visit(self, keeper: Doorkeeper, head: Head) -> None:
        visit = keeper(head)
        visit.charge([self._bound])
        visit.headers()

    def steps(self) -> dict[str, Step]:
        return {
            "nobody in particular": self.nobody,
            "a known viewer, the token remembered": self.known,
            "a known viewer, the token checked anew": self.checked,
            "a new document, parsed and validated": lambda: self.prepared(NO_RULES),
            "the same with limits, cost and hints": lambda: self.prepared(self._rules),
        }


def microseconds(step: Step, times: int) -> float:
    started = process_time()
    for _ in range(times):
        step()
    return 1e6 * (process_time() - started) / times


async def answer_microseconds(bench: Bench, times: int) -> float:
    started = process_time()
    for _ in range(times):
        await bench.answer()
    return 1e6 * (process_time() - started) / times


async def measure(runs: int, times: int) -> list[list[str]]:
    """One row a step."""
    given = catalog()
    bench = Bench(workloads(given)[0], InMemory(given))
    steps = bench.steps()
    measured: dict[str, list[float]] = {name: [] for name in steps}
    answers = []
    for _ in range(runs):
        answers.append(await answer_microseconds(bench, times // 10))
        for name, step in steps.items():
            measured[name].append(microseconds(step, times if "document" not in name else times // 20))
    rows = [["the answer itself", f"{median(answers):,.0f}", "100 %"]]
    for name, found in measured.items():
        share = median(one / answer for one, answer in zip(found, answers, strict=True))
        rows.append([name, f"{median(found):,.1f}", f"{100 * share:.1f} %"])
    return rows


def main() -> None:
    made = parser(QUESTION, runs=7)
    made.add_argument("--times", type=int, default=1_000, help="requests in a run (%(default)s)")
    asked = made.parse_args()
    rows = uvloop.run(measure(asked.runs, asked.times))
    sections = [table(["what", "µs", "of the answer"], rows), EXPLANATION]
    report(__file__, QUESTION, sections, write=asked.write)


if __name__ == "__main__":
    main()

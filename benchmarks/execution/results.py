"""The tables of the results."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from common import spread, table
from load import Sample
from servers import FLOOR, GATEWAY, JIT, MERCURIUS, PLAIN, Server
from workloads import Workload

Samples = Mapping[str, Mapping[str, Sequence[Sample]]]
"""What was measured, by workload and server; samples with one number are of one run."""
HEADER = ["server", "requests/s", "÷ Mercurius with graphql-jit", "processor ms a request", "p50 ms", "p99 ms"]


class Goal(NamedTuple):
    """How many times as fast as another server the gateway has to be in a workload."""

    workload: str
    other: str
    shown: str
    times: float


GOALS = (
    Goal("S1", JIT, "Mercurius with graphql-jit", 1.5),
    Goal("S1", PLAIN.name, PLAIN.shown, 20),
    Goal("S1", FLOOR.name, "the floor", 0.5),
    Goal("S2", JIT, "Mercurius with graphql-jit", 1.2),
    Goal("S3", JIT, "Mercurius with graphql-jit", 1.5),
    Goal("S4", JIT, "Mercurius with graphql-jit", 1.5),
)


def goals(samples: Samples) -> str:
    """Whether the gateway is as fast as it has to be."""
    rows = [
        [f"{one.workload}: requests/s ÷ {one.shown}'s", *_judged(rates(samples, one.workload, one.other), one.times)]
        for one in GOALS
        if one.other in samples.get(one.workload, {})
    ]
    rows += [
        [f"{name}: p99 ÷ Mercurius'", *_judged(_slowness(of), 1, at_least=False)]
        for name, of in samples.items()
        if MERCURIUS in of
    ]
    return table(["the gateway", "measured", "goal", "reached"], rows)


def _judged(ratios: Sequence[float], goal: float, *, at_least: bool = True) -> list[str]:
    reached = median(ratios) >= goal if at_least else median(ratios) <= goal
    return [spread(ratios, ".2f"), f"{'≥' if at_least else '≤'} {goal:g}", "yes" if reached else "no"]


def rates(samples: Samples, workload: str, other: str, server: str = GATEWAY.name) -> list[float]:
    """The server's requests a second by the other's, run by run."""
    of = samples[workload]
    return [one.rate / base.rate for one, base in zip(of[server], of[other], strict=True)]


def _slowness(of: Mapping[str, Sequence[Sample]]) -> list[float]:
    pairs = zip(of[GATEWAY.name], of[MERCURIUS], strict=True)
    return [one.milliseconds(0.99) / base.milliseconds(0.99) for one, base in pairs]


def section(workload: Workload, answer: bytes, servers: Sequence[Server], samples: Samples) -> str:
    """A workload, and what every server made of it."""
    title = f"## {workload.name}: {workload.shown} ({len(answer):,} bytes)"
    rows = (_row(server, workload.name, samples) for server in servers)
    return f"{title}\n\n{table(HEADER, rows)}"


def _row(server: Server, workload: str, samples: Samples) -> list[str]:
    own = samples[workload][server.name]
    by_jit = rates(samples, workload, JIT, server.name) if JIT in samples[workload] else []
    return [
        server.shown,
        spread([one.rate for one in own]),
        spread(by_jit, ".2f") if by_jit else "not measured",
        f"{median(one.processor_milliseconds for one in own):.3f}",
        *(f"{median(one.milliseconds(share) for one in own):,.2f}" for share in (0.5, 0.99)),
    ]

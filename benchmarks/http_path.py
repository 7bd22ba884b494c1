"""What does the HTTP path cost around an operation?"""

import sys
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import orjson
from common import REPOSITORY, interleaved, parser, report, spread, table, tell
from load import Pinned, Sample, ask, measure, pinned, request

ANSWER_BYTES = 19_000
CLIENTS = 8
DOCUMENT = (
    "query Search($text: String!, $first: Int!) { searchJobs(query: $text, first: $first) { totalCount nodes { id "
    "title description contractType experienceLevel duration workload publishedAt status proposalCount timezone "
    "client { id name country rating reviewCount paymentVerified } skills { id name kind } } } }"
)
SHOWN = {
    "starlette": "Starlette with ready bytes (the floor)",
    "bare": "uvicorn alone",
    "gateway_at_once": "the gateway, executed at once",
    "gateway_waiting": "the gateway, executed after a turn of the loop",
    "usual": "as the gateway had it: Starlette's request, response and routing, two tasks",
}
FLOOR = "starlette"
QUESTION = "What does the HTTP path cost around an operation?"
HEADER = [
    "what answers",
    "requests/s",
    "÷ the floor's",
    "processor µs a request",
    "p50 ms",
    "p99 ms",
    "load's core busy",
]
EXPLANATION = f"""\
Every server gives the same {ANSWER_BYTES:,} bytes of JSON to the same request, a document of {len(DOCUMENT)} characters
with variables. uvicorn runs all of them, with the gateway's options (uvloop, httptools, no access log), on one core;
{CLIENTS} kept-alive connections ask from the other one. What is measured of the gateway is everything but the
execution: reading headers and body, what is accepted, who asks and how long it may take, the operation's context,
whether the client has hung up, and the response. The last row does the same by Starlette's means, as the gateway did.
Servers take turns; "÷ the floor's" is of each run by itself, and quantiles are medians over the runs."""


def measured(seconds: float, runs: int) -> dict[str, list[Sample]]:
    """So many samples of every server, one server after the other."""
    sent = request("/graphql", orjson.dumps({"query": DOCUMENT, "variables": {"text": "web shop", "first": 20}}))
    answer = b'{"data":{"text":"' + b"x" * (ANSWER_BYTES - 20) + b'"}}'
    samples: dict[str, list[Sample]] = {name: [] for name in SHOWN}

    def sample(name: str) -> float:
        samples[name].append(measure(servers[name], sent, CLIENTS, seconds))
        return samples[name][-1].rate

    with TemporaryDirectory() as folder, ExitStack() as running:
        file = Path(folder, "answer.json")
        file.write_bytes(answer)
        servers: dict[str, Pinned] = {name: running.enter_context(served(name, file)) for name in SHOWN}
        for name, server in servers.items():
            if ask(server, sent).body != answer:
                raise RuntimeError(f"{name} gives another answer")
            measure(server, sent, CLIENTS, seconds / 2)
        tell("everything is warm")
        interleaved({name: lambda name=name: sample(name) for name in SHOWN}, runs)  # type: ignore[misc]
    return samples


def served(name: str, answer: Path) -> AbstractContextManager[Pinned]:
    script = Path(__file__).with_name("endpoints.py")
    return pinned([sys.executable, str(script), name, str(answer)], {"PYTHONPATH": str(REPOSITORY)})


def row(name: str, samples: dict[str, list[Sample]]) -> list[str]:
    own = samples[name]
    return [
        SHOWN[name],
        spread([one.rate for one in own]),
        spread([one.rate / floor.rate for one, floor in zip(own, samples[FLOOR], strict=True)], ".2f"),
        f"{median(1_000 * one.processor_milliseconds for one in own):.0f}",
        *(f"{median(one.milliseconds(share) for one in own):.2f}" for share in (0.5, 0.99)),
        f"{max(one.own_share for one in own):.0%}",
    ]


def main() -> None:
    made = parser(QUESTION, runs=5)
    made.add_argument("--seconds", type=float, default=2.0, help="how long a server is asked in a run (%(default)s)")
    asked = made.parse_args()
    samples = measured(asked.seconds, asked.runs)
    report(__file__, QUESTION, [table(HEADER, (row(name, samples) for name in SHOWN)), EXPLANATION], write=asked.write)


if __name__ == "__main__":
    main()

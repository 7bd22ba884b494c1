"""What does a gateway bear when 64 clients ask at the same time, on either engine?"""

import http.client
import random
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import orjson
from clusters import load, opensearch, settings
from common import Size, Workshop, parser, quantile, report, size, table, tell, workshop
from gateway_overhead import QUESTIONS
from search_latency import texts
from serving import KeepAlive, Serving, serving

DOCUMENT = QUESTIONS[-1].document
CLIENTS = 64
REPEATED = 4
ENGINE_CALLS = re.compile(r'^discovery_cache_engine_call_total\{about="\w+"\} (\S+)$', re.MULTILINE)
EMBEDDED, OPENSEARCH = "embedded", "OpenSearch"
COLD, WARM = "each query once, nothing cached", f"each query {REPEATED} times, cached"
# It is the cache that counts calls of the engine: one without room counts, and remembers nothing.
SETTINGS = {COLD: {"GATEWAY_CACHE_BYTES": "1"}, WARM: dict[str, str]()}


class Round(NamedTuple):
    """All queries asked once by so many clients."""

    seconds: float
    each: list[float]
    engine_calls: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.each) / self.seconds


def engine_calls(served: Serving) -> float:
    """How often this process has called its engine until now."""
    connection = http.client.HTTPConnection(served.host, served.port, timeout=60)
    with closing(connection):
        connection.request("GET", "/metrics")
        said = connection.getresponse().read().decode()
    return sum(map(float, ENGINE_CALLS.findall(said)))


class Crowd:
    """Clients of a gateway, each with a connection of its own that is kept."""

    def __init__(self, served: Serving, clients: int) -> None:
        self._served, self._clients = served, clients
        self._local, self._opened = threading.local(), list[KeepAlive]()

    def round(self, asked: list[str]) -> Round:
        """Ask everything once, as soon as a client is free."""
        before, started = engine_calls(self._served), perf_counter()
        with ThreadPoolExecutor(self._clients) as threads:
            each = list(threads.map(self._ask, asked))
        taken = perf_counter() - started
        for client in self._opened:
            client.close()
        self._opened.clear()
        return Round(taken, each, engine_calls(self._served) - before)

    def _ask(self, text: str) -> float:
        client: KeepAlive | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = KeepAlive(self._served.address)
            self._opened.append(client)
        body = orjson.dumps({"query": DOCUMENT, "variables": {"text": text}})
        started = perf_counter()
        answer = client.post("/graphql", body)
        if "errors" in answer:
            raise RuntimeError(f"the gateway answered {text!r} with {answer['errors']}")
        return perf_counter() - started


Key = tuple[str, str, int]
"""An engine, what is asked, and of how many clients."""


@contextmanager
def gateways(shop: Workshop, wanted: Size) -> Iterator[dict[tuple[str, str], Serving]]:
    """A gateway for each engine and load. Those that are not asked do nothing, but for a look at the index."""
    with opensearch() as server, TemporaryDirectory() as empty, ExitStack() as running:
        load(server, shop.catalog(wanted))
        engines: dict[str, tuple[Path, dict[str, str]]] = {
            EMBEDDED: (shop.index(wanted), {}),
            OPENSEARCH: (Path(empty), settings(server)),
        }
        yield {
            (engine, what): running.enter_context(serving(data_dir, {**where, **SETTINGS[what]}))
            for engine, (data_dir, where) in engines.items()
            for what in SETTINGS
        }


def measure(served: dict[tuple[str, str], Serving], asked: list[str], runs: int) -> dict[Key, list[Round]]:
    """A round of every engine, load and number of clients in turn, after one that is not counted."""
    draw = random.Random(7)
    measured: dict[Key, list[Round]] = {}
    for run in range(runs + 1):
        for (engine, what), gateway in served.items():
            for clients in (1, CLIENTS):
                mixed = asked * (REPEATED if what == WARM else 1)
                draw.shuffle(mixed)
                found = Crowd(gateway, clients).round(mixed)
                if run:
                    measured.setdefault((engine, what, clients), []).append(found)
        tell(f"run {run} of {runs} is done" if run else "everything is warm")
    return measured


def rows(measured: dict[Key, list[Round]]) -> list[list[str]]:
    """One row an engine, load and number of clients."""
    made = []
    for (engine, what, clients), rounds in measured.items():
        rate = rate_of(rounds)
        made.append(
            [
                what,
                engine,
                str(clients),
                f"{rate:,.0f}",
                *(f"{1_000 * median(quantile(one.each, share) for one in rounds):,.1f}" for share in (0.5, 0.99)),
                f"{median(one.engine_calls / len(one.each) for one in rounds):.2f}",
                f"{rate / rate_of(measured[engine, what, 1]):.2f}",
                f"{rate / rate_of(measured[EMBEDDED, what, clients]):.2f}",
            ]
        )
    return made


def rate_of(rounds: list[Round]) -> float:
    return median(one.rate for one in rounds)


QUESTION = f"What does a gateway bear when {CLIENTS} clients ask at the same time, on either engine?"
HEADER = [
    "what is asked",
    "engine",
    "clients",
    "requests/s",
    "p50 ms",
    "p99 ms",
    "engine calls a request",
    "requests/s ÷ one client",
    "requests/s ÷ embedded",
]
EXPLANATION = """\
Each request is 20 jobs by words and meaning, with client and skills. The gateway is one process
(`python -m gateway serve`), and the clients are threads of another one on the same machine, each with a kept-alive
connection; what they and OpenSearch take of the cores is missing to the gateway. A request without a cache calls its
engine twice: for the search, and for clients and skills. "Cached" is with the default settings, without Redis. Calls
are those that `/metrics` counts. Engines, loads and numbers of clients take turns; medians over the runs."""


def main() -> None:
    made = parser(QUESTION, runs=2)
    made.add_argument("--size", type=size, default=Size(4_000, 8_000), help="JOBS+TALENT of the demo (%(default)s)")
    made.add_argument("--queries", type=int, default=200, help="how many distinct texts are asked (%(default)s)")
    asked = made.parse_args()
    with workshop(asked.keep) as shop:
        wanted = texts(shop.catalog(asked.size), asked.queries)
        with gateways(shop, asked.size) as served:
            measured = measure(served, wanted, asked.runs)
    asking = f"{asked.queries} distinct texts out of titles and skills, {asked.runs} runs; demo of {asked.size.shown}."
    report(__file__, QUESTION, [table(HEADER, rows(measured)), EXPLANATION, asking], write=asked.write)


if __name__ == "__main__":
    main()

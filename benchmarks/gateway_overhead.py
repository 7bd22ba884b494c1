"""What does the gateway add to a bare search of OpenSearch, with nothing cached?"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
from caching import neighbours
from clusters import PREFIX, catalog_of, load, opensearch, options, settings
from common import parser, quantile, report, size, table, tell, workshop
from relay import relaying
from search_latency import texts
from serving import JSON, KeepAlive, serving

from gateway.embedders import embedder
from resolvers.catalog.kind import Kind
from resolvers.sources.base import Call, RetrievalMode, SearchRequest, SearchResult
from resolvers.sources.opensearch.connection import Cluster, ClusterOptions
from resolvers.sources.opensearch.responses import PAGE_PARTS
from resolvers.sources.opensearch.source import OpenSearchSource

PAGE = 20
WARMING_SECONDS = 10
"""Java compiles what is asked often, so the first requests are of another server."""
FACTS = "id title status experienceLevel publishedAt proposalCount budget { amount currency }"
NEIGHBOURS = "client { name rating paymentVerified } skills { id name }"
DOCUMENT = (
    "query ($text: String!) {{ searchJobs(query: $text, mode: {mode}, first: {page}) {{ nodes {{ {facts} }} }} }}"
)
LINES = "application/x-ndjson"
Ask = Callable[[str], object]


class Question(NamedTuple):
    """What is asked of the gateway."""

    shown: str
    mode: RetrievalMode
    joined: bool

    @property
    def document(self) -> str:
        facts = f"{FACTS} {NEIGHBOURS}" if self.joined else FACTS
        return DOCUMENT.format(mode=self.mode, page=PAGE, facts=facts)


QUESTIONS = (
    Question(f"{PAGE} jobs by words", RetrievalMode.LEXICAL, joined=False),
    Question(f"{PAGE} jobs by words, with client and skills", RetrievalMode.LEXICAL, joined=True),
    Question(f"{PAGE} jobs by words and meaning, with client and skills", RetrievalMode.HYBRID, joined=True),
)


class Sent(NamedTuple):
    """A request to OpenSearch."""

    path: str
    body: bytes
    content_type: str = JSON

    @staticmethod
    def of(path: str, body: bytes, params: Mapping[str, str]) -> "Sent":
        """A request as the gateway sends it; a multi-search of one search as the bare search that it is."""
        lines = body.splitlines()
        if path != "/_msearch" or len(lines) > 2:
            return Sent(f"{path}?{urlencode(params)}", body, LINES if path == "/_msearch" else JSON)
        header: dict[str, str] = orjson.loads(lines[0])
        index = header.pop("index")
        return Sent(f"/{index}/_search?{urlencode(header | {'filter_path': PAGE_PARTS})}", lines[1])


class Recording(Cluster):
    """Asks, and keeps what it has asked."""

    def __init__(self, options: ClusterOptions) -> None:
        super().__init__(options)
        self.sent: list[Sent] = []

    async def ask(
        self, method: str, path: str, body: bytes | None = None, *, call: Call, params: Mapping[str, str] | None = None
    ) -> bytes:
        self.sent.append(Sent.of(path, body or b"", params or {}))
        return await super().ask(method, path, body, call=call, params=params)


async def requests_of(where: ClusterOptions, asked: Iterable[str]) -> dict[tuple[Question, str], list[Sent]]:
    """What a gateway sends for each question and text."""
    made: list[Recording] = []

    def connect(options: ClusterOptions) -> Cluster:
        made.append(Recording(options))
        return made[-1]

    source = OpenSearchSource(where, embedder, prefix=PREFIX, reload_seconds=3_600, connect=connect)
    await source.start()
    found: dict[tuple[Question, str], list[Sent]] = {}
    try:
        for text in asked:
            for question in QUESTIONS:
                made[0].sent = []
                snapshot = source.snapshot()
                [result] = await snapshot.search([SearchRequest((Kind.JOB,), text, mode=question.mode, limit=PAGE)])
                if not isinstance(result, SearchResult):
                    raise result
                if question.joined:
                    await snapshot.fetch(list(dict.fromkeys(ref for hit in result.hits for ref in neighbours(hit))))
                found[question, text] = made[0].sent
    finally:
        await source.close()
    return found


def of_opensearch(client: KeepAlive, sent: Mapping[str, list[Sent]]) -> Ask:
    """Asks OpenSearch what a gateway asks it."""
    return lambda text: [client.post(*one) for one in sent[text]]


def of_gateway(client: KeepAlive, question: Question) -> Ask:
    document = question.document

    def ask(text: str) -> None:
        body = orjson.dumps({"query": document, "variables": {"text": text}})
        answer: dict[str, Any] = client.post("/graphql", body)
        if "errors" in answer:
            raise RuntimeError(f"the gateway answered {text!r} with {answer['errors']}")

    return ask


class Way(NamedTuple):
    """Who answers a question, and what is asked of OpenSearch for it."""

    question: Question
    shown: str
    ask: Ask


FIRST, ALL, GATEWAY = "OpenSearch, the search alone", "OpenSearch, all of its requests", "the gateway"
RELAY = "the search alone, through a relay"


class Clients(NamedTuple):
    """Connections to all who are asked."""

    gateway: KeepAlive
    cluster: KeepAlive
    relay: KeepAlive


def ways_of(question: Question, clients: Clients, every: Mapping[str, list[Sent]]) -> list[Way]:
    """Bare requests, the first of them through the relay, and the gateway. `every` are the requests for each text."""
    first = {text: one[:1] for text, one in every.items()}
    found = [Way(question, FIRST, of_opensearch(clients.cluster, first))]
    if first != every:
        found.append(Way(question, ALL, of_opensearch(clients.cluster, every)))
    found.append(Way(question, RELAY, of_opensearch(clients.relay, first)))
    found.append(Way(question, GATEWAY, of_gateway(clients.gateway, question)))
    return found


Taken = dict[tuple[Question, str], list[list[float]]]
"""Milliseconds by question and way, a list a run."""


def measure(ways: list[Way], asked: list[str], runs: int) -> Taken:
    """Ask every text in every way, in turns, after a while of asking to warm up."""
    warm_at = perf_counter() + WARMING_SECONDS
    while perf_counter() < warm_at:
        for text in asked:
            for way in ways:
                way.ask(text)
    taken: Taken = {(way.question, way.shown): [[] for _ in range(runs)] for way in ways}
    for run in range(runs):
        for number, text in enumerate(asked):
            # Who asks a text first leaves it to the others in the caches of the server and of the processor.
            for way in ways if (run + number) % 2 else ways[::-1]:
                started = perf_counter()
                way.ask(text)
                taken[way.question, way.shown][run].append(1_000 * (perf_counter() - started))
        tell(f"run {run + 1} of {runs} is done")
    return taken


def rows(taken: Taken) -> list[list[str]]:
    """One row a question and way, beside the bare search."""
    made = []
    for (question, way), found in taken.items():
        cells = [question.shown, way]
        bare = taken[question, FIRST]
        beyond = []
        for share in (0.5, 0.95):
            cells.append(f"{median(quantile(run, share) for run in found):.2f}")
            extra = median(
                quantile(run, share) - quantile(alone, share) for run, alone in zip(found, bare, strict=True)
            )
            beyond.append(f"{extra:.2f}")
        ratio = median(quantile(run, 0.5) for run in found) / median(quantile(run, 0.5) for run in bare)
        made.append([*cells, *beyond, f"{ratio:.2f}"])
    return made


def run(catalog: Path, queries: int, runs: int) -> Taken:
    asked = texts(catalog, queries)
    with opensearch() as server, TemporaryDirectory() as empty:
        load(server, catalog)
        sent = asyncio.run(requests_of(options(server), asked))
        uncached = settings(server) | {"GATEWAY_CACHE_BYTES": "0"}
        with (
            serving(Path(empty), uncached) as served,
            relaying(options(server)) as relay,
            closing(KeepAlive(served.address)) as to_gateway,
            closing(KeepAlive(server.address)) as to_cluster,
            closing(KeepAlive(relay)) as to_relay,
        ):
            clients, taken = Clients(to_gateway, to_cluster, to_relay), Taken()
            for question in QUESTIONS:
                every = {text: sent[question, text] for text in asked}
                taken |= measure(ways_of(question, clients, every), asked, runs)
            return taken


QUESTION = "What does the gateway add to a bare search of OpenSearch, with nothing cached?"
HEADER = ["what is asked", "of whom", "p50 ms", "p95 ms", "p50 beyond it", "p95 beyond it", "p50 ÷ search alone"]
EXPLANATION = """\
One blocking client with a kept-alive connection to each, one request at a time, answers decoded. The gateway is a
process of its own (`python -m gateway serve`) without a cache, in the process or in Redis. OpenSearch 3.4 is on the
same machine, with one segment an index. "The search alone" is what the gateway sends for the search, body and
parameters alike; by words it is a plain `_search`, by both a `_msearch` of three. "All of its requests" has the
multi-gets too: of the records that a ranking by both finds, and of clients and skills. The relay is a process that
hands a request on and its answer back, over the server and the connections of the gateway, and knows nothing of either:
what any server in Python in between takes on this machine. One question is asked after the other, and the ways of each
take turns text by text; quantiles are medians over the runs. The goal is 1.5 ms at the median and 3 ms at the 95th
percentile beyond a `_search` with the same body, which is the third row."""


def main() -> None:
    made = parser(QUESTION, runs=3)
    made.add_argument("--size", type=size, help="JOBS+TALENT of a demo catalog, instead of the given catalog")
    made.add_argument("--queries", type=int, default=150, help="how many distinct texts are asked (%(default)s)")
    asked = made.parse_args()
    with workshop(asked.keep) as shop:
        catalog, shown = catalog_of(shop, asked.size)
        taken = run(catalog, asked.queries, asked.runs)
    asking = f"{asked.queries} distinct texts out of titles and skills, {asked.runs} runs; {shown}."
    report(__file__, QUESTION, [table(HEADER, rows(taken)), EXPLANATION, asking], write=asked.write)


if __name__ == "__main__":
    main()

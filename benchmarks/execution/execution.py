"""How fast is the gateway beside other GraphQL servers, with the same schema and data?"""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import orjson
from catalog import catalog
from common import interleaved, parser, report, tell
from graphql import GraphQLObjectType, GraphQLSchema, build_schema
from load import Pinned, Sample, ask, measure, request
from results import goals, section
from servers import FLOOR, GATEWAY, HERE, PLAIN, Server, in_node
from workloads import Workload, workloads

from gateway.graphiql.build import BuildError
from schema.sdl import graph

CLIENTS = 4
WARM_SECONDS = 1.2
QUESTION = "How fast is the gateway beside other GraphQL servers, with the same schema and data?"
EXPLANATION = f"""\
Every server is one process on one core, and {CLIENTS} kept-alive connections ask from the other core, each again as
soon as it has its answer. Before anything is measured, the answers of all servers are compared as JSON; while it is
measured, each has to be as long as the first one. Servers take turns, run by run. Ratios are of each run by itself:
the median, lowest and highest. Quantiles and processor time are medians over the runs; processor time is that of the
whole process, with the threads that collect garbage and compile. Where others use the machine it says more than
requests a second.

**Data.** 100 jobs, their clients and 238 skills of the demo catalog, with five skills a job and four broader ones a
skill, in memory. The gateway is the whole application over HTTP (`build_app`), on a source that has prepared documents
and the answers to searches at hand, as a process does that has them in its cache, and finds the jobs in their order:
neither an engine nor a cache is in it, as in none of the others. What it does besides stays in: the operation's
deadline, the label for the engine, checked arguments, loaders. It keeps what it has written of a record and of what
that leads to (ADR 62, 67), which the others do not. They have the records in a `Map`. Times are texts there already;
the gateway has to write them.

**Schema.** The others serve the part of the gateway's schema that is asked for, `schema.graphql`, and the benchmark
checks that it is such a part. The types of the gateway and of plain Strawberry are the gateway's own, all of them.

**Servers.** Plain Strawberry is its own ASGI application with the gateway's types, resolvers and loaders, under the
same uvicorn. Mercurius batches by its own loaders, with their cache turned off, which is no slower; Yoga and Apollo by
DataLoader. Yoga runs on `node:http`, Apollo as its standalone server. `NODE_ENV` is `production`. The floor finds a
ready answer by the request's body.

**Workloads.** S1 has a text, and `understand: false`: no other server looks for conditions in it. S3 stands for jobs
with recommended talent and their skills, which no other server here could recommend: lists in lists, of skills and
their broader skills."""


def main() -> None:
    made = parser(QUESTION, runs=3)
    made.add_argument("--seconds", type=float, default=2.0, help="how long a server is asked in a run (%(default)s)")
    made.add_argument("--only", nargs="+", metavar="WORKLOAD", default=["S1", "S2", "S3", "S4"], help="which workloads")
    asked = made.parse_args()
    check_schema(build_schema((HERE / "schema.graphql").read_text()), graph()._schema)  # noqa: SLF001
    given = catalog()
    wanted = [one for one in workloads(given) if one.name in asked.only]
    servers, missing = [GATEWAY, PLAIN], []
    try:
        servers[1:1] = in_node()
    except BuildError as error:
        missing = [f"**Not measured:** the servers in Node. {error}"]
    with TemporaryDirectory() as folder, ExitStack() as running:
        started = start(servers, given, Path(folder), running)
        answers = compared(wanted, started)
        ready = Path(folder, "answers.json")
        ready.write_bytes(orjson.dumps({one.body.decode(): answers[one.name].decode() for one in wanted}))
        started[FLOOR.name] = running.enter_context(FLOOR.started(ready))
        samples = {one.name: measured(one, started, asked.runs, asked.seconds) for one in wanted}
    shown = [*servers, FLOOR]
    sections = [section(one, answers[one.name], shown, samples) for one in wanted]
    report(__file__, QUESTION, [goals(samples), *missing, *sections, EXPLANATION, busy(samples)], write=asked.write)


def start(servers: Sequence[Server], given: Any, folder: Path, running: ExitStack) -> dict[str, Pinned]:
    """All servers that answer from the catalog, at work."""
    file = folder / "catalog.json"
    file.write_bytes(orjson.dumps(given))
    return {server.name: running.enter_context(server.started(file)) for server in servers}


def check_schema(part: GraphQLSchema, whole: GraphQLSchema) -> None:
    """Raise RuntimeError where the others' schema is no part of the gateway's."""
    for name, described in part.type_map.items():
        if not isinstance(described, GraphQLObjectType) or name.startswith("__"):
            continue
        own = whole.type_map[name]
        for field_name, field in described.fields.items():
            same = own.fields[field_name]  # type: ignore[attr-defined]
            arguments = {one: str(argument.type) for one, argument in field.args.items()}
            if str(field.type) != str(same.type) or any(
                str(same.args[one].type) != type_ for one, type_ in arguments.items()
            ):
                raise RuntimeError(f"{name}.{field_name} is {field.type} beside, and {same.type} in the gateway")


def compared(wanted: Sequence[Workload], started: dict[str, Pinned]) -> dict[str, bytes]:
    """The gateway's answers. Raises RuntimeError when another server's is another one, or has errors."""
    answers = {}
    for workload in wanted:
        found = {name: ask(server, request("/graphql", workload.body)) for name, server in started.items()}
        answer = orjson.loads(found[GATEWAY.name].body)
        if "errors" in answer:
            raise RuntimeError(f"{workload.name} has errors: {answer['errors'][:3]}")
        for name, one in found.items():
            if orjson.loads(one.body) != answer:
                raise RuntimeError(f"{name} answers {workload.name} with {one.body[:500]!r}")
        answers[workload.name] = found[GATEWAY.name].body
    return answers


def measured(workload: Workload, started: dict[str, Pinned], runs: int, seconds: float) -> dict[str, list[Sample]]:
    """So many samples of every server, in turns, after each is warm."""
    sent = request("/graphql", workload.body)
    samples: dict[str, list[Sample]] = {name: [] for name in started}

    def sample(name: str) -> float:
        samples[name].append(measure(started[name], sent, CLIENTS, seconds))
        return samples[name][-1].rate

    for server in started.values():
        measure(server, sent, CLIENTS, WARM_SECONDS)
    tell(f"{workload.name}: everything is warm")
    interleaved({name: lambda name=name: sample(name) for name in started}, runs)  # type: ignore[misc]
    return samples


def busy(samples: dict[str, dict[str, list[Sample]]]) -> str:
    """How near the load came to being what was measured."""
    most = max((one.own_share, name) for of in samples.values() for name, some in of.items() for one in some)
    return f"The load's core was at work {most[0]:.0%} of the time at the most (with {most[1]})."


if __name__ == "__main__":
    main()

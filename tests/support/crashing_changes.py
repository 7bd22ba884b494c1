"""Apply changes, each time killed at another step: `python -m tests.support.crashing_changes FEED DATA_DIR`.

Every run applies a batch of its own number: a client gets the rating that belongs to the number, which its jobs copy,
one of its jobs the number as its title, and a talent is there or not. Prints each step and the number that a reader
finds after it, a JSON line each; no number where what it finds is not of one batch.
"""

import json
import os
import sys
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from gateway.embedders import embedder
from gateway.jobs import index
from indexing.changes.apply import apply_batch
from indexing.changes.given import GivenChange
from indexing.progress import SilentProgress
from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.values import Record
from resolvers.sources.base import AllOf, SearchRequest, Terms
from resolvers.sources.embedded.changing import EmbeddedChanges
from resolvers.sources.embedded.generation import Generation
from resolvers.sources.embedded.layout import Layout
from tests.support.crashing import forked, killer

JOB, TALENT = Ref(Kind.JOB, "job_000001"), Ref(Kind.TALENT, "talent_000001")


def opened(data_dir: Path) -> Generation:
    layout = Layout(data_dir)
    return Generation(layout, str(layout.current()), embedder())


def records(data_dir: Path) -> tuple[Any, Any, Any]:
    """The job, its client, and the talent."""
    generation = opened(data_dir)
    job, talent = generation.fetch([JOB, TALENT])
    assert job is not None
    [client] = generation.fetch([Ref(Kind.CLIENT, job.record.client_id)])  # type: ignore[attr-defined]
    assert client is not None
    return job.record, client.record, talent and talent.record


def rating(number: int) -> float:
    return 1 + number / 1000


def batch(number: int, job: Record, client: Record, talent: Record) -> list[GivenChange]:
    """What the run with the number applies."""
    return [
        GivenChange(JOB, number, msgspec.structs.replace(job, title=f"number {number}")),
        GivenChange(Ref(Kind.CLIENT, client.id), number, msgspec.structs.replace(client, rating=rating(number))),
        GivenChange(TALENT, number, talent if number % 2 else None),
    ]


def apply(data_dir: Path, changes: list[GivenChange], killed: Collection[str] | None, news: int) -> None:
    """Apply a batch, to the end or to the first step that is not in `killed`."""
    if killed is not None:
        sys.addaudithook(killer(data_dir, killed, news))
    with EmbeddedChanges(data_dir).changing() as changing:
        apply_batch(changing, changes, embedder(), exclusive=True)


def number_found(data_dir: Path) -> int | None:
    job, client, talent = records(data_dir)
    number = int(job.title.removeprefix("number "))
    own = Terms("client_id", (client.id,))
    requests = [
        SearchRequest((Kind.JOB,), filter=own, sort="NEWEST", limit=0, count=True),
        SearchRequest((Kind.JOB,), filter=AllOf((own, Terms("client_rating", (client.rating,)))), limit=0, count=True),
        SearchRequest((Kind.TALENT,), filter=Terms("id", (TALENT.id,)), limit=0, count=True),
    ]
    every, agreeing, talents = (opened(data_dir).search(request).total for request in requests)
    agree = client.rating == rating(number) and every == agreeing and (talent is not None) is bool(number % 2)
    return number if agree and talents == number % 2 else None


def look(data_dir: Path, news: int) -> None:
    """Say which generation is in use, and which batch it shows."""
    facts = {"current": Layout(data_dir).current(), "number": number_found(data_dir)}
    os.write(news, json.dumps(facts).encode())


def main(catalog: Path, data_dir: Path) -> None:
    embedder()
    forked(lambda _: index([catalog], data_dir, strict=True, embeddings=True, progress=SilentProgress()))
    job, client, talent = records(data_dir)
    forked(partial(apply, data_dir, batch(1, job, client, talent), None))
    sys.stdout.write(f"{forked(partial(look, data_dir))}\n")
    killed: set[str] = set()
    number = 2
    while step := forked(partial(apply, data_dir, batch(number, job, client, talent), killed)):
        killed.add(step)
        number += 1
        sys.stdout.write(f"{json.dumps(step)}\n{forked(partial(look, data_dir))}\n")
    sys.stdout.write(f"{json.dumps(None)}\n{forked(partial(look, data_dir))}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

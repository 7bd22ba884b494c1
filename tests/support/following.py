"""`python -m gateway index follow` as a process of its own, and a shop whose changes it follows."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from resolvers.catalog.kind import Kind, Ref
from resolvers.sources.embedded.generation import Generation
from resolvers.sources.embedded.layout import Layout
from tests.servers.redis import RedisAccess
from tests.servers.waiting import came_true

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120
GROUP = "discovery-gateway"
DELETED_EVERY = 4


@dataclass
class Shop:
    """Changes jobs, and knows what has to be in the index in the end.

    What a version of a job is follows from its number: every fourth deletes it.
    """

    server: RedisAccess
    jobs: dict[str, dict[str, Any]]
    stream: str = field(default_factory=lambda: f"changes-{uuid4()}")
    versions: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.redis = self.server.client()

    def send(self, *changes: tuple[str, int]) -> None:
        """Write changes into the stream, each an id with a version."""
        with self.redis.pipeline(transaction=False) as pipeline:
            for id_, version in changes:
                pipeline.xadd(self.stream, {"change": json.dumps(self._change(id_, version))})
                self.versions[id_] = max(version, self.versions.get(id_, 0))
            pipeline.execute()

    def _change(self, id_: str, version: int) -> dict[str, Any]:
        if version % DELETED_EVERY == 0:
            return {"op": "delete", "version": version, "id": id_}
        return {"op": "upsert", "version": version, "record": self.record(id_, version)}

    def record(self, id_: str, version: int) -> dict[str, Any]:
        return self.jobs[id_] | ({"title": f"version {version}"} if version else {})

    def expected(self) -> dict[str, str | None]:
        """The titles of all jobs in the end; None for one that is not there."""
        return {
            id_: None
            if (version := self.versions.get(id_, 0)) and version % DELETED_EVERY == 0
            else self.record(id_, version)["title"]
            for id_ in self.jobs
        }

    def is_idle(self) -> bool:
        """Whether everything was delivered and is done."""
        groups: Any = self.redis.xinfo_groups(self.stream) if self.redis.exists(self.stream) else []
        last: Any = self.redis.xrevrange(self.stream, count=1)
        return any(one["pending"] == 0 and one["last-delivered-id"] == last[0][0] for one in groups)

    def wait(self) -> None:
        assert came_true(self.is_idle, PATIENCE_SECONDS)

    def done(self) -> int:
        """How many messages are done."""
        groups: Any = self.redis.xinfo_groups(self.stream) if self.redis.exists(self.stream) else []
        return sum((one["entries-read"] or 0) - one["pending"] for one in groups)

    def dead(self) -> list[dict[str, str]]:
        found: Any = self.redis.xrange(f"{self.stream}:dead")
        return [fields for _, fields in found]


def titles(data_dir: Path, ids: Iterable[str]) -> dict[str, str | None]:
    """The titles that the index has."""
    layout, names = Layout(data_dir), list(ids)
    found = Generation(layout, str(layout.current()), None).fetch([Ref(Kind.JOB, id_) for id_ in names])
    return {id_: one.record.title if one else None for id_, one in zip(names, found, strict=True)}  # type: ignore[attr-defined]


def settings_for(shop: Shop, data_dir: Path, **more: str) -> dict[str, str]:
    """The environment of a process that knows the shop's stream."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("GATEWAY_")}
    return kept | {
        "GATEWAY_DATA_DIR": str(data_dir),
        "GATEWAY_REDIS_URL": shop.server.url,
        "GATEWAY_CHANGES_STREAM": shop.stream,
        "GATEWAY_CHANGES_BATCH_SECONDS": "0.02",
        **more,
    }


@dataclass(frozen=True)
class Following:
    """A consumer that runs."""

    process: subprocess.Popen[bytes]
    log: Path

    def stop(self, wish: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(wish)
        return self.process.wait(PATIENCE_SECONDS)

    def said(self, text: str) -> bool:
        return text in self.log.read_text()


@contextmanager
def following(shop: Shop, data_dir: Path, folder: Path, consumer: str = "one") -> Iterator[Following]:
    """A consumer of the shop's stream, killed at the end if it still runs."""
    log = folder / f"{consumer}.log"
    with log.open("a") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "index", "follow"],
            env=settings_for(shop, data_dir, GATEWAY_CHANGES_CONSUMER=consumer),
            stdout=out,
            stderr=out,
            cwd=ROOT,
        )
    try:
        yield Following(process, log)
    finally:
        process.kill()
        process.wait()


def index_again(shop: Shop, feed: Path, data_dir: Path) -> None:
    """`python -m gateway index` beside the stream."""
    command = [sys.executable, "-m", "gateway", "index", str(feed), "--strict"]
    environment = settings_for(shop, data_dir)
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

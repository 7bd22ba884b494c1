"""What does a batch of changes cost the embedded engine, beside a full index?"""

import shutil
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from random import Random
from statistics import median

import msgspec
from common import MEDIUM, Workshop, parser, report, seconds, size, spread, table, tell, workshop

from gateway.embedders import embedder
from gateway.jobs import index
from indexing.changes.apply import apply_batch
from indexing.changes.given import GivenChange
from indexing.progress import SilentProgress
from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.values import Record
from resolvers.sources.base import AllOf
from resolvers.sources.embedded.changing import EmbeddedChanges
from resolvers.sources.embedded.generation import Generation
from resolvers.sources.embedded.layout import Layout

BATCHES = (1, 100, 1_000)
CHANGED_BEFORE = (0, 1_000, 10_000, 45_000)
WRITTEN_AT_ONCE = 5_000


def current(data_dir: Path) -> Generation:
    layout = Layout(data_dir)
    return Generation(layout, str(layout.current()), None)


def records(data_dir: Path) -> list[tuple[Ref, Record]]:
    """The jobs and the talent, in an order of no meaning."""
    generation = current(data_dir)
    found = [
        (stored.ref, stored.document.record)
        for kind in (Kind.JOB, Kind.TALENT)
        for page in generation.passing(kind, AllOf())
        for stored in page
        if stored.document
    ]
    Random(1).shuffle(found)
    return found


def changes(found: Sequence[tuple[Ref, Record]], versions: Iterator[int]) -> Iterator[GivenChange]:
    """A change of each record, again and again."""
    for version in versions:
        for ref, record in found:
            yield GivenChange(ref, version, msgspec.structs.replace(record, title=f"{record.title} {version}"))  # type: ignore[attr-defined]


def apply(data_dir: Path, batch: Sequence[GivenChange]) -> None:
    with EmbeddedChanges(data_dir).changing() as changing:
        apply_batch(changing, batch, embedder(), exclusive=True)


def written_bytes(data_dir: Path) -> int:
    """How much of the current generation it shares with no other."""
    folder = Layout(data_dir).path(str(Layout(data_dir).current()))
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.stat().st_nlink == 1)


class Measured:
    """An index that is changed more and more."""

    def __init__(self, data_dir: Path, runs: int) -> None:
        self._data_dir, self._runs = data_dir, runs
        self._changes = changes(records(data_dir), count(1))
        self._applied = 0

    def rows(self) -> Iterator[list[str]]:
        for before in CHANGED_BEFORE:
            while self._applied < before:
                self._apply(min(WRITTEN_AT_ONCE, before - self._applied))
            for size_ in BATCHES:
                yield [f"{before:,}", f"{size_:,}", *self._measured(size_)]

    def _measured(self, size_: int) -> list[str]:
        # Measuring changes the index itself, but only a little: it is the same index for every row of a size.
        times, written = [], []
        for _ in range(self._runs):
            batch = list(islice(self._changes, size_))
            held = current(self._data_dir)
            times.append(seconds(lambda: apply(self._data_dir, batch)))  # noqa: B023
            written.append(written_bytes(self._data_dir) / 1e6)
            del held
        tell(f"{size_} changes: {median(times):.3f} s")
        return [spread(times, ".2f"), f"{size_ / median(times):,.0f}", f"{median(written):,.0f}"]

    def _apply(self, amount: int) -> None:
        apply(self._data_dir, list(islice(self._changes, amount)))
        self._applied += amount


QUESTION = "What does a batch of changes cost the embedded engine, beside a full index?"
EXPLANATION = """\
Seconds to apply a batch of upserts of jobs and talent whose titles have changed, from validated records to a
generation that is on disk and answered from: reading what the index has, embedding, writing, flushing, switching.
`changed before` is how many documents had been changed since the full index; `written` is what the new generation does
not share with the one before it. Medians, with the lowest and the highest run."""


def prepared(shop: Workshop, asked_size: object, folder: Path) -> tuple[Path, float]:
    """A copy of the index that may be changed, and how long the full index takes."""
    catalog = shop.catalog(asked_size)  # type: ignore[arg-type]
    data_dir = folder / "changed"
    shutil.rmtree(data_dir, ignore_errors=True)
    embedder()
    taken = seconds(lambda: index([catalog], data_dir, strict=True, embeddings=True, progress=SilentProgress()))
    return data_dir, taken


def main() -> None:
    made = parser(QUESTION, runs=5)
    made.add_argument("--size", type=size, default=MEDIUM, help="JOBS+TALENT of the demo catalog (%(default)s)")
    asked = made.parse_args()
    with workshop(asked.keep) as shop:
        data_dir, taken = prepared(shop, asked.size, shop.folder)
        rows = list(Measured(data_dir, asked.runs).rows())
        shutil.rmtree(data_dir)
    header = ["changed before", "changes in the batch", "seconds", "changes/s", "MB written"]
    what = f"{asked.runs} runs; a demo catalog of {asked.size.shown}, whose full index took {taken:.0f} seconds."
    report(__file__, QUESTION, [table(header, rows), EXPLANATION, what], write=asked.write)


if __name__ == "__main__":
    main()

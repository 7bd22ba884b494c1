"""A run that applies the changes of files."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import perf_counter

from indexing.changes.apply import BatchResult, apply_batch
from indexing.changes.checking import check_all
from indexing.changes.reading import ChangeFiles, PlacedChange
from indexing.changes.summary import ChangesSummary
from indexing.progress import Progress, SilentProgress
from indexing.validate import Unacceptable
from resolvers.sources.changes import Changeable, Fate, Invalidator
from resolvers.sources.embedding import Embedder

BATCH_CHANGES = 5_000
BATCH_BYTES = 2**25


def apply_files(
    paths: Sequence[Path],
    engine: Changeable,
    embedder: Embedder,
    invalidator: Invalidator,
    *,
    strict: bool = False,
    progress: Progress = SilentProgress(),  # noqa: B008  it has no state
) -> ChangesSummary:
    """Apply the changes of files, batch by batch; each batch is answered from when it is done.

    A change that is not right is rejected alone; with `strict` any rejection, and any reference to what is not there,
    fails the run before anything is applied.

    Raises IndexingError when a file cannot be read or the engine fails, SourceUnavailable when there is no index.
    Batches that were done stay applied, and the same files can be given again.
    """
    started = perf_counter()
    if strict:
        check_all(paths, engine, progress)
    files = ChangeFiles(paths, progress, "Applying")
    results = []
    for batch in _batches(files.changes()):
        result = _applied(batch, engine, embedder, invalidator)
        for placed, outcome in zip(batch, result.outcomes, strict=True):
            if outcome.fate is Fate.REFUSED:
                files.reject(placed.file, placed.line, Unacceptable(None, "refused by the engine", outcome.reason))
        results.append(result)
    return ChangesSummary(
        read=files.read,
        applied=sum(result.count(Fate.APPLIED) for result in results),
        stale=sum(result.count(Fate.STALE) for result in results),
        rewritten=sum(result.rewritten for result in results),
        dangling=sum(result.dangling for result in results),
        rejected=dict(files.rejections.by_reason),
        rejections=files.rejections.first,
        seconds=perf_counter() - started,
    )


def _applied(
    batch: Sequence[PlacedChange], engine: Changeable, embedder: Embedder, invalidator: Invalidator
) -> BatchResult:
    with engine.changing() as index:
        result = apply_batch(index, [placed.change for placed in batch], embedder, exclusive=engine.exclusive)
    invalidator.invalidate(result.concerned)
    return result


def _batches(changes: Iterable[PlacedChange]) -> Iterator[list[PlacedChange]]:
    batch: list[PlacedChange] = []
    size = 0
    for placed in changes:
        batch.append(placed)
        size += placed.size_bytes
        if len(batch) == BATCH_CHANGES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch

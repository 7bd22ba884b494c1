"""One indexing run: a catalog feed becomes the index in use, or nothing changes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

from indexing.build import build_index
from indexing.changes.log import ChangeLog, NoChangeLog, Switch
from indexing.feed import find_feed_files
from indexing.progress import Progress, SilentProgress
from indexing.read import FeedReader
from indexing.staging import open_stage
from indexing.summary import IndexSummary, Rejections
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.errors import IndexingError
from resolvers.sources.base import Target
from resolvers.sources.embedding import Embedder

QUOTED_REJECTIONS = 5


def index_catalog(
    paths: Sequence[Path],
    target: Target,
    embedder: Embedder | None,
    *,
    staging: Path,
    strict: bool = False,
    progress: Progress = SilentProgress(),  # noqa: B008  it has no state
    changes: ChangeLog = NoChangeLog(),  # noqa: B008  it has no state
) -> IndexSummary:
    """Index the feed files that `paths` name or have in them, and switch to the new index.

    A record that is not right is rejected alone; with `strict` any rejection fails the run. Without an embedder the
    documents have no vectors. Accepted records wait in a folder of their own inside `staging`, about as large as the
    feed unpacked, which is removed in any case. What `changes` has since the oldest file was written is applied again
    by those who consume it.

    Raises IndexingError when a file cannot be read, nothing is left to index, or `strict` is not met: the index in
    use is then unchanged.
    """
    started = perf_counter()
    files = find_feed_files(paths)
    switch = Switch(changes, min(file.written for file in files))
    with open_stage(staging) as stage:
        reader = FeedReader(files, stage, progress)
        reader.read_all()
        counts = {kind: stage.count(kind) for kind in KINDS}
        _check(reader, sum(counts.values()), strict)
        name, dimension = (embedder.name, embedder.dimension) if embedder else (None, 0)
        with target.build(counts, name, dimension) as writer:
            indexed = build_index(stage, writer, embedder, progress)
            for refused in writer.complete():
                reader.refuse(refused)
                indexed[refused.ref.kind] -= 1
            _check(reader, sum(indexed.values()), strict)
            generation = switch.to(writer.publish)
    return _summary(reader, indexed, perf_counter() - started, generation)


def _summary(reader: FeedReader, indexed: Mapping[Kind, int], seconds: float, generation: str) -> IndexSummary:
    return IndexSummary(
        read=reader.read,
        indexed={kind.value: count for kind, count in indexed.items()},
        rejected=dict(reader.rejections.by_reason),
        rejections=reader.rejections.first,
        seconds=seconds,
        generation=generation,
    )


def _check(reader: FeedReader, left: int, strict: bool) -> None:
    """Refuse to go on when no document is left, or when a strict run has lost one."""
    rejections = reader.rejections
    if not left:
        if rejections.count:
            raise IndexingError(f"There is nothing to index: every record was rejected.{quoted(rejections)}")
        raise IndexingError("There is nothing to index: the files have no record.")
    if strict and rejections.count:
        found = f"{rejections.count:,} of {reader.read:,} records {'was' if rejections.count == 1 else 'were'} rejected"
        raise IndexingError(f"{found}, and a strict run takes none. The index in use is unchanged.{quoted(rejections)}")


def quoted(rejections: Rejections) -> str:
    """The first rejections, a line each, to stand behind an error's message."""
    lines = [f"\n  {rejection}" for rejection in rejections.first[:QUOTED_REJECTIONS]]
    more = rejections.count - len(lines)
    return "".join(lines) + (f"\n  … and {more:,} more" if more else "")

"""One indexing run: a catalog feed becomes the index in use, or nothing changes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from indexing.build import build_index
from indexing.changes.log import ChangeLog, NoChangeLog
from indexing.feed import find_feed_files
from indexing.progress import Progress, SilentProgress
from indexing.read import FeedReader
from indexing.staging import open_stage
from indexing.summary import IndexSummary, Rejections
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.errors import DiscoveryError, IndexingError, SourceUnavailable
from resolvers.sources.base import Target, Writer
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

    Raises IndexingError when another run is at work, a file cannot be read, nothing is left to index, or `strict` is
    not met: the index in use is then unchanged.
    """
    started = perf_counter()
    files = find_feed_files(paths)
    with _needed():
        mark = changes.mark(min(file.written for file in files))
    # Reserved before anything is read: a run that has to wait learns it at once.
    with target.reserve() as site, open_stage(staging) as stage:
        reader = FeedReader(files, stage, progress)
        reader.read_all()
        counts = {kind: stage.count(kind) for kind in KINDS}
        _check(reader, sum(counts.values()), strict)
        name, dimension = (embedder.name, embedder.dimension) if embedder else (None, 0)
        with site.build(counts, name, dimension) as writer:
            indexed = build_index(stage, writer, embedder, progress)
            _take_out_refused(indexed, writer, reader)
            _check(reader, sum(indexed.values()), strict)
            generation = _switched(writer, changes, mark)
    return IndexSummary(
        read=reader.read,
        indexed={kind.value: count for kind, count in indexed.items()},
        rejected=dict(reader.rejections.by_reason),
        rejections=reader.rejections.first,
        seconds=perf_counter() - started,
        generation=generation,
    )


@contextmanager
def _needed() -> Iterator[None]:
    """Without the log of changes there is no full index."""
    try:
        yield
    except SourceUnavailable as error:
        raise IndexingError(
            f"{error.message} Changes that come while the catalog is indexed would be lost, so the index in use is "
            "unchanged. Where no changes come, unset GATEWAY_REDIS_URL."
        ) from error


def _take_out_refused(indexed: dict[Kind, int], writer: Writer, reader: FeedReader) -> None:
    """Complete the index, and count what the engine refused as rejected instead of indexed."""
    for refused in writer.complete():
        reader.refuse(refused)
        indexed[refused.ref.kind] -= 1


def _switched(writer: Writer, changes: ChangeLog, mark: str) -> str:
    """Switch to the complete index, have changes since the mark applied to it, and return its generation."""
    # In front of the switch: who takes the index next has nothing that is older than it.
    with _needed():
        changes.go_back(mark)
    generation = writer.publish()
    try:
        # Behind the switch too: where changes are not kept out meanwhile, some went into the index before it.
        changes.go_back(mark)
    except DiscoveryError as error:
        raise IndexingError(
            f"The new index is in use, and may lack changes that came while it was built: {error.message}. "
            "Index the catalog again."
        ) from error
    return generation


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

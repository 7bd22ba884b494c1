"""One indexing run: a catalog feed becomes the index in use, or nothing changes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

from indexing.adapting import adaptation_of
from indexing.build import build_index
from indexing.changes.log import ChangeLog, NoChangeLog, Switch
from indexing.feed import find_feed_files
from indexing.progress import Progress, SilentProgress
from indexing.read import FeedReader
from indexing.rejections import rejections_file
from indexing.relating import statistics_of
from indexing.staging import Stage, open_stage
from indexing.summary import IndexSummary, Rejections
from indexing.usual import usual_in
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.errors import IndexingError
from resolvers.sources.adaptation import model_with
from resolvers.sources.building import Target, Writer
from resolvers.sources.embedding import Embedder


def index_catalog(
    paths: Sequence[Path],
    target: Target,
    embedder: Embedder | None,
    *,
    staging: Path,
    strict: bool = False,
    rejections: Path | None = None,
    progress: Progress = SilentProgress(),  # noqa: B008  it has no state
    changes: ChangeLog = NoChangeLog(),  # noqa: B008  it has no state
) -> IndexSummary:
    """Index the feed files that `paths` name or have in them, and switch to the new index.

    A record that is not right is rejected alone; with `strict` any rejection fails the run. Without an embedder the
    documents have no vectors; a model learns from the catalog first, where there is enough to learn from.
    Accepted records wait in a folder of their own inside `staging`, about as large as the feed unpacked, which is
    removed in any case. The file `rejections` gets every rejection, a JSON object a line. What `changes` has since the
    oldest file was written is applied again by those who consume it.

    Raises IndexingError when another run is at work, a file cannot be read, nothing is left to index, or `strict` is
    not met, and SourceUnavailable when the embedder does not answer: the index in use is then unchanged.
    """
    started = perf_counter()
    files = find_feed_files(paths)
    switch = Switch(changes, min(file.written for file in files))
    # Reserved before anything is read: a run that has to wait learns it at once.
    with target.reserve() as site, open_stage(staging) as stage, rejections_file(rejections, files) as tell:
        reader = FeedReader(files, stage, progress, tell=tell)
        counts = _staged(reader, stage, strict)
        adaptation = adaptation_of(stage, embedder, progress)
        model = model_with(embedder, adaptation) if embedder else None
        name, dimension = (model.name, model.dimension) if model else (None, 0)
        with site.build(counts, name, dimension) as writer:
            if adaptation is not None:
                writer.adapt(adaptation)
            writer.relate(statistics_of(stage, progress), usual_in(stage, progress))
            writer.begin_at(switch.place)
            indexed = _built(reader, build_index(stage, writer, model, progress), writer, strict)
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


def _staged(reader: FeedReader, stage: Stage, strict: bool) -> dict[Kind, int]:
    """Read the feed, and return how many records of each kind can be indexed."""
    reader.read_all()
    counts = {kind: stage.count(kind) for kind in KINDS}
    _check(reader, sum(counts.values()), strict)
    return counts


def _built(reader: FeedReader, written: dict[Kind, int], writer: Writer, strict: bool) -> dict[Kind, int]:
    """Complete the index, and return how many of the written documents the engine has taken."""
    refused = writer.complete()
    for one in refused:
        reader.refuse(one)
    kinds = Counter(one.ref.kind for one in refused)
    taken = {kind: count - kinds[kind] for kind, count in written.items()}
    _check(reader, sum(taken.values()), strict)
    return taken


def _check(reader: FeedReader, left: int, strict: bool) -> None:
    """Refuse to go on when no document is left, or when a strict run has lost one."""
    met = reader.rejections
    if not left:
        if met.count:
            raise IndexingError(f"There is nothing to index: every record was rejected ({met.reasons}).{quoted(met)}")
        raise IndexingError("There is nothing to index: the files have no record.")
    if strict and met.count:
        found = f"{met.count:,} of {reader.read:,} records {'was' if met.count == 1 else 'were'} rejected"
        raise IndexingError(
            f"{found} ({met.reasons}), and a strict run takes none. The index in use is unchanged.{quoted(met)}"
        )


def quoted(rejections: Rejections) -> str:
    """The first rejections, a line each, to stand behind an error's message."""
    lines = [f"\n  {rejection}" for rejection in rejections.first]
    more = rejections.count - len(lines)
    return "".join(lines) + (f"\n  … and {more:,} more" if more else "")

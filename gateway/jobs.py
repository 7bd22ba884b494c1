"""What changes an index, with what the settings name: full indexes, and changes of single entities."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import gethostname
from threading import Event

from gateway.embedders import check_embedder, embedder, embedder_of
from gateway.engines import (
    LOCK_PATIENCE_SECONDS,
    build_changeable,
    build_invalidator,
    build_target,
    earlier_index,
)
from gateway.settings import Settings, SettingsError
from gateway.settings.model import Engine
from indexing.changes.files import apply_files
from indexing.changes.follow import Follower
from indexing.changes.log import ChangeLog, NoChangeLog, rolled_back
from indexing.changes.redis_calls import RedisCalls
from indexing.changes.stream import RedisStream
from indexing.changes.stream_log import StreamLog
from indexing.changes.summary import ChangesSummary
from indexing.memory import give_freed_memory_back
from indexing.progress import Progress
from indexing.run import index_catalog
from indexing.summary import IndexSummary
from resolvers.sources.building import Target
from resolvers.sources.embedded.writer import EmbeddedTarget
from resolvers.sources.embedding import Embedder


def index_for(
    paths: Sequence[Path],
    settings: Settings,
    engine: Engine,
    *,
    strict: bool,
    embeddings: bool,
    progress: Progress,
    rejections: Path | None = None,
) -> IndexSummary:
    """Index a catalog for an engine. Raises IndexingError, and SettingsError."""
    check_embedder(settings)
    target = build_target(settings, engine)
    with change_log(settings) as changes:
        return index(
            paths,
            settings.data_dir,
            strict=strict,
            embeddings=embeddings,
            progress=progress,
            rejections=rejections,
            target=target,
            changes=changes,
            model=embedder_of(settings) if embeddings else None,
        )


def index(
    paths: Sequence[Path],
    data_dir: Path,
    *,
    strict: bool,
    embeddings: bool,
    progress: Progress,
    rejections: Path | None = None,
    target: Target | None = None,
    changes: ChangeLog = NoChangeLog(),  # noqa: B008  it has no state
    model: Embedder | None = None,
) -> IndexSummary:
    """Index a catalog for the embedded engine, or into another target; with the default model, or another one.

    Raises IndexingError, and SourceUnavailable when the model does not answer.
    """
    give_freed_memory_back()
    model = (model or embedder()) if embeddings else None
    target = target or EmbeddedTarget(data_dir, LOCK_PATIENCE_SECONDS)
    return index_catalog(
        paths,
        target,
        model,
        staging=data_dir,
        strict=strict,
        rejections=rejections,
        progress=progress,
        changes=changes,
    )


def roll_back(settings: Settings) -> str:
    """Answer from the index before the one in use, and return its generation. Raises IndexingError.

    The changes that it has missed are given to those who follow the stream again.
    """
    with change_log(settings) as changes, earlier_index(settings) as earlier:
        return rolled_back(changes, earlier)


def apply_changes(paths: Sequence[Path], settings: Settings, *, strict: bool, progress: Progress) -> ChangesSummary:
    """Apply the changes of files. Raises IndexingError, and SourceUnavailable when there is no index."""
    give_freed_memory_back()
    check_embedder(settings)
    engine, invalidator = build_changeable(settings), build_invalidator(settings)
    return apply_files(paths, engine, embedder_of(settings), invalidator, strict=strict, progress=progress)


def follow_changes(settings: Settings, stop: Event) -> None:
    """Apply the changes of the stream until `stop` is set. Raises IndexingError when its server refuses us."""
    give_freed_memory_back()
    check_embedder(settings)
    with redis_calls(settings) as calls:
        consumer = settings.changes_consumer or gethostname()
        stream = RedisStream(calls, settings.changes_stream, settings.changes_group, consumer)
        Follower(
            stream,
            build_changeable(settings),
            embedder_of(settings),
            build_invalidator(settings),
            stop,
            batch_seconds=settings.changes_batch_seconds,
        ).run()


@contextmanager
def change_log(settings: Settings) -> Iterator[ChangeLog]:
    """The stream of changes, where the settings name a Redis."""
    if settings.redis_url is None:
        yield NoChangeLog()
        return
    with redis_calls(settings) as calls:
        yield StreamLog(calls, settings.changes_stream, settings.changes_group)


def redis_calls(settings: Settings) -> RedisCalls:
    """Calls of the Redis that the settings name. Raises SettingsError when they name none."""
    variable = settings.variables()["redis_url"]
    if settings.redis_url is None:
        raise SettingsError([f"{variable} is not set, so it is not known where the changes come from"])
    try:
        return RedisCalls.at(settings.redis_url)
    except ValueError as error:
        raise SettingsError([f"{variable}: {error}"]) from error

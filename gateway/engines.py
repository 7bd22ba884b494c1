"""The only place that knows which engine and which cache there is; `embedders` knows which model."""

import asyncio
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial

from gateway.embedders import check_embedder, embedder_of
from gateway.settings import Settings, SettingsError
from gateway.settings.model import Engine
from gateway.settings.nodes import Login, nodes_of
from resolvers.errors import IndexingError
from resolvers.sources.base import Source
from resolvers.sources.building import Earlier, Target
from resolvers.sources.cached.blocking import BlockingInvalidator
from resolvers.sources.cached.buckets import RedisBuckets
from resolvers.sources.cached.keys import channel_of
from resolvers.sources.cached.lifetimes import Lifetimes
from resolvers.sources.cached.rankings import RankingStore
from resolvers.sources.cached.redis_remote import RedisRemote
from resolvers.sources.cached.source import CachedSource, shared_of
from resolvers.sources.changes import Changeable, Invalidator, NoCopies
from resolvers.sources.counting import Counting, Uncounted
from resolvers.sources.embedded.changing import EmbeddedChanges
from resolvers.sources.embedded.feedback.files import FeedbackFiles
from resolvers.sources.embedded.feedback.journal import EmbeddedJournal
from resolvers.sources.embedded.feedback.log import EmbeddedFeedbackLog
from resolvers.sources.embedded.models import FolderRegistry
from resolvers.sources.embedded.popularity import PopularityFile
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedded.writer import EmbeddedTarget
from resolvers.sources.feedback import Feedback, FeedbackCounting, FeedbackLog
from resolvers.sources.models import ModelRegistry
from resolvers.sources.opensearch.changing import OpenSearchChanges
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.feedback.journal import ClusterJournal
from resolvers.sources.opensearch.feedback.log import ClusterFeedbackLog
from resolvers.sources.opensearch.models import ClusterRegistry
from resolvers.sources.opensearch.popularity import PopularityDocument
from resolvers.sources.opensearch.source import OpenSearchSource
from resolvers.sources.opensearch.target import OpenSearchTarget
from resolvers.sources.popularity import PopularityStore
from resolvers.sources.recording import Journal, Recording

LOCK_PATIENCE_SECONDS = 10.0
"""How long a run waits for another one to let go of the index. A batch of changes has it for less than a second."""
MISSING_SECONDS = 5.0
"""How long an id that led nowhere is not looked for again, at the most."""


def build_engine(settings: Settings) -> Source:
    """The engine that the settings ask for."""
    if settings.engine == "opensearch":
        return opensearch_source(settings)
    return EmbeddedSource(
        settings.data_dir,
        partial(embedder_of, settings),
        threads=settings.search_threads,
        reload_seconds=settings.reload_seconds,
    )


def behind_cache(engine: Source, settings: Settings, counting: Counting = Uncounted()) -> Source:  # noqa: B008  a constant
    """The engine behind a cache, or alone when the settings leave nothing for a cache. Raises SettingsError."""
    if not settings.cache_bytes and settings.redis_url is None:
        return engine
    return CachedSource(
        engine,
        local_bytes=settings.cache_bytes,
        remote=build_shared_cache(settings),
        timeout_seconds=settings.redis_timeout_seconds,
        prefix=settings.cache_prefix,
        lifetimes=lifetimes(settings),
        counting=counting,
    )


def build_rankings(source: Source, settings: Settings, counting: Counting = Uncounted()) -> RankingStore:  # noqa: B008  a constant
    """Where rankings are kept: in this process, and in the shared cache of a source that has one."""
    return RankingStore(
        seconds=settings.paging_seconds,
        most_bytes=settings.paging_bytes,
        remote=shared_of(source),
        prefix=settings.cache_prefix,
        counting=counting,
    )


def build_buckets(source: Source, settings: Settings) -> RedisBuckets | None:
    """The budgets that processes share, in the shared cache of a source that has one."""
    shared = shared_of(source)
    return None if shared is None else RedisBuckets(shared, settings.cache_prefix)


def build_feedback(settings: Settings, counting: FeedbackCounting) -> Feedback | None:
    """Where feedback goes, beside the index of the engine; None where there shall be none."""
    if not settings.feedback:
        return None
    kept = timedelta(days=settings.feedback_days)
    return Feedback(Recording(_journal(settings, kept), counting), settings.feedback_events, kept, counting)


def _journal(settings: Settings, kept: timedelta) -> Journal:
    if settings.engine == "opensearch":
        return ClusterJournal(cluster_options(settings), settings.opensearch_prefix, kept)
    return EmbeddedJournal(FeedbackFiles(settings.data_dir, keep_seconds=kept.total_seconds()))


def build_popularity_store(settings: Settings) -> PopularityStore:
    """Where popularity is kept, beside the index of the settings."""
    if settings.engine == "opensearch":
        return PopularityDocument(cluster_options(settings), settings.opensearch_prefix)
    return PopularityFile(settings.data_dir)


def build_models(settings: Settings) -> ModelRegistry:
    """Where learned rankers are kept, beside the index of the engine."""
    if settings.engine == "opensearch":
        return ClusterRegistry(cluster_options(settings), settings.opensearch_prefix)
    return FolderRegistry(settings.data_dir)


def build_feedback_log(settings: Settings) -> FeedbackLog:
    """All feedback that is kept beside the index of the settings."""
    if settings.engine == "opensearch":
        return ClusterFeedbackLog(cluster_options(settings), settings.opensearch_prefix)
    return EmbeddedFeedbackLog(settings.data_dir)


def build_shared_cache(settings: Settings) -> RedisRemote | None:
    """The Redis of the settings, if they name one. Raises SettingsError for a URL that cannot be meant."""
    return None if settings.redis_url is None else shared_cache(settings)


def shared_cache(settings: Settings) -> RedisRemote:
    """The Redis of the settings. Raises SettingsError for a URL that cannot be meant, or none."""
    try:
        return RedisRemote(settings.redis_url or "", channel_of(settings.cache_prefix))
    except ValueError as error:
        raise SettingsError([f"{settings.variables()['redis_url']}: {error}"]) from error


def lifetimes(settings: Settings) -> Lifetimes:
    """How long answers are given from the cache. The first half of a search's time is without a look at the engine."""
    half = settings.cache_search_seconds / 2
    return Lifetimes(
        document=settings.cache_document_seconds,
        missing=min(MISSING_SECONDS, settings.cache_document_seconds),
        search=half,
        revalidate=half,
        stale=settings.cache_stale_seconds,
        call=settings.deadline_seconds,
    )


def opensearch_source(settings: Settings) -> OpenSearchSource:
    """The cluster that the settings name."""
    return OpenSearchSource(
        cluster_options(settings),
        partial(embedder_of, settings),
        prefix=settings.opensearch_prefix,
        reload_seconds=settings.reload_seconds,
    )


def cluster_options(settings: Settings) -> ClusterOptions:
    """How to get into the cluster that the settings name. Raises SettingsError when they name none."""
    if settings.opensearch_url is None:
        raise SettingsError([f"{settings.variables()['opensearch_url']} is not set, so it is not known where to go"])
    urls, login = nodes_of(settings.opensearch_url)
    given = settings.opensearch_password
    password = given.get_secret_value() if given else None
    if settings.opensearch_username is not None:
        login = Login(settings.opensearch_username, password)
    elif login is not None and password is not None:
        login = Login(login.username, password)
    return ClusterOptions(
        urls=urls,
        username=login.username if login else None,
        password=login.password if login else None,
        ca_file=settings.opensearch_ca_file,
        verify_certs=settings.opensearch_verify_certs,
        aws_region=settings.opensearch_aws_region,
        pool_size=settings.opensearch_pool_size,
    )


def check_source(settings: Settings) -> None:
    """Raise SourceUnavailable when the engine that the settings ask for cannot be reached, or refuses.

    Raises SettingsError when the data directory is none, or there is no embedder as they name it. A data directory that
    is not there yet may come.
    """
    build_shared_cache(settings)
    check_embedder(settings)
    if settings.engine == "opensearch":
        asyncio.run(opensearch_source(settings).check())
    elif settings.data_dir.exists() and not settings.data_dir.is_dir():
        name = settings.variables()["data_dir"]
        raise SettingsError([f"{name} is {settings.data_dir}, which is a file; name a directory"])


def build_target(settings: Settings, engine: Engine) -> Target:
    """Where an index for an engine is built.

    Raises SettingsError when the settings do not say where that is, and IndexingError when it cannot be reached: a
    wrong password is told before the feed is read.
    """
    if engine == "embedded":
        return EmbeddedTarget(settings.data_dir, LOCK_PATIENCE_SECONDS)
    target = opensearch_target(settings)
    target.check()
    return target


def opensearch_target(settings: Settings) -> OpenSearchTarget:
    """Where an index for OpenSearch is built."""
    return OpenSearchTarget(
        cluster_options(settings),
        prefix=settings.opensearch_prefix,
        shards=settings.opensearch_shards,
        replicas=settings.opensearch_replicas,
    )


def build_changeable(settings: Settings) -> Changeable:
    """The index of the settings, to be changed."""
    if settings.engine == "opensearch":
        return OpenSearchChanges(cluster_options(settings), prefix=settings.opensearch_prefix)
    return EmbeddedChanges(settings.data_dir, LOCK_PATIENCE_SECONDS)


def build_invalidator(settings: Settings) -> Invalidator:
    """Whoever has to be told of changes. Copies of the embedded engine's documents belong to one generation."""
    if settings.engine == "embedded" or settings.redis_url is None:
        return NoCopies()
    return BlockingInvalidator(
        partial(shared_cache, settings),
        lambda: asyncio.run(opensearch_source(settings).look()),
        settings.cache_prefix,
        lifetimes(settings),
    )


def earlier_index(settings: Settings) -> AbstractContextManager[Earlier]:
    """The index before the one in use, to go back to. Raises IndexingError."""
    if settings.engine == "opensearch":
        return opensearch_target(settings).earlier()
    raise IndexingError(
        "The embedded engine keeps no earlier index: its changes make a new one all the time. "
        "Index the earlier catalog again; with GATEWAY_REDIS_URL its changes since are applied again."
    )

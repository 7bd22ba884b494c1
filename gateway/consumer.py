"""The consumer of the stream of changes, as a process."""

import logging
import signal
from threading import Event

from gateway.engines import check_source
from gateway.jobs import follow_changes
from gateway.server import log_to_stderr
from gateway.settings import Settings
from resolvers.errors import SourceUnavailable

log = logging.getLogger(__name__)


def follow(settings: Settings) -> None:
    """Apply the changes of the stream until a signal; then finish the batch that is being applied."""
    log_to_stderr(settings)
    stop = Event()
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, lambda *_: stop.set())
    _look_ahead(settings)
    log.info("following %s for %s", settings.changes_stream, _place(settings))
    follow_changes(settings, stop)


def _look_ahead(settings: Settings) -> None:
    """Say now, and not with the first change, that there is nothing to apply changes to. It may come."""
    try:
        check_source(settings)
    except SourceUnavailable as error:
        log.warning("changes cannot be applied for now: %s", error.message)


def _place(settings: Settings) -> str:
    return f"OpenSearch, {settings.opensearch_prefix}-*" if settings.engine == "opensearch" else str(settings.data_dir)

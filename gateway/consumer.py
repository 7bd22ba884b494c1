"""The consumer of the stream of changes, as a process."""

import logging
import signal
from threading import Event

from gateway.jobs import follow_changes
from gateway.server import log_to_stderr
from gateway.settings import Settings

log = logging.getLogger(__name__)


def follow(settings: Settings) -> None:
    """Apply the changes of the stream until a signal; then finish the batch that is being applied."""
    log_to_stderr(settings)
    stop = Event()
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, lambda *_: stop.set())
    log.info("following %s for %s", settings.changes_stream, settings.data_dir)
    follow_changes(settings, stop)

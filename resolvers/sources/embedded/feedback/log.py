"""All feedback of a data directory, for commands, beside the servers that write it."""

import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from resolvers.sources.embedded.failures import told_as_source_error
from resolvers.sources.embedded.feedback.files import FeedbackFiles
from resolvers.sources.embedded.feedback.index import Place
from resolvers.sources.embedded.feedback.records import Placed
from resolvers.sources.feedback import Event, ShownQuery

AT_ONCE = 1_000
"""So many records are looked up in one view of the index, which keeps LMDB from using room again."""
FOR_EVER = float("inf")
NOT_READ = "the feedback cannot be read; move a damaged segment away to do without it"
log = logging.getLogger(__name__)


class EmbeddedFeedbackLog:
    """Reads the feedback below a data directory. There may be none."""

    def __init__(self, data_dir: Path) -> None:
        self._files = FeedbackFiles(data_dir, keep_seconds=FOR_EVER)

    def all_queries(self) -> Iterator[ShownQuery]:
        with told_as_source_error(NOT_READ):
            for one in self._all():
                if isinstance(one, ShownQuery):
                    yield one

    def all_events(self) -> Iterator[Event]:
        with told_as_source_error(NOT_READ):
            for one in self._all():
                if isinstance(one, Event):
                    yield one

    def _all(self) -> Iterator[ShownQuery | Event]:
        if not self._files.exist():
            return
        for number, state in sorted(self._files.states().items()):
            if self._files.segments.path(number).exists():
                yield from self._of(number, self._files.segments.records(number, state.end))
            else:
                log.warning("%s is not there any more, and is left out", self._files.segments.path(number).name)

    def _of(self, number: int, records: Iterator[Placed]) -> Iterator[ShownQuery | Event]:
        """What counts of a segment: a crash may have left an event in two of them."""
        while some := list(islice(records, AT_ONCE)):
            with self._files.index.reading() as reading:
                counting = [one for one in some if reading.place(one.value) == Place(number, one.start)]
            yield from (one.value for one in counting)

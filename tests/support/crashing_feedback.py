"""Record events until killed: `python -m tests.support.crashing_feedback DATA_DIR NAME [STEP]`.

Prints the ids of events that were taken, a line each. With a STEP it kills itself there: at the so-many-th look at the
clock, of which one is before a record is written, and one when it is on disk and not in the index yet.
"""

import asyncio
import itertools
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from resolvers.sources.embedded.feedback.files import FeedbackFiles
from resolvers.sources.embedded.feedback.journal import EmbeddedJournal
from resolvers.sources.recording import Recording
from tests.support.feedback import event, query

REPORTERS = 4
SEGMENT_BYTES = 20_000
"""So small that segments end and begin all the time."""


def killing_clock(step: int | None) -> Callable[[], float]:
    steps = itertools.count(1)

    def clock() -> float:
        if step is not None and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return time.time()

    return clock


async def report(store: Recording, name: str) -> None:
    """Show a query and report events of it, again and again."""
    for number in itertools.count():
        shown = query(f"query-{name}-{number}")
        store.shown(shown)
        ids = [f"event-{name}-{number}-{at}" for at in range(3)]
        if await store.record([event(id_, shown.id) for id_ in ids]) != [True] * 3:
            raise RuntimeError("an event was known before it was reported")
        sys.stdout.write("".join(f"{id_}\n" for id_ in ids))
        sys.stdout.flush()


async def main(data_dir: Path, name: str, step: int | None) -> None:
    files = FeedbackFiles(data_dir, keep_seconds=1e9, segment_bytes=SEGMENT_BYTES, clock=killing_clock(step))
    store = Recording(EmbeddedJournal(files))
    await store.start()
    await asyncio.gather(*(report(store, f"{name}-{at}") for at in range(REPORTERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if sys.argv[3:] else None))

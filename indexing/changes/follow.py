"""A consumer of a stream of changes.

Messages are done when what they ask for is durable, and not before: whatever ends this process, they are given again.
Given twice, they are stale. While the engine is down they stay taken, and the batch is tried again. One that can never
be applied is put aside, and holds up none of its batch, even where that cannot be done for now.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Event

from indexing.changes.apply import BatchResult, apply_batch
from indexing.changes.burying import Burying, Letter
from indexing.changes.given import ChangeReader, GivenChange
from indexing.changes.messages import ChangeStream, Message
from indexing.lines import MAX_LINE_BYTES
from indexing.validate import Unacceptable
from resolvers.errors import DiscoveryError, SourceUnavailable
from resolvers.sources.changes import Changeable, Fate, Invalidator
from resolvers.sources.embedding import Embedder

BATCH_CHANGES = 1_000
WAIT_SECONDS = 1.0
"""How long the server holds an answer back while there is no message; a wish to stop is noticed after that."""
ALONE_FROM, GIVEN_UP_AT = 3, 6
"""A message that was delivered so often has seen its consumers die: it is tried alone, and then not any more."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 30.0
log = logging.getLogger(__name__)


class Follower:
    """Applies what comes until `stop` is set, and then ends between two batches.

    A batch has what has come `batch_seconds` after its first message, up to BATCH_CHANGES.
    """

    def __init__(
        self,
        stream: ChangeStream,
        engine: Changeable,
        embedder: Embedder,
        invalidator: Invalidator,
        stop: Event,
        *,
        batch_seconds: float,
    ) -> None:
        self._stream, self._engine, self._embedder, self._invalidator = stream, engine, embedder, invalidator
        self._stop, self._batch_seconds = stop, batch_seconds
        self._reader, self._burying = ChangeReader(), Burying(stream)
        self._pause_seconds = FIRST_PAUSE_SECONDS

    def run(self) -> None:
        """Raises IndexingError when the stream's server refuses us."""
        while not self._stop.is_set():
            for batch in self._batches():
                if not self._stop.is_set():
                    self._apply(batch)
            self._burying.try_again()

    def _batches(self) -> Sequence[Sequence[Message]]:
        """What is to be applied now: as one batch, or one by one what may be deadly."""
        try:
            taken = self._stream.take(BATCH_CHANGES, WAIT_SECONDS)
            return self._divided(self._completed(taken))
        except SourceUnavailable as error:
            self._stream.take_again()
            self._pause(error)
            return ()

    def _completed(self, taken: list[Message]) -> list[Message]:
        """A batch with what comes a little later."""
        if not taken or len(taken) == BATCH_CHANGES or self._stop.wait(self._batch_seconds):
            return taken
        try:
            return taken + self._stream.more(BATCH_CHANGES - len(taken))
        except SourceUnavailable:
            self._stream.take_again()
            return taken

    def _divided(self, taken: Sequence[Message]) -> Sequence[Sequence[Message]]:
        deadly = sorted((one for one in taken if one.deliveries >= ALONE_FROM), key=lambda one: -one.deliveries)
        # The others have only been there when a consumer died. Only the first is guilty if it happens again.
        others = [one for one in deadly[1:] if one.deliveries > ALONE_FROM]
        self._stream.forgive(others, ALONE_FROM)
        alone = [[one if at == 0 else one._replace(deliveries=ALONE_FROM)] for at, one in enumerate(deadly)]
        rest = [one for one in taken if one.deliveries < ALONE_FROM]
        return [*alone, rest] if rest else alone

    def _apply(self, messages: Sequence[Message]) -> None:
        """Apply a batch, however long that takes. What is not applied when we are to stop stays for the next time."""
        changes: dict[Message, GivenChange] = {}
        while messages:
            try:
                messages = self._readable(messages, changes)
                self._applied(messages, changes)
            except DiscoveryError as error:
                self._acquit(messages)
                if self._pause(error):
                    continue
            return

    def _readable(self, messages: Sequence[Message], changes: dict[Message, GivenChange]) -> Sequence[Message]:
        """The messages that have a change, which is put among the changes; the others are buried."""
        letters = []
        for message in messages:
            if message not in changes:
                try:
                    changes[message] = self._change(message)
                except Unacceptable as refusal:
                    reason = f"{refusal.field}: {refusal.message}" if refusal.field else refusal.message
                    letters.append(Letter(message, reason))
        self._burying.bury(letters)
        return [message for message in messages if message in changes]

    def _change(self, message: Message) -> GivenChange:
        if message.deliveries >= GIVEN_UP_AT:
            raise Unacceptable(None, "deadly", f"was delivered {message.deliveries} times, and its consumers ended")
        if message.change is None:
            raise Unacceptable(None, "no change", "there is no field `change`, or the message is not there any more")
        if len(message.change) > MAX_LINE_BYTES:
            raise Unacceptable(None, "line too long", f"expected at most {MAX_LINE_BYTES:,} bytes")
        return self._reader.read(message.change)

    def _applied(self, messages: Sequence[Message], changes: Mapping[Message, GivenChange]) -> None:
        with self._engine.changing() as index:
            # The index is ours from here on. A message that was done since it was read may be older than what a full
            # index has brought.
            mine = self._stream.still_mine(messages)
            result = apply_batch(
                index, [changes[message] for message in mine], self._embedder, exclusive=self._engine.exclusive
            )
        self._invalidator.invalidate(result.concerned)
        outcomes = list(zip(mine, result.outcomes, strict=True))
        self._stream.done([message for message, outcome in outcomes if outcome.fate is not Fate.REFUSED])
        self._burying.bury(
            [
                Letter(message, f"refused by the engine: {outcome.reason}")
                for message, outcome in outcomes
                if outcome.fate is Fate.REFUSED
            ]
        )
        self._pause_seconds = FIRST_PAUSE_SECONDS
        _tell(result)

    def _acquit(self, messages: Sequence[Message]) -> None:
        """Whatever ends this process while the engine is down, the messages are not guilty of it."""
        with suppress(SourceUnavailable):
            self._stream.forgive(self._stream.still_mine(messages), 0)

    def _pause(self, error: DiscoveryError) -> bool:
        """Wait, longer each time; False when we are to stop meanwhile."""
        log.warning("nothing is applied for now, and is tried again: %s", error.message)
        seconds, self._pause_seconds = self._pause_seconds, min(2 * self._pause_seconds, LONGEST_PAUSE_SECONDS)
        return not self._stop.wait(seconds)


def _tell(result: BatchResult) -> None:
    applied, stale = result.count(Fate.APPLIED), result.count(Fate.STALE)
    log.info("applied %d changes, %d were stale, %d other documents rewritten", applied, stale, result.rewritten)

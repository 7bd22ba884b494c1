"""What becomes of messages that can never be applied: they go to the dead-letter stream, with the reason.

While nothing can be written there, they stay pending and are tried again, and hold nothing else up.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from typing import NamedTuple

from indexing.changes.messages import ChangeStream, Message
from resolvers.errors import DiscoveryError

log = logging.getLogger(__name__)


class Letter(NamedTuple):
    """A message that can never be applied, and why."""

    message: Message
    reason: str


class Burying:
    """Buries the messages of a stream. The first that cannot be is kept, and tried until it can; others wait for it.

    So however many there are, no more than one is kept here, and asked for in vain.
    """

    def __init__(self, stream: ChangeStream) -> None:
        self._stream = stream
        self._first: Letter | None = None

    def bury(self, letters: Sequence[Letter]) -> None:
        """Put the messages where people look for them, or leave them pending."""
        for at, letter in enumerate(letters):
            if self._first is None:
                self._first = self._left(letter)
            if self._first is not None:
                self._leave(letters[at:])
                return

    def try_again(self) -> None:
        """Look whether what could not be buried can be now, and have what is left pending be taken again."""
        if self._first is not None and self._left(self._first, is_told=True) is None:
            self._first = None
            self._stream.take_again()

    def _left(self, letter: Letter, *, is_told: bool = False) -> Letter | None:
        """The letter, if it cannot be buried."""
        try:
            self._stream.bury(*letter)
        except DiscoveryError as error:
            if not is_told:
                why = "message %s cannot be applied (%s), and stays pending while the dead-letter stream takes none: %s"
                log.warning(why, letter.message.id, letter.reason, error.message)
            return letter
        log.error(
            "message %s cannot be applied, and is in the dead-letter stream: %s", letter.message.id, letter.reason
        )
        return None

    def _leave(self, letters: Sequence[Letter]) -> None:
        """That they are taken again shall not count: their consumer does not end by them."""
        with suppress(DiscoveryError):
            mine = self._stream.still_mine([letter.message for letter in letters])
            ordered = sorted(mine, key=lambda one: one.deliveries)
            for deliveries, some in groupby(ordered, key=lambda one: one.deliveries):
                self._stream.forgive(list(some), deliveries - 1)

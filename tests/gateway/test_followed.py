"""A value that is read again when it may be another, whatever goes wrong meanwhile."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from gateway.following import LONGEST_PAUSE_SECONDS, Followed
from resolvers.errors import SourceError


class Clock:
    """Sleeps as long as it is let, and writes down how long each pause was to be."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self._asked, self._over = asyncio.Event(), asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._asked.set()
        await self._over.wait()
        self._over.clear()

    async def next(self) -> None:
        """End the pause, and wait for the next one."""
        await self._asked.wait()
        self._asked.clear()
        self._over.set()
        await self._asked.wait()


class Reading:
    """Reads what it is given, one after the other; an exception is raised."""

    def __init__(self, *values: object) -> None:
        self._values: Iterator[object] = iter(values)
        self._count = 0

    def stamp(self) -> tuple[object, ...]:
        self._count += 1
        return (self._count,)

    def read(self) -> object:
        value = next(self._values)
        if isinstance(value, Exception):
            raise value
        return value


def followed(reading: Reading, clock: Clock, look_seconds: float = 1.0) -> Followed[object]:
    return Followed("numbers", 0, reading.stamp, reading.read, look_seconds=look_seconds, sleep=clock.sleep)


async def test_what_nobody_expected_is_logged_once_with_its_cause_and_looked_at_again_after_longer_pauses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    numbers = followed(Reading(1, KeyError("x"), KeyError("x"), KeyError("x"), 5, 6), clock)
    await numbers.start()
    seen = []
    for _ in range(5):
        await clock.next()
        seen.append(numbers.current)
    await numbers.close()
    assert seen == [1, 1, 1, 5, 6]
    assert clock.pauses == [1, 2, 4, 8, 1, 1]
    [told] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert told.getMessage() == "the numbers stay as they are: KeyError('x')"
    assert told.exc_info is not None


async def test_pauses_have_an_end() -> None:
    clock = Clock()
    numbers = followed(Reading(*[ZeroDivisionError()] * 30), clock)
    await numbers.start()
    for _ in range(25):
        await clock.next()
    await numbers.close()
    assert max(clock.pauses) == LONGEST_PAUSE_SECONDS


async def test_what_cannot_be_read_is_looked_at_again_as_often_as_ever(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    numbers = followed(Reading(1, SourceError("gone"), SourceError("gone"), 4), clock, look_seconds=900)
    await numbers.start()
    for _ in range(3):
        await clock.next()
    await numbers.close()
    assert clock.pauses == [900] * 4
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "the numbers stay as they are: gone"
    ]


async def test_a_start_goes_on_without_what_cannot_be_read() -> None:
    numbers = followed(Reading(ZeroDivisionError(), 2), Clock())
    await numbers.start()
    assert numbers.current == 0
    await numbers.refresh()
    assert numbers.current == 2
    await numbers.close()

"""Where an index lies on disk, how it is switched, and when an old one may go.

    data directory/
        CURRENT                 the name of the generation in use; replaced atomically
        writing.lock            held by the one process that builds or changes
        generations/NAME/       one complete index
            in-use.lock         held (shared) by every process that reads it
        unfinished/NAME/        a generation that is being built, or that was interrupted

A crash at any point leaves CURRENT on a complete generation. A generation is removed by whoever finds that it is not
the current one and that nobody holds its lock. Locks are `flock`s, which the kernel releases with their process.
"""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from time import sleep

from resolvers.errors import IndexingError, SourceUnavailable
from resolvers.sources.embedded.durable import flush, make_folder
from resolvers.sources.embedded.failures import told_as_indexing_error

LOCK_LOOK_SECONDS = 0.02
MOMENT = "%Y%m%dT%H%M%S.%fZ"
INSTANT = timedelta(microseconds=1)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
log = logging.getLogger(__name__)


class Layout:
    """The paths of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.current_file = data_dir / "CURRENT"
        self.generations = data_dir / "generations"
        self.unfinished = data_dir / "unfinished"
        self._write_lock = data_dir / "writing.lock"

    def current(self) -> str | None:
        """The name of the generation in use; None when nothing has been indexed yet."""
        try:
            return self.current_file.read_text().strip() or None
        except FileNotFoundError:
            return None

    def path(self, generation: str) -> Path:
        return self.generations / generation

    @contextmanager
    def writing(self, patience_seconds: float = 0.0) -> Iterator[Path]:
        """A new folder to build a generation in; it is removed at the end unless `switch` has taken it away.

        Raises IndexingError when another process is writing for longer than `patience_seconds`, or when the data
        directory cannot be written.
        """
        with told_as_indexing_error(f"the data directory {self.data_dir} cannot be written"):
            try:
                make_folder(self.unfinished)
            except (FileExistsError, NotADirectoryError) as error:
                raise IndexingError(
                    f"{self.data_dir} is no directory, and there can be none: name another data directory"
                ) from error
            self.generations.mkdir(exist_ok=True)
            lock = self._write_lock.open("w")
        with lock:
            if not _locked(lock.fileno(), patience_seconds):
                raise IndexingError(f"another process is indexing into {self.data_dir}: wait for it")
            with told_as_indexing_error(f"the data directory {self.data_dir} cannot be written"):
                self._remove_leftovers()
                folder = self.unfinished / self._new_name()
                folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _new_name(self) -> str:
        """A name above all there are, also after a clock has been set back: a lower one may be removed by anybody."""
        last = max((_moment(folder.name) for folder in self.generations.iterdir()), default=NEVER)
        return f"{max(datetime.now(UTC), last + INSTANT):{MOMENT}}-{token_hex(4)}"

    def _remove_leftovers(self) -> None:
        """Remove what interrupted builds have left. Only the holder of the writing lock may."""
        for leftover in self.unfinished.iterdir():
            shutil.rmtree(leftover, ignore_errors=True)

    def switch(self, folder: Path) -> str:
        """Make a complete generation the current one; what was written before is on disk when this returns."""
        (folder / "in-use.lock").touch()
        for path in [*folder.rglob("*"), folder]:
            flush(path)
        final = self.path(folder.name)
        folder.rename(final)
        flush(self.generations)
        pointer = self.data_dir / "CURRENT.new"
        pointer.write_text(final.name + "\n")
        flush(pointer)
        pointer.replace(self.current_file)
        flush(self.data_dir)
        self.remove_unused()
        return final.name

    def remove_unused(self) -> None:
        """Remove the generations that are not current and that nobody reads."""
        current = self.current()
        if current is None or not self.generations.is_dir():
            return
        for folder in self.generations.iterdir():
            # An older name is never made current again, while a newer one may be about to be.
            if folder.name < current:
                try:
                    _remove_if_unused(folder)
                except OSError as error:
                    log.warning("the old index generation %s cannot be removed: %s", folder.name, error)

    def hold(self, generation: str) -> int:
        """Keep a generation from being removed; returns the file descriptor to close when done with it.

        Raises SourceUnavailable when it is gone.
        """
        try:
            descriptor = os.open(self.path(generation) / "in-use.lock", os.O_RDONLY)
        except FileNotFoundError as error:
            raise SourceUnavailable(f"the index generation {generation} has been removed") from error
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if not (self.path(generation) / "in-use.lock").exists():
            os.close(descriptor)
            raise SourceUnavailable(f"the index generation {generation} has been removed")
        return descriptor


def _moment(generation: str) -> datetime:
    try:
        return datetime.strptime(generation.split("-", maxsplit=1)[0], MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return NEVER


def _locked(descriptor: int, patience_seconds: float) -> bool:
    """Take a lock that others may have; a waiting flock could not be given up."""
    for _ in range(1 + round(patience_seconds / LOCK_LOOK_SECONDS)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(LOCK_LOOK_SECONDS)
        else:
            return True
    return False


def _remove_if_unused(folder: Path) -> None:
    try:
        with (folder / "in-use.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The lock file goes first: who waits for the lock sees from its absence that the generation is gone.
            (folder / "in-use.lock").unlink()
    except BlockingIOError:
        return
    except FileNotFoundError:
        # Somebody is removing it, or was killed while doing so: whoever comes by goes on with it.
        pass
    shutil.rmtree(folder, ignore_errors=True)

"""What feedback says of jobs and talent, in a file beside the index."""

from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from resolvers.errors import SourceError
from resolvers.ranking.popularity import NOTHING_COUNTED, Popularity
from resolvers.sources.embedded.durable import flush
from resolvers.sources.popularity import Stamp

FILE = "popularity.msgpack"


class PopularityFile:
    """Keeps it in a data directory. The file is replaced whole, so that readers see the old one or the new one."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / FILE

    def stamp(self) -> Stamp | None:
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error) from error
        return found.st_mtime_ns, found.st_ino, found.st_size

    def read(self) -> Popularity:
        try:
            return Popularity.of_content(self._file.read_bytes())
        except FileNotFoundError:
            return NOTHING_COUNTED
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from error

    def write(self, popularity: Popularity) -> None:
        # Of its own, as another command may be writing too: the last one counts.
        new = self._file.with_suffix(f".{token_hex(4)}.new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(popularity.content)
            flush(new)
            new.replace(self._file)
            flush(self._file.parent)
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise SourceError(f"{self._file} cannot be written: {error.strerror or error}") from error

    def close(self) -> None:
        """Nothing is held."""

    def _unreadable(self, error: Exception) -> SourceError:
        return SourceError(f"{self._file} cannot be read ({error}); run `python -m gateway popularity refresh` again")

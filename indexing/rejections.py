"""Every rejection of a run in a file, for those who mend the feed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from indexing.feed import FeedFile
from indexing.summary import Rejection, Tell, untold
from resolvers.errors import IndexingError


@contextmanager
def rejections_file(path: Path | None, feed: Sequence[FeedFile]) -> Iterator[Tell]:
    """Where to tell rejections: a new file, a JSON object a line; without a path, nowhere.

    It has all that was told, however the run ends. Raises IndexingError when it cannot be written, or is a file of the
    feed.
    """
    if path is None:
        yield untold
        return
    if path.resolve() in {file.path.resolve() for file in feed}:
        raise IndexingError(f"{path} is a file of the feed: name another one for the rejections.")
    with _writing(path):
        file = path.open("wb")

    def tell(rejection: Rejection) -> None:
        with _writing(path):
            file.write(msgspec.json.encode(rejection) + b"\n")

    try:
        yield tell
    finally:
        with _writing(path):
            file.close()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IndexingError(f"{path}: the rejections cannot be written: {error.strerror or error}.") from error

"""Learned rankers in a data directory.

models/
    NAME/manifest.json      what a model says of itself
    NAME/trees.json         its trees
    promoted.json           which models are in use; replaced atomically
    promoting.lock          held by whoever changes that

A model is written aside and renamed when it is on disk, so that one that can be seen is whole.
"""

import fcntl
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from resolvers.errors import ModelRefused
from resolvers.sources.embedded.durable import flush, make_folder
from resolvers.sources.embedded.failures import told_as_source_error
from resolvers.sources.feedback import Surface
from resolvers.sources.models import MODEL_NAME, MODEL_NUMBER, Promotions, StoredModel

MANIFEST_FILE, TREES_FILE = "manifest.json", "trees.json"
NEW = "new-"


class FolderRegistry:
    """A `ModelRegistry` in a data directory, which need not be there yet."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "models"
        self._promoted = self._folder / "promoted.json"

    def names(self) -> list[str]:
        with told_as_source_error(f"the models in {self._folder} cannot be listed"):
            found = self._folder.iterdir() if self._folder.is_dir() else ()
            return sorted(one.name for one in found if re.fullmatch(MODEL_NUMBER, one.name))

    def add(self, model: StoredModel) -> str:
        with told_as_source_error(f"the model cannot be written to {self._folder}"):
            make_folder(self._folder)
            aside = Path(mkdtemp(prefix=NEW, dir=self._folder))
            try:
                _write(aside / MANIFEST_FILE, model.manifest)
                _write(aside / TREES_FILE, model.trees)
                flush(aside)
                return self._named(aside)
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def read(self, name: str) -> StoredModel:
        # A name is put into a path: nothing but a name of ours may get there.
        if not re.fullmatch(MODEL_NUMBER, name) or not (self._folder / name).is_dir():
            raise ModelRefused(f"there is no model {name} in {self._folder}: `models list` says which there are")
        with told_as_source_error(f"the model {name} cannot be read"):
            folder = self._folder / name
            return StoredModel((folder / MANIFEST_FILE).read_bytes(), (folder / TREES_FILE).read_bytes())

    def promotions(self) -> Promotions:
        with told_as_source_error(f"{self._promoted} cannot be read"):
            try:
                return msgspec.json.decode(self._promoted.read_bytes(), type=dict[Surface, list[str]])
            except FileNotFoundError:
                return {}

    def promote(self, change: Callable[[Promotions], Promotions]) -> Promotions:
        with self._alone():
            changed = change(self.promotions())
            with told_as_source_error(f"{self._promoted} cannot be written"):
                aside = self._folder / "promoted.json.new"
                _write(aside, msgspec.json.encode(changed))
                aside.replace(self._promoted)
                flush(self._folder)
        return changed

    def close(self) -> None:
        """There is nothing to let go of."""

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with told_as_source_error(f"{self._promoted} cannot be written"):
            make_folder(self._folder)
            lock = (self._folder / "promoting.lock").open("w")
        with lock:
            # Whoever has it writes one small file: it is waited for.
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _named(self, aside: Path) -> str:
        """Give a whole model the first name that nobody else takes at the same time."""
        number = max((int(name.rpartition("-")[2]) for name in self.names()), default=0)
        while True:
            number += 1
            name = MODEL_NAME.format(number)
            # A folder with something in it is never replaced by a renamed one.
            try:
                aside.rename(self._folder / name)
            except OSError:
                if not (self._folder / name).exists():
                    raise
            else:
                flush(self._folder)
                return name


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    flush(path)

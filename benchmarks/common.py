"""What the benchmarks share: catalogs and indexes of a size, timing, quantiles, and tables that can be checked in."""

import argparse
import math
import os
import platform
import re
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Generic, NamedTuple, Self, TypeVar

from gateway.jobs import index
from indexing.demo import write_demo
from indexing.progress import SilentProgress
from resolvers.catalog.kind import Kind
from resolvers.ranking.occupations import OccupationStatistics
from resolvers.ranking.skills import SkillStatistics
from resolvers.sources.building import IndexedDocument, Refused
from resolvers.sources.embedded.layout import Layout

REPOSITORY = Path(__file__).resolve().parent.parent
GIVEN_CATALOG = REPOSITORY.parent / "shared" / "data"
Made = TypeVar("Made")


class ReadyMade(Generic[Made]):
    """A target that keeps what an engine would be given, and builds nothing. Whoever inherits it says what that is."""

    def __init__(self) -> None:
        self.made: dict[Kind, list[Made]] = {}

    @contextmanager
    def reserve(self) -> Iterator[Self]:
        yield self

    @contextmanager
    def build(self, counts: dict[Kind, int], embedder: str | None, dimension: int) -> Iterator[Self]:  # noqa: ARG002
        yield self

    def adapt(self, content: bytes) -> None:
        """What the model has learned is kept with an index, and there is none."""

    def relate(self, skills: SkillStatistics, occupations: OccupationStatistics) -> None:
        """What the catalog says is kept with an index too."""

    def write(self, kind: Kind, documents: Sequence[IndexedDocument]) -> None:
        kept = self.made.setdefault(kind, [])
        kept += self.make(kind, documents, len(kept))

    def make(self, kind: Kind, documents: Sequence[IndexedDocument], first_row: int) -> Iterable[Made]:
        """What the engine is given of the documents, the first of which has this number in its kind."""
        raise NotImplementedError

    def complete(self) -> Sequence[Refused]:
        return ()

    def publish(self) -> str:
        return "nothing"

    @property
    def count(self) -> int:
        return sum(map(len, self.made.values()))


class Size(NamedTuple):
    """How large a demo catalog is."""

    jobs: int
    talent: int

    def __str__(self) -> str:
        return f"{self.jobs}+{self.talent}"

    @property
    def shown(self) -> str:
        return f"{self.jobs:,} jobs + {self.talent:,} talent"

    @property
    def total(self) -> int:
        return self.jobs + self.talent


LOAD_BEFORE = os.getloadavg()[0]
SMALL, MEDIUM, LARGE = Size(1_500, 3_000), Size(15_000, 30_000), Size(200_000, 300_000)


def size(text: str) -> Size:
    """A size as the command line has it, such as `15000+30000`."""
    found = re.fullmatch(r"(\d+)\+(\d+)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: expected JOBS+TALENT, such as {MEDIUM}")
    return Size(int(found[1]), int(found[2]))


class Workshop:
    """Makes catalogs and indexes in a folder, each when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def catalog(self, wanted: Size) -> Path:
        """The folder of a demo catalog of the size."""
        folder = self.folder / str(wanted) / "catalog"
        if not folder.exists():
            tell(f"generating {wanted.shown}")
            partial = folder.with_name("catalog.partial")
            write_demo(partial, jobs=wanted.jobs, talent=wanted.talent)
            partial.rename(folder)
        return folder

    def data_dir(self, wanted: Size) -> Path:
        """Where the index of a demo catalog of the size belongs, whether or not it is there."""
        return self.folder / str(wanted) / "index"

    def index(self, wanted: Size) -> Path:
        """The data directory of a demo catalog of the size, with its index."""
        folder = self.data_dir(wanted)
        if Layout(folder).current() is None:
            catalog = self.catalog(wanted)
            tell(f"indexing {wanted.shown}")
            index([catalog], folder, strict=True, embeddings=True, progress=SilentProgress())
        return folder


@contextmanager
def workshop(keep: Path | None) -> Iterator[Workshop]:
    """A workshop in `keep`, where things stay for the next time, or in a temporary folder."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield Workshop(keep)
        return
    with TemporaryDirectory(prefix="discovery-benchmark-") as folder:
        yield Workshop(Path(folder))


def parser(question: str, *, runs: int, sizes: Sequence[Size] = ()) -> argparse.ArgumentParser:
    """A command line with what every benchmark takes, and `--sizes` where there are some by default."""
    made = argparse.ArgumentParser(description=question)
    made.add_argument("--runs", type=int, default=runs, help="how often everything is measured (%(default)s)")
    made.add_argument("--keep", type=Path, metavar="DIR", help="keep catalogs and indexes here for the next time")
    made.add_argument("--write", action="store_true", help="write the results file beside the script")
    if sizes:
        said = "JOBS+TALENT of the demo catalogs, smallest first"
        made.add_argument("--sizes", type=size, nargs="+", default=list(sizes), help=said)
    return made


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


def interleaved(works: dict[str, Callable[[], float]], runs: int) -> dict[str, list[float]]:
    """What each work measures, `runs` times, one after the other so that a busy machine is busy for all of them."""
    measured: dict[str, list[float]] = {name: [] for name in works}
    for run in range(runs):
        # Whoever goes first finds the machine as the last one left it: everybody does once.
        for name in _rotated(list(works), run):
            measured[name].append(works[name]())
            tell(f"run {run + 1} of {runs}: {name}: {measured[name][-1]:.3f}")
    return measured


def _rotated(names: list[str], steps: int) -> list[str]:
    first = steps % len(names)
    return names[first:] + names[:first]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def spread(values: Sequence[float], format_: str = ",.0f") -> str:
    """The median, and the lowest and highest where there are several values."""
    middle = format(statistics.median(values), format_)
    return middle if len(values) < 2 else f"{middle} ({min(values):{format_}} to {max(values):{format_}})"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown: the first column to the left, numbers to the right."""
    rules = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rules, *rows))


def report(script: str, question: str, sections: Sequence[str], *, write: bool) -> None:
    """Print the answer, and write it beside the script when asked to."""
    command = " ".join(["python", str(Path(script).resolve().relative_to(REPOSITORY)), *_told(sys.argv[1:])])
    body = "\n\n".join([f"# {question}", *sections, f"{machine()} `{command}`"]) + "\n"
    sys.stdout.write(body)
    if write:
        Path(script).with_suffix(".results.md").write_text(body)


def _told(arguments: Sequence[str]) -> list[str]:
    """The arguments that change what is measured."""
    kept = iter(arguments)
    return [argument for argument in kept if argument != "--write" and not (argument == "--keep" and next(kept))]


def machine() -> str:
    """What was measured on. A load average near or above the number of cores: others were at work at the same time."""
    runtime = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"Measured on {os.cpu_count()} cores, {runtime}, load average {LOAD_BEFORE:.1f} before the start:"


def tell(news: str) -> None:
    """Say on standard error how far the benchmark is."""
    sys.stderr.write(f"{news}\n")

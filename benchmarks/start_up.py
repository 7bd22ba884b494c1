"""How long does it take from the start of the process to the first answer, cold and warm?"""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from common import MEDIUM, interleaved, parser, report, seconds, size, spread, table, workshop
from serving import environment, serving

IMPORTS = "python -c 'import strawberry, starlette'"
ANSWER = "python -m gateway serve, to the first answer"
HELP = "python -m gateway --help"


def evict(files: Iterable[Path]) -> None:
    """Have the kernel forget what it has read of the files, as after a boot. Pages that a process maps stay."""
    for file in files:
        if file.is_file():
            descriptor = os.open(file, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def installed() -> Iterable[Path]:
    """The files of the installed packages and of Python's library."""
    paths = sysconfig.get_paths()
    for folder in {paths["purelib"], paths["platlib"], paths["stdlib"]}:
        yield from Path(folder).rglob("*")


def first_answer(data_dir: Path) -> float:
    started = perf_counter()
    with serving(data_dir) as gateway:
        gateway.ask("python developer")
        return perf_counter() - started


def command(*arguments: str) -> float:
    """Run Python with the arguments to its end."""
    whole = [sys.executable, *arguments]
    return seconds(lambda: subprocess.run(whole, check=True, env=environment(), stdout=subprocess.DEVNULL))


def measures(data_dir: Path) -> dict[str, Callable[[], float]]:
    """Every work, cold and then warm."""
    works = {
        IMPORTS: partial(command, "-c", "import strawberry, starlette"),
        HELP: partial(command, "-m", "gateway", "--help"),
        ANSWER: partial(first_answer, data_dir),
    }

    def cold(work: Callable[[], float]) -> float:
        evict([*installed(), *data_dir.rglob("*")])
        return work()

    made: dict[str, Callable[[], float]] = {}
    for what, work in works.items():
        made[f"{what}, cold"] = partial(cold, work)
        made[f"{what}, warm"] = work
    return made


QUESTION = "How long does it take from the start of the process to the first answer, cold and warm?"
EXPLANATION = """\
Seconds from starting the process; for the gateway until the answer to a hybrid search with 20 hits has arrived over
HTTP, with the model loaded and the index opened. Cold: the page cache was told to forget Python's library, the
installed packages and the index; the interpreter itself and what another process has mapped stay. Medians, with the
lowest and the highest run."""


def main() -> None:
    made = parser(QUESTION, runs=5)
    made.add_argument("--size", type=size, default=MEDIUM, help="JOBS+TALENT of the demo catalog (%(default)s)")
    made.add_argument("--data-dir", type=Path, help="an index, instead of one of a demo catalog")
    asked = made.parse_args()
    with workshop(asked.keep) as shop:
        taken = interleaved(measures(asked.data_dir or shop.index(asked.size)), asked.runs)
    rows = []
    for what, times in taken.items():
        bare = taken[f"{IMPORTS}, {what.rsplit(', ', 1)[1]}"]
        rows.append([what, spread(times, ".2f"), f"{median(times) / median(bare):.1f}"])
    header = ["what", "seconds", "ratio to the bare imports"]
    what = f"{asked.runs} runs; {asked.data_dir or f'a demo catalog of {asked.size.shown}'}."
    report(__file__, QUESTION, [table(header, rows), EXPLANATION, what], write=asked.write)


if __name__ == "__main__":
    main()

"""How much memory does indexing take, and serving, as the catalog grows?"""

import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import sleep

from common import MEDIUM, SMALL, Size, parser, report, spread, table, tell, workshop
from search_latency import texts
from serving import environment, serving

INDEXING = "indexing, its peak"
SERVING = "serving, after the queries"
QUERIES = 500
POLL_SECONDS = 0.02
MEGABYTE = 2**20
Reading = dict[str, int]
"""Bytes by what they are for: RssAnon is the process's own, RssFile mapped files that the kernel can drop."""


def resident(pid: int) -> Reading:
    """What of a process is in memory now; nothing of one that has ended. Needs Linux."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: 1024 * int(kilobytes) for name, kilobytes in re.findall(r"^(Rss\w+):\s+(\d+) kB", status, re.M)}


def indexing(catalog: Path, data_dir: Path) -> Reading:
    """The peaks of `python -m gateway index`, looked at every 20 milliseconds."""
    peaks: Reading = {}
    command = [sys.executable, "-m", "gateway", "index", str(catalog), "--data-dir", str(data_dir)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment(), stdout=quiet, stderr=quiet) as process:
        while process.poll() is None:
            for name, found in resident(process.pid).items():
                peaks[name] = max(found, peaks.get(name, 0))
            sleep(POLL_SECONDS)
    if process.returncode:
        raise RuntimeError(f"indexing ended with the exit code {process.returncode}")
    return peaks


def answering(data_dir: Path, asked: list[str]) -> Reading:
    """What a serving process holds after it has answered the queries."""
    with serving(data_dir) as gateway:
        for text in islice(cycle(asked), QUERIES):
            gateway.ask(text)
        return resident(gateway.pid)


def measure(works: dict[tuple[str, Size], Callable[[], Reading]], runs: int) -> dict[tuple[str, Size], list[Reading]]:
    """What each work finds, in turn."""
    found: dict[tuple[str, Size], list[Reading]] = {key: [] for key in works}
    for run in range(runs):
        for key, work in works.items():
            found[key].append(work())
            tell(f"run {run + 1} of {runs}: {key[0]}, {key[1]}: {found[key][-1]}")
    return found


def rows(found: dict[tuple[str, Size], list[Reading]]) -> list[list[str]]:
    """One row a work and size; the ratio is to the same work at the first size."""
    first: dict[str, float] = {}
    made = []
    for (what, wanted), readings in found.items():
        own, mapped = ([reading[name] / MEGABYTE for reading in readings] for name in ("RssAnon", "RssFile"))
        ratio = median(own) / first.setdefault(what, median(own))
        made.append([what, f"{wanted.total:,}", spread(own), spread(mapped), f"{ratio:.2f}"])
    return made


QUESTION = "How much memory does indexing take, and serving, as the catalog grows?"
HEADER = ["process", "jobs and talent", "own MiB", "mapped MiB", "own ÷ smallest size"]
EXPLANATION = f"""\
Its own memory (RssAnon) is what a machine must have; mapped files (RssFile: the index, the vectors, the staged records,
libraries) are page cache that the kernel drops when it needs the room. Indexing is with embeddings, and its two peaks
need not be at the same moment; above the exact search's limit its own memory holds the graph of nearest vectors.
Serving is one process after {QUERIES} hybrid searches over HTTP. Medians, with the lowest and the highest run."""


def main() -> None:
    asked = parser(QUESTION, runs=2, sizes=[SMALL, MEDIUM]).parse_args()
    with workshop(asked.keep) as shop:
        wanted = texts(shop.catalog(asked.sizes[0]), QUERIES)
        works: dict[tuple[str, Size], Callable[[], Reading]] = {}
        for each in asked.sizes:
            works[INDEXING, each] = partial(indexing, shop.catalog(each), shop.data_dir(each))
        for each in asked.sizes:
            works[SERVING, each] = partial(answering, shop.data_dir(each), wanted)
        found = measure(works, asked.runs)
    sizes = " and ".join(each.shown for each in asked.sizes)
    report(
        __file__, QUESTION, [table(HEADER, rows(found)), EXPLANATION, f"Demo catalogs of {sizes}."], write=asked.write
    )


if __name__ == "__main__":
    main()

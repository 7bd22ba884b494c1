"""Node projects with their locked packages, installed once for each lock."""

import shutil
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.graphiql.build import find_node, run

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "node"
OF_PACKAGES = ("package.json", "package-lock.json", ".npmrc")


def node() -> list[str]:
    """The command of a Node that is new enough. Raises BuildError where there is none."""
    return find_node()[0]


def installed(project: Path, cache: Path = CACHE) -> Path:
    """A copy of a project beside its packages. Raises BuildError where there is no Node, or no registry.

    The copy is in the cache, with the project's present scripts. Packages are installed anew when their lock changes.
    """
    digest = sha256(b"".join((project / name).read_bytes() for name in OF_PACKAGES)).hexdigest()[:16]
    folder = cache / f"{project.name}-{digest}"
    if not folder.is_dir():
        _install(project, folder)
    for script in project.glob("*.mjs"):
        shutil.copy2(script, folder)
    return folder


def _install(project: Path, folder: Path) -> None:
    """Install whole or not at all: another process may do the same."""
    _, npm = find_node()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as temporary:
        fresh = Path(temporary, "fresh")
        fresh.mkdir()
        for name in OF_PACKAGES:
            shutil.copy2(project / name, fresh)
        run([*npm, "ci", "--prefer-offline", "--loglevel=error"], fresh)
        if not folder.is_dir():
            fresh.rename(folder)

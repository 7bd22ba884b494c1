"""The Java installations of this machine."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.servers.missing import ServerMissing
from tests.servers.opensearch.releases import Release

FOLDERS = ("/usr/lib/jvm/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home", "/opt/java/*")
VERSION = re.compile(r'^JAVA_VERSION="(?:1\.)?(\d+)', re.MULTILINE)


def java_home(release: Release, found: Mapping[int, Path]) -> Path:
    """The newest of the Java installations that runs the release. Raises ServerMissing where there is none."""
    newest = release.newest_java or max(found, default=0)
    usable = [version for version in found if release.oldest_java <= version <= newest]
    if not usable:
        wanted = f"{release.oldest_java}" + (f" to {newest}" if release.newest_java else " or newer")
        there = ", ".join(map(str, sorted(found))) or "none"
        raise ServerMissing(f"OpenSearch {release.version} needs Java {wanted}, found {there}; set JAVA_HOME to one")
    return found[max(usable)]


def installed() -> dict[int, Path]:
    """The home of every Java of this machine, by its version; of two alike, the one that the environment names."""
    return {version: home for home in _homes() if (version := _version(home))}


def _homes() -> Iterator[Path]:
    for pattern in FOLDERS:
        yield from sorted(Path("/").glob(pattern.removeprefix("/")))
    if on_path := shutil.which("java"):
        yield Path(on_path).resolve().parents[1]
    for variable in ("JAVA_HOME", "OPENSEARCH_JAVA_HOME"):
        if home := os.environ.get(variable):
            yield Path(home)


def _version(home: Path) -> int | None:
    release = home / "release"
    if not (home / "bin" / "java").is_file() or not release.is_file():
        return None
    found = VERSION.search(release.read_text(encoding="utf-8", errors="replace"))
    return int(found[1]) if found else None

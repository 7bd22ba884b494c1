"""An OpenSearch put together from Maven Central: the minimal distribution, the usual modules, the plugins.

What is published there is less than a full distribution: no neural-search, no ml-commons, and k-NN without its native
libraries, so that only the Lucene engine works.
"""

import fcntl
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.missing import ServerMissing
from tests.servers.opensearch.maven import Artifact, fetch
from tests.servers.opensearch.releases import MODULES, Module, Release, folder_name

PLUGIN_GROUP = "org.opensearch.plugin"
# Root runs servers as another user, who cannot look into root's home.
ROOTS_CACHE = Path("/var/cache/discovery-gateway")


def cache_dir() -> Path:
    """Where assembled servers are kept: GATEWAY_TEST_CACHE_DIR, else the user's cache directory, for all checkouts."""
    if given := os.environ.get("GATEWAY_TEST_CACHE_DIR"):
        return Path(given).expanduser().resolve()
    if os.geteuid() == 0:
        return ROOTS_CACHE
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "discovery-gateway"


def assembled(release: Release, secure: bool = False) -> Path:
    """The folder of an assembled server, made now if it is not there. Several processes may ask at the same time.

    Raises ServerMissing where it cannot be made: no Maven, no network, no such plugin.
    """
    if secure and release.security is None:
        raise ServerMissing(f"OpenSearch {release.version} has no security plugin on Maven Central")
    cache = cache_dir() / "opensearch"
    home = cache / folder_name(release, secure)
    if home.is_dir():
        return home
    cache.mkdir(parents=True, exist_ok=True)
    # One lock for all: Maven's own cache is not made for several at once.
    with _locked(cache / "lock"):
        if not home.is_dir():
            for leftover in cache.glob(f"{home.name}.unfinished-*"):
                shutil.rmtree(leftover)
            _assemble(release, secure, home)
    return home


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _assemble(release: Release, secure: bool, home: Path) -> None:
    """Make the server beside `home` and rename it, so that `home` is complete whenever it is there."""
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=f"{home.name}.unfinished-") as temporary:
        work = Path(temporary)
        distribution = Artifact("org.opensearch.distribution.integ-test-zip", "opensearch", release.version, "zip")
        _unpack(fetch(distribution, work / "distribution")[0], work)
        server = work / f"opensearch-{release.version}"
        present = {jar.name for jar in (server / "lib").iterdir()}
        for module in MODULES:
            _add_module(server / "modules" / module.name, module, release, present)
        _add_plugin(server, "opensearch-knn", release.knn, work)
        if secure:
            _add_security(server, release, work)
        _let_everybody_read(server)
        server.rename(home)


def _add_module(folder: Path, module: Module, release: Release, present: set[str]) -> None:
    artifact = Artifact(PLUGIN_GROUP, module.artifact, release.version)
    for jar in fetch(artifact, folder, with_dependencies=True):
        # A server does not start when a module brings a jar that the server has itself.
        if jar.name in present:
            jar.unlink()
    properties = {
        "name": module.name,
        "description": module.name,
        "version": release.version,
        "opensearch.version": release.version,
        "java.version": release.oldest_java,
        "classname": _plugin_class(folder / f"{module.artifact}-{release.version}.jar"),
        "extended.plugins": module.extends,
        "custom.foldername": "",
        "has.native.controller": "false",
    }
    lines = "".join(f"{key}={value}\n" for key, value in properties.items())
    (folder / "plugin-descriptor.properties").write_text(lines, encoding="utf-8")
    if module.permissions:
        grants = "".join(f"  permission {permission};\n" for permission in module.permissions)
        (folder / "plugin-security.policy").write_text(f"grant {{\n{grants}}};\n", encoding="utf-8")


def _plugin_class(jar: Path) -> str:
    """A module's jar has one class that is named ...Plugin."""
    with zipfile.ZipFile(jar) as contents:
        [entry] = [name for name in contents.namelist() if name.endswith("Plugin.class")]
    return entry.removesuffix(".class").replace("/", ".")


def _add_plugin(server: Path, name: str, version: str, work: Path) -> Path:
    [archive] = fetch(Artifact(PLUGIN_GROUP, name, version, "zip"), work / name)
    folder = server / "plugins" / name
    _unpack(archive, folder)
    return folder


def _add_security(server: Path, release: Release, work: Path) -> None:
    assert release.security is not None
    plugin = _add_plugin(server, "opensearch-security", release.security, work)
    (plugin / "config").rename(server / "config" / plugin.name)
    # A full distribution has both beside the plugin.
    for jar in fetch(Artifact("org.apache.commons", "commons-collections4", "4.4"), work / "security"):
        jar.rename(plugin / jar.name)
    descriptor = plugin / "plugin-descriptor.properties"
    needs = descriptor.read_text(encoding="utf-8")
    descriptor.write_text(needs.replace(",rule-framework", ",rule-framework;optional=true"), encoding="utf-8")


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive with the permissions written in it, which `zipfile` leaves out."""
    with zipfile.ZipFile(archive) as contents:
        for entry in contents.infolist():
            path = Path(contents.extract(entry, folder))
            if mode := (entry.external_attr >> 16) & 0o777:
                path.chmod(mode)


def _let_everybody_read(server: Path) -> None:
    for path in (server, *server.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0))

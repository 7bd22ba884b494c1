"""One OpenSearch node of our own."""

import os
import shutil
from functools import cache
from pathlib import Path

from tests.servers.missing import ServerMissing
from tests.servers.opensearch.access import OpenSearchAccess
from tests.servers.opensearch.assemble import assembled
from tests.servers.opensearch.java import installed, java_home
from tests.servers.opensearch.releases import CURRENT, RELEASES
from tests.servers.opensearch.security import AUTHORITY, PASSWORD, USERNAME, secure
from tests.servers.ports import HOST, free_port
from tests.servers.process import Launch, Server

NOBODY = 65_534
ANSWER_SECONDS = 5
# Java's first compiler alone: it takes half the processor time until the server answers.
QUICK_START = "-XX:TieredStopAtLevel=1"
SETTINGS = {
    "cluster.name": "gateway-tests",
    "node.name": "node-1",
    "discovery.type": "single-node",
    "network.host": HOST,
    "action.auto_create_index": "false",
    "bootstrap.memory_lock": "false",
    # A full disk of a developer is not what a test is about; flood stage is set by the test that wants it.
    "cluster.routing.allocation.disk.threshold_enabled": "false",
}


@cache
def _tried(version: str, secure: bool) -> tuple[Path, Path] | ServerMissing:
    """Java and the assembled server, or why there is none: asked once, since Maven may be slow to give up."""
    try:
        return java_home(RELEASES[version], installed()), assembled(RELEASES[version], secure)
    except ServerMissing as missing:
        return missing


def _parts(version: str, secure: bool) -> tuple[Path, Path]:
    parts = _tried(version, secure)
    if isinstance(parts, ServerMissing):
        raise parts
    return parts


class OpenSearchServer(Server, OpenSearchAccess):
    """An OpenSearch of some version: http without a password, or https with both when it is secure.

    `settings` are added to `opensearch.yml`. With `quick_start` it answers sooner, and slower from then on: right for a
    test and wrong for a measurement. Raises ServerMissing where the version cannot be assembled or run.
    """

    look_seconds = 0.25

    def __init__(
        self,
        version: str = CURRENT,
        *,
        secure: bool = False,
        heap: str = "512m",
        port: int | None = None,
        quick_start: bool = False,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.name = f"OpenSearch {version}{' with security' if secure else ''}"
        self.version, self.secure = version, secure
        if secure:
            self.username, self.password = USERNAME, PASSWORD
        self._java, self._home = _parts(version, secure)
        self._java_options = f"-Xms{heap} -Xmx{heap}{f' {QUICK_START}' if quick_start else ''}"
        self._settings = settings or {}
        super().__init__(port)
        self.ca_file = self._config / AUTHORITY if secure else None

    @property
    def address(self) -> str:  # type: ignore[override]
        return f"{'https' if self.secure else 'http'}://{HOST}:{self.port}"

    @property
    def _config(self) -> Path:
        return self.folder / "config"

    def _answers(self) -> bool:
        try:
            self.ask("GET", "/_cluster/health?wait_for_status=yellow&timeout=2s", timeout_seconds=ANSWER_SECONDS)
        except OSError:
            return False
        return True

    def _launch(self) -> Launch:
        self._configure()
        for name in ("data", "logs", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | {
            "OPENSEARCH_PATH_CONF": str(self._config),
            "OPENSEARCH_JAVA_HOME": str(self._java),
            "OPENSEARCH_JAVA_OPTS": self._java_options,
            "OPENSEARCH_TMPDIR": str(self.folder / "tmp"),
        }
        # OpenSearch refuses to run as root.
        user = NOBODY if os.geteuid() == 0 else None
        if user is not None:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, user, user)
        return Launch([str(self._home / "bin" / "opensearch")], environment, user)

    def _configure(self) -> None:
        if not self._config.exists():
            shutil.copytree(self._home / "config", self._config)
            options = self._config / "jvm.options"
            lines = options.read_text(encoding="utf-8").splitlines()
            # The server's folder may not be written to, and the logs of the virtual machine are of no use here.
            options.write_text("".join(f"{line}\n" for line in lines if "logs/" not in line), encoding="utf-8")
        settings = SETTINGS | {
            "http.port": str(self.port),
            "transport.port": str(free_port()),
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
        }
        if not self.version.startswith("2."):
            settings["aux.transport.types"] = "[]"
        if self.secure:
            settings |= secure(self._config)
        settings |= self._settings
        text = "".join(f"{name}: {value}\n" for name, value in settings.items())
        (self._config / "opensearch.yml").write_text(text, encoding="utf-8")

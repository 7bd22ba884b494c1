"""Redis and Valkey servers of our own."""

import os
import shutil
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from tests.servers.missing import ServerFailed, ServerMissing
from tests.servers.ports import HOST
from tests.servers.process import Launch, Server

BINARIES = ("redis-server", "valkey-server")
OPTIONS = {"bind": HOST, "save": '""', "appendonly": "no", "daemonize": "no", "protected-mode": "no"}
ANSWER_SECONDS = 1


def redis_binary(*names: str) -> Path:
    """The first of the servers that is on the PATH. Raises ServerMissing where there is none."""
    for name in names or BINARIES:
        if found := shutil.which(name):
            return Path(found)
    raise ServerMissing(f"there is no {' or '.join(names or BINARIES)} on the PATH")


class RedisAccess:
    """A Redis that answers. It may be shared with other tests: keys have to be one's own."""

    url: str
    """Where it is, with the password in it if there is one."""

    def client(self, **options: Any) -> "Redis":
        """A blocking client, to look at the server from beside the code that is tested. The caller closes it."""
        return Redis.from_url(self.url, decode_responses=True, **options)

    def answers(self) -> bool:
        with self.client(socket_timeout=ANSWER_SECONDS, retry=None) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False


class GivenRedis(RedisAccess):
    """The server that GATEWAY_TEST_REDIS_URL names: the tests do not start it, and so do not pause or stop it."""

    def __init__(self, url: str) -> None:
        self.url = url


def given_redis() -> GivenRedis | None:
    """The server that the environment names.

    Raises ServerFailed when it does not answer: who names a server wants it to be tested.
    """
    if not (url := os.environ.get("GATEWAY_TEST_REDIS_URL")):
        return None
    server = GivenRedis(url)
    if not server.answers():
        raise ServerFailed("GATEWAY_TEST_REDIS_URL is set, and no Redis answers there")
    return server


class RedisServer(Server, RedisAccess):
    """A Redis or Valkey that keeps nothing on disk.

    Options are those of `redis.conf`, with `_` for `-`: `RedisServer(maxmemory="8mb", requirepass="secret")`. With
    `appendonly="yes", appendfsync="always"` what was written is there after a restart.
    """

    def __init__(self, binary: Path | None = None, port: int | None = None, /, **options: str) -> None:
        self._binary = binary or redis_binary()
        self.name = self._binary.name
        self.password = options.get("requirepass")
        self.options = {name.replace("_", "-"): value for name, value in options.items()}
        super().__init__(port)

    @property
    def address(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    @property
    def url(self) -> str:  # type: ignore[override]
        return f"redis://:{self.password}@{HOST}:{self.port}/0" if self.password else self.address

    def _answers(self) -> bool:
        return self.answers()

    def _launch(self) -> Launch:
        self._configure()
        return Launch([str(self._binary), str(self._configuration)])

    @property
    def _configuration(self) -> Path:
        return self.folder / "redis.conf"

    def _configure(self) -> None:
        options = OPTIONS | {"port": str(self.port), "dir": str(self.folder)} | self.options
        text = "".join(f"{name} {value}\n" for name, value in options.items())
        self._configuration.write_text(text, encoding="utf-8")

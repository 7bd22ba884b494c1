"""Several Redis servers that belong together: a cluster, and a primary that a sentinel looks after."""

from contextlib import ExitStack
from typing import Any, Self

from redis import Redis

from tests.servers.missing import ServerFailed
from tests.servers.ports import HOST, free_port
from tests.servers.process import Launch
from tests.servers.redis import RedisServer
from tests.servers.waiting import came_true

SLOTS = 16_384
PATIENCE_SECONDS = 60
# A server that is down is noticed after this time.
DOWN_MILLISECONDS = "1000"


class RedisCluster:
    """Three primaries without replicas that share the slots. Inside `with`, all of them answer for all slots."""

    def __init__(self, size: int = 3) -> None:
        self._size, self._servers = size, ExitStack()
        self.nodes: list[RedisServer] = []

    @property
    def address(self) -> str:
        """The URL of one node; a client of the cluster finds the others from there."""
        return self.nodes[0].address

    def __enter__(self) -> Self:
        with ExitStack() as servers:
            self.nodes = [servers.enter_context(_cluster_node()) for _ in range(self._size)]
            self._join()
            self._servers = servers.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._servers.close()

    def _join(self) -> None:
        with ExitStack() as stack:
            clients = [stack.enter_context(node.client()) for node in self.nodes]
            for number, client in enumerate(clients):
                first, last = (SLOTS * at // self._size for at in (number, number + 1))
                _command(client, "CLUSTER ADDSLOTSRANGE", first, last - 1)
                _command(client, "CLUSTER SET-CONFIG-EPOCH", number + 1)
                other = self.nodes[0]
                _command(client, "CLUSTER MEET", HOST, other.port, other.options["cluster-port"])
            if not came_true(lambda: all(map(self._is_complete, clients)), PATIENCE_SECONDS):
                raise ServerFailed(f"the {self.nodes[0].name} nodes did not become a cluster")

    def _is_complete(self, client: Redis) -> bool:
        state = _command(client, "CLUSTER INFO")
        return bool(state["cluster_state"] == "ok" and int(state["cluster_known_nodes"]) == self._size)


def _cluster_node() -> RedisServer:
    return RedisServer(cluster_enabled="yes", cluster_port=str(free_port()), cluster_node_timeout=DOWN_MILLISECONDS)


def _command(client: Redis, *words: object) -> Any:
    return client.execute_command(*words)  # type: ignore[no-untyped-call]


class RedisSentinel(RedisServer):
    """The server that says which one is the primary, and makes a replica the primary when that is down."""

    def __init__(self, primary: RedisServer, service: str) -> None:
        super().__init__()
        self.name, self._primary, self._service = f"the sentinel of {service}", primary, service

    def _launch(self) -> Launch:
        return Launch([*super()._launch().command, "--sentinel"])

    def _configure(self) -> None:
        monitor = f"sentinel monitor {self._service} {HOST} {self._primary.port} 1"
        lines = [
            f"port {self.port}",
            f"bind {HOST}",
            f"dir {self.folder}",
            monitor,
            f"sentinel down-after-milliseconds {self._service} {DOWN_MILLISECONDS}",
            f"sentinel failover-timeout {self._service} 5000",
        ]
        self._configuration.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


class WatchedRedis:
    """A primary, a replica of it and a sentinel. Inside `with`, the sentinel knows both and the replica is in step."""

    service = "gateway"

    def __init__(self) -> None:
        self._servers = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as servers:
            # A replica otherwise waits some seconds for others to be filled together with it.
            self.primary = servers.enter_context(RedisServer(repl_diskless_sync_delay="0"))
            self.replica = servers.enter_context(RedisServer(replicaof=f"{HOST} {self.primary.port}"))
            self.sentinel = servers.enter_context(RedisSentinel(self.primary, self.service))
            with self.sentinel.client() as sentinel, self.replica.client() as replica:
                if not came_true(lambda: self._is_watched(sentinel, replica), PATIENCE_SECONDS):
                    raise ServerFailed(f"{self.sentinel.name} did not find its servers")
            self._servers = servers.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._servers.close()

    def _is_watched(self, sentinel: Redis, replica: Redis) -> bool:
        state = sentinel.sentinel_master(self.service)
        in_step = replica.info("replication")["master_link_status"] == "up"
        return isinstance(state, dict) and state["num-slaves"] == 1 and in_step

"""From a URL to a client of redis-py: one server, servers behind Sentinel, or a cluster.

    redis://[[user]:password@]host[:port][/database]          one server; rediss:// for TLS
    unix://[[user]:password@]/path/to/socket[?db=database]    one server, by a socket
    redis+sentinel://[[user]:password@]host[:port],…/service[/database]
                                                              the master that the sentinels name
    redis+cluster://[[user]:password@]host[:port],…           a cluster that the nodes know

`rediss+sentinel` and `rediss+cluster` are the last two with TLS. Options of redis-py's connections may follow, as in
`?ssl_ca_certs=/etc/ca.pem`; `sentinel_username` and `sentinel_password` are for the sentinels themselves. Valkey takes
the same URLs.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster")
PORTS = {"sentinel": 26379, "cluster": 6379}
CLIENT_NAME = "discovery-gateway"
UNREADABLE = (
    "the URL of the Redis cannot be read, or has an option that there is not; in user and password, signs such as "
    "/ # ? @ have to be written as %2F, %23, %3F, %40"
)


OURS = frozenset({"decode_responses", "encoding", "encoding_errors"})
"""Options with which answers would be something else than the bytes that are expected."""


class UnusableUrl(ValueError):
    """A URL that leads to no Redis. The message says what is wrong with it, and quotes nothing of it."""


@dataclass(frozen=True)
class Servers:
    """A client, and how to close it with all that belongs to it. Nothing is connected before the first command."""

    client: Redis | RedisCluster
    close: Callable[[], Awaitable[None]]


def servers_at(url: str, connect_seconds: float) -> Servers:
    """The client of a URL. Raises UnusableUrl."""
    if url.partition("://")[0] not in SCHEMES:
        raise UnusableUrl(f"the URL of a Redis begins with one of {', '.join(f'{known}://' for known in SCHEMES)}")
    try:
        return _servers(url, connect_seconds)
    except UnusableUrl:
        raise
    except (ValueError, TypeError) as error:
        # Its message may quote a part of the URL, and that part the password.
        raise UnusableUrl(UNREADABLE) from error


def _servers(url: str, connect_seconds: float) -> Servers:
    scheme, _, kind = urlsplit(url).scheme.partition("+")
    # Whoever calls bounds the time of a command and does not want it tried again: a slow cache is a miss.
    options: dict[str, Any] = {
        "protocol": 3,
        "retry": Retry(NoBackoff(), 0),
        "socket_connect_timeout": connect_seconds,
        "socket_timeout": None,
        "client_name": CLIENT_NAME,
        # A handshake that only Redis Enterprise answers.
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    if kind == "sentinel":
        return _behind_sentinel(url, scheme, options)
    if kind == "cluster":
        return _cluster(url, scheme, options)
    _check_options(parse_url(url))
    if scheme != "unix":
        _check_database(_path(url))
    client = Redis.from_url(url, **options)
    _check_connections(client)
    return Servers(client, client.aclose)


def _path(url: str) -> str:
    return unquote(urlsplit(url).path).strip("/")


def _check_database(named: str) -> None:
    """redis-py takes database 0 for what is no number."""
    if named and not (named.isascii() and named.isdigit()):
        raise UnusableUrl("the database of the URL has to be a number, as in redis://host/0; a / of a password is %2F")


def _check_options(given: Iterable[str]) -> None:
    for name in OURS.intersection(given):
        raise UnusableUrl(f"the option {name} of the URL is not for its user to choose; leave it out")


def _check_connections(*clients: Redis) -> None:
    """Make a connection of each, which connects nothing yet. Raises TypeError for an option that none has."""
    for client in clients:
        client.connection_pool.make_connection()  # type: ignore[no-untyped-call]


def _behind_sentinel(url: str, scheme: str, options: dict[str, Any]) -> Servers:
    service, _, database = _path(url).partition("/")
    if not service:
        raise UnusableUrl("the URL names no service: redis+sentinel://host:port/service")
    given = _given(url, scheme, database)
    own = {name.removeprefix("sentinel_"): given.pop(name) for name in list(given) if name.startswith("sentinel_")}
    addresses = _addresses(url, PORTS["sentinel"])
    sentinel = Sentinel(addresses, sentinel_kwargs=options | own, **options, **given)  # type: ignore[no-untyped-call]
    client = sentinel.master_for(service)
    _check_connections(client, *sentinel.sentinels)

    async def close() -> None:
        await client.aclose()
        await sentinel.aclose()

    return Servers(client, close)


def _cluster(url: str, scheme: str, options: dict[str, Any]) -> Servers:
    given = _given(url, scheme, _path(url))
    if given.get("db"):
        raise UnusableUrl("a cluster has no databases; leave the number out of the URL")
    nodes = [ClusterNode(host, port) for host, port in _addresses(url, PORTS["cluster"])]
    client = RedisCluster(startup_nodes=nodes, **options, **given)
    return Servers(client, client.aclose)


def _given(url: str, scheme: str, database: str) -> dict[str, Any]:
    """What the URL says beside the addresses, as arguments of redis-py. Values have the types that it gives them."""
    _check_database(database)
    parts = urlsplit(url)
    query = urlencode(parse_qsl(parts.query))
    account, at, _ = parts.netloc.rpartition("@")
    found: dict[str, Any] = dict(parse_url(f"{scheme}://{account}{at}unused/{database}?{query}"))
    _check_options(found)
    found.pop("host", None)
    if found.pop("connection_class", None) is SSLConnection:
        found["ssl"] = True
    return found


def _addresses(url: str, port: int) -> list[tuple[str, int]]:
    """The hosts and ports of a list such as `a:1,b,[::1]:2`."""
    _, _, listed = urlsplit(url).netloc.rpartition("@")
    found = []
    for address in listed.split(","):
        one = urlsplit(f"//{address}")
        if not one.hostname:
            raise UnusableUrl("the URL names no host, or has an empty one in its list")
        found.append((one.hostname, one.port or port))
    return found

"""Load on a server that is pinned to one core, from another core."""

import os
import resource
import select
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from common import quantile

LOAD_CORE, SERVER_CORE = 0, 1
READ_BYTES = 1 << 18
PATIENCE_SECONDS = 30.0
ANNOUNCEMENT = "listening on "
"""What a server prints in front of its port when it takes requests."""


class Sample(NamedTuple):
    """What so many clients measured in one go."""

    seconds: float
    each: list[float]
    server_seconds: float
    own_seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.each) / self.seconds

    @property
    def processor_milliseconds(self) -> float:
        """The server's processor time for one request."""
        return 1_000 * self.server_seconds / len(self.each)

    @property
    def own_share(self) -> float:
        """How much of the time the load's own core was at work. Near 1 it is the load that is measured."""
        return self.own_seconds / self.seconds

    def milliseconds(self, share: float) -> float:
        """The time that so many of the requests did not exceed."""
        return 1_000 * quantile(self.each, share)


class Pinned:
    """A server process on a core of its own."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self._process, self.port = process, port

    def processor_seconds(self) -> float:
        """Processor time of the process until now, all of its threads together."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def pinned(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[Pinned]:
    """Start a server on its core, yield when it has announced its port, and stop it."""
    # A process and its threads inherit the cores that they may use.
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, **(environment or {})}, text=True
        )
    finally:
        os.sched_setaffinity(0, {LOAD_CORE})
    try:
        said = next((line for line in process.stdout or () if line.startswith(ANNOUNCEMENT)), None)
        if said is None:
            raise RuntimeError(f"{' '.join(command)} did not start: exit code {process.wait()}")
        yield Pinned(process, int(said.removeprefix(ANNOUNCEMENT)))
    finally:
        process.terminate()
        process.wait()
        if process.stdout:
            process.stdout.close()


def request(path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """A POST of JSON, as it goes over the line."""
    fields = {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": "benchmark",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


class Response(NamedTuple):
    """A response as it came over the line."""

    status: int
    body: bytes
    bytes_in_all: int


class Client:
    """One connection, over which one request goes after the other."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received, self.started = 0, 0.0

    def ask(self, sent: bytes) -> Response:
        """Send a request and read all of its response. Raises RuntimeError for one without a length."""
        self.socket.sendall(sent)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._read()
        head, _, body = got.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if "content-length" not in fields:
            raise RuntimeError(f"a response without a length cannot be measured: {fields}")
        while len(body) < int(fields["content-length"]):
            body += self._read()
        return Response(int(lines[0].split()[1]), body, len(head) + 4 + len(body))

    def send(self, sent: bytes) -> None:
        self.received, self.started = 0, perf_counter()
        self.socket.sendall(sent)

    def close(self) -> None:
        self.socket.close()

    def _read(self) -> bytes:
        got = self.socket.recv(READ_BYTES)
        if not got:
            raise RuntimeError("the server hung up")
        return got


def ask(server: Pinned, sent: bytes) -> Response:
    """One request over a connection of its own."""
    client = Client(server.port)
    try:
        return client.ask(sent)
    finally:
        client.close()


def measure(server: Pinned, sent: bytes, clients: int, seconds: float) -> Sample:
    """Send one request again and again, each client as soon as it has its answer.

    Every answer has to be as long as the first one, so an error does not count as an answer. Raises RuntimeError for
    one that is not, and for a server that does not answer.
    """
    connected = [Client(server.port) for _ in range(clients)]
    try:
        length = connected[0].ask(sent).bytes_in_all
        before = server.processor_seconds(), _own_seconds(), perf_counter()
        each = _exchange(connected, sent, length, seconds)
        after = server.processor_seconds(), _own_seconds(), perf_counter()
    finally:
        for client in connected:
            client.close()
    return Sample(after[2] - before[2], each, after[0] - before[0], after[1] - before[1])


def _exchange(clients: Sequence[Client], sent: bytes, length: int, seconds: float) -> list[float]:
    each: list[float] = []
    waiting = {client.socket.fileno(): client for client in clients}
    poll = select.epoll()
    for number, client in waiting.items():
        poll.register(number, select.EPOLLIN)
        client.send(sent)
    ends = perf_counter() + seconds
    while waiting:
        ready = poll.poll(PATIENCE_SECONDS)
        if not ready:
            raise RuntimeError("the server stopped answering, or an answer was shorter than the first one")
        for number, _ in ready:
            client = waiting[number]
            got = len(client.socket.recv(READ_BYTES))
            client.received += got
            if client.received < length and got:
                continue
            if client.received != length:
                raise RuntimeError(f"an answer has {client.received} bytes in place of {length}")
            now = perf_counter()
            each.append(now - client.started)
            if now < ends:
                client.send(sent)
            else:
                poll.unregister(number)
                del waiting[number]
    poll.close()
    return each


def _own_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

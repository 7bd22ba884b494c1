"""Ports of the loopback address for servers that have to be told theirs."""

import random
import socket

HOST = "127.0.0.1"
PORTS = range(20_000, 30_000)
"""Below the ports that systems give to outgoing connections, so that a server that is down keeps its own."""


def free_port() -> int:
    """A port that nothing listened on a moment ago.

    Chosen at random, because several test runs on one machine look for ports at the same time.
    """
    while True:
        port = random.choice(PORTS)  # noqa: S311
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do it: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True

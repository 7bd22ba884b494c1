"""Servers that cannot be had here, and how a test run says so."""

NOT_RUN = "did not run: "
"""How the reason of a skipped test begins when a server was missing."""


class ServerMissing(Exception):
    """There is nothing here to start the server from. The message says what would have to be installed or set."""


class ServerFailed(Exception):
    """A server that should have started did not, or did not answer. The message ends with the last lines of its log."""

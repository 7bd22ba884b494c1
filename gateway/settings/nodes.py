"""Addresses of the nodes of a cluster, as an operator writes them."""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

ADDRESS = re.compile(r"https?://([^\s/,@?#]*@)?[^\s/,@?#]+(/[^\s,@?#]*)?")
"""Without a query or a fragment, which no request would have."""


class Login(NamedTuple):
    """Who asks, by a name and a password."""

    username: str
    password: str | None = None


class Nodes(NamedTuple):
    """Where nodes are, without a login, and the login that they name."""

    urls: tuple[str, ...]
    login: Login | None


def nodes_of(text: str) -> Nodes:
    """Addresses that are separated by commas, each perhaps with `user:password@` in front of its host.

    In user and password, signs such as / , # ? @ are written as %2F, %2C, %23, %3F, %40. One login is for all nodes,
    whichever of them names it. Raises ValueError, with a message that quotes nothing of it, for what is no such list.
    """
    urls = [url.strip() for url in text.split(",")]
    if not all(ADDRESS.fullmatch(url) for url in urls):
        raise ValueError("it is no address")
    parts = [urlsplit(url) for url in urls]
    if any(part.port == 0 or (part.username == "" and part.password is not None) for part in parts):
        raise ValueError("no server has the port 0, and no user an empty name")
    logins = {_login(part.username, part.password) for part in parts if part.username}
    if len(logins) > 1:
        raise ValueError("it names several users")
    hosts = [part._replace(netloc=part.netloc.rpartition("@")[2]) for part in parts]
    return Nodes(tuple(map(urlunsplit, hosts)), next(iter(logins), None))


def _login(username: str, password: str | None) -> Login:
    return Login(unquote(username), None if password is None else unquote(password))


def checked(text: str) -> str:
    """The same text, if it is a list of addresses. Raises ValueError."""
    nodes_of(text)
    return text

"""From which address a request comes, behind proxies that are known.

Each proxy adds the address that it was asked from at the end of a list. The list is read from there: what trusted
proxies have added is right, and in front of it is whatever the client has made up (RFC 7239, 8.1).
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
FORWARDED, FORWARDED_FOR = "forwarded", "x-forwarded-for"
UNKNOWN = "unknown"
SITE_BITS = 64
"""Of an IPv6 address that name a site; whoever has one of its addresses has all of them (RFC 6177)."""

MOST_REMEMBERED = 4_096
"""Texts of addresses: clients send many requests each."""


class Addresses:
    """The addresses of clients.

    `trusted` are the networks of proxies, separated by commas, and `header` is the one that these write. No other is
    read: a proxy that knows only one of the two lets the client's own pass.
    """

    def __init__(self, trusted: str | None, header: str = FORWARDED_FOR) -> None:
        self._trusted = [ip_network(one.strip()) for one in trusted.split(",")] if trusted else []
        self._header = header

    def of(self, peer: str | None, headers: Mapping[str, str]) -> str:
        """The address of a client, or its site; `peer` is at the other end of the connection."""
        found = _address(peer or "")
        if self._trusted and (found is None or self._is_trusted(found)):
            for named in _forwarded(headers.get(self._header, ""), self._header):
                given = _address(named)
                if given is None:
                    break
                found = given
                if not self._is_trusted(given):
                    break
        return UNKNOWN if found is None else _site(found)

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _forwarded(given: str, header: str) -> Iterator[str]:
    """The addresses that proxies have named, the last one first."""
    if header == FORWARDED_FOR:
        yield from reversed(given.split(","))
        return
    for element in reversed(given.split(",")):
        pairs = (pair.partition("=") for pair in element.split(";"))
        yield next((value for name, _, value in pairs if name.strip().lower() == "for"), "")


@lru_cache(MOST_REMEMBERED)
def _address(text: str) -> Address | None:
    """The address in a text, which may have a port, quotes and brackets around it; None where there is none."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


@lru_cache(MOST_REMEMBERED)
def _site(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address) >> (128 - SITE_BITS) << (128 - SITE_BITS), SITE_BITS)))

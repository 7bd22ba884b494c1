"""What a request says before its body."""

from collections.abc import Mapping
from typing import NamedTuple


class Head(NamedTuple):
    """Method, address and headers. `headers` has those that mean something here, by names in small letters.

    `address` is of whoever is at the other end of the connection, maybe a proxy; None where it is not known.
    """

    method: str
    query_string: bytes
    headers: Mapping[str, str]
    address: str | None

"""Routers in front of the gateway that have checked who asks, and say so."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hmac import compare_digest
from typing import Any

import orjson

from gateway.identity.refusals import Unknown
from resolvers.viewer import Viewer

SECRET_HEADER, VIEWER_HEADER = "router-authorization", "x-viewer"
MOST_VIEWER_BYTES = 8_192


class Routers:
    """Believes whom a router asks for that shows the secret; without one, whoever connects is a router (mTLS).

    `viewer_of` makes a viewer of claims, and raises Unknown.
    """

    def __init__(self, secret: str | None, viewer_of: Callable[[Mapping[str, Any]], Viewer]) -> None:
        self._secret, self._viewer_of = None if secret is None else secret.encode(), viewer_of

    def vouches(self, headers: Mapping[str, str]) -> bool:
        """Whether a request comes from a router. Raises Unknown for one that only looks like it."""
        if self._secret is None:
            return True
        given = headers.get(SECRET_HEADER)
        if given is not None:
            if not compare_digest(given.encode("latin-1", "replace"), self._secret):
                raise Unknown("Router-Authorization is not the secret of this gateway", "wrong router secret")
            return True
        if VIEWER_HEADER in headers:
            raise Unknown(
                "X-Viewer is believed of a router alone; send `Authorization: Bearer …`", "no router vouches for it"
            )
        return False

    def viewer(self, headers: Mapping[str, str]) -> Viewer | None:
        """Whom a router asks for; None where it does not say. Raises Unknown for what cannot be read."""
        given = headers.get(VIEWER_HEADER)
        if given is None:
            return None
        claims = _claims(given)
        if not isinstance(claims, dict):
            raise Unknown("X-Viewer must be a JSON object of claims", "X-Viewer is no JSON object")
        return replace(self._viewer_of(claims), through_router=True)


def _claims(given: str) -> Any:
    if len(given) > MOST_VIEWER_BYTES:
        return None
    try:
        # Headers come as Latin-1, and JSON is UTF-8.
        return orjson.loads(given.encode("latin-1"))
    except (orjson.JSONDecodeError, UnicodeEncodeError, RecursionError):
        return None

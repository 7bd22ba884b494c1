"""Who sends a request, by its headers."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace

from gateway.identity.keys import Keys
from gateway.identity.refusals import SCHEME, Unknown, refused
from gateway.identity.routers import Routers
from gateway.identity.tokens import Tokens
from resolvers.viewer import ANYBODY, Viewer

TOKEN_HEADER = "authorization"  # noqa: S105  a header's name
THROUGH_ROUTER = replace(ANYBODY, through_router=True)


class Authentication:
    """The viewers of requests: by a router, by a token, or `anybody` where neither says who it is.

    With `is_required` the latter are refused. Without `tokens` a token means nothing, and is left alone.
    """

    def __init__(
        self,
        *,
        tokens: Tokens | None = None,
        keys: Keys | None = None,
        routers: Routers | None = None,
        anybody: Viewer = ANYBODY,
        is_required: bool = False,
    ) -> None:
        self._tokens, self._keys, self._routers = tokens, keys, routers
        self._anybody, self._is_required = anybody, is_required

    def viewer(self, headers: Mapping[str, str]) -> Viewer | Awaitable[Viewer]:
        """The viewer, or an awaitable of it. Raises Unknown and KeysUnavailable."""
        if self._routers is not None and self._routers.vouches(headers):
            asked_for = self._routers.viewer(headers)
            return asked_for or self._by_token(headers, THROUGH_ROUTER)
        return self._by_token(headers, self._anybody)

    def _by_token(self, headers: Mapping[str, str], otherwise: Viewer) -> Viewer | Awaitable[Viewer]:
        given = headers.get(TOKEN_HEADER)
        if self._tokens is None or given is None:
            if self._is_required and not otherwise.through_router:
                raise Unknown("this gateway answers known viewers alone; send `Authorization: Bearer …`")
            return otherwise
        scheme, _, token = given.partition(" ")
        if scheme.lower() != SCHEME.lower():
            raise refused(f"`Authorization` must be `{SCHEME}` and a token")
        found = self._tokens.viewer(token.strip())
        return _routed(found) if otherwise.through_router else found

    async def start(self) -> None:
        """Begin to look for keys."""
        if self._keys is not None:
            await self._keys.start()

    async def close(self) -> None:
        if self._keys is not None:
            await self._keys.close()


async def _routed(found: Viewer | Awaitable[Viewer]) -> Viewer:
    return replace(found if isinstance(found, Viewer) else await found, through_router=True)

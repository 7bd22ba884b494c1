"""JSON Web Tokens (RFC 7519), checked as RFC 8725 advises; PyJWT does the cryptography."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jwt
from jwt.exceptions import PyJWTError

from gateway.identity.keys import Keys
from gateway.identity.refusals import refused
from resolvers.viewer import Viewer

MOST_TOKEN_BYTES = 8_192
"""Of a token; servers and proxies take headers of about that size."""
TYPES = {"jwt", "at+jwt", "application/at+jwt", "application/jwt"}
"""What `typ` may say: a token, or an access token by RFC 9068. Any other is made for something else."""
MOST_REMEMBERED = 1_024


@dataclass(frozen=True)
class Demands:
    """What a token has to say. `algorithms` are those that it may be signed with."""

    algorithms: tuple[str, ...]
    issuer: str | None = None
    audience: str | None = None
    leeway_seconds: float = 0.0


class Checked(NamedTuple):
    """The viewer of a token that was found right, until when it is, and by which keys."""

    viewer: Viewer
    until: float
    version: int


class Tokens:
    """The viewers of tokens. One that was found right is remembered until it expires, as its signature stays right.

    `viewer_of` makes a viewer of claims, and raises Unknown. `clock` tells seconds since 1970.
    """

    def __init__(
        self,
        keys: Keys,
        demands: Demands,
        viewer_of: Callable[[Mapping[str, Any]], Viewer],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys, self._demands, self._viewer_of, self._clock = keys, demands, viewer_of, clock
        self._checked: OrderedDict[str, Checked] = OrderedDict()

    def viewer(self, token: str) -> Viewer | Awaitable[Viewer]:
        """Whose token it is, or an awaitable of it where its key has to be fetched. Raises Unknown."""
        checked = self._checked.get(token)
        if checked is not None and checked.version == self._keys.version and self._clock() < checked.until:
            return checked.viewer
        if len(token) > MOST_TOKEN_BYTES:
            raise refused(f"it has over {MOST_TOKEN_BYTES} bytes")
        key_id = self._key_id(token)
        key = self._keys.known(key_id)
        return self._viewer_later(token, key_id) if key is None else self._viewer(token, key)

    async def _viewer_later(self, token: str, key_id: str | None) -> Viewer:
        key = await self._keys.renewed(key_id)
        if key is None:
            raise refused("its key is none of the issuer's")
        return self._viewer(token, key)

    def _key_id(self, token: str) -> str | None:
        """Which key a token names. Raises Unknown for one that is not to be looked at any further."""
        try:
            header = jwt.get_unverified_header(token)
        except PyJWTError as error:
            raise refused("it is no JSON Web Token") from error
        if header.get("alg") not in self._demands.algorithms:
            raise refused(f"it is signed by none of {', '.join(self._demands.algorithms)}")
        if str(header.get("typ", "jwt")).lower() not in TYPES:
            raise refused("its `typ` says that it is no access token")
        key_id: str | None = header.get("kid")
        return key_id

    def _viewer(self, token: str, key: Any) -> Viewer:
        claims = self._claims(token, key)
        viewer = self._viewer_of(claims)
        self._checked[token] = Checked(viewer, int(claims["exp"]) + self._demands.leeway_seconds, self._keys.version)
        if len(self._checked) > MOST_REMEMBERED:
            self._checked.popitem(last=False)
        return viewer

    def _claims(self, token: str, key: Any) -> Mapping[str, Any]:
        demands = self._demands
        required = ["exp", "sub", *(["iss"] if demands.issuer else []), *(["aud"] if demands.audience else [])]
        try:
            return jwt.decode(
                token,
                key,
                algorithms=list(demands.algorithms),
                issuer=demands.issuer,
                audience=demands.audience,
                leeway=demands.leeway_seconds,
                options={
                    "require": required,
                    "verify_aud": demands.audience is not None,
                    "enforce_minimum_key_length": True,
                },
            )
        except PyJWTError as error:
            raise refused(_reason(error)) from error
        except (TypeError, OverflowError) as error:
            raise refused("its times are none") from error


def _reason(error: PyJWTError) -> str:
    words: dict[type[PyJWTError], str] = {
        jwt.ExpiredSignatureError: "it has expired",
        jwt.ImmatureSignatureError: "it is not valid yet",
        jwt.InvalidIssuedAtError: "its `iat` is no time",
        jwt.InvalidIssuerError: "its `iss` is not the issuer that is trusted here",
        jwt.InvalidAudienceError: "its `aud` says that it is for somebody else",
    }
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"it has no `{error.claim}`"
    # Also a key of another kind than the token's algorithm has.
    return words.get(type(error), "its signature is not right")

"""An issuer of tokens, and what it publishes."""

import json
import time
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

ISSUER, AUDIENCE = "https://issuer.test", "discovery-gateway"
SECRET = "a secret that is long enough for a hash"


class Issuer:
    """Signs tokens with a key of each algorithm. `kid` is the algorithm's name and how often the key was changed."""

    def __init__(self) -> None:
        self._rotation = 0
        self._keys: dict[str, Any] = {}
        self.rotate()

    def rotate(self) -> None:
        """Have new keys."""
        self._rotation += 1
        self._keys = {
            "RS256": rsa.generate_private_key(65_537, 2_048),
            "ES256": ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate(),
        }

    def key_set(self) -> bytes:
        """What the issuer publishes."""
        return json.dumps({"keys": [self.public(algorithm) for algorithm in self._keys]}).encode()

    def public(self, algorithm: str) -> dict[str, Any]:
        """The public key of an algorithm as a JSON Web Key."""
        key = get_default_algorithms()[algorithm].to_jwk(self._keys[algorithm].public_key(), as_dict=True)
        return {**key, "kid": self.key_id(algorithm), "use": "sig", "alg": algorithm}

    def key(self, algorithm: str) -> Any:
        """The private key of an algorithm."""
        return self._keys[algorithm]

    def key_id(self, algorithm: str) -> str:
        return f"{algorithm}-{self._rotation}"

    def token(self, algorithm: str = "EdDSA", headers: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """A token; a claim or a header that is None is left out."""
        given = {"kid": self.key_id(algorithm)} | dict(headers or {})
        return jwt.encode(
            with_defaults(claims),
            self._keys[algorithm],
            algorithm,
            {name: value for name, value in given.items() if value is not None},
        )


def shared_token(**claims: Any) -> str:
    """A token that is signed with the shared key."""
    return jwt.encode(with_defaults(claims), SECRET, "HS256")


def with_defaults(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Claims of somebody, for an hour; what is None is left out."""
    usual = {"sub": "user-1", "iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 3_600}
    return {name: value for name, value in (usual | dict(claims)).items() if value is not None}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}

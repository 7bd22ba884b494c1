"""Settings of who asks, and of how that is known."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, SecretStr, model_validator

from gateway.settings.fields import Directory, setting

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""Those of public keys. A shared key has HS256, and no other."""
LEAST_SECRET_BYTES = 32
"""RFC 7518, 3.2: a key of HS256 has at least as many bits as the hash."""
KEYS_ADDRESS = re.compile(r"https://[^\s/]+(/\S*)?|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/\S*)?")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"GATEWAY_{name.upper()}"


def _keys_address(url: str) -> str:
    if not KEYS_ADDRESS.fullmatch(url):
        raise ValueError("no address")
    return url


def _algorithms(given: str) -> str:
    names = [name.strip() for name in given.split(",")]
    if not all(name in ALGORITHMS for name in names):
        raise ValueError("no algorithm")
    return ",".join(dict.fromkeys(names))


def _long_secret(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value().encode()) < LEAST_SECRET_BYTES:
        raise ValueError("too short")
    return secret


LongSecret = Annotated[SecretStr, AfterValidator(_long_secret)]
SECRET_TEXT = f"a text of {LEAST_SECRET_BYTES} bytes or more"


class IdentitySettings(BaseModel):
    """How the viewer of a request is known: see docs/identity.md."""

    auth_jwks_url: Annotated[str, AfterValidator(_keys_address)] | None = setting(
        None,
        "Where the issuer of tokens publishes its keys (a JSON Web Key Set).",
        allowed="an https:// address; http:// on this machine alone",
    )
    auth_jwks_seconds: float = setting(300, "How often these keys are fetched again.", "seconds", ge=1, le=86_400)
    auth_public_key_file: Directory | None = setting(
        None, "The public key of the issuer of tokens, in PEM, where it publishes none."
    )
    auth_secret: LongSecret | None = setting(
        None, "The key that is shared with the issuer of tokens (HS256), instead of a public one.", allowed=SECRET_TEXT
    )
    auth_algorithms: Annotated[str, AfterValidator(_algorithms)] = setting(
        ",".join(ALGORITHMS),
        "How tokens by a public key may be signed.",
        allowed=f"one or more of {', '.join(ALGORITHMS)}, separated by commas",
    )
    auth_issuer: str | None = setting(None, "Who issues tokens: what their `iss` has to be.", min_length=1)
    auth_audience: str | None = setting(
        None, "Whom tokens are for: what their `aud` has to be or to hold.", min_length=1
    )
    auth_leeway_seconds: float = setting(30, "How far the clock of the issuer may be off.", "seconds", ge=0, le=300)
    auth_scope_claim: str = setting("scope", "The claim that names the viewer's scopes.", min_length=1)
    auth_talent_claim: str = setting(
        "talent_id", "The claim with the id of the talent that the viewer is.", min_length=1
    )
    auth_client_claim: str = setting(
        "marketplace_client_id",
        "The claim with the id of the client that the viewer acts for; OAuth's own `client_id` is an application.",
        min_length=1,
    )
    auth_required: bool = setting(False, "Whether operations of nobody in particular are refused.")
    router_secret: LongSecret | None = setting(
        None,
        "What a router in front sends as `Router-Authorization`, to be believed whom it asks for (`X-Viewer`).",
        allowed=SECRET_TEXT,
    )
    tls_cert_file: Directory | None = setting(None, "The server's certificate, in PEM; with it, it speaks TLS alone.")
    tls_key_file: Directory | None = setting(None, "The private key of that certificate.")
    tls_client_ca_file: Directory | None = setting(
        None,
        "The authority of the routers' certificates (mTLS): nobody else connects, and whom they ask for is believed.",
    )

    @property
    def checks_tokens(self) -> bool:
        """Whether there is a key to check tokens with."""
        return any((self.auth_jwks_url, self.auth_public_key_file, self.auth_secret))

    @property
    def knows_viewers(self) -> bool:
        """Whether there is any way for a viewer to be known."""
        return self.checks_tokens or self.router_secret is not None or self.tls_client_ca_file is not None

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        names = ("auth_jwks_url", "auth_public_key_file", "auth_secret")
        given = [variable(name) for name in names if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} are set, and tokens are checked with one of them; set one")
        return self

    @model_validator(mode="after")
    def _known_if_required(self) -> Self:
        if self.auth_required and not self.knows_viewers:
            raise ValueError(
                f"{variable('auth_required')} is set, and there is no way to know a viewer; set "
                f"{variable('auth_jwks_url')}, or another key, or {variable('router_secret')}"
            )
        return self

    @model_validator(mode="after")
    def _whole_certificate(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError(f"{variable('tls_cert_file')} and {variable('tls_key_file')} go together; set both")
        if self.tls_client_ca_file is not None and self.tls_cert_file is None:
            raise ValueError(
                f"{variable('tls_client_ca_file')} needs a server with TLS; set {variable('tls_cert_file')} too"
            )
        return self

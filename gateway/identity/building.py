"""The authentication that the settings ask for."""

import ssl

from jwt.algorithms import get_default_algorithms
from jwt.exceptions import PyJWTError

from gateway.identity.authentication import Authentication
from gateway.identity.claims import ClaimNames
from gateway.identity.keys import Keys, OneKey, PublishedKeys, fetched_from
from gateway.identity.routers import Routers
from gateway.identity.tokens import Demands, Tokens
from gateway.settings import Settings, SettingsError
from resolvers.viewer import ANYBODY, DEVELOPER

SHARED_KEY_ALGORITHMS = ("HS256",)


def build_authentication(settings: Settings) -> Authentication:
    """Who may be known, and how. Raises SettingsError for a key that cannot be read."""
    names = ClaimNames(settings.auth_scope_claim, settings.auth_talent_claim, settings.auth_client_claim)
    keys = build_keys(settings)
    is_open = settings.mode == "development" and not settings.knows_viewers
    return Authentication(
        tokens=None if keys is None else Tokens(keys, demands(settings), names.viewer),
        keys=keys,
        routers=_routers(settings, names),
        anybody=DEVELOPER if is_open else ANYBODY,
        is_required=settings.auth_required,
    )


def check_identity(settings: Settings) -> None:
    """Raise SettingsError for a key or a certificate that cannot be read."""
    build_keys(settings)
    if settings.tls_cert_file is None:
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.tls_cert_file, settings.tls_key_file)
        if settings.tls_client_ca_file is not None:
            context.load_verify_locations(settings.tls_client_ca_file)
    except (OSError, ssl.SSLError) as error:
        names = settings.variables()
        raise SettingsError(
            [f"{names['tls_cert_file']}, its key or {names['tls_client_ca_file']} cannot be read: {error}"]
        ) from error


def build_keys(settings: Settings) -> Keys | None:
    """Where the keys come from; None where tokens are not checked."""
    if settings.auth_jwks_url is not None:
        return PublishedKeys(fetched_from(settings.auth_jwks_url), settings.auth_jwks_seconds)
    if settings.auth_secret is not None:
        return OneKey(settings.auth_secret.get_secret_value())
    return None if settings.auth_public_key_file is None else OneKey(_public_key(settings))


def demands(settings: Settings) -> Demands:
    """What a token has to say. A shared key and public ones never have an algorithm in common."""
    return Demands(
        SHARED_KEY_ALGORITHMS if settings.auth_secret is not None else tuple(settings.auth_algorithms.split(",")),
        settings.auth_issuer,
        settings.auth_audience,
        settings.auth_leeway_seconds,
    )


def _routers(settings: Settings, names: ClaimNames) -> Routers | None:
    secret = settings.router_secret
    if secret is None and settings.tls_client_ca_file is None:
        return None
    return Routers(None if secret is None else secret.get_secret_value(), names.viewer)


def _public_key(settings: Settings) -> str:
    """The text of the key, which one of the algorithms can read."""
    name, path = settings.variables()["auth_public_key_file"], settings.auth_public_key_file
    try:
        text = "" if path is None else path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{name} is {path}, which cannot be read: {error}"]) from error
    if "PRIVATE" in text or not any(_reads(algorithm, text) for algorithm in settings.auth_algorithms.split(",")):
        raise SettingsError([f"{name} is {path}, which is no public key in PEM for {settings.auth_algorithms}"])
    return text


def _reads(algorithm: str, text: str) -> bool:
    try:
        get_default_algorithms()[algorithm].prepare_key(text)
    except (PyJWTError, ValueError, TypeError):
        return False
    return True

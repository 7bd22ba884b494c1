"""Tokens that are taken, and those that are not."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.warnings import InsecureKeyLengthWarning

from gateway.identity.claims import ClaimNames
from gateway.identity.keys import OneKey, PublishedKeys
from gateway.identity.refusals import Unknown
from gateway.identity.tokens import MOST_TOKEN_BYTES, Demands, Tokens
from resolvers.viewer import Viewer
from tests.support.tokens import AUDIENCE, ISSUER, SECRET, Issuer, shared_token, with_defaults

PUBLIC = Demands(("RS256", "ES256", "EdDSA"), ISSUER, AUDIENCE, leeway_seconds=30)
NOW = int(time.time())


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


def tokens(issuer: Issuer, demands: Demands = PUBLIC) -> Tokens:
    async def fetch() -> bytes:
        return issuer.key_set()

    return Tokens(PublishedKeys(fetch, 300), demands, ClaimNames().viewer)


async def viewer(of: Tokens, token: str) -> Viewer:
    found = of.viewer(token)
    return found if isinstance(found, Viewer) else await found


async def refusal(of: Tokens, token: str) -> str:
    with pytest.raises(Unknown) as refused:
        await viewer(of, token)
    [(name, value)] = refused.value.headers
    assert (name, refused.value.status, refused.value.code) == (b"www-authenticate", 401, "UNAUTHENTICATED")
    told = refused.value.message.removeprefix("the token is not taken: ").removesuffix("; send another one")
    assert value.decode() == f'Bearer error="invalid_token", error_description="{told}"'
    return told


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_token_of_the_issuer_says_who_asks(issuer: Issuer, algorithm: str) -> None:
    claims = {"scope": "b a", "talent_id": "talent_000001", "marketplace_client_id": "client_000002"}
    for typ in ("JWT", "at+jwt", None):
        token = issuer.token(algorithm, {"typ": typ}, **claims)
        assert await viewer(tokens(issuer), token) == Viewer(
            "user-1", frozenset({"a", "b"}), "talent_000001", "client_000002"
        )


async def test_scopes_may_be_a_list(issuer: Issuer) -> None:
    assert (await viewer(tokens(issuer), issuer.token(scope=["a b", "c"]))).scopes == {"a b", "c"}


async def test_a_shared_key_has_tokens_of_its_own_algorithm() -> None:
    of = Tokens(OneKey(SECRET), Demands(("HS256",), ISSUER, AUDIENCE), ClaimNames().viewer)
    assert await viewer(of, shared_token()) == Viewer("user-1")
    weaker = jwt.encode(with_defaults({}), "another secret that is long enough too", "HS256")
    assert await refusal(of, weaker) == "its signature is not right"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": NOW - 3_600}, "it has expired"),
        ({"exp": None}, "it has no `exp`"),
        ({"sub": None}, "it has no `sub`"),
        ({"sub": ""}, "its `sub` is no text of 1 to 256 characters"),
        ({"iss": None}, "it has no `iss`"),
        ({"iss": "https://somebody.test"}, "its `iss` is not the issuer that is trusted here"),
        ({"aud": None}, "it has no `aud`"),
        ({"aud": "another-service"}, "its `aud` says that it is for somebody else"),
        ({"nbf": NOW + 86_400}, "it is not valid yet"),
        ({"scope": 7}, "its `scope` is neither a text nor a list of texts, or has over 100 scopes"),
        ({"talent_id": "job_000001"}, "its `talent_id` is no id of a talent"),
        ({"marketplace_client_id": 7}, "its `marketplace_client_id` is no id of a client"),
    ],
)
async def test_claims_that_do_not_fit_are_refused(issuer: Issuer, claims: dict[str, Any], reason: str) -> None:
    assert await refusal(tokens(issuer), issuer.token(**claims)) == reason


async def test_clocks_may_be_a_little_off(issuer: Issuer) -> None:
    now = int(time.time())
    lenient = Demands(PUBLIC.algorithms, ISSUER, AUDIENCE, leeway_seconds=300)
    assert (await viewer(tokens(issuer, lenient), issuer.token(exp=now - 100, nbf=now + 100))).id == "user-1"
    exact = Demands(PUBLIC.algorithms, ISSUER, AUDIENCE)
    assert await refusal(tokens(issuer, exact), issuer.token(exp=now - 100)) == "it has expired"


async def test_audiences_may_be_several(issuer: Issuer) -> None:
    assert (await viewer(tokens(issuer), issuer.token(aud=["other", AUDIENCE]))).id == "user-1"


def forged(header: dict[str, Any], claims: dict[str, Any] | None = None, signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(with_defaults(claims or {})).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_an_unsigned_token_is_refused(issuer: Issuer) -> None:
    allowed = "it is signed by none of RS256, ES256, EdDSA"
    for algorithm in ("none", "None", "NONE", "", "HS256", None, 7):
        assert await refusal(tokens(issuer), forged({"alg": algorithm, "typ": "JWT"})) == allowed
    right = issuer.token()
    assert await refusal(tokens(issuer), f"{right.rpartition('.')[0]}.") == "its signature is not right"


async def test_a_public_key_is_no_shared_one(issuer: Issuer) -> None:
    """RFC 8725, 2.1: the public key, which everybody has, taken for the key of an HMAC."""
    pem = issuer.key("RS256").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    head, _, _ = forged({"alg": "HS256", "kid": issuer.key_id("RS256")}).rpartition(".")
    signature = base64.urlsafe_b64encode(signed.sign(head.encode(), pem)).rstrip(b"=").decode()
    assert await refusal(tokens(issuer), f"{head}.{signature}") == "it is signed by none of RS256, ES256, EdDSA"


async def test_a_key_is_for_its_own_algorithm(issuer: Issuer) -> None:
    other = issuer.token("ES256", {"kid": issuer.key_id("RS256")})
    assert await refusal(tokens(issuer), other) == "its signature is not right"
    pem = issuer.key("RS256").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    by_file = Tokens(OneKey(pem), PUBLIC, ClaimNames().viewer)
    assert (await viewer(by_file, issuer.token("RS256"))).id == "user-1"
    assert await refusal(by_file, issuer.token("EdDSA")) == "its signature is not right"


async def test_a_weak_key_is_refused() -> None:
    weak = rsa.generate_private_key(65_537, 1_024)  # noqa: S505  that is the point
    with pytest.warns(InsecureKeyLengthWarning):
        token = jwt.encode(with_defaults({}), weak, "RS256")
    of = Tokens(OneKey(weak.public_key()), PUBLIC, ClaimNames().viewer)
    assert await refusal(of, token) == "its signature is not right"


async def test_a_changed_token_is_refused(issuer: Issuer) -> None:
    head, _, signature = issuer.token().split(".")
    richer = base64.urlsafe_b64encode(json.dumps(with_defaults({"scope": "admin"})).encode()).rstrip(b"=").decode()
    assert await refusal(tokens(issuer), f"{head}.{richer}.{signature}") == "its signature is not right"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "....", "é.é.é", "e30.e30.e30"])
async def test_what_is_no_token_is_refused(issuer: Issuer, token: str) -> None:
    assert await refusal(tokens(issuer), token) in (
        "it is no JSON Web Token",
        "it is signed by none of RS256, ES256, EdDSA",
    )


async def test_a_token_for_something_else_or_with_unknown_conditions_is_refused(issuer: Issuer) -> None:
    of = tokens(issuer)
    assert await refusal(of, issuer.token(headers={"typ": "dpop+jwt"})) == "its `typ` says that it is no access token"
    assert await refusal(of, issuer.token(headers={"crit": ["exp"], "exp": 1})) == "it is no JSON Web Token"


async def test_a_long_token_is_refused_unread(issuer: Issuer) -> None:
    long = issuer.token(note="x" * MOST_TOKEN_BYTES)
    assert await refusal(tokens(issuer), long) == f"it has over {MOST_TOKEN_BYTES} bytes"


async def test_a_token_is_checked_once_and_until_it_expires() -> None:
    now = [float(NOW)]
    checked: list[object] = []

    def viewer_of(claims: Any) -> Viewer:
        checked.append(claims)
        return Viewer(claims["sub"])

    key = OneKey(SECRET)
    of = Tokens(key, Demands(("HS256",), ISSUER, AUDIENCE), viewer_of, lambda: now[0])
    token = shared_token(exp=NOW + 100_000)
    for _ in range(3):
        assert (await viewer(of, token)).id == "user-1"
    assert len(checked) == 1
    now[0] += 100_001
    await viewer(of, token)
    assert len(checked) == 2
    key.version += 1
    await viewer(of, token)
    assert len(checked) == 3

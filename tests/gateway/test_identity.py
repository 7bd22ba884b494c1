"""Who asks, as the gateway finds out: by tokens, by routers, or not at all."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gateway.identity.building import build_authentication
from gateway.settings import Settings, SettingsError
from tests.support.asking import Asking, asking
from tests.support.demo import OpenedIndex
from tests.support.tokens import AUDIENCE, ISSUER, SECRET, Issuer, bearer, shared_token

WHO = "{ viewer { id scopes talent { id } client { id } } }"
ROUTER_SECRET = "the secret of the router in front of it"
ROUTER = {"Router-Authorization": ROUTER_SECRET}
TOKENS = {"auth_secret": SECRET, "auth_issuer": ISSUER, "auth_audience": AUDIENCE}


async def who(gateway: Asking, **headers: str) -> Any:
    response = await gateway.http.post("/graphql", json={"query": WHO}, headers=headers)
    assert response.status_code == 200
    return response.json()["data"]["viewer"]


async def refused(gateway: Asking, **headers: str) -> tuple[int, str, str]:
    response = await gateway.http.post("/graphql", json={"query": WHO}, headers=headers)
    [error] = response.json()["errors"]
    assert "data" not in response.json()
    return response.status_code, error["extensions"]["code"], response.headers["www-authenticate"]


async def test_the_viewer_is_who_the_token_says(opened: OpenedIndex) -> None:
    token = shared_token(scope="b a", talent_id="talent_000001", marketplace_client_id="client_000001")
    async with asking(opened, Settings(**TOKENS)) as gateway:
        assert await who(gateway, **bearer(token)) == {
            "id": "user-1",
            "scopes": ["a", "b"],
            "talent": {"id": "talent_000001"},
            "client": {"id": "client_000001"},
        }
        assert await who(gateway, Authorization=f"bearer  {shared_token(sub='user-2')}") == {
            "id": "user-2",
            "scopes": [],
            "talent": None,
            "client": None,
        }


async def test_nobody_in_particular_is_answered_unless_known_viewers_are_required(opened: OpenedIndex) -> None:
    query = {"query": "{ __typename }"}
    async with asking(opened, Settings(**TOKENS)) as gateway:
        assert (await gateway.http.post("/graphql", json=query)).json() == {"data": {"__typename": "Query"}}
    async with asking(opened, Settings(**TOKENS, auth_required=True)) as gateway:
        assert await refused(gateway) == (401, "UNAUTHENTICATED", "Bearer")
        assert (await who(gateway, **bearer(shared_token())))["id"] == "user-1"


async def test_a_token_that_is_not_taken_refuses_the_request(opened: OpenedIndex) -> None:
    async with asking(opened, Settings(**TOKENS)) as gateway:
        status, code, challenge = await refused(gateway, **bearer(shared_token(exp=1)))
        assert (status, code) == (401, "UNAUTHENTICATED")
        assert challenge == 'Bearer error="invalid_token", error_description="it has expired"'
        for header in ("Basic dXNlcjpwYXNz", "Bearer", "Bearer x", "", shared_token()):
            assert (await refused(gateway, Authorization=header))[:2] == (401, "UNAUTHENTICATED")


async def test_in_development_a_token_means_nothing_where_none_are_checked(gateway: Asking) -> None:
    assert await who(gateway, Authorization="Basic dXNlcjpwYXNz") is None


async def test_a_public_key_comes_from_a_file(opened: OpenedIndex, tmp_path: Path) -> None:
    issuer, file = Issuer(), tmp_path / "key.pem"
    public = issuer.key("ES256").public_key()
    file.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    settings = Settings(auth_public_key_file=file, auth_issuer=ISSUER, auth_audience=AUDIENCE)
    async with asking(opened, settings) as gateway:
        assert (await who(gateway, **bearer(issuer.token("ES256"))))["id"] == "user-1"
        assert (await refused(gateway, **bearer(shared_token())))[0] == 401


def test_a_file_that_is_no_public_key_is_told_at_the_start(tmp_path: Path) -> None:
    missing, broken, private = tmp_path / "missing", tmp_path / "broken", tmp_path / "private"
    broken.write_text("no key")
    key = Issuer().key("ES256")
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for file in (missing, broken, private):
        with pytest.raises(SettingsError, match="GATEWAY_AUTH_PUBLIC_KEY_FILE"):
            build_authentication(Settings(auth_public_key_file=file))


async def test_published_keys_that_cannot_be_had_are_not_the_requests_fault(opened: OpenedIndex) -> None:
    # Nothing listens on the discard port.
    async with asking(opened, Settings(auth_jwks_url="http://127.0.0.1:9/keys")) as gateway:
        response = await gateway.http.post("/graphql", json={"query": WHO}, headers=bearer(Issuer().token()))
        assert (response.status_code, response.headers["retry-after"]) == (503, "10")
        assert response.json()["errors"][0]["extensions"]["code"] == "KEYS_UNAVAILABLE"


async def test_a_router_says_for_whom_it_asks(opened: OpenedIndex) -> None:
    claims = {"sub": "üser", "scope": ["a"], "talent_id": "talent_000001"}
    async with asking(opened, Settings(router_secret=ROUTER_SECRET)) as gateway:
        raw = orjson.dumps(claims).decode()
        response = await gateway.http.post(
            "/graphql",
            json={"query": WHO},
            headers={**ROUTER, "X-Viewer": raw.encode()},  # type: ignore[dict-item]
        )
        assert response.json()["data"]["viewer"] == {
            "id": "üser",
            "scopes": ["a"],
            "talent": {"id": "talent_000001"},
            "client": None,
        }
        assert await who(gateway, **ROUTER) is None


async def test_whoever_only_looks_like_a_router_is_refused(opened: OpenedIndex) -> None:
    viewer = {"X-Viewer": '{"sub": "admin", "scope": "talent:earnings:read"}'}
    async with asking(opened, Settings(router_secret=ROUTER_SECRET, **TOKENS)) as gateway:
        for headers in (
            viewer,
            {"Router-Authorization": "a guess", **viewer},
            {"Router-Authorization": ""},
            {**viewer, **bearer(shared_token())},
        ):
            assert (await refused(gateway, **headers))[:2] == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("viewer", ["", "null", "7", "[]", "{", '{"scope": "a"}', "[" * 10_000, '{"sub": 7}'])
async def test_a_viewer_that_cannot_be_read_is_refused(opened: OpenedIndex, viewer: str) -> None:
    async with asking(opened, Settings(router_secret=ROUTER_SECRET)) as gateway:
        assert (await refused(gateway, **ROUTER, **{"X-Viewer": viewer}))[:2] == (401, "UNAUTHENTICATED")


async def test_a_router_may_pass_the_token_on_instead(opened: OpenedIndex) -> None:
    settings = Settings(router_secret=ROUTER_SECRET, auth_required=True, **TOKENS)
    async with asking(opened, settings) as gateway:
        assert (await who(gateway, **ROUTER, **bearer(shared_token())))["id"] == "user-1"
        assert (await refused(gateway, **ROUTER, **bearer("x")))[0] == 401
        # A router itself is known, and asks for the schema, say.
        assert await who(gateway, **ROUTER) is None


async def test_behind_client_certificates_every_connection_is_a_routers(opened: OpenedIndex, tmp_path: Path) -> None:
    settings = Settings(tls_cert_file=tmp_path, tls_key_file=tmp_path, tls_client_ca_file=tmp_path)
    async with asking(opened, settings) as gateway:
        assert (await who(gateway, **{"X-Viewer": '{"sub": "user-3"}'}))["id"] == "user-3"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"auth_secret": SECRET, "auth_jwks_url": "https://issuer.test/keys"}, "set one"),
        ({"auth_required": True}, "there is no way to know a viewer"),
        ({"tls_cert_file": "cert.pem"}, "go together"),
        ({"tls_client_ca_file": "ca.pem"}, "needs a server with TLS"),
        ({"mode": "production", "auth_secret": SECRET}, "which tokens are for"),
        ({"auth_secret": "short"}, "too short"),
        ({"auth_jwks_url": "http://issuer.test/keys"}, "no address"),
        ({"auth_algorithms": "HS256"}, "no algorithm"),
        ({"trusted_proxies": "10.0.0.1/8"}, "has host bits set"),
    ],
)
def test_settings_that_do_not_go_together_are_told(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Settings(**given)

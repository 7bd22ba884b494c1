"""A server that speaks TLS, and takes the word of who shows a certificate."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.identity.building import check_identity
from gateway.settings import Settings, SettingsError
from tests.support.demo import Demo
from tests.support.serving import served

WHO = {"query": "{ viewer { id } }"}


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    shown, secret = folder / f"{name}.pem", folder / f"{name}.key"
    shown.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return shown, secret


def client(trusted: Path, own: tuple[Path, Path] | None = None) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(trusted))
    if own is not None:
        context.load_cert_chain(*own)
    return httpx.Client(verify=context)


def test_a_router_with_a_certificate_is_believed_and_nobody_else_gets_in(demo: Demo, tmp_path: Path) -> None:
    server, router, stranger = (certificate(tmp_path, name) for name in ("server", "router", "stranger"))
    environment = {
        "GATEWAY_TLS_CERT_FILE": str(server[0]),
        "GATEWAY_TLS_KEY_FILE": str(server[1]),
        "GATEWAY_TLS_CLIENT_CA_FILE": str(router[0]),
    }
    with served(demo.data_dir, tmp_path, environment=environment) as serving:
        assert serving.address.startswith("https://")
        with client(server[0], router) as known:
            answer = known.post(f"{serving.address}/graphql", json=WHO, headers={"X-Viewer": '{"sub": "user-1"}'})
            assert answer.json() == {"data": {"viewer": {"id": "user-1"}}}
        for other in (None, stranger):
            with client(server[0], other) as unknown, pytest.raises(httpx.TransportError):
                unknown.post(f"{serving.address}/graphql", json=WHO)


def test_certificates_that_cannot_be_read_are_told_at_the_start(tmp_path: Path) -> None:
    good, key = certificate(tmp_path, "server")
    check_identity(Settings(tls_cert_file=good, tls_key_file=key, tls_client_ca_file=good))
    check_identity(Settings(tls_cert_file=good, tls_key_file=key))
    check_identity(Settings())
    for cert, secret, authority in ((tmp_path / "missing", key, good), (key, key, good), (good, key, key)):
        settings = Settings(tls_cert_file=cert, tls_key_file=secret, tls_client_ca_file=authority)
        with pytest.raises(SettingsError, match="GATEWAY_TLS_CERT_FILE"):
            check_identity(settings)

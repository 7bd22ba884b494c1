"""What a server with the security plugin needs: an authority of its own, a certificate, one user."""

import shutil
import subprocess
from pathlib import Path

from tests.servers.missing import ServerMissing

USERNAME = "admin"
PASSWORD = "Tests-only-9"
# bcrypt of the password. Not a secret: the server listens on the loopback address and holds test data.
PASSWORD_HASH = "$2y$06$eEiQ7ttTCoWiKvCVeEB/6.9RsnPj8ptEtRRA8ekpwlT6n.L1hDO92"
USERS = f"""_meta: {{type: "internalusers", config_version: 2}}
{USERNAME}: {{hash: "{PASSWORD_HASH}", reserved: true, backend_roles: ["admin"], description: "tests"}}
"""
AUTHORITY, CERTIFICATE, KEY = "ca.pem", "node.pem", "node.key"
DAYS = ("-days", "30")
NEW_KEY = ("-newkey", "rsa:2048", "-nodes")


def secure(config: Path) -> dict[str, str]:
    """Write certificates and the user into a server's configuration; return the settings that use them."""
    if not (config / AUTHORITY).exists():
        _make_certificates(config)
    (config / "opensearch-security" / "internal_users.yml").write_text(USERS, encoding="utf-8")
    files = {"pemcert_filepath": CERTIFICATE, "pemkey_filepath": KEY, "pemtrustedcas_filepath": AUTHORITY}
    tls = {
        f"plugins.security.ssl.{layer}.{name}": file for layer in ("transport", "http") for name, file in files.items()
    }
    return tls | {
        "plugins.security.ssl.http.enabled": "true",
        "plugins.security.ssl.transport.enforce_hostname_verification": "false",
        "plugins.security.allow_default_init_securityindex": "true",
        "plugins.security.audit.type": "noop",
        "plugins.security.nodes_dn": "['CN=localhost']",
        "plugins.security.authcz.admin_dn": "['CN=admin']",
    }


def _make_certificates(config: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        raise ServerMissing("an OpenSearch with security needs certificates, and there is no openssl on the PATH")
    names = config / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n", encoding="utf-8")
    authority = ("-CA", AUTHORITY, "-CAkey", "ca.key", "-CAcreateserial")
    for arguments in (
        ("req", "-x509", *NEW_KEY, *DAYS, "-keyout", "ca.key", "-out", AUTHORITY, "-subj", "/CN=gateway tests"),
        ("req", *NEW_KEY, "-keyout", "node.raw", "-out", "node.csr", "-subj", "/CN=localhost"),
        ("x509", "-req", "-in", "node.csr", *authority, *DAYS, "-out", CERTIFICATE, "-extfile", names.name),
        # The server reads no other form of key.
        ("pkcs8", "-topk8", "-nocrypt", "-in", "node.raw", "-out", KEY),
    ):
        subprocess.run([openssl, *arguments], cwd=config, check=True, capture_output=True)

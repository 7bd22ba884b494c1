"""What a client has to know of an OpenSearch, whoever started it."""

import base64
import json
import os
import ssl
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.servers.missing import ServerFailed


class OpenSearchAccess:
    """An OpenSearch that answers. It may be shared with other tests: names of indexes have to be one's own."""

    address: str
    """The URL, without a password."""

    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    """The certificate of the authority that a client has to trust, where it is not a public one."""

    version: str

    def ask(self, method: str, path: str, body: object = None, timeout_seconds: float = 30) -> Any:
        """The JSON answer to one request, made without a client library. Raises urllib's HTTPError, and OSError."""
        headers = {"Content-Type": "application/json"}
        if self.username is not None:
            login = f"{self.username}:{self.password}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}{path}", content, headers, method=method)  # noqa: S310
        trust = ssl.create_default_context(cafile=self.ca_file) if self.address.startswith("https:") else None
        with urllib.request.urlopen(request, timeout=timeout_seconds, context=trust) as answer:  # noqa: S310
            return json.loads(answer.read())


@dataclass
class GivenOpenSearch(OpenSearchAccess):
    """The server that GATEWAY_TEST_OPENSEARCH_URL names: the tests do not start it, and so do not pause or stop it."""

    address: str
    username: str | None
    password: str | None
    ca_file: Path | None
    version: str = ""

    @property
    def is_secure(self) -> bool:
        return self.address.startswith("https:")


def given_opensearch() -> GivenOpenSearch | None:
    """The server that the environment names, with `user:password@` in the URL and GATEWAY_TEST_OPENSEARCH_CA_FILE.

    Raises ServerFailed when it does not answer: who names a server wants it to be tested.
    """
    if not (url := os.environ.get("GATEWAY_TEST_OPENSEARCH_URL")):
        return None
    parts = urlsplit(url)
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
    username, password = (unquote(text) if text else None for text in (parts.username, parts.password))
    authority = os.environ.get("GATEWAY_TEST_OPENSEARCH_CA_FILE")
    server = GivenOpenSearch(address, username, password, Path(authority) if authority else None)
    try:
        server.version = str(server.ask("GET", "/")["version"]["number"])
    except OSError as error:
        raise ServerFailed(f"GATEWAY_TEST_OPENSEARCH_URL is set, and {address} does not answer: {error}") from error
    return server

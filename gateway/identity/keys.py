"""The keys that tokens are checked with: one that the settings give, or those that an issuer publishes."""

import asyncio
import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from http.client import HTTPException
from typing import Any, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from gateway.identity.refusals import KeysUnavailable

log = logging.getLogger(__name__)
MOST_KEY_SET_BYTES = 1_000_000
FETCH_SECONDS = 5.0
"""How long one step of a fetch may take, and as long again all of it."""
LEAST_SECONDS = 10.0
"""Between two fetches that tokens with an unknown key ask for, whoever sends them."""
PUBLIC_KEY_TYPES = {"RSA", "EC", "OKP"}


class Keys(Protocol):
    """Keys by their ids. `version` changes when the keys do."""

    version: int

    def known(self, key_id: str | None) -> Any:
        """The key with this id; None where there is none at present."""

    async def renewed(self, key_id: str | None) -> Any:
        """The same, after having looked for it where keys come from, if there is such a place.

        Raises KeysUnavailable where no key is known at all.
        """

    async def start(self) -> None:
        """Begin to look for keys."""

    async def close(self) -> None:
        """Look no more."""


class OneKey:
    """The one key that there is, whatever a token calls it."""

    version = 0

    def __init__(self, key: Any) -> None:
        self._key = key

    def known(self, _key_id: str | None) -> Any:
        return self._key

    async def renewed(self, _key_id: str | None) -> Any:
        return self._key

    async def start(self) -> None:
        """There is nothing to look for."""

    async def close(self) -> None:
        """Nothing was begun."""


Fetch = Callable[[], Awaitable[bytes]]


class PublishedKeys:
    """The keys of a JSON Web Key Set (RFC 7517), fetched every `every_seconds`, and when a token names a new one.

    While they cannot be fetched, those that were there stay. However many tokens name unknown keys, they cause one
    fetch in LEAST_SECONDS, and wait for it together.
    """

    def __init__(self, fetch: Fetch, every_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._every_seconds, self._clock = fetch, every_seconds, clock
        self._keys: Mapping[str | None, Any] = {}
        self._fetching: asyncio.Task[None] | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._next_fetch = 0.0
        self.version = 0

    def known(self, key_id: str | None) -> Any:
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(key_id)

    async def renewed(self, key_id: str | None) -> Any:
        if self._fetching is None and self._clock() >= self._next_fetch:
            self._begin()
        if self._fetching is not None:
            # It is not of one request, so the end of one does not end it; nor does its failure fail one.
            await asyncio.wait([self._fetching])
        if not self._keys:
            raise KeysUnavailable("tokens cannot be checked, as the issuer's keys cannot be had; try again later")
        return self.known(key_id)

    async def start(self) -> None:
        self._begin()
        self._refreshing = asyncio.create_task(self._refresh(), name="refresh of the issuer's keys")

    async def close(self) -> None:
        tasks = [task for task in (self._refreshing, self._fetching) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(self._every_seconds)
            if self._fetching is None:
                self._begin()
            if self._fetching is not None:
                await asyncio.wait([self._fetching])

    def _begin(self) -> None:
        self._next_fetch = self._clock() + min(LEAST_SECONDS, self._every_seconds)
        self._fetching = asyncio.create_task(self._take_over(), name="fetch of the issuer's keys")
        self._fetching.add_done_callback(self._ended)

    def _ended(self, _: object) -> None:
        self._fetching = None

    async def _take_over(self) -> None:
        try:
            found = keys_of(await self._fetch())
        except KeysUnavailable as error:
            log.warning("%s; the %d keys known before stay in use", error.message, len(self._keys))
            return
        self._keys = found
        self.version += 1


def keys_of(document: bytes) -> dict[str | None, Any]:
    """The keys of a JSON Web Key Set that can check signatures. Raises KeysUnavailable where it has none."""
    try:
        listed = json.loads(document)["keys"]
        found = dict(key for one in listed if (key := _key(one)) is not None)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise KeysUnavailable(f"what the issuer publishes is no set of keys ({type(error).__name__})") from error
    if not found:
        raise KeysUnavailable("what the issuer publishes has no public key that tokens could be signed with")
    return found


def _key(given: Mapping[str, Any]) -> tuple[str | None, Any] | None:
    """A key by its id; None for one that is not to be used: for something else, of an unknown kind, or a shared one.

    A shared key, which RFC 7517 allows, in a public place would make whoever reads it an issuer.
    """
    key_id = given.get("kid")
    if given.get("kty") not in PUBLIC_KEY_TYPES or given.get("use", "sig") != "sig":
        return None
    if not isinstance(key_id, str | None):
        return None
    try:
        return key_id, PyJWK(dict(given))
    except (PyJWTError, ValueError, TypeError, UnsupportedAlgorithm):
        return None


def fetched_from(url: str) -> Fetch:
    """What fetches a document from an address. It raises KeysUnavailable."""

    async def fetch() -> bytes:
        try:
            async with asyncio.timeout(2 * FETCH_SECONDS):
                return await asyncio.to_thread(_read, url)
        except TimeoutError as error:
            raise KeysUnavailable(f"the issuer's keys did not arrive in {2 * FETCH_SECONDS:g} seconds") from error

    return fetch


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: whoever answers at another address is not whom the settings name."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _read(url: str) -> bytes:
    asked = urllib.request.Request(url, headers={"Accept": "application/jwk-set+json, application/json"})  # noqa: S310  the settings allow https alone
    try:
        with urllib.request.build_opener(_NoRedirect).open(asked, timeout=FETCH_SECONDS) as response:
            document: bytes = response.read(MOST_KEY_SET_BYTES + 1)
    except urllib.error.HTTPError as error:
        elsewhere = error.headers.get("location")
        if elsewhere is None:
            raise KeysUnavailable(f"the issuer's keys could not be fetched ({error})") from error
        message = f"the address of the issuer's keys leads to another one, {elsewhere}; name that one"
        raise KeysUnavailable(message) from error
    except (OSError, ValueError, HTTPException) as error:
        raise KeysUnavailable(f"the issuer's keys could not be fetched ({error})") from error
    if len(document) > MOST_KEY_SET_BYTES:
        raise KeysUnavailable(f"what the issuer publishes as keys is over {MOST_KEY_SET_BYTES} bytes")
    return document

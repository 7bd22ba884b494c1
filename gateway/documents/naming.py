"""From the names of documents to their texts."""

from gateway.documents.errors import PersistedQueryNotSupported, UnknownDocument
from gateway.documents.persisted import PersistedQueries, digest_of, hashed
from gateway.documents.trusted import TrustedDocuments
from gateway.parameters import Parameters
from resolvers.errors import InvalidRequest

MISMATCH = "provided sha does not match query; `extensions.persistedQuery.sha256Hash` must be the SHA-256 of `query`"
TWO_NAMES = "send `query` or `documentId`, not both"


class ClientDocuments:
    """Finds what clients name. Trusted documents come first; what is persisted by clients is `persisted`'s."""

    def __init__(self, persisted: PersistedQueries | None = None, trusted: TrustedDocuments | None = None) -> None:
        self._persisted, self._trusted = persisted, trusted

    async def start(self) -> None:
        """Follow the manifests from now on."""
        if self._trusted is not None:
            await self._trusted.start()

    async def close(self) -> None:
        if self._trusted is not None:
            await self._trusted.close()
        if self._persisted is not None:
            await self._persisted.close()

    def is_plain(self, asked: Parameters) -> bool:
        """Whether there is nothing to find and nothing to check: of nearly every request."""
        return not asked.extensions and asked.document_id is None and self._trusted is None

    async def found(self, asked: Parameters, client: str) -> Parameters:
        """What was asked for, with the text of its document. Raises InvalidRequest for one that is not there."""
        digest = hashed(asked.extensions)
        if asked.query and asked.document_id is not None:
            raise InvalidRequest(TWO_NAMES)
        if asked.query:
            self._check(asked.query, digest, client)
            return asked
        if asked.document_id is not None:
            text = self._by_id(asked.document_id)
            _check_hash(text, digest)
            return asked._replace(query=text)
        return asked if digest is None else asked._replace(query=await self._by_hash(digest, client))

    def keep(self, asked: Parameters) -> None:
        """Keep a document that was found by its hash, or sent with it, once it was found valid and is paid for."""
        digest = hashed(asked.extensions) if asked.extensions else None
        if digest is not None and self._persisted is not None and asked.document_id is None:
            self._persisted.keep(digest, asked.query)

    def _check(self, text: str, digest: str | None, client: str) -> None:
        _check_hash(text, digest)
        if self._trusted is not None:
            self._trusted.check(text, client)

    def _by_id(self, id_: str) -> str:
        text = self._trusted.document(id_) if self._trusted is not None else None
        if text is None:
            raise UnknownDocument(id_)
        return text

    async def _by_hash(self, digest: str, client: str) -> str:
        text = self._trusted.document(digest) if self._trusted is not None else None
        if text is not None:
            return text
        if self._persisted is None:
            raise PersistedQueryNotSupported
        text = await self._persisted.find(digest)
        self._check(text, None, client)
        return text


def _check_hash(text: str, digest: str | None) -> None:
    """Nothing is ever taken, or kept, for a document of another hash: its next client sends the hash alone."""
    if digest is not None and digest != digest_of(text):
        raise InvalidRequest(MISMATCH)

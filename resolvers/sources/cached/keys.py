"""What the things in the shared cache are called.

A key carries the index that its value was read from, so that a switch to another index leaves nothing to invalidate,
and the shape of what is stored, so that processes of different versions do not read each other's values.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.sources.base import AggregationRequest, SearchRequest
from resolvers.sources.cached.canonical import canonical, canonical_aggregation, digest_of
from resolvers.sources.typeahead import SuggestRequest

LONGEST_ID_BYTES = 200
DIGEST_BYTES = 16
MOST_KNOWN = 50_000
"""Keys of documents, which are remembered since making one takes as long as the rest of a look-up."""
LONGEST_KNOWN = 100
"""Characters of an id, which whoever asks may choose."""


def shape_of(types: Iterable[Any], layouts: Iterable[str]) -> str:
    """A digest of the fields and types of what is stored, so that a change of them is a change of every key."""
    schemas = msgspec.json.schema_components(tuple(types))
    told = msgspec.json.encode((schemas, list(layouts)), order="deterministic")
    return blake2b(told, digest_size=6).hexdigest()


def channel_of(prefix: str) -> str:
    """Where changes are told, to everybody whose keys have the prefix."""
    return f"{prefix}:changes"


class Keys:
    """The keys of one index of one engine."""

    def __init__(self, prefix: str, shape: str, engine: str, generation: str) -> None:
        of_index = f"{prefix}:{engine}:{generation}"
        self._documents = {kind: f"{of_index}:{shape}:{kind.value}:".encode() for kind in KINDS}
        self._search = f"{of_index}:{shape}:search:"
        self._aggregation = f"{of_index}:{shape}:aggregation:"
        self._epochs = {kind: f"{of_index}:epoch:{kind.value}".encode() for kind in KINDS}
        self._known: dict[Ref, bytes] = {}

    def document(self, ref: Ref) -> bytes:
        """The key of a document."""
        known = self._known.get(ref)
        if known is not None:
            return known
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        made = self._of_document(ref)
        if len(ref.id) <= LONGEST_KNOWN:
            self._known[ref] = made
        return made

    def _of_document(self, ref: Ref) -> bytes:
        id_ = ref.id.encode(errors="surrogatepass")
        if len(id_) > LONGEST_ID_BYTES:
            id_ = b"#" + blake2b(id_, digest_size=DIGEST_BYTES).hexdigest().encode()
        return self._documents[ref.kind] + id_

    def search(self, request: SearchRequest, viewer: str | None) -> bytes:
        """The key of a search's result."""
        return f"{self._search}{digest_of(canonical(request), viewer)}".encode()

    def aggregation(self, request: AggregationRequest, viewer: str | None) -> bytes:
        """The key of the figures about a search."""
        return f"{self._aggregation}{digest_of(canonical_aggregation(request), viewer)}".encode()

    def suggestion(self, request: SuggestRequest) -> bytes:
        """The key of what completes a typed text, which never leaves this process."""
        return f"{self._search}{request.kind.value}:{request.limit}:{' '.join(request.typed)}".encode()

    def epochs(self, kinds: Iterable[Kind]) -> tuple[bytes, ...]:
        """The keys of the kinds' epochs: a value that is another one after every change of a document of the kind.

        The shape is not in them, so that a change reaches the results of every version.
        """
        return tuple(self._epochs[kind] for kind in kinds)


def affected(kinds: Iterable[Kind]) -> Sequence[Kind]:
    """The kinds whose searches may answer otherwise after changes of these: themselves, and those that refer to them.

    A job is found by facts of its client, and talent by the names of skills.
    """
    changed = set(kinds)
    return [
        kind
        for kind, spec in KINDS.items()
        if kind in changed or any(reference.kind in changed for reference in spec.references)
    ]

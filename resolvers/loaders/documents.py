"""Documents by reference."""

from collections.abc import Callable, Mapping, Sequence

from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError
from resolvers.loaders.bounded import Batches
from resolvers.loaders.loader import Loader
from resolvers.sources.base import Snapshot

AtHand = Callable[[Sequence[Ref]], Mapping[Ref, Document | None]]
"""What a snapshot may have beside its methods: the documents among these refs that it can give at once."""


class DocumentLoader(Loader[Ref, Document | None]):
    """Fetches documents of all kinds, each once an operation. Made inside the running event loop."""

    def __init__(self, snapshot: Snapshot, batches: Batches) -> None:
        super().__init__()
        self._snapshot, self._batches = snapshot, batches
        self._at_hand: AtHand | None = getattr(snapshot, "at_hand", None)

    def at_hand(self, keys: Sequence[Ref]) -> Mapping[Ref, Document | None]:
        return {} if self._at_hand is None else self._at_hand(keys)

    async def fetch(self, keys: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        return await self._batches.bounded(lambda: self._snapshot.fetch(keys), len(keys))

    def remember(self, documents: Sequence[Document]) -> None:
        """Keep documents that came with a search, so that they are not fetched again."""
        self.prime({document.ref: document for document in documents})

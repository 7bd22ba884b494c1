"""Documents by reference."""

from collections.abc import Sequence

from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError
from resolvers.loaders.bounded import Batches
from resolvers.loaders.loader import Loader
from resolvers.sources.base import Snapshot


class DocumentLoader(Loader[Ref, Document | None]):
    """Fetches documents of all kinds, each once an operation. Made inside the running event loop."""

    def __init__(self, snapshot: Snapshot, batches: Batches) -> None:
        super().__init__()
        self._snapshot, self._batches = snapshot, batches

    async def fetch(self, keys: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        return await self._batches.bounded(lambda: self._snapshot.fetch(keys), len(keys))

    def remember(self, documents: Sequence[Document]) -> None:
        """Keep documents that came with a search, so that they are not fetched again."""
        self.prime({document.ref: document for document in documents})

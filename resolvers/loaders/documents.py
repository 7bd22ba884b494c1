"""Documents by reference."""

from collections.abc import Sequence

from aiodataloader import DataLoader

from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError
from resolvers.loaders.bounded import Batches
from resolvers.sources.base import Snapshot


class DocumentLoader(DataLoader[Ref, Document | None]):
    """Fetches documents of all kinds, each once an operation. Made inside the running event loop."""

    def __init__(self, snapshot: Snapshot, batches: Batches) -> None:
        super().__init__()
        self._snapshot, self._batches = snapshot, batches

    async def batch_load_fn(self, keys: list[Ref]) -> Sequence[Document | SourceError | None]:  # type: ignore[override]  # an error in a slot fails that key alone
        return await self._batches.bounded(lambda: self._snapshot.fetch(keys), len(keys))

    def remember(self, documents: Sequence[Document]) -> None:
        """Keep documents that came with a search, so that they are not fetched again."""
        for document in documents:
            self.prime(document.ref, document)

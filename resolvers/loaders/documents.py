"""Documents by reference."""

from collections.abc import Callable, Sequence
from operator import itemgetter

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.errors import SourceError
from resolvers.loaders.bounded import Batches
from resolvers.loaders.loader import Loader
from resolvers.sources.base import Snapshot

AtHand = Callable[[Sequence[Ref]], Sequence[Document | None] | None]
"""What a snapshot may have beside its methods: the documents of these refs, where it can give all of them at once."""

_ref_of = itemgetter(Document._fields.index("ref"))
_kind_of = itemgetter(Ref._fields.index("kind"))


class DocumentLoader(Loader[Ref, Document | None]):
    """Fetches documents of all kinds, each once an operation. Made inside the running event loop.

    What has come, of one kind after the other, is put in order when somebody asks for a kind again: most of it is never
    looked for a second time.
    """

    def __init__(self, snapshot: Snapshot, batches: Batches) -> None:
        super().__init__()
        self._snapshot, self._batches = snapshot, batches
        self._at_hand: AtHand | None = getattr(snapshot, "at_hand", None)
        self._met: set[Kind] = set()
        self._came: list[tuple[Sequence[Ref], Sequence[Document | None]]] = []

    def at_hand(self, keys: Sequence[Ref]) -> Sequence[Document | None] | None:
        return None if self._at_hand is None else self._at_hand(keys)

    def known(self, keys: Sequence[Ref]) -> Sequence[Document | Exception | None] | None:
        for refs, documents in self._came:
            self.prime(dict(zip(refs, documents, strict=True)))
        self._came.clear()
        self._met.update(map(_kind_of, keys))
        return super().known(keys)

    def known_of(self, kind: Kind, refs: Sequence[Ref]) -> Sequence[Document | Exception | None] | None:
        """As `known`, of refs of one kind."""
        if kind in self._met:
            return self.known(refs)
        self._met.add(kind)
        found = self.at_hand(refs)
        if found is not None:
            self._came.append((refs, found))
        return found

    async def fetch(self, keys: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        return await self._batches.bounded(lambda: self._snapshot.fetch(keys), len(keys))

    def remember(self, documents: Sequence[Document]) -> None:
        """Keep documents that came with a search, so that they are not fetched again."""
        refs = list(map(_ref_of, documents))
        self._met.update(map(_kind_of, refs))
        self._came.append((refs, documents))

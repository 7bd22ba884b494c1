"""Suggestions by request."""

from collections.abc import Sequence

from resolvers.errors import SourceError
from resolvers.loaders.bounded import Batches
from resolvers.loaders.loader import Loader
from resolvers.sources.base import Snapshot
from resolvers.sources.typeahead import Suggested, SuggestRequest


class SuggestionLoader(Loader[SuggestRequest, tuple[Suggested, ...]]):
    """Asks for what completes typed texts, all that one level wants to know at once, and equal requests once."""

    def __init__(self, snapshot: Snapshot, batches: Batches) -> None:
        super().__init__()
        self._snapshot, self._batches = snapshot, batches

    async def fetch(self, keys: Sequence[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:
        return await self._batches.bounded(lambda: self._snapshot.suggest(keys), len(keys))

"""Suggestions by request."""

from collections.abc import Sequence

from aiodataloader import DataLoader

from resolvers.errors import SourceError
from resolvers.loaders.bounded import Batches
from resolvers.sources.base import Snapshot
from resolvers.sources.typeahead import Suggested, SuggestRequest


class SuggestionLoader(DataLoader[SuggestRequest, tuple[Suggested, ...]]):
    """Asks for what completes typed texts, all that one level wants to know at once, and equal requests once."""

    def __init__(self, snapshot: Snapshot, batches: Batches) -> None:
        super().__init__()
        self._snapshot, self._batches = snapshot, batches

    async def batch_load_fn(self, keys: list[SuggestRequest]) -> Sequence[tuple[Suggested, ...] | SourceError]:  # type: ignore[override]  # an error in a slot fails that key alone
        return await self._batches.bounded(lambda: self._snapshot.suggest(keys), len(keys))

"""Kept rankings by name."""

from collections.abc import Sequence

from resolvers.errors import DeadlineExceeded
from resolvers.loaders.bounded import Batches
from resolvers.loaders.loader import Loader
from resolvers.sources.rankings import KeptRanking, Rankings


class RankingLoader(Loader[bytes, KeptRanking | None]):
    """Finds rankings that were kept, each once an operation, and keeps new ones."""

    def __init__(self, rankings: Rankings, batches: Batches) -> None:
        super().__init__()
        self._rankings, self._batches = rankings, batches

    async def fetch(self, keys: Sequence[bytes]) -> Sequence[KeptRanking | DeadlineExceeded | None]:
        return await self._batches.bounded(lambda: self._rankings.find(keys), len(keys))

    def keep(self, ranking: KeptRanking) -> None:
        """Keep a ranking for those who come with a cursor of it."""
        self._rankings.keep(ranking)

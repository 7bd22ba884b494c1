"""Kept rankings by name."""

from collections.abc import Sequence

from aiodataloader import DataLoader

from resolvers.errors import DeadlineExceeded
from resolvers.loaders.bounded import Batches
from resolvers.sources.rankings import KeptRanking, Rankings


class RankingLoader(DataLoader[bytes, KeptRanking | None]):
    """Finds rankings that were kept, each once an operation, and keeps new ones."""

    def __init__(self, rankings: Rankings, batches: Batches) -> None:
        super().__init__()
        self._rankings, self._batches = rankings, batches

    async def batch_load_fn(self, keys: list[bytes]) -> Sequence[KeptRanking | DeadlineExceeded | None]:  # type: ignore[override]  # an error in a slot fails that key alone
        return await self._batches.bounded(lambda: self._rankings.find(keys), len(keys))

    def keep(self, ranking: KeptRanking) -> None:
        """Keep a ranking for those who come with a cursor of it."""
        self._rankings.keep(ranking)

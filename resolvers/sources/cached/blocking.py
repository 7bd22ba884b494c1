"""Telling of changes from where there is no event loop: from a process that applies them."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from resolvers.catalog.kind import Ref
from resolvers.sources.base import SourceInfo
from resolvers.sources.cached.breaker import Breaker
from resolvers.sources.cached.guarded import PATIENCE_SECONDS, Guarded
from resolvers.sources.cached.invalidation import Invalidation
from resolvers.sources.cached.keys import Keys
from resolvers.sources.cached.lifetimes import Lifetimes
from resolvers.sources.cached.payloads import SHAPE
from resolvers.sources.cached.remote import Remote
from resolvers.sources.counting import Uncounted


class BlockingInvalidator:
    """Does what `Invalidation` does, in the calling thread, with a connection of its own for each call.

    `connect` makes the shared cache, and `index` tells which index has changed. `prefix` and `lifetimes` are those of
    the processes that answer.
    """

    def __init__(
        self, connect: Callable[[], Remote], index: Callable[[], SourceInfo], prefix: str, lifetimes: Lifetimes
    ) -> None:
        self._connect, self._index = connect, index
        self._keys, self._tombstone_seconds = partial(Keys, prefix, SHAPE), lifetimes.tombstone

    def invalidate(self, refs: Sequence[Ref]) -> bool:
        """These documents have changed, have gone or are new, and the engine answers with the change.

        False when the shared cache could not be told; what it has is then given until its time is over.
        """
        return asyncio.run(self._invalidate(refs))

    async def _invalidate(self, refs: Sequence[Ref]) -> bool:
        counting = Uncounted()
        guarded = Guarded(self._connect(), Breaker(), Breaker(), counting, PATIENCE_SECONDS)
        told = Invalidation(guarded, self._keys, self._tombstone_seconds, lambda _: None, counting)
        try:
            return await told.invalidate(self._index(), refs)
        finally:
            await guarded.close()

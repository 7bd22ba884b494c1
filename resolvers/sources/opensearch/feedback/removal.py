"""Removing what is older than it is to be kept, every day."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec
import orjson

from resolvers.deadline import Deadline
from resolvers.errors import SourceError
from resolvers.sources.base import Call
from resolvers.sources.opensearch.connection import Cluster
from resolvers.sources.opensearch.responses import decoded

DAY_SECONDS, AGAIN_SECONDS = 86_400.0, 3_600.0
"""How long it is waited until the next day's, and after one that failed."""
AT_ONCE = 10_000
REQUEST_SECONDS = 300
"""How long the cluster may take for so many."""
log = logging.getLogger(__name__)


class _Removed(msgspec.Struct, frozen=True):
    total: int = 0
    deleted: int = 0


_removed = msgspec.json.Decoder(_Removed)


class Removal:
    """Removes an application's feedback from indexes, where it is older than `keep`. Several may at the same time."""

    def __init__(
        self,
        cluster: Cluster,
        indexes: str,
        application: str,
        keep: timedelta,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._cluster, self._indexes, self._application, self._keep = cluster, indexes, application, keep
        self._sleep = sleep

    async def daily(self) -> None:
        """Remove it now and every day from now on, and log how much that was. Never ends by itself."""
        while True:
            seconds = DAY_SECONDS
            try:
                await self.once()
            except SourceError as error:
                log.warning("feedback that is too old could not be removed: %s", error.message)
                seconds = AGAIN_SECONDS
            except Exception:
                log.exception("feedback that is too old could not be removed")
                seconds = AGAIN_SECONDS
            await self._sleep(seconds)

    async def once(self) -> int:
        """Remove it, and return how much that was. Raises SourceError."""
        before = (datetime.now(UTC) - self._keep).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        removed = 0
        while True:
            some = await self._some(before)
            removed += some.deleted
            # What is left where nothing was removed is being removed by somebody else.
            if some.total < AT_ONCE or not some.deleted:
                break
        if removed:
            log.info("%s queries and events of before %s were removed", removed, before)
        return removed

    async def _some(self, before: str) -> _Removed:
        """Remove a part, so that each request takes a while that can be told."""
        old = [{"term": {"application": self._application}}, {"range": {"timestamp": {"lt": before}}}]
        body = orjson.dumps({"query": {"bool": {"filter": old}}})
        params = {
            "conflicts": "proceed",
            "max_docs": str(AT_ONCE),
            "refresh": "true",
            "filter_path": "total,deleted",
        }
        call = Call(Deadline(REQUEST_SECONDS))
        path = f"/{self._indexes}/_delete_by_query"
        return decoded(_removed, await self._cluster.ask("POST", path, body, call=call, params=params))

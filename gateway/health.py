"""Health endpoints, for whoever starts, restarts and balances this process."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resolvers.errors import SourceUnavailable
from resolvers.sources.base import Source


async def live(_: Request) -> Response:
    """The process runs and its event loop turns."""
    return JSONResponse({"status": "live"})


class Ready:
    """Whether there is an index to answer from, and how old it is."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def respond(self, _: Request) -> Response:
        try:
            index = self._source.snapshot().info()
        except SourceUnavailable as error:
            return JSONResponse({"status": "unavailable", "reason": error.message}, 503)
        age = (datetime.now(UTC) - index.created_at).total_seconds()
        counts = {kind.lower(): count for kind, count in index.counts.items()}
        return JSONResponse(
            {
                "status": "ready",
                "engine": index.engine,
                "generation": index.generation,
                "indexAgeSeconds": int(age),
                "documents": counts,
            }
        )

"""Servers that cannot start: `python -m tests.support.failing_apps refuses|breaks|dies WORKERS`."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from gateway.server import options, serve
from gateway.settings import Settings


@asynccontextmanager
async def _refused(_: Starlette) -> AsyncIterator[None]:
    raise OSError("there is nothing to open")
    yield


def refuses() -> Starlette:
    """An application whose start fails."""
    return Starlette(lifespan=_refused)


def breaks() -> Starlette:
    """An application that cannot be made."""
    raise ValueError("there is nothing to make")


def dies() -> Starlette:
    """An application whose process ends without a word."""
    os._exit(0)


def main(how: str, workers: int) -> None:
    settings = Settings(port=0, workers=workers)
    serve(uvicorn.Config(f"tests.support.failing_apps:{how}", factory=True, workers=workers, **options(settings)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

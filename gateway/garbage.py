"""Python's collector of cyclic garbage, kept from looking through what lives as long as the process."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

YOUNG_OBJECTS = 10_000
"""How many objects are made, and not freed, between two looks at the young ones. An operation makes some thousands."""


def settled(app: Starlette) -> Starlette:
    """The application, whose own objects are set aside (`gc.freeze`) once it has started.

    A full collection looks at every object: the schema, vocabularies and what libraries have made are some 230,000, and
    take a tenth of a second in which nobody is answered.
    """
    started = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(of: Any) -> AsyncIterator[Any]:
        async with started(of) as state:
            before = gc.get_threshold()
            gc.collect()
            gc.freeze()
            gc.set_threshold(YOUNG_OBJECTS, *before[1:])
            try:
                yield state
            finally:
                gc.set_threshold(*before)
                gc.unfreeze()

    app.router.lifespan_context = lifespan
    return app

"""What an application is made of is set aside from the collector of garbage while it serves."""

import gc

from starlette.applications import Starlette

from gateway.garbage import YOUNG_OBJECTS, settled


async def test_what_was_there_at_the_start_is_not_looked_through_until_the_end() -> None:
    before = gc.get_threshold()
    app = settled(Starlette())
    async with app.router.lifespan_context(app):
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold() == (YOUNG_OBJECTS, *before[1:])
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, before)

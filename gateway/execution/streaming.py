"""Streamed lists whose items are completed side by side."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any

from graphql.execution.incremental import IncrementalExecutor
from graphql.execution.incremental.stream_item_queue import StreamItemQueue
from graphql.execution.incremental.work_queue import WorkResult


class StreamsTogether(IncrementalExecutor):
    """graphql-core's, but for the items of a list by `@stream`: they begin together when the first part has gone out.

    There they are completed one behind the other, so that each has a batch of the loaders of its own; or, with early
    execution, together, but beside the first part, which then waits for batches that it has nothing to do with.
    """

    def build_stream_item_queue(
        self,
        initial_index: int,
        stream_path: Any,
        iterator: Iterator[Any] | AsyncIterator[Any],
        field_details_list: Any,
        info: Any,
        item_type: Any,
        is_async: bool,
    ) -> StreamItemQueue:
        if isinstance(iterator, AsyncIterator):
            return super().build_stream_item_queue(
                initial_index, stream_path, iterator, field_details_list, info, item_type, is_async
            )

        async def completed(index: int, item: Any) -> WorkResult:
            path = stream_path.add_key(index, None)
            executor = self.create_sub_executor()
            result = executor.complete_stream_item(path, item, field_details_list, info, item_type)
            return await result if isinstance(result, Awaitable) else result

        begun: list[asyncio.Future[WorkResult]] = []

        async def produce(queue: StreamItemQueue) -> None:
            begun.extend(asyncio.ensure_future(completed(*one)) for one in enumerate(iterator, initial_index))
            for item in begun:
                item.add_done_callback(_noted)
            # Those that wait for nothing are through then, and go out in one part.
            await asyncio.sleep(0)
            for item in begun:
                await queue.push(item)

        def abandon(_: BaseException | None) -> None:
            for item in begun:
                item.cancel()

        return StreamItemQueue(produce, abandon)


def _noted(item: "asyncio.Future[WorkResult]") -> None:
    """Nobody asks for an item behind one that failed, and asyncio would complain of its error."""
    if not item.cancelled():
        item.exception()

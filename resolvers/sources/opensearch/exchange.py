"""How asks are sent to a cluster: a multi-search, a multi-get, or a walk through a point in time."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from zlib import crc32

import orjson

from resolvers.catalog.kind import Document, Ref
from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceError
from resolvers.sources.base import Call
from resolvers.sources.opensearch.asks import Search, Walk
from resolvers.sources.opensearch.connection import Cluster
from resolvers.sources.opensearch.looks import LOOK_PARTS, Look, Seen, read_looks
from resolvers.sources.opensearch.manifest import Generation
from resolvers.sources.opensearch.queries import MAX_WINDOW, ranking
from resolvers.sources.opensearch.responses import (
    DOCUMENT_PARTS,
    PAGE_PARTS,
    SEARCH_PARTS,
    Found,
    Hits,
    read_documents,
    read_point_in_time,
    read_search,
    read_searches,
)

SHARE_TO_CANCEL, SHARE_TO_LEAVE = 0.7, 0.8
"""The shares of the time left after which the cluster gives up a search by meaning, and after which nobody waits for
that any more, so that the words can still answer."""
KEEP_ALIVE = "1m"
PIT_PATH = "/_search/point_in_time"
CLEANING_SECONDS = 5
LONGEST_ID_BYTES = 512


class ClusterExchange:
    """Asks one generation of a cluster's indexes, for one operation."""

    def __init__(self, cluster: Cluster, generation: Generation, call: Call) -> None:
        self._cluster, self._generation, self._call = cluster, generation, call

    async def search(self, searches: Sequence[Search]) -> Sequence[Hits | SourceError]:
        try:
            return await self._searched(searches)
        except DeadlineExceeded as error:
            # The cluster was told to give up what is by meaning before, and did not get to it.
            if not any(search.by_meaning for search in searches) or all(search.by_meaning for search in searches):
                raise
            rest = iter(await self._searched([search for search in searches if not search.by_meaning]))
            return [error if search.by_meaning else next(rest) for search in searches]

    async def _searched(self, searches: Sequence[Search]) -> Sequence[Hits | SourceError]:
        """The answers to all searches by one request, for which those by meaning have a share of the time alone."""
        remaining, by_meaning = self._call.deadline.remaining(), any(search.by_meaning for search in searches)
        patience = None if remaining == math.inf else f"{max(1, round(remaining * SHARE_TO_CANCEL * 1_000))}ms"
        lines = [_lines(self._generation.index(search.kind), search, patience) for search in searches]
        unique = list(dict.fromkeys(line for line in lines if isinstance(line, bytes)))
        if not unique:
            return [line for line in lines if isinstance(line, SourceError)]
        call = replace(self._call, deadline=Deadline(remaining * SHARE_TO_LEAVE)) if by_meaning else self._call
        params = {"filter_path": SEARCH_PARTS}
        content = await self._cluster.ask("POST", "/_msearch", b"".join(unique), call=call, params=params)
        found = dict(zip(unique, read_searches(content), strict=True))
        return [line if isinstance(line, SourceError) else found[line] for line in lines]

    async def look(self, looks: Sequence[Look]) -> Sequence[Seen]:
        lines = [
            orjson.dumps({"index": self._generation.index(look.kind)}) + b"\n" + orjson.dumps(look.body) + b"\n"
            for look in looks
        ]
        params = {"filter_path": LOOK_PARTS}
        return read_looks(await self._cluster.ask("POST", "/_msearch", b"".join(lines), call=self._call, params=params))

    async def fetch(self, refs: Sequence[Ref]) -> Sequence[Document | SourceError | None]:
        sendable = {ref: encoded for ref in refs if (encoded := encoded_id(ref.id)) is not None}
        if not sendable:
            return [None] * len(refs)
        wanted = [{"_index": self._generation.index(ref.kind), "_id": ref.id} for ref in sendable]
        # What has been found is what the last refresh shows, and not what was written since.
        params = {"filter_path": DOCUMENT_PARTS, "realtime": "false"}
        body = orjson.dumps({"docs": wanted})
        content = await self._cluster.ask("POST", "/_mget", body, call=self._call, params=params)
        found = dict(zip(sendable, read_documents(content, list(sendable)), strict=True))
        return [found.get(ref) for ref in refs]

    async def walk(self, walk: Walk) -> Hits:
        """The hits, in chunks of one point in time, which is given back however this ends."""
        index = self._generation.index(walk.kind)
        opened = await self._cluster.ask(
            "POST", f"/{index}{PIT_PATH}", call=self._call, params={"keep_alive": KEEP_ALIVE}
        )
        pit = read_point_in_time(opened)
        try:
            return await self._chunks(walk, pit)
        finally:
            await self._give_back(pit)

    async def _give_back(self, pit: str) -> None:
        call = replace(self._call, deadline=Deadline(CLEANING_SECONDS))
        # Where it fails, the cluster lets go of it by itself after KEEP_ALIVE.
        with suppress(SourceError):
            await self._cluster.ask("DELETE", PIT_PATH, orjson.dumps({"pit_id": [pit]}), call=call)

    async def _chunks(self, walk: Walk, pit: str) -> Hits:
        found: list[Found] = []
        partial = False
        while len(found) < walk.depth:
            body = ranking(walk.query, size=min(MAX_WINDOW, walk.depth - len(found))) | walk.more
            body["pit"] = {"id": pit, "keep_alive": KEEP_ALIVE}
            if found:
                body["search_after"] = found[-1].sort
            content = await self._cluster.ask(
                "POST", "/_search", orjson.dumps(body), call=self._call, params={"filter_path": PAGE_PARTS}
            )
            chunk = read_search(content)
            found += chunk.hits
            partial |= chunk.partial
            if len(chunk.hits) < body["size"]:
                break
        return Hits(found, partial=partial)


def _lines(index: str, search: Search, patience: str | None) -> bytes | SourceError:
    """A search as two lines of a multi-search. Equal searches have equal lines, and are sent once."""
    header: dict[str, Any] = {"index": index}
    if search.text is not None:
        # One shard needs no look at how rare the words are in the others, and the cluster leaves it out.
        header["search_type"] = "dfs_query_then_fetch"
        # Copies of a shard may count differently what has been deleted, so pages of one text come from one copy.
        header["preference"] = f"text-{crc32(search.text.encode(errors='replace')):08x}"
    if search.by_meaning and patience is not None:
        header["cancel_after_time_interval"] = patience
    try:
        return orjson.dumps(header) + b"\n" + orjson.dumps(search.body) + b"\n"
    except orjson.JSONEncodeError as error:
        failure = SourceError("this search has characters that cannot be sent to the search engine")
        failure.__cause__ = error
        return failure


def encoded_id(id_: str) -> bytes | None:
    """An id as the cluster may have it; None for one that it cannot have."""
    try:
        encoded = id_.encode()
    except UnicodeEncodeError:
        return None
    return encoded if 0 < len(encoded) <= LONGEST_ID_BYTES else None

"""Popularity: counted by a command, and followed by servers."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice

from gateway.engines import build_engine, build_feedback_log, build_popularity_store
from gateway.following import Followed
from gateway.settings import Settings
from indexing.popularity import counted
from resolvers.catalog.job import JobRecord
from resolvers.catalog.kinds import ref_of
from resolvers.catalog.talent import TalentRecord
from resolvers.errors import SourceError
from resolvers.ranking.popularity import NOTHING_COUNTED, Popularity
from resolvers.sources.base import Snapshot

AT_ONCE = 500
"""So many entities are fetched in one call."""


def refresh_popularity(settings: Settings) -> Sequence[str]:
    """Count popularity anew out of all feedback, keep it beside the index, and return what was counted, as lines.

    Raises SourceUnavailable without an index, and SourceError when feedback cannot be read or counts cannot be kept.
    """

    def occupations(ids: Collection[str]) -> Mapping[str, str]:
        return asyncio.run(_occupations(settings, ids))

    log, now = build_feedback_log(settings), datetime.now(UTC)
    found = counted(log, occupations, now, settings.popularity_half_life_days)
    with closing(build_popularity_store(settings)) as store:
        store.write(found)
    return [
        f"Counted {len(found.shares):,} jobs and talent that were seen",
        f"Talent was chosen for {len(found.chosen):,} jobs, {len(found.together):,} of it for the same jobs as others",
    ]


def follow_popularity(settings: Settings) -> Followed[Popularity]:
    """The popularity that is kept beside the index of the settings, as it is at any time."""
    store = build_popularity_store(settings)
    return Followed(
        "counts of popularity",
        NOTHING_COUNTED,
        store.stamp,
        store.read,
        look_seconds=settings.reload_seconds,
        release=store.close,
    )


async def _occupations(settings: Settings, ids: Collection[str]) -> dict[str, str]:
    engine = build_engine(settings)
    await engine.start()
    try:
        return await occupations_in(engine.snapshot(), ids)
    finally:
        await engine.close()


async def occupations_in(snapshot: Snapshot, ids: Collection[str]) -> dict[str, str]:
    """The occupations of those of the jobs and talent that an index has. Raises SourceError."""
    refs = (ref for id_ in ids if (ref := ref_of(id_)) is not None)
    found: dict[str, str] = {}
    while some := list(islice(refs, AT_ONCE)):
        for document in await snapshot.fetch(some):
            if isinstance(document, SourceError):
                raise document
            if document is not None and isinstance(record := document.record, JobRecord | TalentRecord):
                found[record.id] = record.occupation_id
    return found

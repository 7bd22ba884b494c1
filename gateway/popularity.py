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
    """The occupations of those of the jobs and talent that the index has. Raises SourceError."""
    engine = build_engine(settings)
    await engine.start()
    try:
        snapshot, left = engine.snapshot(), iter(ids)
        found: dict[str, str] = {}
        while some := list(islice(left, AT_ONCE)):
            found |= await _fetched(snapshot, some)
        return found
    finally:
        await engine.close()


async def _fetched(snapshot: Snapshot, ids: Sequence[str]) -> dict[str, str]:
    documents = await snapshot.fetch([ref for id_ in ids if (ref := ref_of(id_)) is not None])
    failed = next((one for one in documents if isinstance(one, SourceError)), None)
    if failed is not None:
        raise failed
    records = (one.record for one in documents if one is not None and not isinstance(one, SourceError))
    return {record.id: record.occupation_id for record in records if isinstance(record, JobRecord | TalentRecord)}

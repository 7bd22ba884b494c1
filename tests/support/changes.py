"""Changes of the small marketplace whose contents follow from id and version, and what an index answers after them."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from indexing.changes.given import GivenChange
from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.kinds import KINDS, ref_of
from resolvers.catalog.values import Record
from resolvers.sources.base import RetrievalMode, SearchRequest, SearchResult, Snapshot

Market = dict[Kind, list[Record]]
WORDS = ["python", "logo", "design", "developer", "sql", "data", "writing", "zookeeper", "brand", ""]
SKILL_IDS = ["skill_python", "skill_figma", "skill_new"]
CHANGED = [
    *SKILL_IDS,
    "occ_dev",
    "occ_design",
    "occ_new",
    "client_a",
    "client_b",
    "client_new",
    *(f"job_{name}" for name in ("00", "01", "05", "06", "065", "12", "13")),
    *(f"talent_{name}" for name in ("00", "01", "02", "05", "11")),
]
"""Ids that are there and ids that are not: before, between and behind those that are."""
DELETED_EVERY = 4


def change(market: Market, id_: str, version: int) -> GivenChange:
    """The change of an entity with a version: every fourth deletes it."""
    ref = ref_of(id_)
    assert ref is not None
    at = CHANGED.index(id_) + version
    return GivenChange(ref, version, None if at % DELETED_EVERY == 0 else _record(market, ref, at, version))


def _record(market: Market, ref: Ref, at: int, version: int) -> Record:
    like = market[ref.kind][at % len(market[ref.kind])]
    record: Record = msgspec.structs.replace(like, id=ref.id, **_facts(ref.kind, at, version))
    return record


def _facts(kind: Kind, at: int, version: int) -> dict[str, Any]:
    word, skills = WORDS[at % len(WORDS)], tuple(SKILL_IDS[: at % 3])
    occupation = ["occ_dev", "occ_new", "occ_gone"][at % 3]
    if kind is Kind.SKILL:
        return {"name": f"{word} {version}", "broader_ids": skills[:1]}
    if kind is Kind.OCCUPATION:
        return {"name": f"{word} {version}", "description": f"{WORDS[version % len(WORDS)]}"}
    if kind is Kind.CLIENT:
        return {"rating": None if version % 2 else 1 + version / 10, "name": word or "none"}
    if kind is Kind.TALENT:
        return {"title": f"{word} x", "skill_ids": skills, "occupation_id": occupation}
    client = ["client_a", "client_new", "client_b"][at % 3]
    return {"title": f"{word} x", "skill_ids": skills, "occupation_id": occupation, "client_id": client}


def outcome(market: Market, changes: Iterable[GivenChange]) -> Market:
    """The records that there are in the end, in the order of their ids: of each entity the highest version."""
    newest: dict[Ref, GivenChange] = {}
    for one in changes:
        if one.ref not in newest or one.version > newest[one.ref].version:
            newest[one.ref] = one
    kept = {Ref(kind, record.id): record for kind, records in market.items() for record in records}
    kept |= {ref: one.record for ref, one in newest.items() if one.record is not None}
    gone = {ref for ref, one in newest.items() if one.record is None}
    return {
        kind: sorted((one for ref, one in kept.items() if ref.kind is kind and ref not in gone), key=lambda one: one.id)
        for kind in KINDS
    }


def listings() -> list[SearchRequest]:
    """Every listing of every kind in both directions, and what texts are near to."""
    about = [
        SearchRequest((kind,), sort=order, limit=100, count=True, backward=backward)
        for kind, spec in KINDS.items()
        for order in ("RELEVANCE", *(one.name for one in spec.sorts))
        for backward in (False, True)
    ]
    about += [
        SearchRequest(kinds, text=text, mode=RetrievalMode.SEMANTIC, limit=limit, count=True)
        for text in ("python developer", "logo", "data", "writing copy")
        for kinds in [*((kind,) for kind in Kind), tuple(Kind)]
        for limit in (3, 100)
    ]
    return about


def texts() -> list[SearchRequest]:
    """What texts match by their words, in the order of a fact and by relevance."""
    return [
        SearchRequest(
            (kind,), text=text, mode=mode, sort=KINDS[kind].default_sort or "RELEVANCE", limit=100, count=True
        )
        for kind in Kind
        for text in WORDS[:-1]
        for mode in (RetrievalMode.LEXICAL, RetrievalMode.HYBRID)
        if KINDS[kind].sorts
    ]


async def found(snapshot: Snapshot, requests: Sequence[SearchRequest]) -> list[tuple[list[str], int | None]]:
    """The ids and counts that requests are answered with."""
    answers = []
    for one in await snapshot.search(requests):
        assert isinstance(one, SearchResult), one
        answers.append(([hit.document.ref.id for hit in one.hits], one.total))
    return answers

"""Changes of single entities: the highest version wins, and the answers are those of a fresh index."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexing.changes.apply import BatchResult, apply_batch
from indexing.changes.given import GivenChange
from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.kinds import ref_of
from resolvers.catalog.values import Record
from resolvers.errors import SourceUnavailable
from resolvers.sources.aggregations import Percentiles, TermCounts
from resolvers.sources.base import AggregationRequest, Exists, Not, RetrievalMode, SearchRequest, Source, Terms
from resolvers.sources.changes import Changeable
from resolvers.sources.typeahead import HOLDERS, TITLED, SuggestRequest, typed_words
from tests.conftest import TopicEmbedder
from tests.contract.conftest import Engine
from tests.support.changes import CHANGED, change, found, listings, outcome, texts

Batches = list[list[tuple[str, int]]]
BATCHES = st.lists(
    st.lists(st.tuples(st.sampled_from(CHANGED), st.integers(1, 9)), min_size=1, max_size=12), min_size=1, max_size=5
)


def apply(engine: Changeable, changes: Sequence[GivenChange], model: Any) -> BatchResult:
    with engine.changing() as index:
        return apply_batch(index, changes, model, exclusive=engine.exclusive)


async def everything(source: Source, refs: Sequence[Ref]) -> Any:
    view = source.snapshot()
    figures = [replace(one, took_seconds=0) for one in await view.aggregate(FIGURES)]  # type: ignore[type-var]
    typed = [SuggestRequest(kind, typed_words(text), 20) for kind in (*TITLED, *HOLDERS) for text in TYPED]
    completed = list(await view.suggest(typed))
    return (
        list(await view.fetch(refs)),
        await found(view, [*listings(), *texts()]),
        figures,
        completed,
        view.info().counts,
    )


TYPED = ("p", "c", "dev", "logo des", "pyhton", "wri", "s")


SKILLS = TermCounts("skill_ids", 50)
FIGURES = [
    AggregationRequest(Kind.JOB, aggregations=(SKILLS, Percentiles("budget", (50,)), TermCounts("client_country", 50))),
    AggregationRequest(Kind.TALENT, "python", aggregations=(SKILLS, Percentiles("hourly_rate", (50,)))),
]
EXAMPLES, EXAMPLES_IN_A_CLUSTER = 15, 5
"""A cluster takes seconds for an example: it makes ten indexes."""


def test_after_any_changes_the_answers_are_those_of_a_fresh_index_of_the_same_records(
    engine: Callable[[], Engine], market: Any, topics: Any
) -> None:
    examples = EXAMPLES if engine().name == "embedded" else EXAMPLES_IN_A_CLUSTER

    @settings(max_examples=examples, deadline=None)
    @given(batches=BATCHES)
    def check(batches: Batches) -> None:
        compare_with_a_fresh_index(engine, market, topics, batches)

    check()


def compare_with_a_fresh_index(engine: Callable[[], Engine], market: Any, topics: Any, batches: Batches) -> None:
    changed, fresh = engine(), engine()
    changed.build(changed.place, market, topics)
    given_changes = [[change(market, id_, version) for id_, version in batch] for batch in batches]
    for batch in given_changes:
        apply(changed.change(changed.place), batch, topics)
    expected = outcome(market, [one for batch in given_changes for one in batch])
    fresh.build(fresh.place, expected, topics)
    refs = [Ref(kind, record.id) for kind, records in market.items() for record in records]
    refs += [one.ref for batch in given_changes for one in batch]

    async def compare() -> None:
        async with changed.open(changed.place, topics) as ours, fresh.open(fresh.place, topics) as theirs:
            assert await everything(ours, refs) == await everything(theirs, refs)

    asyncio.run(compare())


@pytest.fixture
def filled(engine: Callable[[], Engine], market: Any, topics: Any) -> Engine:
    """An engine of this test's own, with the small marketplace in it."""
    fresh = engine()
    fresh.build(fresh.place, market, topics)
    return fresh


@pytest.fixture
def applied(filled: Engine, topics: Any) -> Callable[..., BatchResult]:
    """Applies changes in one batch."""
    return lambda *changes: apply(filled.change(filled.place), changes, topics)


@pytest.fixture
def view(filled: Engine, topics: Any) -> Callable[..., Any]:
    """What the engine answers now: the records of ids, and the ids that searches find."""

    async def looked(ids: Sequence[str], *requests: SearchRequest) -> Any:
        async with filled.open(filled.place, topics) as source:
            documents = await source.snapshot().fetch([named(id_) for id_ in ids])
            return [document and document.record for document in documents], await found(source.snapshot(), requests)

    return lambda ids, *requests: asyncio.run(looked(ids, *requests))


def named(id_: str) -> Ref:
    ref = ref_of(id_)
    assert ref is not None
    return ref


def record(market: Any, id_: str, **facts: Any) -> Record:
    """A record of the market with other facts; for an id that it does not have, like the first of its kind."""
    records = market[named(id_).kind]
    like = next((one for one in records if one.id == id_), records[0])
    replaced: Record = msgspec.structs.replace(like, id=id_, **facts)
    return replaced


def upsert(version: int, record: Record) -> GivenChange:
    return GivenChange(named(record.id), version, record)


def delete(version: int, id_: str) -> GivenChange:
    return GivenChange(named(id_), version, None)


def fates(result: BatchResult) -> list[str]:
    return [outcome.fate.value for outcome in result.outcomes]


def jobs_with(field: str, *values: Any) -> SearchRequest:
    return SearchRequest((Kind.JOB,), filter=Terms(field, values), sort="FEWEST_PROPOSALS", limit=100, count=True)


def test_every_change_is_newer_than_a_full_index(applied: Any, view: Any, market: Any) -> None:
    new, other = record(market, "job_005", title="New"), record(market, "job_02", title="Another title")
    result = applied(upsert(1, other), upsert(1, new), delete(1, "job_03"))
    assert fates(result) == ["applied"] * 3
    found_records, [(listed, total)] = view(["job_02", "job_005", "job_03"], SearchRequest((Kind.JOB,), limit=100))
    assert found_records == [other, new, None]
    assert ("job_005" in listed, "job_03" in listed, len(listed), total) == (True, False, 12, None)


@pytest.mark.parametrize("deletes", [False, True])
def test_a_change_that_is_not_newer_is_stale_also_when_the_newer_one_was_a_delete(
    applied: Any, view: Any, market: Any, deletes: bool
) -> None:
    kept = record(market, "job_02", title="Kept")
    applied(delete(7, "job_02") if deletes else upsert(7, kept))
    older = record(market, "job_02", title="Older")
    for version in (1, 6, 7):
        assert fates(applied(upsert(version, older))) == ["stale"]
        assert fates(applied(delete(version, "job_02"))) == ["stale"]
    assert view(["job_02"])[0] == [None if deletes else kept]
    assert fates(applied(upsert(8, older))) == ["applied"]
    assert view(["job_02"])[0] == [older]


def test_a_delete_that_comes_before_its_upsert_wins(applied: Any, view: Any, market: Any) -> None:
    late = record(market, "job_new")
    assert fates(applied(delete(2, "job_new"))) == ["applied"]
    assert fates(applied(upsert(1, late))) == ["stale"]
    assert view(["job_new"])[0] == [None]


def test_of_several_changes_in_a_batch_the_newest_counts(applied: Any, view: Any, market: Any) -> None:
    titles = [record(market, "job_02", title=title) for title in ("two", "three", "one")]
    result = applied(*map(upsert, (2, 3, 1), titles), upsert(3, titles[1]))
    assert fates(result) == ["stale", "applied", "stale", "stale"]
    assert view(["job_02"])[0] == [titles[1]]
    assert [ref.id for ref in result.concerned] == ["job_02"]


def test_versions_reach_up_to_63_bits(applied: Any, view: Any, market: Any) -> None:
    last = record(market, "job_02", title="Last")
    assert fates(applied(upsert(2**63 - 1, last))) == ["applied"]
    assert fates(applied(delete(2**63 - 2, "job_02"))) == ["stale"]
    assert view(["job_02"])[0] == [last]


def test_facts_of_a_client_change_in_its_jobs(applied: Any, view: Any, market: Any) -> None:
    result = applied(upsert(1, record(market, "client_b", country="NO", rating=2.0)))
    assert (result.rewritten, sorted(ref.id for ref in result.concerned)) == (2, ["client_b", "job_02", "job_07"])
    _, [(ids, total), (by_rating, _)] = view(
        [], jobs_with("client_country", "NO"), SearchRequest((Kind.JOB,), sort="CLIENT_RATING", limit=100)
    )
    assert (ids, total) == (["job_02", "job_07"], 2)
    assert by_rating[-2:] == ["job_02", "job_07"]
    applied(delete(2, "client_b"))
    _, [(with_country, _), (without, _)] = view(
        [],
        jobs_with("client_country", "NO", "US"),
        SearchRequest((Kind.JOB,), filter=Not(Exists("client_country")), sort="FEWEST_PROPOSALS", limit=100),
    )
    assert (with_country, without) == ([], ["job_02", "job_07"])


def test_names_of_a_skill_change_in_the_texts_of_those_who_have_it(applied: Any, view: Any, market: Any) -> None:
    result = applied(upsert(1, record(market, "skill_figma", name="Sketchbook")))
    assert result.rewritten == 4
    lexical = [
        SearchRequest((kind,), text=text, mode=RetrievalMode.LEXICAL, limit=100)
        for text in ("sketchbook", "figma")
        for kind in (Kind.JOB, Kind.TALENT)
    ]
    _, answers = view([], *lexical)
    assert [ids for ids, _ in answers] == [["job_05", "job_06", "job_07"], ["talent_02"], [], []]


def test_a_skill_that_is_broader_than_others_changes_in_them(applied: Any, view: Any, market: Any) -> None:
    assert applied(upsert(1, record(market, "skill_programming", name="Wizardry"))).rewritten == 6
    _, [(ids, _)] = view([], SearchRequest((Kind.SKILL,), text="wizardry", mode=RetrievalMode.LEXICAL, limit=100))
    assert len(ids) == 7


def test_what_shows_in_no_other_document_leaves_the_others_as_they_are(
    filled: Engine, applied: Any, view: Any, market: Any
) -> None:
    before = view(["job_02", "job_07"], *listings())
    result = applied(upsert(1, record(market, "client_b", name="Another name")))
    # Where others write too, nobody knows what the copies in the jobs were made of.
    again = [] if filled.change(filled.place).exclusive else ["job_02", "job_07"]
    assert (fates(result), result.rewritten) == (["applied"], len(again))
    assert sorted(ref.id for ref in result.concerned) == ["client_b", *again]
    assert view(["job_02", "job_07"], *listings()) == before


def test_documents_that_are_made_ready_again_keep_their_version(applied: Any, view: Any, market: Any) -> None:
    applied(upsert(5, record(market, "job_02", title="Five")))
    assert applied(upsert(9, record(market, "client_b", country="NO"))).rewritten == 2
    assert fates(applied(upsert(5, record(market, "job_02")), upsert(1, record(market, "job_07")))) == [
        "stale",
        "applied",
    ]
    assert fates(applied(upsert(6, record(market, "job_02", title="Six")))) == ["applied"]
    assert view(["job_02"])[0][0].title == "Six"


def test_a_reference_may_lead_nowhere_and_its_facts_come_when_it_arrives(applied: Any, view: Any, market: Any) -> None:
    result = applied(upsert(1, record(market, "job_20", client_id="client_late", skill_ids=("skill_late",))))
    assert (fates(result), result.dangling) == (["applied"], 2)
    late = record(market, "client_late", country="NO")
    assert applied(upsert(1, late)).rewritten == 1
    assert view([], jobs_with("client_country", "NO"))[1] == [(["job_20"], 1)]


def test_in_one_batch_it_does_not_matter_what_comes_first(applied: Any, view: Any, market: Any) -> None:
    job = record(market, "job_20", client_id="client_new", skill_ids=("skill_new",))
    skill = record(market, "skill_new", name="Bookbinding", broader_ids=("skill_newer",))
    others = record(market, "client_new", country="NO"), record(market, "skill_newer", name="Handcraft")
    result = applied(upsert(1, job), upsert(1, skill), *(upsert(1, one) for one in others))
    assert (fates(result), result.rewritten, result.dangling) == (["applied"] * 4, 0, 0)
    _, answers = view(
        [],
        jobs_with("client_country", "NO"),
        SearchRequest((Kind.JOB,), text="bookbinding", mode=RetrievalMode.LEXICAL),
        SearchRequest((Kind.SKILL,), text="handcraft", mode=RetrievalMode.LEXICAL, sort="ID"),
    )
    assert [ids for ids, _ in answers] == [["job_20"], ["job_20"], ["skill_new", "skill_newer"]]


def test_a_job_that_moves_to_another_client_has_its_facts(applied: Any, view: Any, market: Any) -> None:
    applied(
        upsert(1, record(market, "job_02", client_id="client_c")), upsert(1, record(market, "client_b", country="NO"))
    )
    assert view([], jobs_with("client_country", "NO"))[1] == [(["job_07"], 1)]
    assert view([], jobs_with("client_country", "JP"))[1] == [(["job_02", "job_03", "job_11", "job_12"], 4)]


def test_an_index_without_vectors_gets_none(engine: Any, market: Any, topics: Any) -> None:
    fresh = engine()
    fresh.build(fresh.place, market, None)
    apply(fresh.change(fresh.place), [upsert(1, record(market, "job_02", title="python"))], topics)

    async def look() -> Any:
        async with fresh.open(fresh.place, topics) as source:
            return await source.snapshot().search([SearchRequest((Kind.JOB,), text="python", limit=100)])

    [answer] = asyncio.run(look())
    assert answer.mode is RetrievalMode.LEXICAL
    assert sorted(hit.document.ref.id for hit in answer.hits) == ["job_01", "job_02", "job_09", "job_12"]


class AnotherModel(TopicEmbedder):
    name = "another-4"


def test_an_index_with_vectors_of_another_model_takes_no_change(filled: Engine, view: Any, market: Any) -> None:
    changes = [upsert(1, record(market, "job_02", title="New"))]
    with pytest.raises(
        SourceUnavailable, match=r"model topics-4, and this gateway has another-4; set GATEWAY_EMBEDDER"
    ):
        apply(filled.change(filled.place), changes, AnotherModel())
    assert view(["job_02"])[0] == [record(market, "job_02")]


def test_with_nothing_indexed_there_is_nothing_to_change(engine: Any, topics: Any) -> None:
    fresh = engine()
    with pytest.raises(SourceUnavailable, match="run `python -m gateway index`"):
        apply(fresh.change(fresh.place), [delete(1, "job_1")], topics)


def test_kinds_that_had_no_document_can_get_some_and_lose_them_again(engine: Any, market: Any, topics: Any) -> None:
    fresh = engine()
    fresh.build(fresh.place, {Kind.SKILL: market[Kind.SKILL]}, topics)
    changes = fresh.change(fresh.place)
    jobs = [record(market, id_, title="python developer") for id_ in ("job_2", "job_1")]
    apply(changes, [upsert(1, job) for job in jobs], topics)
    modes = [SearchRequest((Kind.JOB,), text="python", mode=mode, count=True) for mode in RetrievalMode]

    async def look() -> Any:
        async with fresh.open(fresh.place, topics) as source:
            return await found(source.snapshot(), modes), source.snapshot().info().counts[Kind.JOB]

    assert asyncio.run(look()) == ([(["job_1", "job_2"], 2)] * 3, 2)
    apply(changes, [delete(2, job.id) for job in jobs], topics)
    assert asyncio.run(look()) == ([([], 0)] * 3, 0)


async def test_a_running_source_follows_and_an_operation_keeps_its_view(filled: Engine, topics: Any) -> None:
    async with filled.open(filled.place, topics, reload_seconds=0.01) as source:
        before = source.snapshot()
        old = before.info()
        await asyncio.to_thread(apply, filled.change(filled.place), [delete(1, "job_02")], topics)
        async with asyncio.timeout(30):
            while source.snapshot().info().counts[Kind.JOB] != 11:
                await asyncio.sleep(0.005)
        assert (await source.snapshot().fetch([named("job_02")]), before.info()) == ([None], old)
        [still] = await before.fetch([named("job_02")])
        # A cluster changes an index in place: only a full index is kept apart from what runs.
        assert (still is not None) == (filled.name == "embedded")


def test_a_full_index_begins_again_with_versions(
    filled: Engine, applied: Any, view: Any, market: Any, topics: Any
) -> None:
    applied(upsert(9, record(market, "job_02", title="Changed")), delete(9, "job_03"))
    filled.build(filled.place, market, topics)
    assert view(["job_02", "job_03"])[0] == [record(market, "job_02"), record(market, "job_03")]
    assert fates(applied(upsert(1, record(market, "job_02", title="One")), delete(1, "job_03"))) == ["applied"] * 2

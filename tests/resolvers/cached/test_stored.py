"""What is stored comes back as it was, and its names change when its form does."""

from typing import Any

import msgspec
import pytest

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.sources.base import Hit, Position, RetrievalMode, Score, SearchRequest, SearchResult
from resolvers.sources.cached.entries import MARK_BYTES, Entry, mark_of, new_mark, opened, sealed
from resolvers.sources.cached.keys import LONGEST_ID_BYTES, Keys, shape_of
from resolvers.sources.cached.payloads import (
    SHAPE,
    document_of,
    document_payload,
    hits_of,
    outline,
    outline_of,
    outline_payload,
)
from tests.support.caching import Time

KEYS = Keys("p", "s", "fake", "g1")


def test_every_document_comes_back_as_it_was(market: Any) -> None:
    for kind, records in market.items():
        for record in records:
            document = Document(Ref(kind, record.id), record)
            assert document_of(document.ref, document_payload(document)) == document
    assert document_of(Ref(Kind.JOB, "job_1"), document_payload(None)) is None


def test_another_kinds_document_is_not_read(market: Any) -> None:
    skill = market[Kind.SKILL][0]
    payload = document_payload(Document(Ref(Kind.SKILL, skill.id), skill))
    with pytest.raises(msgspec.DecodeError):
        document_of(Ref(Kind.JOB, skill.id), payload)


@pytest.mark.parametrize(
    "score", [None, Score(1.5), Score(0.1, 0.30000000000000004, None), Score(2.0, None, -1.0, 0.3, 0.1, 7, 500)]
)
def test_a_result_comes_back_as_it_was(market: Any, score: Score | None) -> None:
    documents = [Document(Ref(Kind.JOB, record.id), record) for record in market[Kind.JOB]]
    position = Position("key") if score is None else None
    hits = tuple(Hit(one, position, score) for one in documents)
    result = SearchResult(hits, True, False, 12, RetrievalMode.HYBRID, 0.5)
    found = outline_of(outline_payload(outline(result, (b"epoch",))))
    assert hits_of(found, documents) == hits
    facts = found.has_next, found.has_previous, found.total, found.mode, found.epochs
    assert facts == (True, False, 12, RetrievalMode.HYBRID, (b"epoch",))


def test_an_entry_keeps_its_times_on_its_way_to_another_process() -> None:
    time = Time()
    entry = Entry("value", new_mark(), time.now - 2, time.now + 58, 500)
    raw = sealed(entry, b"payload", time.clock)
    time.now += 10
    found = opened(raw, time.clock)
    assert found is not None
    times, payload = found
    assert (times.mark, bytes(payload)) == (entry.mark, b"payload")
    assert (times.asked_at, times.fresh_until) == pytest.approx((entry.asked_at, entry.fresh_until), abs=0.002)
    assert times.of("value").due_at == pytest.approx(entry.fresh_until - 12, abs=0.002)


def test_an_entry_of_a_machine_whose_clock_is_a_little_ahead_is_new() -> None:
    time = Time()
    raw = sealed(Entry(None, new_mark(), time.now, time.now + 60, 0), b"payload", time.clock)
    time.now -= 0.5
    found = opened(raw, time.clock)
    assert found is not None
    assert found[0].fresh_until == pytest.approx(time.now + 60, abs=0.002)


def test_a_mark_alone_is_no_value() -> None:
    mark = new_mark()
    assert opened(mark, Time().clock) is None
    assert (mark_of(mark), mark_of(None), len(mark)) == (mark, b"", MARK_BYTES)
    assert new_mark() != mark


def test_names_say_what_they_are_of() -> None:
    assert KEYS.document(Ref(Kind.JOB, "job_1")) == b"p:fake:g1:s:JOB:job_1"
    assert KEYS.epochs([Kind.JOB, Kind.SKILL]) == (b"p:fake:g1:epoch:JOB", b"p:fake:g1:epoch:SKILL")
    assert KEYS.search(SearchRequest((Kind.JOB,)), None).startswith(b"p:fake:g1:s:search:")


def test_no_two_documents_have_one_name_and_none_has_a_long_one() -> None:
    ids = ["", "job_1", "job_\ud800", "x" * LONGEST_ID_BYTES, "x" * 201, "x" * 202, "é" * 101]
    refs = [Ref(kind, id_) for kind in Kind for id_ in ids]
    names = {KEYS.document(ref) for ref in refs}
    assert len(names) == len(refs)
    assert max(map(len, names)) < 250


def test_the_shape_changes_with_every_field_and_type() -> None:
    class One(msgspec.Struct):
        name: str

    def shape(*fields: Any, layout: str = "x") -> str:
        return shape_of([msgspec.defstruct("One", list(fields))], [layout])

    shapes = [
        shape(("name", str)),
        shape(("title", str)),
        shape(("name", int)),
        shape(("name", str | None)),
        shape(("name", str, "")),
        shape(("name", str), ("more", str)),
        shape(("name", tuple[str, ...])),
        shape(("name", str), layout="y"),
    ]
    assert len(set(shapes)) == len(shapes)
    assert shape_of([One], ["x"]) == shapes[0]
    assert len(SHAPE) == 12

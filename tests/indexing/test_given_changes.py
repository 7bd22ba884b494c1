"""One change as it is given: what is taken, and what is refused with which words."""

from typing import Any

import pytest

from indexing.changes.given import ChangeReader, GivenChange
from indexing.validate import Unacceptable
from resolvers.catalog.kind import Kind, Ref
from tests.indexing.feeds import JOB, ROWS, Row, encoded, without


def upsert(record: Any, version: Any = 1, **fields: Any) -> Row:
    return {"op": "upsert", "version": version, "record": record} | fields


def delete(id_: Any, version: Any = 1) -> Row:
    return {"op": "delete", "version": version, "id": id_}


def refusal(line: Row | bytes) -> tuple[str | None, str, str]:
    with pytest.raises(Unacceptable) as refused:
        ChangeReader().read(encoded(line))
    return refused.value.field, refused.value.reason, refused.value.message


@pytest.mark.parametrize("row", [row for rows in ROWS.values() for row in rows], ids=lambda row: row["id"])
def test_records_of_every_kind_are_taken_as_a_feed_has_them(row: Row) -> None:
    change = ChangeReader().read(encoded(upsert(row, 17)))
    assert (change.ref.id, change.version) == (row["id"], 17)
    assert change.record is not None
    assert change.record.id == row["id"]
    assert ChangeReader().read(encoded(delete(row["id"], 18))) == GivenChange(change.ref, 18, None)


def test_versions_are_whole_numbers_of_63_bits() -> None:
    assert ChangeReader().read(encoded(delete("job_1", 2**63 - 1))).version == 2**63 - 1
    wrong: dict[Any, str] = {
        0: "expected `int` >= 1",
        -1: "expected `int` >= 1",
        2**63: "expected `int` <= 9223372036854775807",
        1.5: "expected `int`, got `float`",
        "1": "expected `int`, got `str`",
        None: "expected `int`, got `null`",
        True: "expected `int`, got `bool`",
    }
    assert {version: refusal(delete("job_1", version))[2] for version in wrong} == wrong
    assert refusal(upsert(JOB, 0))[:2] == ("version", "wrong value")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"{", (None, "broken JSON", "input data was truncated")),
        (b"[]", (None, "wrong value", "expected `object`, got `array`")),
        (b"\xff", (None, "not UTF-8", "expected UTF-8, byte 1 of the line is not")),
        (b'{"x":' + b"[" * 100_000, (None, "broken JSON", "nested too deeply")),
        ({"version": 1}, ("op", "missing field", "is missing")),
        (upsert(JOB, op="replace"), ("op", "wrong value", "expected 'upsert' or 'delete'")),
        (upsert(JOB, op=7), ("op", "wrong value", "expected 'upsert' or 'delete'")),
        ({"op": "upsert", "record": JOB}, ("version", "missing field", "is missing")),
        ({"op": "upsert", "version": 1, "id": "job_1"}, ("record", "missing field", "is missing")),
        ({"op": "delete", "version": 1, "record": JOB}, ("id", "missing field", "is missing")),
        (upsert([]), ("record", "wrong value", "expected `object`, got `array`")),
        (upsert(without(JOB, "id")), ("record.id", "missing field", "is missing")),
        (upsert(without(JOB, "title")), ("record.title", "missing field", "is missing")),
        (
            upsert(JOB | {"budget": {"amount": -1, "currency": "EUR"}}),
            ("record.budget.amount", "wrong value", "an amount of money is a number from 0 up, not -1"),
        ),
        (
            upsert(JOB | {"id": "jb_1"}),
            (
                "record.id",
                "wrong value",
                "expected one of skill_, occ_, client_, job_, talent_ and more, not 'jb_1'",
            ),
        ),
        (
            delete("job_"),
            ("id", "wrong value", "expected one of skill_, occ_, client_, job_, talent_ and more, not 'job_'"),
        ),
        (
            delete("job_a b"),
            ("id", "wrong value", "expected 'job_' and more, up to 200 characters without spaces, not 'job_a b'"),
        ),
    ],
)
def test_what_is_wrong_is_refused_with_field_and_reason(
    line: Row | bytes, expected: tuple[str | None, str, str]
) -> None:
    assert refusal(line) == expected


def test_fields_that_we_do_not_know_are_passed_over() -> None:
    change = ChangeReader().read(encoded(upsert(JOB | {"boosted": 1}, at="2026-01-01T00:00:00Z")))
    assert change.ref == Ref(Kind.JOB, "job_1")

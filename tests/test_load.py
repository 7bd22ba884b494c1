"""What the load on a broken gateway takes for an honest answer."""

from typing import Any

import pytest

from tests.support.load import Answer, judged

WELL: Answer = {"data": {"jobs": {"nodes": [{"id": "a", "client": {"name": "A"}}], "meta": {"degraded": False}}}}
OTHER_HIT = {"nodes": [{"id": "b", "client": {"name": "B"}}], "meta": {"degraded": True}}
HOLE = {"nodes": [{"id": "b", "client": None}], "meta": {"degraded": True}}
LATE = {"path": ["jobs", "nodes", 0, "client"], "extensions": {"code": "DEADLINE_EXCEEDED"}}


@pytest.mark.parametrize(
    ("part", "errors", "kind"),
    [
        (WELL["data"]["jobs"], [], "right"),
        ({**WELL["data"]["jobs"], "nodes": [{"id": "a", "client": None}]}, [LATE], "failed"),
        ({**WELL["data"]["jobs"], "nodes": [{"id": "a", "client": None}]}, [], "wrong"),
        ({**OTHER_HIT, "meta": {"degraded": False}}, [], "wrong"),
        (OTHER_HIT, [], "degraded"),
        (HOLE, [LATE], "failed"),
        (HOLE, [], "wrong"),
        (None, [{**LATE, "path": ["more"]}], "wrong"),
        (None, [{**LATE, "path": ["jobs"]}], "failed"),
        (OTHER_HIT, [{**LATE, "extensions": {"code": "INTERNAL_ERROR"}}], "wrong"),
    ],
)
def test_answers_are_judged(part: Any, errors: list[Answer], kind: str) -> None:
    assert judged(WELL, {"data": {"jobs": part}, "errors": errors}) == kind


def test_a_degraded_part_excuses_no_other() -> None:
    both = {"data": {**WELL["data"], "more": WELL["data"]["jobs"]}}
    assert judged(both, {"data": {"jobs": OTHER_HIT, "more": WELL["data"]["jobs"]}}) == "degraded"
    assert judged(both, {"data": {"jobs": OTHER_HIT, "more": {**OTHER_HIT, "meta": {"degraded": False}}}}) == "wrong"

"""Suggestions, as a client gets them."""

from typing import Any

import pytest

from tests.support.asking import Asking
from tests.support.demo import Calls

ASKED = """
query ($prefix: String!, $kinds: [EntityKind!], $first: Int! = 8) {
  suggest(prefix: $prefix, kinds: $kinds, first: $first) {
    kind text alias matches { start end } jobCount talentCount
    entity { id ... on Skill { name openJobCount talentCount } ... on Occupation { name } }
  }
}
"""


async def suggested(gateway: Asking, prefix: str, **variables: Any) -> list[dict[str, Any]]:
    data = await gateway.data(ASKED, prefix=prefix, **variables)
    found: list[dict[str, Any]] = data["suggest"]
    return found


async def test_kinds_take_turns_in_the_order_given(gateway: Asking) -> None:
    found = await suggested(gateway, "des", kinds=["SKILL", "JOB"], first=4)
    assert [one["kind"] for one in found] == ["SKILL", "JOB", "SKILL", "JOB"]
    every = await suggested(gateway, "des", first=4)
    assert [one["kind"] for one in every] == ["SKILL", "OCCUPATION", "JOB", "TALENT"]


async def test_a_skill_is_given_with_the_counts_of_its_own(gateway: Asking) -> None:
    found = await suggested(gateway, "fig", kinds=["SKILL"])
    assert found[0]["text"] == found[0]["entity"]["name"] == "Figma"
    assert found[0]["matches"] == [{"start": 0, "end": 3}]
    for one in found:
        assert one["talentCount"] == one["entity"]["talentCount"]
        assert one["jobCount"] >= one["entity"]["openJobCount"]


async def test_a_title_has_no_entity(gateway: Asking) -> None:
    found = await suggested(gateway, "des", kinds=["JOB", "TALENT"])
    assert found
    for one in found:
        assert one["entity"] is None
        assert (one["jobCount"] is None) == (one["kind"] == "TALENT")
        assert (one["talentCount"] is None) == (one["kind"] == "JOB")
        assert any(one["text"][match["start"] : match["end"]].lower() == "des" for match in one["matches"])


async def test_all_kinds_are_one_call_and_their_entities_one_more(gateway: Asking, calls: Calls) -> None:
    assert await suggested(gateway, "des", kinds=["SKILL", "OCCUPATION", "TALENT"], first=6)
    assert [len(batch) for batch in calls.suggests] == [3]
    assert len(calls.fetches) == 1


@pytest.mark.parametrize(
    ("prefix", "text", "matches"),
    [
        ("pg", "PostgreSQL", [{"start": 0, "end": 10}]),
        ("XLS ", "Microsoft Excel", [{"start": 0, "end": 9}, {"start": 10, "end": 15}]),
    ],
)
async def test_an_abbreviation_suggests_what_it_stands_for_first(
    gateway: Asking, calls: Calls, prefix: str, text: str, matches: list[dict[str, int]]
) -> None:
    found = await suggested(gateway, prefix, kinds=["SKILL"])
    assert (found[0]["text"], found[0]["entity"]["name"], found[0]["matches"]) == (text, text, matches)
    assert len({one["text"] for one in found}) == len(found)
    # What is typed and what it stands for.
    assert [len(batch) for batch in calls.suggests] == [2]


async def test_an_abbreviation_that_is_a_name_in_the_catalog_is_shown_by_that_and_once(gateway: Asking) -> None:
    found = await suggested(gateway, "js", kinds=["SKILL"])
    assert (found[0]["text"], found[0]["alias"]) == ("JavaScript", "JS")
    assert [one["text"] for one in found].count("JavaScript") == 1


async def test_the_beginning_of_another_word_completes_beside_an_abbreviation(gateway: Asking) -> None:
    found = await suggested(gateway, "ml engi", kinds=["OCCUPATION"])
    assert [one["text"] for one in found] == ["Machine learning engineer"]


@pytest.mark.parametrize("prefix", ["", " ", "++"])
async def test_without_a_word_the_engine_is_not_asked(gateway: Asking, calls: Calls, prefix: str) -> None:
    assert await suggested(gateway, prefix) == []
    assert calls.suggests == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first": -1}, "`first` is -1; ask for 0 to 50 suggestions"),
        ({"kinds": []}, "`kinds` takes one or more of SKILL, OCCUPATION, JOB, TALENT"),
        ({"kinds": ["CLIENT"]}, "`kinds` takes one or more of SKILL, OCCUPATION, JOB, TALENT"),
        ({"prefix": "x" * 101}, "`prefix` has 101 characters, and may have 100; shorten it"),
    ],
)
async def test_what_cannot_be_meant_is_refused(gateway: Asking, wrong: dict[str, Any], said: str) -> None:
    error = await gateway.error(ASKED, **{"prefix": "des"} | wrong)
    assert (error["message"], error["extensions"]["code"]) == (said, "INVALID_REQUEST")


async def test_fifty_suggestions_are_the_most(gateway: Asking) -> None:
    error = await gateway.error(ASKED, prefix="des", first=51)
    assert error["message"] == "`first` is 51; ask for 0 to 50 suggestions"
    assert error["extensions"] == {"code": "PAGE_TOO_LARGE", "limit": 50, "actual": 51}

"""Highlights of hits, as a client gets them."""

from typing import Any

import pytest

from tests.support.asking import Asking
from tests.support.demo import Calls

ASKED = """
query ($query: String!, $fields: [HighlightField!], $fragments: Int! = 1, $length: Int! = 160) {
  searchJobs(query: $query, first: 5, mode: LEXICAL) {
    edges {
      node { title description skills { id name aliases } occupation { id name aliases } }
      highlights(fields: $fields, fragments: $fragments, length: $length) {
        field entityId fragments { text start isCut matches { start end } }
      }
    }
  }
}
"""


def marked(fragment: dict[str, Any]) -> list[str]:
    return [fragment["text"][match["start"] : match["end"]] for match in fragment["matches"]]


async def test_a_hit_says_which_of_its_texts_match(gateway: Asking) -> None:
    answer = await gateway.answer(ASKED, query="designers with Figma")
    edges = answer["data"]["searchJobs"]["edges"]
    assert edges
    for edge in edges:
        assert edge["highlights"]
        for highlight in edge["highlights"]:
            for fragment in highlight["fragments"]:
                assert {word.lower() for word in marked(fragment)} <= {"designer", "designers", "design", "figma"}


async def test_names_of_skills_and_of_the_occupation_lead_to_their_entities(gateway: Asking) -> None:
    answer = await gateway.answer(ASKED, query="design", fields=["SKILL", "OCCUPATION"])
    found = 0
    for edge in answer["data"]["searchJobs"]["edges"]:
        skills = {skill["id"]: [skill["name"], *skill["aliases"]] for skill in edge["node"]["skills"]}
        occupation = edge["node"]["occupation"]
        named = {"SKILL": skills, "OCCUPATION": {occupation["id"]: [occupation["name"], *occupation["aliases"]]}}
        for highlight in edge["highlights"]:
            [fragment] = highlight["fragments"]
            assert fragment["text"] in named[highlight["field"]][highlight["entityId"]]
            found += 1
    assert found


@pytest.mark.parametrize(("query", "name"), [("pg", "PostgreSQL"), ("xls", "Microsoft Excel")])
async def test_a_skill_that_the_query_calls_by_another_name_shows_its_own(
    gateway: Asking, query: str, name: str
) -> None:
    edges = (await gateway.answer(ASKED, query=query))["data"]["searchJobs"]["edges"]
    found = [[one["fragments"][0] for one in edge["highlights"] if one["field"] == "SKILL"] for edge in edges]
    assert found
    assert all((name, name.split()) in [(one["text"], marked(one)) for one in of_one] for of_one in found)


async def test_a_skill_that_is_narrower_than_what_the_query_names_shows_its_name(gateway: Asking) -> None:
    edges = (await gateway.answer(ASKED, query="xls", fields=["SKILL"]))["data"]["searchJobs"]["edges"]
    fragments = {one["fragments"][0]["text"]: one["fragments"][0] for edge in edges for one in edge["highlights"]}
    assert marked(fragments["Excel macros"]) == ["Excel", "macros"]


async def test_a_skill_that_is_found_by_another_name_shows_its_own(gateway: Asking) -> None:
    asked = """{
      search(query: "golang", kinds: [SKILL], mode: LEXICAL, first: 1) {
        edges { highlights(fields: [TITLE]) { fragments { text matches { start end } } } }
      }
    }"""
    [edge] = (await gateway.data(asked))["search"]["edges"]
    assert edge["highlights"] == [{"fragments": [{"text": "Go", "matches": [{"start": 0, "end": 2}]}]}]


async def test_only_the_fields_that_are_asked_for_are_looked_into(gateway: Asking) -> None:
    answer = await gateway.answer(ASKED, query="design", fields=["TITLE"])
    fields = [one["field"] for edge in answer["data"]["searchJobs"]["edges"] for one in edge["highlights"]]
    assert set(fields) == {"TITLE"}


async def test_without_a_query_nothing_is_highlighted(gateway: Asking) -> None:
    answer = await gateway.answer("{ searchJobs(first: 2) { edges { highlights { field } } } }")
    assert answer["data"]["searchJobs"]["edges"] == [{"highlights": []}, {"highlights": []}]


async def test_the_skills_of_all_hits_are_one_fetch(gateway: Asking, calls: Calls) -> None:
    answer = await gateway.answer(ASKED, query="design", fields=["SKILL"])
    assert len(answer["data"]["searchJobs"]["edges"]) == 5
    assert (len(calls.searches), len(calls.fetches)) == (1, 1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"fragments": 0}, "`fragments` is 0; ask for 1 to 5"),
        ({"fragments": 6}, "`fragments` is 6; ask for 1 to 5"),
        ({"length": 39}, "`length` is 39; ask for 40 to 1000"),
        ({"length": 1001}, "`length` is 1001; ask for 40 to 1000"),
    ],
)
async def test_bounds_that_are_none_are_refused(gateway: Asking, wrong: dict[str, int], said: str) -> None:
    answer = await gateway.answer(ASKED, query="design", **wrong)
    assert answer["errors"][0]["message"] == said
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"
    assert answer["data"]["searchJobs"]["edges"][0]["highlights"] is None

"""What completes a typed text."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from resolvers.catalog.kind import Kind, Ref
from resolvers.offsets import Span
from resolvers.sources.base import Snapshot
from resolvers.sources.typeahead import Suggested, SuggestRequest, typed_words

Complete = Callable[..., Any]


@pytest.fixture
def complete(snapshot: Snapshot) -> Complete:
    """Completes one text, and fails when that is answered with an error."""

    async def completed(kind: Kind, text: str, limit: int = 8) -> tuple[Suggested, ...]:
        [answer] = await snapshot.suggest([SuggestRequest(kind, typed_words(text), limit)])
        assert isinstance(answer, tuple), answer
        return answer

    return completed


def texts(found: Sequence[Suggested]) -> list[str]:
    return [one.text for one in found]


async def test_a_title_is_suggested_once_with_how_many_have_it(complete: Complete) -> None:
    assert await complete(Kind.JOB, "log") == (Suggested(Kind.JOB, "Logo design", None, (Span(0, 3),), None, 3, None),)
    assert await complete(Kind.TALENT, "log") == (
        Suggested(Kind.TALENT, "Logo designer", None, (Span(0, 3),), None, None, 1),
    )


async def test_a_skill_is_suggested_with_who_asks_for_it_and_who_has_it(complete: Complete) -> None:
    assert await complete(Kind.SKILL, "pyt") == (
        Suggested(Kind.SKILL, "Python", None, (Span(0, 3),), Ref(Kind.SKILL, "skill_python"), 3, 3),
    )
    assert await complete(Kind.OCCUPATION, "soft") == (
        Suggested(Kind.OCCUPATION, "Software developer", None, (Span(0, 4),), Ref(Kind.OCCUPATION, "occ_dev"), 5, 5),
    )


async def test_another_name_leads_to_the_entity(complete: Complete) -> None:
    [found] = await complete(Kind.SKILL, "cpyth")
    assert (found.text, found.alias, found.matches) == ("Python", "CPython", (Span(0, 5),))
    [found] = await complete(Kind.OCCUPATION, "visual art")
    assert (found.text, found.alias, found.matches) == ("Graphic designer", "visual artist", (Span(0, 6), Span(7, 10)))


async def test_any_word_of_a_title_can_be_begun_in_any_order(complete: Complete) -> None:
    assert texts(await complete(Kind.JOB, "anal")) == ["IT data analyst"]
    [found] = await complete(Kind.JOB, "anal it")
    assert found.matches == (Span(0, 2), Span(8, 12))


async def test_every_typed_word_has_to_begin_a_word_of_one_name(complete: Complete) -> None:
    assert await complete(Kind.JOB, "logo developer") == ()
    # SQL is also called Structured Query Language, and no name has both.
    assert await complete(Kind.SKILL, "sql structured") == ()
    assert texts(await complete(Kind.SKILL, "lang structured")) == ["SQL"]


async def test_popular_names_come_first_and_then_short_ones(complete: Complete) -> None:
    found = await complete(Kind.TALENT, "dev")
    assert [(one.text, one.talent) for one in found[:1]] == [("Developer", 2)]
    assert set(texts(found[1:3])) == {"C# developer", "Python developer"}
    assert texts(found[3:]) == ["Full-stack developer"]
    skills = await complete(Kind.SKILL, "c")
    assert [(one.text, one.alias, one.jobs, one.talent) for one in skills] == [
        ("Python", "CPython", 3, 3),
        ("C#", None, 1, 1),
        ("C++", None, 1, 0),
        ("Programming", "coding", 0, 0),
    ]


async def test_only_so_many_are_given_as_are_wanted(complete: Complete) -> None:
    assert len(await complete(Kind.JOB, "dev")) == 5
    assert len(await complete(Kind.JOB, "dev", 2)) == 2
    assert await complete(Kind.JOB, "dev", 0) == ()


@pytest.mark.parametrize(
    ("kind", "typed", "found"),
    [
        (Kind.JOB, "zookeper", "Zookeeper"),
        (Kind.JOB, "zokeeper", "Zookeeper"),
        (Kind.JOB, "zooekeper", "Zookeeper"),
        (Kind.JOB, "zoolee", "Zookeeper"),
        (Kind.SKILL, "pyhton", "Python"),
        (Kind.SKILL, "figna", "Figma"),
        (Kind.TALENT, "beekepe", "Beekeeper"),
    ],
)
async def test_typos_are_mended(complete: Complete, kind: Kind, typed: str, found: str) -> None:
    [one] = await complete(kind, typed)
    assert (one.text, one.matches) == (found, (Span(0, len(found)),))


@pytest.mark.parametrize("typed", ["sqk", "yphton", "zxokwper"])
async def test_short_words_first_letters_and_many_typos_are_not_mended(complete: Complete, typed: str) -> None:
    assert [await complete(kind, typed) for kind in (Kind.JOB, Kind.SKILL, Kind.OCCUPATION)] == [(), (), ()]


async def test_where_something_begins_as_typed_nothing_is_mended(complete: Complete) -> None:
    assert texts(await complete(Kind.JOB, "edit")) == ["Café editor"]
    assert texts(await complete(Kind.JOB, "edut")) == ["Café editor"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("c++", ["C++"]), (".net", [".NET"]), ("C#", ["C#"]), ("node js", ["Node.js"]), ("nodej", ["Node.js"])],
)
async def test_names_keep_their_signs(complete: Complete, typed: str, found: list[str]) -> None:
    assert texts(await complete(Kind.SKILL, typed)) == found


async def test_marks_and_capitals_do_not_matter(complete: Complete) -> None:
    for typed in ("CAFE", "café", "cafe\u0301"):
        [found] = await complete(Kind.JOB, typed)
        assert (found.text, found.matches) == ("Café editor", (Span(0, 4),))


@pytest.mark.parametrize("typed", ["", "  ", "!?", "🚀"])
async def test_without_a_word_nothing_is_suggested(complete: Complete, typed: str) -> None:
    assert await complete(Kind.JOB, typed) == ()


async def test_requests_are_answered_in_their_order(snapshot: Snapshot) -> None:
    kinds = [Kind.TALENT, Kind.JOB, Kind.TALENT, Kind.SKILL]
    found = await snapshot.suggest([SuggestRequest(kind, ("python",), 1) for kind in kinds])
    assert [[one.kind for one in answer] for answer in found] == [[kind] for kind in kinds]
    assert list(await snapshot.suggest([])) == []

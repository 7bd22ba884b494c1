"""What misspelled queries are taken for: by the words of the catalog, the same on every engine."""

from collections.abc import Callable
from typing import Any

import pytest

from resolvers.catalog.kind import Kind
from resolvers.context import Context, PageSizes
from resolvers.search.page import PageArguments
from resolvers.search.search import Search, search
from resolvers.sources.base import EVERYTHING, Filter, RetrievalMode, SearchRequest, Snapshot, Terms

Ask = Callable[..., Any]
LEXICAL = RetrievalMode.LEXICAL
NO_DESIGNER = Terms("occupation_id", ("occ_writer",))


@pytest.fixture
async def ask(snapshot: Snapshot) -> Ask:
    """Makes a search for jobs of its own operation."""

    async def asked(
        text: str, mode: RetrievalMode = LEXICAL, wanted: Filter = EVERYTHING, sort: str = "RELEVANCE"
    ) -> Search:
        about = SearchRequest((Kind.JOB,), text, wanted, mode, sort)
        return await search(Context(snapshot, PageSizes()), about, PageArguments())

    return asked


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("pyhton", "python"),
        ("Pyhton", "Python"),
        ("pyhton, developer!", "python, developer!"),
        ("zookeper or edittor", "zookeeper or editor"),
        ("devloper", "developer"),
        ("pyhton logo", "python logo"),
        ("python", None),
        ("developers", None),
        ("xyzzyx", None),
        ("sqk", None),
        ("the and", None),
        ("", None),
        ("!?", None),
    ],
)
async def test_misspelled_words_are_corrected_where_that_finds_more(ask: Ask, text: str, meant: str | None) -> None:
    for mode in RetrievalMode:
        assert await (await ask(text, mode)).did_you_mean() == meant


async def test_what_finds_no_more_is_not_proposed(ask: Ask) -> None:
    assert await (await ask("figna", wanted=NO_DESIGNER)).did_you_mean() is None
    # The jobs with Figma are those with logos.
    assert await (await ask("figna logo")).did_you_mean() is None
    # "beekeeper" is a word of the catalog, and no job has it.
    assert await (await ask("beekeper")).did_you_mean() is None


async def test_a_query_that_finds_nothing_is_answered_for_what_was_meant(ask: Ask) -> None:
    asked = await ask("zookeper xyzzyx")
    page = await asked.page()
    assert [hit.document.ref.id for hit in page.result.hits] == ["job_10"]
    assert (page.text, await asked.instead(), await asked.total()) == ("zookeeper", "zookeeper", 1)


@pytest.mark.parametrize("mode", [LEXICAL, RetrievalMode.HYBRID])
async def test_a_query_that_finds_something_is_left_as_it_is(ask: Ask, mode: RetrievalMode) -> None:
    asked = await ask("zookeper python", mode)
    page = await asked.page()
    assert (page.text, await asked.instead()) == ("zookeper python", None)
    assert await asked.did_you_mean() == "zookeeper python"
    assert await asked.total() == len(page.result.hits) > 0


@pytest.mark.parametrize("sort", ["RELEVANCE", "NEWEST"])
async def test_in_hybrid_a_query_finds_nothing_when_none_of_its_words_does(ask: Ask, sort: str) -> None:
    asked = await ask("zookeper xyzzyx", RetrievalMode.HYBRID, sort=sort)
    meant = await ask("zookeeper", RetrievalMode.HYBRID, sort=sort)
    page, right = await asked.page(), await meant.page()
    assert [hit.document.ref for hit in page.result.hits] == [hit.document.ref for hit in right.result.hits]
    assert (page.text, await asked.instead(), await asked.total()) == ("zookeeper", "zookeeper", await meant.total())
    unlike = await ask("xyzzyx", RetrievalMode.HYBRID, sort=sort)
    assert ((await unlike.page()).text, await unlike.instead()) == ("xyzzyx", None)


async def test_in_hybrid_the_end_of_the_ranking_is_of_the_text_that_was_searched_instead(snapshot: Snapshot) -> None:
    about = SearchRequest((Kind.JOB,), "devloper", mode=RetrievalMode.HYBRID)
    meant = SearchRequest((Kind.JOB,), "developer", mode=RetrievalMode.HYBRID)
    ends = [
        await (await search(Context(snapshot, PageSizes()), one, PageArguments(last=2))).page()
        for one in (about, meant)
    ]
    assert [end.text for end in ends] == ["developer", "developer"]
    assert ends[0].result.hits == ends[1].result.hits


@pytest.mark.parametrize(("text", "wanted"), [("xyzzyx", EVERYTHING), ("figna", NO_DESIGNER), ("figma", NO_DESIGNER)])
async def test_where_nothing_else_is_found_either_nothing_is_searched_instead(
    ask: Ask, text: str, wanted: Filter
) -> None:
    asked = await ask(text, wanted=wanted)
    page = await asked.page()
    assert (page.result.hits, page.text, await asked.instead(), await asked.total()) == ((), text, None, 0)


async def test_a_cursor_of_what_was_searched_instead_goes_on_there(snapshot: Snapshot) -> None:
    context, about = Context(snapshot, PageSizes()), SearchRequest((Kind.JOB,), "devloper", mode=LEXICAL)
    whole = (await (await search(context, about, PageArguments(first=20))).result()).hits
    assert len(whole) > 3
    first = await search(context, about, PageArguments(first=2))
    cursor = first.cursor(await first.page(), 1)
    rest = await (await search(context, about, PageArguments(first=20, after=cursor))).result()
    assert [hit.document.ref for hit in rest.hits] == [hit.document.ref for hit in whole[2:]]


async def test_words_that_nobody_uses_are_told(ask: Ask) -> None:
    assert await (await ask("Xyzzyx developer and beekeeper")).unmatched_words() == ["Xyzzyx", "beekeeper"]
    assert await (await ask("python", wanted=NO_DESIGNER)).unmatched_words() == []

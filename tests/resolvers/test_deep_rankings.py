"""Rankings deeper than the head that is fused, and the real model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resolvers.catalog.kind import Kind, Texts
from resolvers.sources.base import RetrievalMode, SearchRequest
from resolvers.sources.embedded.relevance import HEAD
from resolvers.sources.embedding import EMBEDDED_CHARACTERS, text_to_embed
from resolvers.sources.matching import NEAREST

FILLERS = ["meadow", "river", "stone", "cloud", "harbour", "lantern", "orchard"]


@pytest.mark.parametrize("mode", list(RetrievalMode))
async def test_pages_below_the_head_are_the_whole_ranking(
    tmp_path: Path, build_embedded: Any, open_embedded: Any, make_jobs: Callable[..., Any], topics: Any, mode: Any
) -> None:
    rows = [
        # The nearest by meaning are long, so that their words put them below the head of the lexical half.
        {"id": f"{at:04}", "title": "python", "description": " ".join(FILLERS * (1 + at % 40 + 60 * (at % 2)) + topic)}
        for at in range(2 * HEAD + 200)
        for topic in [[] if at % 2 else ["design"] * (at % 7)]
    ]
    build_embedded(tmp_path, {Kind.JOB: make_jobs(rows)}, topics)
    about = SearchRequest((Kind.JOB,), text="python", mode=mode, limit=100)
    async with open_embedded(tmp_path, topics) as source:
        view = source.snapshot()
        [whole] = await view.search([replace(about, limit=5_000, count=True)])
        collected: list[Any] = []
        more = True
        while more:
            [page] = await view.search([replace(about, after=collected[-1].position if collected else None)])
            collected += page.hits
            more = page.has_next
        [last] = await view.search([replace(about, limit=40, backward=True)])
    assert [hit.document.ref for hit in collected] == [hit.document.ref for hit in whole.hits]
    assert len(whole.hits) == whole.total == (NEAREST if mode is RetrievalMode.SEMANTIC else len(rows))
    assert last.hits == whole.hits[-40:]


def test_the_real_model_gives_unit_vectors_and_none_for_a_text_that_says_nothing(wordllama: Any) -> None:
    vectors = wordllama.embed(["python developer", "", " \n", "logo design"])
    assert vectors.shape == (4, 256)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 0, 1], abs=1e-5)
    assert wordllama.embed([""]).any() is np.False_
    assert wordllama.embed([]).shape == (0, 256)


async def test_the_real_model_finds_what_is_meant(
    tmp_path: Path, build_embedded: Any, open_embedded: Any, market: Any, wordllama: Any
) -> None:
    build_embedded(tmp_path, market, wordllama)
    async with open_embedded(tmp_path, wordllama) as source:
        requests = [
            SearchRequest((Kind.JOB,), text=text, mode=RetrievalMode.SEMANTIC, limit=1)
            for text in ("artist to draw a company emblem", "animal keeper in a zoo")
        ]
        emblem, zoo = await source.snapshot().search(requests)
    assert emblem.hits[0].document.ref.id == "job_05"
    assert zoo.hits[0].document.ref.id == "job_10"


def test_the_head_of_a_text_is_embedded() -> None:
    texts = Texts("Title", aliases=["alias"], skills=["skill"], occupation=["Occupation", "other"], body="x" * 900)
    assert text_to_embed(texts) == ("Title\nalias\nOccupation\n" + "x" * 900)[:EMBEDDED_CHARACTERS]
    assert text_to_embed(Texts("", body=" ")) == ""

"""The real model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resolvers.catalog.kind import Kind, Texts
from resolvers.sources.base import RetrievalMode, SearchRequest
from resolvers.sources.embedding import EMBEDDED_CHARACTERS, text_to_embed


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

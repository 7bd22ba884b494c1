"""The real model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resolvers.catalog.kind import Kind, Texts
from resolvers.sources.base import RetrievalMode, SearchRequest
from resolvers.sources.embedding import EMBEDDED_CHARACTERS, parts_to_embed, singular_of


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
    texts = Texts("Title", skills=["skill"], occupation=["Occupation", "other"], body="x" * 2_000)
    assert parts_to_embed(texts) == [("Title\nOccupation\n" + "x" * 2_000)[:EMBEDDED_CHARACTERS]]
    assert parts_to_embed(Texts("", body=" ")) == [""]


def test_every_name_of_a_document_is_a_part_of_its_own() -> None:
    texts = Texts("Title", aliases=["alias", " "], occupation=["Occupation"], body="x" * 2_000)
    assert parts_to_embed(texts) == ["Title", "alias", "x" * EMBEDDED_CHARACTERS]


def test_case_and_plural_say_nothing_to_the_model(wordllama: Any) -> None:
    one, many, named, plural = wordllama.embed(["Web Developers", "web developer", "Kubernetes", "kubernete"])
    assert one.tolist() == many.tolist()
    # It knows the one as a word, and would have to spell the other.
    assert named.tolist() != plural.tolist()


@pytest.mark.parametrize(
    ("word", "singular"),
    [
        ("managers", "manager"),
        ("secretaries", "secretary"),
        ("nurses", "nurse"),
        ("glass", "glass"),
        ("bus", "bus"),
        ("analysis", "analysis"),
        ("employees", "employees"),
        ("movies", "movy"),
    ],
)
def test_a_plural_in_s_has_a_singular(word: str, singular: str) -> None:
    assert singular_of(word) == singular

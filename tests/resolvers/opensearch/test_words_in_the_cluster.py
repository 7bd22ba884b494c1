"""The cluster makes the same words of a text as the embedded engine."""

import pytest

from resolvers.catalog.kind import Kind
from resolvers.sources.analysis import QueryWords, document_analyzer
from resolvers.sources.opensearch.queries import words_query
from resolvers.sources.words import LONGEST_WORD_BYTES, spelled
from tests.support.clusters import Place

TEXTS = [
    "C++ and C# on .NET",
    "ASP.NET, .net; .Network F# c++11",
    "node.js scikit-learn Vue.js 3.5",
    "IT support",
    "Café NAÏVE Ærøskøbing Straße",
    "developers developing developer generously relational",
    "the of and",
    "the writer",
    "?!",
    "日本語 Привет мир",
    "x" * LONGEST_WORD_BYTES + " short",
    "b a b",
    "R&D, 24/7 e-mail_address #1 +++ a# don't",
    "½ ٣ x²",
    "snake_case tab\tnew\nline\u00a0nbsp",
]


def analysed(place: Place, analyzer: str, text: str) -> list[str]:
    [index] = [name for name in place.indexes() if name.startswith(f"{place.prefix}-job-2")]
    found = place.server.ask("POST", f"/{index}/_analyze", {"analyzer": analyzer, "text": text})
    return [word["token"] for word in found["tokens"]]


@pytest.mark.parametrize("text", TEXTS)
def test_a_document_has_the_same_words(shop: Place, text: str) -> None:
    assert analysed(shop, "document_words", text) == document_analyzer().analyze(spelled(text))


@pytest.mark.parametrize("text", TEXTS)
def test_a_query_has_the_same_words(shop: Place, text: str) -> None:
    analyzer = words_query(text)["multi_match"]["analyzer"]
    assert analysed(shop, analyzer, text) == QueryWords()(text)


def test_titles_and_names_are_found_by_the_beginnings_of_their_words(shop: Place) -> None:
    def begun(kind: Kind, typed: str) -> set[str]:
        query = {"match": {"typeahead": {"query": typed, "operator": "and"}}}
        body = {"query": query, "size": 100, "_source": ["record.id"]}
        found = shop.server.ask("POST", f"/{shop.prefix}-{kind.lower()}/_search", body)
        return {hit["_source"]["record"]["id"] for hit in found["hits"]["hits"]}

    assert begun(Kind.SKILL, "py") == {"skill_python"}
    assert begun(Kind.SKILL, "struct q") == {"skill_sql"}
    assert begun(Kind.JOB, "caf") == {"job_11"}
    assert begun(Kind.JOB, "Logo d") == {"job_05", "job_06", "job_07"}
    assert begun(Kind.TALENT, "full") == {"talent_10"}

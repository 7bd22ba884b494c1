"""Words of texts and queries."""

import pytest

from resolvers.sources.embedded.analysis import QueryWords, document_analyzer
from resolvers.sources.words import LONGEST_WORD_BYTES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C++ and C# on .NET", ["cplusplus", "csharp", "dotnet"]),
        ("ASP.NET", ["asp", "dotnet"]),
        ("node.js", ["node", "js"]),
        ("scikit-learn", ["scikit", "learn"]),
        ("IT support", ["it", "support"]),
        ("Café NAÏVE", ["cafe", "naiv"]),
        ("developers developing developer", ["develop"]),
        ("the of and", ["the", "of", "and"]),
        ("the writer", ["writer"]),
        ("", []),
        ("?!", []),
        ("日本語", ["日本語"]),
        ("x" * (LONGEST_WORD_BYTES + 1) + " short", ["short"]),
        ("b a b", ["b"]),
    ],
)
def test_a_query_is_its_words_once_each(text: str, words: list[str]) -> None:
    assert QueryWords()(text) == words


def test_documents_keep_stop_words_and_repetitions() -> None:
    assert document_analyzer().analyze("The Node.js of the editors") == ["the", "node", "js", "of", "the", "editor"]

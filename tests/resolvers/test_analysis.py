"""Words of texts and queries."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.sources.analysis import QueryWords, document_analyzer, words_of
from resolvers.sources.words import LONGEST_WORD_BYTES, spelled, unwanted_parts, wanted_part


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C++ and C# on .NET", ["cplusplus", "csharp", "dotnet"]),
        ("ASP.NET", ["asp", "dotnet"]),
        ("node.js", ["node", "js"]),
        ("scikit-learn", ["scikit", "learn"]),
        ("IT support", ["it", "support"]),
        ("Café NAÏVE", ["cafe", "naiv"]),
        ("developers developing developer", ["develop"] * 3),
        ("the of and", ["the", "of", "and"]),
        ("the writer", ["writer"]),
        ("who could help me with what I write about us", ["help", "write", "us"]),
        ("CAN bus, IT, US", ["can", "bus", "it", "us"]),
        ("", []),
        ("?!", []),
        ("日本語", ["日本語"]),
        ("x" * (LONGEST_WORD_BYTES + 1) + " short", ["short"]),
        ("b a b", ["b", "b"]),
    ],
)
def test_a_query_is_its_words(text: str, words: list[str]) -> None:
    assert QueryWords()(text) == words


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("Architects, Except Landscape and Naval", "Architects", ["Except Landscape and Naval"]),
        ("drummer (except for jazz) in Bath", "drummer  in Bath", ["except for jazz"]),
        ("writers excluding poets; editors", "writers ; editors", ["excluding poets"]),
        ("exception handling", "exception handling", []),
        ("except poets", "except poets", []),
        (", except poets", ", except poets", []),
        ("all except", "all except", []),
        ("methods other than Biot's", "methods other than Biot's", []),
    ],
)
def test_what_a_text_says_is_not_wanted_is_told_apart(text: str, wanted: str, unwanted: list[str]) -> None:
    assert wanted_part(text) == wanted
    assert wanted_part(wanted) == wanted
    assert unwanted_parts(text) == unwanted


def test_documents_keep_stop_words_and_repetitions() -> None:
    assert document_analyzer().analyze("The Node.js of the editors") == ["the", "node", "js", "of", "the", "editor"]


LETTERS = st.one_of(
    st.characters(max_codepoint=0x1FFF, categories=["L", "N", "P", "Z"]),
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
)
"""Letters of the scripts in use. Python and the engine know different versions of Unicode, and some vowel signs of
Indic scripts are letters to the engine and none to Python."""


@given(st.text(st.one_of(LETTERS, st.sampled_from(" .-,'\u2019/+#"), st.sampled_from("abcdeNETéßøŁ")), max_size=40))
def test_the_words_of_a_text_are_those_that_the_engine_indexes(text: str) -> None:
    assert [word.stem for word in words_of(text)] == document_analyzer().analyze(spelled(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C++ and C#", [("C++", "cplusplus", "cplusplus"), ("and", "and", "and"), ("C#", "csharp", "csharp")]),
        (
            "ASP.NET developers",
            [("ASP", "asp", "asp"), (".NET", "dotnet", "dotnet"), ("developers",) * 2 + ("develop",)],
        ),
        ("node.js", [("node", "node", "node"), ("js", "js", "js")]),
        ("Ælfgård", [("Ælfgård", "aelfgard", "aelfgard")]),
        ("x" * (LONGEST_WORD_BYTES + 1), []),
    ],
)
def test_a_word_is_known_by_where_it_stands(text: str, words: list[tuple[str, str, str]]) -> None:
    assert [(text[word.start : word.end], word.folded, word.stem) for word in words_of(text)] == words


def test_a_mark_belongs_to_the_word_that_it_stands_on() -> None:
    text = unicodedata.normalize("NFD", "café bar")
    assert [text[word.start : word.end] for word in words_of(text)] == [text[:5], "bar"]

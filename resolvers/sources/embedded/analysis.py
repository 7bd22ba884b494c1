"""How text becomes words, in documents and in queries alike.

Names keep what tells them apart: `C++`, `C#` and `.NET` are words of their own; `node.js` and `scikit-learn` are two
words each. Words are folded to lower-case ASCII and stemmed for English.
"""

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from resolvers.sources.words import LONGEST_WORD_BYTES, STOP_WORDS, spelled

WORDS = "words"


def _builder() -> TextAnalyzerBuilder:
    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(LONGEST_WORD_BYTES))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
    )


def document_analyzer() -> TextAnalyzer:
    """For indexing: every word counts."""
    return _builder().filter(Filter.stemmer("english")).build()


def query_analyzer() -> TextAnalyzer:
    """For queries: stop words are left out."""
    return _builder().filter(Filter.custom_stopword(STOP_WORDS)).filter(Filter.stemmer("english")).build()


class QueryWords:
    """The words of a query, each once, in order. A query of nothing but stop words keeps them."""

    def __init__(self) -> None:
        self._query, self._document = query_analyzer(), document_analyzer()

    def __call__(self, text: str) -> list[str]:
        text = spelled(text)
        return list(dict.fromkeys(self._query.analyze(text) or self._document.analyze(text)))

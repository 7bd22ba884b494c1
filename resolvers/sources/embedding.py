"""Sentence embeddings: a text becomes a unit vector, and texts of like meaning have vectors of like direction."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Protocol, TypeGuard, runtime_checkable

import numpy as np
import wordllama
from numpy.typing import NDArray

from resolvers.catalog.kind import Texts
from resolvers.deadline import Deadline

Vector = NDArray[np.float32]
Vectors = NDArray[np.float32]
PLURAL = re.compile(r"[a-z]{3,}s\b")
REMEMBERED_WORDS = 100_000
EMBEDDED_CHARACTERS = 600
"""How much of a document's text is embedded: the head names what it is about, and time grows with length."""


class Embedder(Protocol):
    """A model that embeds texts."""

    @property
    def name(self) -> str:
        """The model's name, kept with an index: vectors of different models cannot be compared."""

    @property
    def dimension(self) -> int:
        """The length of a vector. Raises SourceUnavailable when the model has to be asked, and does not answer."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, as rows; a row of zeros for a text that says nothing.

        Takes the time that it needs. Raises SourceUnavailable when the model does not answer.
        """


class AwaitedEmbedder(ABC):
    """A model that takes milliseconds, or a way through the network: searches await it, and hold no thread meanwhile.

    An Embedder without this base answers in less time than a change of threads would take.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """As `Embedder.name`."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """As `Embedder.dimension`."""

    @abstractmethod
    def embed(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed`. Never to be called where an event loop runs."""

    @abstractmethod
    async def embed_queries(self, texts: Sequence[str], deadline: Deadline) -> Vectors:
        """The same for texts that somebody is waiting for.

        Raises SourceUnavailable when the model does not answer, and DeadlineExceeded when it would be late.
        """

    @abstractmethod
    async def close(self) -> None:
        """Let go of what belongs to the running event loop. It may be asked again afterwards."""


@runtime_checkable
class TokenEmbedder(Embedder, Protocol):
    """A model whose vector of a text is the direction of the mean of its tokens' vectors."""

    @property
    def table(self) -> Vectors:
        """The tokens' vectors, a row a token."""

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The rows of the table that each text is made of."""


def has_tokens(embedder: Embedder) -> TypeGuard[TokenEmbedder]:
    """Whether a model's vectors are means of its tokens' vectors."""
    # Python looks at every attribute to answer for a protocol, and `dimension` may be a question to another machine.
    return not isinstance(embedder, AwaitedEmbedder) and isinstance(embedder, TokenEmbedder)


class WordLlamaEmbedder:
    """WordLlama's token embeddings, 256 dimensions, read from the installed package: no download.

    Case says nothing to it, and a plural in -s is its singular: the vectors of `Managers`, `managers` and `manager`
    would else be as far from one another as those of other words.
    """

    name = "wordllama-256-singular"
    dimension = 256

    def __init__(self) -> None:
        folder = Path(wordllama.__file__).parent
        model = wordllama.WordLlama.load(dim=self.dimension, cache_dir=folder, disable_download=True)
        self.table: Vectors = model.embedding
        self._tokenizer = model.tokenizer
        self._tokenizer.no_padding()
        self._singulars: dict[str, str] = {}

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        # Space is a token of its own where there is more than one, and says nothing.
        written = [PLURAL.sub(self._singular, " ".join(text.lower().split())) for text in texts]
        # The fast one looks for no offsets in the text, which takes a quarter of the time.
        return [found.ids for found in self._tokenizer.encode_batch_fast(written, add_special_tokens=False)]

    def _singular(self, plural: re.Match[str]) -> str:
        """A word's singular, where the model writes it with no more tokens: `kubernetes` has none."""
        word = plural[0]
        known = self._singulars.get(word)
        if known is None:
            singular = singular_of(word)
            if singular != word and self._length(singular) > self._length(word):
                singular = word
            if len(self._singulars) >= REMEMBERED_WORDS:
                self._singulars.clear()
            known = self._singulars[word] = singular
        return known

    def _length(self, word: str) -> int:
        return len(self._tokenizer.encode(word, add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str]) -> Vectors:
        return unit_rows(pooled(self.table, self.tokens(texts)))


def pooled(table: Vectors, tokens: Sequence[Sequence[int]]) -> Vectors:
    """The mean of each text's rows of the table; zeros for a text without tokens."""
    means = np.zeros((len(tokens), table.shape[1]), dtype=np.float32)
    for row, ids in enumerate(tokens):
        if ids:
            means[row] = mean_row(table, ids)
    return means


def mean_row(table: Vectors, ids: Sequence[int]) -> Vector:
    """The mean of one text's rows, of which there is one at the least."""
    # A third of the time of `table[ids].mean(axis=0)`, with the same numbers.
    mean: Vector = np.add.reduce(table.take(ids, axis=0)) / np.float32(len(ids))
    return mean


def unit_row(vector: Vector) -> Vector:
    """The direction of one row; one of zeros stays so."""
    length = sqrt(vector.dot(vector))
    return vector / np.float32(length) if length else vector


def unit_rows(vectors: Vectors) -> Vectors:
    """The directions of rows; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return directions


def singular_of(word: str) -> str:
    """A word of small letters without the -s of an English plural.

    The rules are those of Harman, "How Effective Is Suffixing?" (JASIS 42(1), 1991, table 1), which change little and
    are seldom wrong.
    """
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return f"{word[:-3]}y"
    if word.endswith(("us", "ss", "is")) or (word.endswith("es") and word.endswith(("aes", "ees", "oes"))):
        return word
    return word.removesuffix("s")


def parts_to_embed(texts: Texts) -> list[str]:
    """What of a document's text its vector stands for: the title, the occupation, and the head of the body.

    A document with aliases is made of its names and its body, each a part of its own: what has many names, or long
    ones, is no less near to one of them.
    """
    if texts.aliases:
        parts = (texts.title, *texts.aliases, texts.body)
        return [part[:EMBEDDED_CHARACTERS] for part in parts if part.strip()]
    parts = (texts.title, *texts.occupation[:1], texts.body)
    return ["\n".join(part for part in parts if part.strip())[:EMBEDDED_CHARACTERS]]

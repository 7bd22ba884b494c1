"""Sentence embeddings: a text becomes a unit vector, and texts of like meaning have vectors of like direction."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import wordllama
from numpy.typing import NDArray

from resolvers.catalog.kind import Texts

Vectors = NDArray[np.float32]
EMBEDDED_CHARACTERS = 600
"""How much of a document's text is embedded: the head names what it is about, and time grows with length."""


class Embedder(Protocol):
    """A model that embeds texts."""

    @property
    def name(self) -> str:
        """The model's name, kept with an index: vectors of different models cannot be compared."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, as rows; a row of zeros for a text that says nothing."""


class WordLlamaEmbedder:
    """WordLlama's pooled token embeddings, 256 dimensions, read from the installed package: no download."""

    name = "wordllama-256"
    dimension = 256

    def __init__(self) -> None:
        folder = Path(wordllama.__file__).parent
        self._model = wordllama.WordLlama.load(dim=self.dimension, cache_dir=folder, disable_download=True)

    def embed(self, texts: Sequence[str]) -> Vectors:
        said = [row for row, text in enumerate(texts) if text.strip()]
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        if said:
            # The model's own normalisation divides by zero where no token is known.
            found: Vectors = self._model.embed([texts[row] for row in said], norm=False)
            lengths = np.linalg.norm(found, axis=1, keepdims=True)
            vectors[said] = np.divide(found, lengths, out=np.zeros_like(found), where=lengths > 0)
        return vectors


def text_to_embed(texts: Texts) -> str:
    """What of a document's text its vector stands for: the title, the occupation, and the head of the body."""
    parts = (texts.title, *texts.aliases, *texts.occupation[:1], texts.body)
    return "\n".join(part for part in parts if part.strip())[:EMBEDDED_CHARACTERS]

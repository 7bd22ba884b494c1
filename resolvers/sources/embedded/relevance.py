"""Searches of an opened generation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tantivy import Query

from resolvers.catalog.kind import Kind
from resolvers.ranking.fusion import RANKED_BY_WORDS, Fused, by_meaning, by_words, fuse
from resolvers.sources.base import Filter, RetrievalMode
from resolvers.sources.embedded.kind_index import KindIndex, Scored
from resolvers.sources.embedded.queries import Said
from resolvers.sources.embedding import Vectors
from resolvers.sources.matching import NEAREST, semantic_weight


class Key(NamedTuple):
    """A document of a generation. Keys are in the order of ids: prefixes first, then ordinals."""

    prefix: str
    ordinal: int


@dataclass(frozen=True)
class Text:
    """What is searched for: what it says, and its direction when the generation has vectors of the same model."""

    mode: RetrievalMode
    said: Said
    direction: Vectors | None


class Relevance:
    """One text with one filter over some kinds. Each step is computed when it is first needed.

    `scaled`: scores are from 0 to 1 in every mode, as those of HYBRID always are. `meaning` is that of the request.
    """

    def __init__(
        self,
        indexes: dict[Kind, KindIndex],
        text: Text,
        wanted: Filter,
        *,
        scaled: bool = False,
        meaning: float | None = None,
    ) -> None:
        self._text, self._wanted, self._scaled = text, wanted, scaled
        self._weight = semantic_weight(indexes, meaning)
        self._indexes = {index.spec.prefix: index for index in indexes.values()}
        self._near: dict[Key, float] | None = None

    def ranked(self, depth: int) -> list[tuple[Key, Fused]]:
        """The best `depth` documents at least, or all that match; the order does not depend on `depth`."""
        if self._text.mode is RetrievalMode.LEXICAL:
            return by_words(self._lexical(depth), scaled=self._scaled)
        if self._text.mode is RetrievalMode.SEMANTIC:
            # Scores are scaled by the last of all, so that it has to be known then.
            near = self._nearest() if self._scaled or self._near is not None else self._head_of_nearest(depth)
            return by_meaning(near, scaled=self._scaled)
        words = self._lexical(max(depth, RANKED_BY_WORDS))
        return fuse(words | self._words_of_nearest(words), self._nearest(), self._weight, depth)

    def matching(self, prefix: str) -> Query:
        """The documents of a kind that the text matches and the filter passes."""
        said = self._text.said if self._text.mode is not RetrievalMode.SEMANTIC else None
        near = None
        if self._text.mode is not RetrievalMode.LEXICAL:
            near = [key.ordinal for key in self._nearest() if key.prefix == prefix]
        index = self._indexes[prefix]
        return index.matching(said, near, index.passing(self._wanted))

    def count(self) -> int:
        """How many documents the text matches."""
        return sum(index.count(self.matching(prefix)) for prefix, index in self._indexes.items())

    def _lexical(self, limit: int) -> dict[Key, float]:
        said = self._text.said
        return self._merged(lambda index: index.lexical(said, self._wanted, limit), limit)

    def _words_of_nearest(self, words: dict[Key, float]) -> dict[Key, float]:
        """The lexical scores of near documents below the head: without them a deeper head would move them up."""
        below: dict[str, list[int]] = {}
        for key in self._nearest().keys() - words.keys():
            below.setdefault(key.prefix, []).append(key.ordinal)
        return {
            Key(prefix, ordinal): score
            for prefix, ordinals in below.items()
            for ordinal, score in self._indexes[prefix].lexical_of(self._text.said, ordinals)
        }

    def _nearest(self) -> dict[Key, float]:
        if self._near is None:
            self._near = self._head_of_nearest(NEAREST)
        return self._near

    def _head_of_nearest(self, depth: int) -> dict[Key, float]:
        """The first `depth` of the near documents, if there are so many."""
        direction, limit = self._text.direction, min(depth, NEAREST)
        if direction is None:
            return {}
        return self._merged(lambda index: index.semantic(direction, self._wanted, limit), limit)

    def _merged(self, half: Callable[[KindIndex], Scored], limit: int) -> dict[Key, float]:
        """One half over all kinds, best first."""
        found = [
            (Key(prefix, ordinal), score) for prefix, index in self._indexes.items() for ordinal, score in half(index)
        ]
        if len(self._indexes) > 1:
            found = sorted(found, key=lambda item: (-item[1], item[0]))[:limit]
        return dict(found)

"""What is asked of the cluster to answer a search, apart from how it is sent.

A search is answered by a generator that yields what it needs next and is sent the answers, so that many are answered
side by side: what all of them need at a time goes out together, and what two of them need is sent once.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from resolvers.catalog.kind import Kind, Ref
from resolvers.sources.opensearch.filters import Query
from resolvers.sources.opensearch.queries import Body

T = TypeVar("T")


@dataclass(frozen=True)
class Search:
    """One search of the index of a kind, answered by `Hits` or a SourceError.

    `text` is what is looked for by words, if anything: it decides which copy of the index is asked. `by_meaning`: the
    answer can do without it, so it is given up before the rest of the answer comes too late.
    """

    kind: Kind
    body: Body
    text: str | None = None
    by_meaning: bool = False


@dataclass(frozen=True)
class Walk:
    """The best `depth` hits of a query, more than one search may look at; answered by `Hits` or a SourceError.

    `more` is what of the search is otherwise than in a plain ranking.
    """

    kind: Kind
    query: Query
    depth: int
    more: Body = field(default_factory=dict)


@dataclass(frozen=True)
class Fetch:
    """Documents by reference, answered by a mapping of those that are there, or a SourceError."""

    refs: tuple[Ref, ...]


Ask = Search | Walk | Fetch
Steps = Generator[Sequence[Ask], Sequence[Any], T]
"""A search that is being answered: yields asks, is sent their answers in the same order, returns its result."""

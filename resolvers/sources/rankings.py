"""Rankings that were handed out: what a cursor of a search by relevance names, so that pages neither repeat nor skip.

A ranking is named by what it says: the name is a digest of the search and of the hits in their order. So it never
changes under its name, whoever goes on from it makes another one, and whoever comes to the same by themselves has the
same name for it: a ranking that nobody has kept can be recognised when it is computed again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple, Protocol

from resolvers.catalog.kind import Ref
from resolvers.sources.base import Score

NAME_BYTES = 16


class Shown(NamedTuple):
    """A hit that was handed out, with the score that it had then."""

    ref: Ref
    score: Score | None


@dataclass(frozen=True)
class KeptRanking:
    """One end of a ranking, as far as it was handed out.

    `search` is a digest of the search as the client says it, and `text` what was searched for, which is another text
    where that one finds nothing. `hits` begin at the ranking's first hit, or with `from_end` at its last one: a hit's
    rank is its number there.
    """

    search: bytes
    text: str
    from_end: bool = False
    hits: tuple[Shown, ...] = ()

    @cached_property
    def name(self) -> bytes:
        """What it is called: the same for the same hits of the same search, and different for all others."""
        return self.names_at([len(self.hits)])[0]

    @cached_property
    def refs(self) -> frozenset[Ref]:
        """The documents of the hits."""
        return frozenset(hit.ref for hit in self.hits)

    def names_at(self, lengths: Sequence[int]) -> list[bytes]:
        """What it was called when it had so many hits; lengths go up."""
        said = self.text.encode(errors="surrogatepass")
        digest = blake2b(self.search, digest_size=NAME_BYTES, person=b"the end" if self.from_end else b"the start")
        digest.update(_sized(said))
        names, start = [], 0
        for length in lengths:
            digest.update(b"".join(_sized(hit.ref.id.encode()) for hit in self.hits[start:length]))
            names.append(digest.digest())
            start = length
        return names

    def going_on(self, hits: Sequence[Shown]) -> "KeptRanking":
        """The ranking with what was handed out next."""
        return KeptRanking(self.search, self.text, self.from_end, (*self.hits, *hits)) if hits else self


def _sized(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


class Rankings(Protocol):
    """Where rankings are kept for some time. Whatever goes wrong there is a ranking that is not found."""

    async def find(self, names: Sequence[bytes]) -> Sequence[KeptRanking | None]:
        """The rankings with these names, in their order; None for one that is not kept, or not any more."""

    def keep(self, ranking: KeptRanking) -> None:
        """Keep a ranking, or keep it for longer. Nobody waits for it."""

    async def close(self) -> None:
        """Keep no more."""


class Forgetful:
    """Keeps nothing."""

    async def find(self, names: Sequence[bytes]) -> Sequence[KeptRanking | None]:
        return [None] * len(names)

    def keep(self, ranking: KeptRanking) -> None:
        """Forget it."""

    async def close(self) -> None:
        """There is nothing to close."""

"""What a catalog says of occupations: the words that are usual in their jobs, and the skills that these ask for.

It is learned when a catalog is indexed (`indexing/usual.py`) and kept with the index.

What a job says is a set of terms: words and ids of skills. How likely an occupation is for it says naive Bayes, where
the shares of terms have a Dirichlet prior, as in Zhai and Lafferty, "A Study of Smoothing Methods for Language Models"
(ACM TOIS 22, 2004): of the N jobs of an occupation n have a term, and of all jobs the share p,

    P(occupation | terms) ~ N · product of (n + p) / (N + 1) over the terms

What is usual for the likely occupations is added to what is looked for, as in a relevance model (Lavrenko and Croft,
"Relevance-Based Language Models", SIGIR 2001) whose documents are the jobs of an occupation.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int32]
INTEGER = np.dtype("<i4")
LEAST_USUAL = 0.1
"""The share of an occupation's jobs from which on a word is usual for it."""
LEAST_JOBS = 3
"""So many of its jobs have such a word: of fewer, what is in several of them is chance."""


class TermCounts(NamedTuple):
    """The terms of occupations, occupation by occupation: a term's place, and how many of the jobs have it.

    Those of occupation i are from `starts[i]` to `starts[i + 1]`.
    """

    starts: Places
    terms: Places
    counts: Places


class _ByTerm(NamedTuple):
    """The same term by term: an occupation's place, and how much the term speaks for it."""

    starts: list[int]
    occupations: Places
    evidence: Numbers


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """Statistics in a file. Numbers are as they lie in memory."""

    jobs: int
    occupations: list[str]
    sizes: bytes
    words: list[str]
    skills: list[str]
    frequencies: bytes
    starts: bytes
    terms: bytes
    counts: bytes


@dataclass(frozen=True, eq=False)
class OccupationStatistics:
    """The statistics of one index. Made of no jobs, nothing is usual.

    `sizes` says how many of the `jobs` each of the `occupations` has. Terms are the `words`, with the `skills` behind
    them; `frequencies` say how many jobs have each, and `counted` how many of an occupation.
    """

    jobs: int
    occupations: Sequence[str]
    sizes: Places
    words: Sequence[str]
    skills: Sequence[str]
    frequencies: Places
    counted: TermCounts

    def likely(self, terms: Iterable[str]) -> list[tuple[int, float]]:
        """The occupations that a job with these terms is likely to be of, by place, with their probabilities.

        Of one that is less likely than a word has to be usual, no word is.
        """
        known = [place for term in terms if (place := self._place.get(term)) is not None]
        if not known:
            return []
        starts, occupations, evidence = self._by_term
        rows = [slice(starts[place], starts[place + 1]) for place in known]
        evident = np.bincount(
            np.concatenate([occupations[row] for row in rows]),
            np.concatenate([evidence[row] for row in rows]),
            minlength=len(self.sizes),
        )
        found = evident + self._prior - len(known) * self._penalty
        weights = np.exp(found - found.max())
        weights /= weights.sum()
        [likely] = np.nonzero(weights >= LEAST_USUAL)
        return [(place, float(weights[place])) for place in likely.tolist()]

    def usual_words(self, had: Collection[str], skills: Iterable[str], told: str, most: int) -> list[str]:
        """The words that are usual for a job's occupation, the most telling first, without those that it has.

        The occupation is the one that was `told`, if jobs of it are known, and else what its words and skills say.
        """
        place = self._occupation.get(told)
        likely = self.likely((*had, *skills)) if place is None else [(place, 1.0)]
        shares = np.zeros(len(self.rarities))
        for occupation, probability in likely:
            row = slice(self.counted.starts[occupation], self.counted.starts[occupation + 1])
            counts = self.counted.counts[row]
            shares[self.counted.terms[row]] += probability * (counts >= LEAST_JOBS) * counts / self.sizes[occupation]
        shares = shares[: len(self.words)]
        [usual] = np.nonzero(shares >= LEAST_USUAL)
        telling = usual[np.argsort(-shares[usual] * self.rarities[usual], kind="stable")]
        words, own = (self.words[place] for place in telling.tolist()), set(had)
        return list(islice((word for word in words if word not in own), most))

    def rarity(self, word: str) -> float:
        """How much a word tells: `ln(1 + N / (1 + n))`, where n of N jobs have it."""
        place = self._place.get(word)
        return self._unseen if place is None else self._rarity[place]

    @cached_property
    def rarities(self) -> Numbers:
        """How much each term tells."""
        rarities: Numbers = np.log1p(self.jobs / (1 + self.frequencies))
        return rarities

    @cached_property
    def _rarity(self) -> list[float]:
        listed: list[float] = self.rarities.tolist()
        return listed

    @cached_property
    def _unseen(self) -> float:
        return math.log1p(self.jobs)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {term: place for place, term in enumerate((*self.words, *self.skills))}

    @cached_property
    def _occupation(self) -> dict[str, int]:
        return {id_: place for place, id_ in enumerate(self.occupations)}

    @cached_property
    def _prior(self) -> Numbers:
        prior: Numbers = np.log(self.sizes)
        return prior

    @cached_property
    def _penalty(self) -> Numbers:
        """What a term costs an occupation none of whose jobs has it, against how common it is."""
        penalty: Numbers = np.log1p(self.sizes)
        return penalty

    @cached_property
    def _by_term(self) -> _ByTerm:
        starts, terms, counts = self.counted
        occupations = np.repeat(np.arange(len(self.sizes), dtype=np.int32), np.diff(starts))
        order = np.argsort(terms, kind="stable")
        # Of n + p and p the quotient, so that a term without any is 0 here.
        evidence = np.log1p(counts * (self.jobs / self.frequencies[terms]))
        ends = np.cumsum(np.bincount(terms, minlength=len(self.frequencies)))
        return _ByTerm([0, *ends.tolist()], occupations[order], evidence[order])

    @cached_property
    def content(self) -> bytes:
        """The statistics as they are kept with an index."""
        sizes, frequencies, *counted = (
            numbers.astype(INTEGER).tobytes() for numbers in (self.sizes, self.frequencies, *self.counted)
        )
        names = list(self.words), list(self.skills)
        return msgspec.msgpack.encode(_Kept(self.jobs, list(self.occupations), sizes, *names, frequencies, *counted))

    @staticmethod
    def of(content: bytes) -> "OccupationStatistics":
        """The statistics that were kept. Raises ValueError for what is none."""
        kept = msgspec.msgpack.decode(content, type=_Kept)
        sizes, frequencies, starts, terms, counts = (
            np.frombuffer(numbers, dtype=INTEGER)
            for numbers in (kept.sizes, kept.frequencies, kept.starts, kept.terms, kept.counts)
        )
        lengths = (len(kept.occupations), len(kept.words) + len(kept.skills), len(kept.occupations) + 1, len(counts))
        if lengths != (len(sizes), len(frequencies), len(starts), len(terms)):
            raise ValueError("the words of occupations do not belong together")
        counted = TermCounts(starts, terms, counts)
        return OccupationStatistics(kept.jobs, kept.occupations, sizes, kept.words, kept.skills, frequencies, counted)


def _none() -> Places:
    return np.zeros(0, dtype=np.int32)


NOTHING_USUAL = OccupationStatistics(
    0, (), _none(), (), (), _none(), TermCounts(np.zeros(1, np.int32), _none(), _none())
)

"""What a catalog says of skills, learned while it is indexed: their counts, and which go together.

Two skills go together when jobs ask for both, or talent have both, more often than by chance. That is measured by the
normalised pointwise mutual information (Bouma, "Normalized (Pointwise) Mutual Information in Collocation Extraction",
GSCL 2009), which is 1 for skills that are always together and 0 for those that are so by chance:

    npmi(a, b) = ln(p(a, b) / (p(a) p(b))) / -ln(p(a, b))

Of rare skills little is known, so it is multiplied by n / (n + SHRINKAGE), where n have both.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indexing.progress import Progress
from indexing.staging import Stage
from resolvers.catalog.kind import Kind
from resolvers.ranking.skills import LONGEST_LIST, SkillCounts, SkillStatistics

SHRINKAGE = 10
LEAST_TOGETHER = 3
"""Skills that fewer have together are not known to go together."""
LEAST_STRENGTH = 0.1
DECIMALS = 3
MOST_RECORDS = 500_000
"""So many jobs, and as many talent, are learned from at the most: memory is bounded, and more would change little."""
Skills = Sequence[str]


class _Skilled(msgspec.Struct, rename="camel"):
    """Of a record the skills alone."""

    skill_ids: tuple[str, ...] = ()


def statistics_of(stage: Stage, progress: Progress) -> SkillStatistics:
    """What the staged catalog says of skills."""
    progress.start("Learning from skills", None, "records")
    learned = learned_from(_staged_skills(stage, Kind.JOB), _staged_skills(stage, Kind.TALENT))
    progress.advance(learned.jobs + learned.talent)
    progress.finish()
    return learned


def _staged_skills(stage: Stage, kind: Kind) -> Iterator[Skills]:
    decode = msgspec.json.Decoder(_Skilled).decode
    for _, line in zip(range(MOST_RECORDS), stage.scan(kind), strict=False):
        yield decode(line).skill_ids


def learned_from(jobs: Iterable[Skills], talent: Iterable[Skills]) -> SkillStatistics:
    """What the skills of each job and of each talent say."""
    seen: dict[str, int] = {}
    asked, offered = Bags.of(jobs, seen), Bags.of(talent, seen)
    ids = sorted(seen)
    by_job, by_talent = (bags.incidence(len(ids))[:, [seen[id_] for id_ in ids]] for bags in (asked, offered))
    counts = np.stack([by_job.sum(axis=0), by_talent.sum(axis=0)], axis=1).astype(int).tolist()
    together = (by_job.T @ by_job + by_talent.T @ by_talent).tocsr().astype(np.float64)
    related = _related(together, ids, asked.records + offered.records)
    known = {id_: SkillCounts(*count) for id_, count in zip(ids, counts, strict=True)}
    return SkillStatistics(asked.records, offered.records, known, related)


class Bags(NamedTuple):
    """The skills of records, each once: numbers of skills, and where each record's begin."""

    skills: "array[int]"
    starts: "array[int]"

    @staticmethod
    def of(records: Iterable[Skills], seen: dict[str, int]) -> "Bags":
        """The bags of records; skills that are new get the next number in `seen`."""
        bags = Bags(array("i"), array("q", [0]))
        for one in records:
            bags.skills.extend([seen.setdefault(id_, len(seen)) for id_ in dict.fromkeys(one)])
            bags.starts.append(len(bags.skills))
        return bags

    @property
    def records(self) -> int:
        return len(self.starts) - 1

    def incidence(self, skills: int) -> Any:
        """Records by skills, 1 where a record has the skill."""
        ones = np.ones(len(self.skills), dtype=np.float32)
        columns, starts = np.array(self.skills, dtype=np.int64), np.array(self.starts, dtype=np.int64)
        return csr_array((ones, columns, starts), shape=(self.records, skills))


def _related(together: Any, ids: Sequence[str], records: int) -> dict[str, dict[str, float]]:
    frequencies: NDArray[np.float64] = together.diagonal()
    found = {}
    for at, id_ in enumerate(ids):
        row = slice(together.indptr[at], together.indptr[at + 1])
        others, counts = together.indices[row], together.data[row]
        often = (counts >= LEAST_TOGETHER) & (others != at)
        others, counts = others[often], counts[often]
        strengths = _strengths(counts, frequencies[at] * frequencies[others], records)
        best = np.lexsort((others, -strengths))[:LONGEST_LIST]
        close = [(ids[others[one]], float(strengths[one])) for one in best if strengths[one] >= LEAST_STRENGTH]
        if close:
            found[id_] = dict(close)
    return found


def _strengths(both: NDArray[Any], each: NDArray[Any], records: int) -> NDArray[np.float64]:
    """How closely skills go together that `both` have, where the products of their own counts are `each`."""
    information = np.log(both * records / each)
    # What everybody has says nothing, and would be divided by 0.
    surprise = np.maximum(-np.log(both / records), 1e-9)
    strengths: NDArray[np.float64] = np.clip(information / surprise, 0, 1) * both / (both + SHRINKAGE)
    strengths[both >= records] = 0
    return strengths.round(DECIMALS)

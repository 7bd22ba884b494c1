"""What a catalog says of skills, learned while it is indexed: their counts, and which go together.

Two skills go together when jobs ask for both, or talent have both, more often than by chance. That is measured by the
normalised pointwise mutual information (Bouma, "Normalized (Pointwise) Mutual Information in Collocation Extraction",
GSCL 2009), which is 1 for skills that are always together and 0 for those that are so by chance:

    npmi(a, b) = ln(p(a, b) / (p(a) p(b))) / -ln(p(a, b))

Of rare skills little is known, so it is multiplied by n / (n + SHRINKAGE), where n have both.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

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
MOST_RECORDS = 2_000_000
"""So many jobs, and as many talent, are learned from at the most: memory is bounded, and more would change little."""
Skills = Sequence[str]


class _Skilled(msgspec.Struct, rename="camel"):
    """Of a record the skills alone."""

    skill_ids: tuple[str, ...] = ()


def statistics_of(stage: Stage, progress: Progress) -> SkillStatistics:
    """What the staged catalog says of skills."""
    progress.start("Learning from skills", None, "records")
    jobs, talent = (list(_staged_skills(stage, kind)) for kind in (Kind.JOB, Kind.TALENT))
    progress.advance(len(jobs) + len(talent))
    learned = learned_from(jobs, talent)
    progress.finish()
    return learned


def _staged_skills(stage: Stage, kind: Kind) -> Iterator[Skills]:
    decode = msgspec.json.Decoder(_Skilled).decode
    for _, line in zip(range(MOST_RECORDS), stage.scan(kind), strict=False):
        yield decode(line).skill_ids


def learned_from(jobs: Iterable[Skills], talent: Iterable[Skills]) -> SkillStatistics:
    """What the skills of each job and of each talent say."""
    asked, offered = ([tuple(dict.fromkeys(one)) for one in some] for some in (jobs, talent))
    ids = sorted({id_ for some in (asked, offered) for one in some for id_ in one})
    place = {id_: at for at, id_ in enumerate(ids)}
    by_job, by_talent = _incidence(asked, place), _incidence(offered, place)
    counts = np.stack([by_job.sum(axis=0), by_talent.sum(axis=0)], axis=1).astype(int).tolist() if ids else []
    together = (by_job.T @ by_job + by_talent.T @ by_talent).tocsr().astype(np.float64)
    related = _related(together, ids, len(asked) + len(offered))
    known = {id_: SkillCounts(*count) for id_, count in zip(ids, counts, strict=True)}
    return SkillStatistics(len(asked), len(offered), known, related)


def _incidence(records: Sequence[Skills], place: dict[str, int]) -> Any:
    """Records by skills, 1 where a record has the skill."""
    starts = np.cumsum([0, *map(len, records)])
    columns = np.array([place[id_] for one in records for id_ in one], dtype=np.int64)
    ones = np.ones(len(columns), dtype=np.float32)
    return csr_array((ones, columns, starts), shape=(len(records), len(place)))


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
    strengths = np.clip(information / surprise, 0, 1) * both / (both + SHRINKAGE)
    rounded: NDArray[np.float64] = np.round(np.where(both < records, strengths, 0), DECIMALS)
    return rounded

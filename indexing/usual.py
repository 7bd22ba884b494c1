"""What is usual for an occupation, learned from the catalog's own jobs while it is indexed.

`resolvers/ranking/occupations.py` says what is made of it. A term is a word of a job's title or description, or the id
of a skill that it asks for. What one job alone says tells nothing of others. Of an occupation the most telling terms
are kept: those that most of its jobs, and fewest others, have.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log1p

import msgspec
import numpy as np

from indexing.progress import Progress
from indexing.staging import Stage
from resolvers.catalog.kind import Kind
from resolvers.ranking.occupations import OccupationStatistics, TermCounts
from resolvers.sources.words import telling_words

LEAST_FREQUENCY = 2
"""With fewer jobs, of whatever occupation, a term tells nothing."""
MOST_TERMS = 512
"""So many are kept of an occupation: several times as many as a long job has."""
MOST_JOBS = 100_000
"""So many are learned from at the most: memory is bounded, and more would change little."""
Counts = Mapping[str, int]


class Posted(msgspec.Struct, frozen=True, rename="camel"):
    """Of a job what is learned from."""

    title: str
    description: str
    occupation_id: str
    skill_ids: tuple[str, ...]


def usual_in(stage: Stage, progress: Progress) -> OccupationStatistics:
    """What is usual for the occupations of the staged catalog."""
    progress.start("Learning from jobs", None, "jobs")
    found = usual_of(_staged(stage))
    progress.advance(found.jobs)
    progress.finish()
    return found


def _staged(stage: Stage) -> Iterator[Posted]:
    decode = msgspec.json.Decoder(Posted).decode
    for _, line in zip(range(MOST_JOBS), stage.scan(Kind.JOB), strict=False):
        yield decode(line)


def usual_of(jobs: Iterable[Posted]) -> OccupationStatistics:
    """What is usual for the occupations of jobs; a job whose occupation is not told says nothing."""
    sizes: Counter[str] = Counter()
    of_occupation: defaultdict[str, Counter[str]] = defaultdict(Counter)
    skills: set[str] = set()
    for job in jobs:
        if job.occupation_id:
            sizes[job.occupation_id] += 1
            skills.update(job.skill_ids)
            words = telling_words(f"{job.title} {job.description}")
            of_occupation[job.occupation_id].update({*words, *job.skill_ids})
    frequencies: Counter[str] = Counter()
    for counts in of_occupation.values():
        frequencies.update(counts)
    rarities = {
        term: log1p(sizes.total() / (1 + count)) for term, count in frequencies.items() if count >= LEAST_FREQUENCY
    }
    known = dict(sorted(sizes.items()))
    return _statistics(known, [_telling(of_occupation[id_], rarities) for id_ in known], frequencies, skills)


def _telling(counts: Counts, rarities: Mapping[str, float]) -> Counts:
    """The most telling terms of an occupation, and how many of its jobs have each."""
    best = sorted(counts.keys() & rarities.keys(), key=lambda term: (-counts[term] * rarities[term], term))
    return {term: counts[term] for term in best[:MOST_TERMS]}


def _statistics(
    known: Counts, telling: Sequence[Counts], frequencies: Counts, skills: set[str]
) -> OccupationStatistics:
    kept = {term for terms in telling for term in terms}
    names = sorted(kept - skills), sorted(kept & skills)
    place = {term: at for at, term in enumerate((*names[0], *names[1]))}
    return OccupationStatistics(
        sum(known.values()),
        list(known),
        np.array(list(known.values()), dtype=np.int32),
        *names,
        np.array([frequencies[term] for term in place], dtype=np.int32),
        TermCounts(
            np.cumsum([0, *map(len, telling)], dtype=np.int32),
            np.array([place[term] for terms in telling for term in terms], dtype=np.int32),
            np.array([count for terms in telling for count in terms.values()], dtype=np.int32),
        ),
    )

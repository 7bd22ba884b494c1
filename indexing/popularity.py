"""Counting, out of recorded feedback, what is chosen more than others and what is chosen together.

**Popularity** is clicks over expected clicks (COEC): what was chosen, by what is chosen on average in the same places,
since what stands in front is clicked more whatever it is (Zhang and Jones, "Comparing Click Logs and Editorial Labels
for Training Query Rewriting", WWW 2007 workshop on query log analysis; Chapelle and Zhang, "A Dynamic Bayesian Network
Click Model for Web Search Ranking", WWW 2009, compare with it). Of few views little is known, so it is drawn to 1 by a
Gamma prior (Agarwal, Chen and Elango, "Spatio-Temporal Models for Estimating Click-through Rate", WWW 2009):

    r = (chosen + PRIOR) / (expected + PRIOR),    popularity = r / (1 + r)

so that what is new has r = 1, a popularity of one half, and is neither punished nor favoured for it.

**Together** is the cosine of two talents over the jobs that they were chosen for (Sarwar, Karypis, Konstan and Riedl,
"Item-Based Collaborative Filtering Recommendation Algorithms", WWW 2001), times n / (n + SHRINKAGE) where both were
chosen for n jobs.

All of it counts half after each half-life.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import ref_of
from resolvers.feedback.actions import Done, bits, done_by_query
from resolvers.ranking.popularity import Popularity
from resolvers.sources.feedback import Action, FeedbackLog, ShownItem, ShownQuery, Surface

PRIOR = 5.0
"""As if so many choices had been expected of everything, and made."""
DEEPEST = 50
"""Places behind this count as one: they are seen by few."""
SHRINKAGE = 3.0
LONGEST_LIST = 20
"""How many of those who were chosen together, and of those who were chosen for a job, are kept."""
MOST_BY_OCCUPATION = 50
LEAST_TOGETHER = 0.01
DECIMALS = 4
CHOSEN = bits((Action.SAVE, Action.INVITE, Action.APPLY, Action.INTERVIEW, Action.HIRE))
"""What says that a talent is right for a job. A click is curiosity."""
TAKEN = CHOSEN | bits([Action.CLICK])
"""What says that something in a list was worth a look."""
COUNTED = frozenset({Kind.JOB, Kind.TALENT})
DAY = timedelta(days=1)
Place = tuple[Surface, int]
"""Where something was shown, and its position."""
Occupations = Callable[[Collection[str]], Mapping[str, str]]
"""Gives, of some ids of jobs and talent, those that are in the catalog, with their occupations."""


class Choice(NamedTuple):
    """A talent that was chosen for a job."""

    job_id: str
    talent_id: str


@dataclass
class Counts:
    """What was counted: weights of views by place, of choices by place, and of the choices of pairs."""

    seen: defaultdict[Place, float] = field(default_factory=lambda: defaultdict(float))
    taken: defaultdict[Place, float] = field(default_factory=lambda: defaultdict(float))
    items_seen: defaultdict[str, defaultdict[Place, float]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(float))
    )
    items_taken: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    choices: dict[Choice, float] = field(default_factory=dict)


def counted(log: FeedbackLog, occupations: Occupations, now: datetime, half_life_days: float) -> Popularity:
    """What the feedback says at a time, of what is in the catalog. Raises SourceError."""
    found = _counts(log, now, half_life_days)
    named = {id_ for choice in found.choices for id_ in choice} | found.items_seen.keys()
    there = occupations(sorted(named))
    choices = {choice: how for choice, how in found.choices.items() if there.keys() >= set(choice)}
    chosen, by_occupation = _chosen(choices, there)
    return Popularity(now, _shares(found, there), _together(choices), chosen, by_occupation)


def _counts(log: FeedbackLog, now: datetime, half_life_days: float) -> Counts:
    counts = Counts()
    done = done_by_query(log.all_events())
    for query in log.all_queries():
        if query.id in done:
            weight = 0.5 ** (max(0.0, (now - query.at) / DAY) / half_life_days)
            _count(counts, query, done[query.id], weight)
    return counts


def _count(counts: Counts, query: ShownQuery, done: Done, weight: float) -> None:
    """Count what was seen of a query, which is whatever anything was done with."""
    for item in query.items:
        actions, ref = done.get(item.position, 0), ref_of(item.id)
        if actions and ref is not None and ref.kind in COUNTED:
            place = query.surface, min(item.position, DEEPEST)
            taken = weight * bool(actions & TAKEN)
            counts.seen[place] += weight
            counts.taken[place] += taken
            counts.items_seen[item.id][place] += weight
            counts.items_taken[item.id] += taken
        choice = _choice(query, item) if actions & CHOSEN else None
        if choice is not None:
            counts.choices[choice] = max(weight, counts.choices.get(choice, 0.0))


def _choice(query: ShownQuery, item: ShownItem) -> Choice | None:
    """The pair that was chosen by an item of a page of recommendations; None on another page."""
    match query.surface:
        case Surface.RECOMMENDED_JOBS:
            return Choice(item.id, query.subject)
        case Surface.RECOMMENDED_TALENT:
            # Talent for a client is for one of its jobs, which the item names.
            return Choice(item.job_id or query.subject, item.id)
    return None


def _shares(counts: Counts, there: Mapping[str, str]) -> dict[str, float]:
    rates = {place: counts.taken[place] / seen for place, seen in counts.seen.items()}
    found = {}
    for id_, places in counts.items_seen.items():
        if id_ in there:
            expected = sum(weight * rates[place] for place, weight in places.items())
            ratio = (counts.items_taken[id_] + PRIOR) / (expected + PRIOR)
            found[id_] = round(ratio / (1 + ratio), DECIMALS)
    return found


def _chosen(
    choices: Mapping[Choice, float], there: Mapping[str, str]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Who was chosen for each job, and for the jobs of each occupation, the latest and most often chosen first."""
    by_job: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    by_occupation: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (job_id, talent_id), weight in choices.items():
        by_job[job_id][talent_id] += weight
        if there[job_id]:
            by_occupation[there[job_id]][talent_id] += weight
    return _heaviest(by_job, LONGEST_LIST), _heaviest(by_occupation, MOST_BY_OCCUPATION)


def _heaviest(groups: Mapping[str, Mapping[str, float]], most: int) -> dict[str, list[str]]:
    return {
        group: sorted(weights, key=lambda id_: (-weights[id_], id_))[:most] for group, weights in sorted(groups.items())
    }


def _together(choices: Mapping[Choice, float]) -> dict[str, dict[str, float]]:
    jobs, talent = (sorted({choice[side] for choice in choices}) for side in (0, 1))
    at = {id_: place for ids in (jobs, talent) for place, id_ in enumerate(ids)}
    rows, columns = ([at[choice[side]] for choice in choices] for side in (0, 1))
    weights = csr_array((list(choices.values()), (rows, columns)), shape=(len(jobs), len(talent)))
    lengths = np.sqrt(weights.power(2).sum(axis=0))
    ones = csr_array((np.ones(len(choices)), (rows, columns)), shape=weights.shape)
    products, counts = (weights.T @ weights).tocsr(), (ones.T @ ones).tocsr()
    # Sorted, the two have the same places, since they are of the same pairs.
    products.sort_indices()
    counts.sort_indices()
    found = {}
    for place, id_ in enumerate(talent):
        row = slice(products.indptr[place], products.indptr[place + 1])
        others, both = products.indices[row], counts.data[row]
        closeness = products.data[row] / (lengths[place] * lengths[others]) * both / (both + SHRINKAGE)
        near = [
            (talent[other], round(how, DECIMALS))
            for other, how in zip(others.tolist(), closeness.tolist(), strict=True)
            if other != place and how >= LEAST_TOGETHER
        ]
        if near:
            found[id_] = dict(sorted(near, key=lambda one: (-one[1], one[0]))[:LONGEST_LIST])
    return found

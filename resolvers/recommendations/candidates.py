"""Candidates: what a search finds by the skills, the occupation and the text of what is recommended for.

Each profile is searched for twice, by words and concepts and by meaning, in one multi-search. Rare skills count for
more, as BM25 has it. What both found has both scores, and what one found alone an estimate of the other.

BM25 has no scale of its own. It is told as a share of the best score among those that it is compared with, who are the
same whatever is asked for: else the best of few that do not fit would be as good as the best of all.

A job says a part of what somebody of its occupation says. So talent is looked for by the most telling words of the job
and by those that are usual in other jobs of the occupations that it may be of.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from resolvers.catalog.job import JobRecord
from resolvers.catalog.kind import Document, Kind
from resolvers.catalog.talent import TalentRecord
from resolvers.context import Context
from resolvers.ranking.occupations import OccupationStatistics
from resolvers.sources.base import Concept, Filter, RetrievalMode, SearchRequest, SearchResult, Terms
from resolvers.sources.words import telling_words

FOUND_BY_WORDS, FOUND_BY_MEANING = 70, 30
CONCEPT_WEIGHT = 5.0
"""Of a skill that a profile has, against one that a query names: a query's words name it once more."""
MOST_WORDS, MOST_CHARACTERS = 60, 1_200
"""Of a text that is searched for, without stop words and repetitions: each word is a clause for each role, which
clusters bound, and takes its time."""
MOST_USUAL_WORDS = MOST_WORDS // 2
"""Of them so many at the most are not the job's own: where its occupation is not what it seems, its own still tell."""

UNSEEN_WORDS, UNSEEN_MEANING = 0.2, 0.4
"""What a candidate counts as that only the other search has found, unless the last one found has less. The medians of
what such candidates really have in the given catalog are .22 and .49; to be found by both says something too."""


class Profile(NamedTuple):
    """What is searched for: the text by meaning, the words and the concepts by words."""

    text: str
    words: str
    concepts: tuple[Concept, ...]


class Found(NamedTuple):
    """A candidate: BM25 as a share of the best of those that it is compared with, from 0 to 1, and the cosine."""

    document: Document
    words: float
    meaning: float


def profile(record: JobRecord | TalentRecord) -> Profile:
    """What a job or a talent is searched for by: its text, its skills and its occupation."""
    return _of_words(record, _words(record))


def job_profile(job: JobRecord, known: OccupationStatistics) -> Profile:
    """What talent for a job is searched for by: its profile, with what is usual for its occupation."""
    words = _words(job)
    usual = known.usual_words(words, job.skill_ids, job.occupation_id, MOST_USUAL_WORDS)
    own = _of_words(job, words)
    telling = sorted(words, key=known.rarity, reverse=True)[: MOST_WORDS - len(usual)]
    return own._replace(words=_said([*telling, *usual])) if usual else own


def _words(record: JobRecord | TalentRecord) -> list[str]:
    body = record.description if isinstance(record, JobRecord) else record.overview
    return telling_words(f"{record.title} {body}"[:MOST_CHARACTERS])


def _of_words(record: JobRecord | TalentRecord, words: Sequence[str]) -> Profile:
    ids = dict.fromkeys((*record.skill_ids, record.occupation_id))
    text = _said(words[:MOST_WORDS])
    return Profile(text, text, tuple(Concept(id_, CONCEPT_WEIGHT) for id_ in ids if id_))


def _said(words: Sequence[str]) -> str:
    # Without any text a search is a listing; a sign that is no word matches nothing by itself.
    return " ".join(words) or "-"


def requests(kind: Kind, wanted: Profile, passing: Filter) -> tuple[SearchRequest, SearchRequest]:
    """The two searches for candidates of a kind."""
    return (
        SearchRequest(
            (kind,),
            wanted.words,
            passing,
            RetrievalMode.LEXICAL,
            limit=FOUND_BY_WORDS,
            concepts=wanted.concepts,
        ),
        SearchRequest((kind,), wanted.text, passing, RetrievalMode.SEMANTIC, limit=FOUND_BY_MEANING),
    )


def best_by_words(kind: Kind, wanted: Profile, compared: Filter) -> SearchRequest:
    """The search for the best score by words among those that candidates are compared with."""
    by_words, _ = requests(kind, wanted, compared)
    return by_words.but(limit=1)


async def candidates(context: Context, kind: Kind, wanted: Profile, passing: Filter, compared: Filter) -> list[Found]:
    """The candidates of a kind that pass, in no particular order. Raises SourceError when they cannot be searched for.

    Words are told as a share of the best among what passes `compared`.
    """
    asked = [*requests(kind, wanted, passing)]
    if passing != compared:
        asked.append(best_by_words(kind, wanted, compared))
    by_words, by_meaning, *others = await context.searches.load_many(asked)
    return merged(by_words, by_meaning, others[0] if others else by_words)


def merged(by_words: SearchResult, by_meaning: SearchResult, compared: SearchResult) -> list[Found]:
    """What either search found, each once. An index without vectors has no cosines: 0 for all of them."""
    documents = {hit.document.ref: hit.document for hit in (*by_words.hits, *by_meaning.hits)}
    words = _scores(by_words)
    cosines = _scores(by_meaning) if by_meaning.mode is RetrievalMode.SEMANTIC else {}
    # Where nothing that is compared has any of the words, the best found is the measure.
    best = max(_scores(compared).values(), default=0.0) or max(words.values(), default=0.0) or 1.0
    shares = {id_: min(1.0, score / best) for id_, score in words.items()}
    other_words = _unseen(shares, FOUND_BY_WORDS, UNSEEN_WORDS)
    other_meaning = _unseen(cosines, FOUND_BY_MEANING, UNSEEN_MEANING)
    return [
        Found(one, shares.get(ref.id, other_words), cosines.get(ref.id, other_meaning))
        for ref, one in documents.items()
    ]


def _unseen(found: Mapping[str, float], most: int, usual: float) -> float:
    """What counts for who is not among the found: 0 where these are all that there are."""
    return 0.0 if len(found) < most else min(usual, *found.values())


def _scores(found: SearchResult) -> dict[str, float]:
    return {hit.document.ref.id: hit.score.total for hit in found.hits if hit.score is not None}


async def as_found(context: Context, wanted: Profile, one: Document, compared: Filter) -> Found:
    """One document as it would be found by both searches, whatever rules it breaks. Raises SourceError."""
    kind = one.ref.kind
    asked = [*requests(kind, wanted, Terms("id", (one.ref.id,))), best_by_words(kind, wanted, compared)]
    found = merged(*await context.searches.load_many(asked))
    return found[0] if found else Found(one, 0.0, 0.0)

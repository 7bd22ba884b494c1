"""Candidates: what a search finds by the skills, the occupation and the text of what is recommended for.

Each profile is searched for twice, by words and concepts and by meaning, in one multi-search. Rare skills count for
more, as BM25 has it. What both found has both scores.

A job says a part of what somebody of its occupation says. So talent is looked for by the most telling words of the job
and by those that are usual in other jobs of the occupations that it may be of.
"""

from collections.abc import Sequence
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


class Profile(NamedTuple):
    """What is searched for: the text by meaning, the words and the concepts by words."""

    text: str
    words: str
    concepts: tuple[Concept, ...]


class Found(NamedTuple):
    """A candidate: BM25 as a share of the best candidate's, and the cosine; 0 where it is not among the best."""

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


async def candidates(context: Context, kind: Kind, wanted: Profile, passing: Filter) -> list[Found]:
    """The candidates of a kind, in no particular order. Raises SourceError when they cannot be searched for."""
    by_words, by_meaning = await context.searches.load_many(requests(kind, wanted, passing))
    return merged(by_words, by_meaning)


def merged(by_words: SearchResult, by_meaning: SearchResult) -> list[Found]:
    """What either search found, each once. An index without vectors has no cosines: 0 for all of them."""
    documents = {hit.document.ref: hit.document for hit in (*by_words.hits, *by_meaning.hits)}
    words = _scores(by_words)
    best = max(words.values(), default=1.0) or 1.0
    cosines = _scores(by_meaning) if by_meaning.mode is RetrievalMode.SEMANTIC else {}
    return [Found(one, words.get(ref.id, 0.0) / best, cosines.get(ref.id, 0.0)) for ref, one in documents.items()]


def _scores(found: SearchResult) -> dict[str, float]:
    return {hit.document.ref.id: hit.score.total for hit in found.hits if hit.score is not None}


async def as_found(context: Context, wanted: Profile, one: Document, passing: Filter) -> Found:
    """One document as it is, or would be, found among the candidates, whatever rules it breaks."""
    kind, alone = one.ref.kind, Terms("id", (one.ref.id,))
    asked = [*requests(kind, wanted, passing), *requests(kind, wanted, alone)]
    by_words, by_meaning, own_words, own_meaning = await context.searches.load_many(asked)
    reached = _among(own_words, by_words, FOUND_BY_WORDS), _among(own_meaning, by_meaning, FOUND_BY_MEANING)
    best = max(_scores(by_words).values(), default=0.0) or max(_scores(own_words).values(), default=1.0)
    words = _scores(own_words).get(one.ref.id, 0.0) / best if reached[0] else 0.0
    meaning = _scores(own_meaning).get(one.ref.id, 0.0) if reached[1] else 0.0
    return Found(one, min(1.0, words), meaning)


def _among(own: SearchResult, others: SearchResult, most: int) -> bool:
    """Whether a document's score would put it among the best so many."""
    if len(others.hits) < most:
        return True
    least = min(_scores(others).values())
    return all(score >= least for score in _scores(own).values())

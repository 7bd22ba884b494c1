"""Candidates: what a search finds by the skills, the occupation and the text of what is recommended for.

Each profile is searched for twice, by words and concepts and by meaning, in one multi-search. Rare skills count for
more, as BM25 has it. What both found has both scores.
"""

from typing import NamedTuple

from resolvers.catalog.job import JobRecord
from resolvers.catalog.kind import Document, Kind
from resolvers.catalog.talent import TalentRecord
from resolvers.context import Context
from resolvers.sources.base import Concept, Filter, RetrievalMode, SearchRequest, SearchResult, Terms
from resolvers.sources.words import STOP_WORDS, folded_words

FOUND_BY_WORDS, FOUND_BY_MEANING = 70, 30
CONCEPT_WEIGHT = 5.0
"""Of a skill that a profile has, against one that a query names: a query's words name it once more."""
MOST_WORDS, MOST_CHARACTERS = 60, 1_200
"""Of a text that is searched for, without stop words and repetitions: each word is a clause for each role, which
clusters bound, and takes its time."""


class Profile(NamedTuple):
    """What is searched for."""

    text: str
    concepts: tuple[Concept, ...]


class Found(NamedTuple):
    """A candidate: BM25 as a share of the best candidate's, and the cosine; 0 where it is not among the best."""

    document: Document
    words: float
    meaning: float


def profile(record: JobRecord | TalentRecord) -> Profile:
    """What a job or a talent is searched for by: its text, its skills and its occupation."""
    body = record.description if isinstance(record, JobRecord) else record.overview
    ids = dict.fromkeys((*record.skill_ids, record.occupation_id))
    words = dict.fromkeys(folded_words(f"{record.title} {body}"[:MOST_CHARACTERS]))
    telling = [word for word in words if word not in STOP_WORDS]
    text = " ".join(telling[:MOST_WORDS])
    # Without any text a search is a listing; a sign that is no word matches nothing by itself.
    return Profile(text or "-", tuple(Concept(id_, CONCEPT_WEIGHT) for id_ in ids if id_))


def requests(kind: Kind, wanted: Profile, passing: Filter) -> tuple[SearchRequest, SearchRequest]:
    """The two searches for candidates of a kind."""
    return (
        SearchRequest(
            (kind,),
            wanted.text,
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

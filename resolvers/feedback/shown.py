"""Keeping what was shown, so that events can be reported of it.

The features are kept as the ranker has seen them: what is computed again for training is computed of another catalog,
and by other code (Zinkevich, "Rules of Machine Learning", rule 29: save the set of features used at serving time). Only
what somebody will report on is kept, which is what asks for a query's id: a search for anybody else costs nothing.
"""

import re
from collections.abc import Iterable
from math import nan
from operator import attrgetter
from secrets import token_urlsafe

from resolvers.context import Context
from resolvers.experiments.choosing import Chosen
from resolvers.ranking.features import FEATURES
from resolvers.ranking.judged import Judged
from resolvers.ranking.likeness import MODEL, TRAITS
from resolvers.recommendations.asked import Recommendations
from resolvers.recommendations.similar import Similar
from resolvers.search.page import Page
from resolvers.search.search import Search
from resolvers.sources.base import Hit, Score
from resolvers.sources.feedback import ShownItem, ShownQuery, Surface

ID_BYTES = 16
"""Nobody guesses 128 bits, so that nobody reports on what they were not shown."""
_ID = re.compile(r"[\w-]{22}", re.ASCII)
NO_SCORE = Score(nan)
PARTS = ("lexical", "semantic", "rerank", "recency", "lexical_rank", "semantic_rank")
"""The features of a search by relevance: what the scores are made of."""
_parts_of = attrgetter(*PARTS)


def is_query_id(text: str) -> bool:
    """Whether a text may be the id of a query."""
    return _ID.fullmatch(text) is not None


def shown_search(search: Search, page: Page, surface: Surface) -> str | None:
    """Keep a page of a search, and return the id of that query; None where nothing is kept."""
    is_ranked = page.part_of is not None
    items = [
        ShownItem(
            hit.document.ref.id,
            position,
            hit.score.total if hit.score is not None else 0.0,
            _parts(hit) if is_ranked else (),
        )
        for hit, position in zip(page.result.hits, page.positions, strict=True)
    ]
    names = PARTS if is_ranked else ()
    return _kept(search.context, surface, search.about.text or "", items, names, None, search.chosen)


def _parts(hit: Hit) -> tuple[float, ...]:
    return tuple([nan if part is None else part for part in _parts_of(hit.score or NO_SCORE)])


def shown_pairings(found: Recommendations[Judged]) -> str | None:
    """The same of a page of recommended talent or jobs, with the features that they were judged by."""
    subject = found.asked.subject
    items = [
        ShownItem(
            found.id_of(one),
            found.position(at),
            one.score,
            tuple(one.values.tolist()),
            None if subject in (job := one.pairing.job.record.id, one.pairing.talent.record.id) else job,
        )
        for at, one in enumerate(found.page.items)
    ]
    context, chosen = found.asked.context, found.asked.place.chosen
    return _kept(context, found.asked.surface, subject, items, tuple(FEATURES), chosen.ranker.name, chosen)


def shown_similar(found: Recommendations[Similar]) -> str | None:
    """The same of a page of what is like something, with the traits that were compared."""
    items = [
        ShownItem(found.id_of(one), found.position(at), one.alike.score, one.alike.values)
        for at, one in enumerate(found.page.items)
    ]
    return _kept(found.asked.context, found.asked.surface, found.asked.subject, items, tuple(TRAITS), MODEL)


def _kept(
    context: Context,
    surface: Surface,
    subject: str,
    items: Iterable[ShownItem],
    feature_names: tuple[str, ...],
    model: str | None,
    chosen: Chosen | None = None,
) -> str | None:
    if context.feedback is None:
        return None
    visitor = context.visitor
    query = ShownQuery(
        token_urlsafe(ID_BYTES),
        context.now(),
        surface,
        subject,
        tuple(items),
        feature_names,
        model,
        experiment=None if chosen is None else chosen.experiment,
        arm=None if chosen is None else chosen.arm,
        viewer=visitor.viewer,
        session=visitor.session,
        client=visitor.client,
    )
    context.feedback.store.shown(query)
    return query.id

"""One training: feedback in, a model out."""

from collections.abc import Iterator
from datetime import UTC, datetime

from gateway.learning.boosting import MOST_TREES, check_boosting
from gateway.learning.learn import Lesson, learned
from gateway.learning.pages import seen_pages
from gateway.models import promote
from indexing.progress import Progress
from resolvers.errors import ModelRefused, TrainingFailed
from resolvers.sources.feedback import FeedbackLog, Surface
from resolvers.sources.models import LEARNED_SURFACES, Manifest, ModelRegistry
from resolvers.sources.promoted import PromotedRankers

TOLD_POSITIONS = (1, 2, 3, 5, 10)


def train(
    log: FeedbackLog,
    registry: ModelRegistry,
    *,
    surface: Surface,
    since: datetime | None,
    seed: int,
    promoting: bool,
    progress: Progress,
) -> list[str]:
    """Learn a ranker of a surface, keep it, promote it if that is asked for, and return the report's lines.

    Raises TrainingFailed when there is too little to learn from, or nothing to learn with, ModelRefused when it was to
    be promoted and is not better than the ranker in use, and SourceError.
    """
    check_boosting()
    if surface not in LEARNED_SURFACES:
        known = " and ".join(LEARNED_SURFACES)
        raise TrainingFailed(f"{surface} is not ranked by features of pairings: rankers can be learned for {known}")
    progress.start("Reading feedback", None, "queries")
    pages = seen_pages(log, surface, since)
    progress.advance(len(pages))
    progress.finish()
    parent = PromotedRankers(registry).read().of(surface)
    progress.start("Training", MOST_TREES, "trees")
    model = learned(Lesson(surface, pages, parent, seed, datetime.now(UTC)), progress.advance)
    progress.finish()
    name = registry.add(model.stored)
    lines = list(_lines(name, model.manifest))
    return [*lines, _promoted(registry, name, lines) if promoting else _advice(name, model.manifest)]


def _lines(name: str, manifest: Manifest) -> Iterator[str]:
    source, figures, looked = manifest.learned_from, manifest.figures, manifest.propensities
    yield (
        f"Read {source.queries:,} queries of {manifest.surface} that were seen, {source.first_at:%Y-%m-%d %H:%M} to "
        f"{source.last_at:%Y-%m-%d %H:%M}, with {source.events:,} events and {source.actions:,} items acted on"
    )
    shares = ", ".join(f"{looked[at - 1]:.2f} at {at}" for at in TOLD_POSITIONS if at <= len(looked))
    yield f"Of those who look at the best position, so many look: {shares}"
    yield (
        f"{name}, {manifest.trees} trees, on the newest {source.held_out:,} queries: nDCG@10 {figures.ndcg:.4f}, "
        f"{figures.parent_ndcg:.4f} by {manifest.parent}; {figures.lead:+.4f} "
        f"(95 %: {figures.lead_low:+.4f} to {figures.lead_high:+.4f})"
    )


def _promoted(registry: ModelRegistry, name: str, lines: list[str]) -> str:
    try:
        return promote(registry, name)
    except ModelRefused as error:
        raise ModelRefused("\n".join([error.message, *lines])) from error


def _advice(name: str, manifest: Manifest) -> str:
    if manifest.figures.is_better:
        return f"It is better than {manifest.parent}: `models promote {name}` has it rank {manifest.surface}"
    return f"It is not better than {manifest.parent}, which stays in use: more feedback may tell"

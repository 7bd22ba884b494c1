"""The context of each operation, out of what is current when it begins."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.following import Followed
from gateway.models import FollowedModels
from resolvers.context import Context, PageSizes
from resolvers.errors import SourceUnavailable
from resolvers.experiments.choosing import Experiments
from resolvers.ranking.popularity import Popularity
from resolvers.sources.base import Call, Snapshot, Source
from resolvers.sources.feedback import Feedback
from resolvers.sources.rankings import Rankings
from resolvers.sources.unavailable import UnavailableSnapshot
from resolvers.viewer import Viewer
from resolvers.visitor import Visitor
from resolvers.vocabulary.following import Vocabularies


@dataclass(frozen=True)
class Contexts:
    """Makes contexts of the parts of an application."""

    source: Source
    vocabularies: Vocabularies
    sizes: PageSizes
    now: Callable[[], datetime]
    rankings: Rankings
    models: FollowedModels
    experiments: Followed[Experiments]
    popularity: Followed[Popularity]
    feedback: Feedback | None

    def __call__(self, call: Call, viewer: Viewer, visitor: Visitor) -> Context:
        return Context(
            snapshot_of(self.source, call),
            self.sizes,
            call.deadline,
            self.vocabularies.current,
            self.now,
            rankings=self.rankings,
            viewer=viewer,
            visitor=visitor,
            rankers=self.models.current,
            experiments=self.experiments.current,
            popularity=self.popularity.current,
            feedback=self.feedback,
        )


def snapshot_of(source: Source, call: Call) -> Snapshot:
    """The source's view of its index, or one that fails every question where there is no index."""
    try:
        return source.snapshot(call)
    except SourceUnavailable as error:
        return UnavailableSnapshot(error)

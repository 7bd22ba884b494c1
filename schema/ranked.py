"""What has ranked recommendations."""

import strawberry

from resolvers.experiments.choosing import Chosen
from schema.caching import good_for

META = "What ranked the items."


@strawberry.type(description="The arm of an experiment: one of the ways of ranking that are compared.")
class ExperimentArm:
    name: str = strawberry.field(description="The experiment's name.")
    arm: str = strawberry.field(description="The arm's name.")


def arm_of(chosen: Chosen | None) -> ExperimentArm | None:
    """The arm that was chosen; None where there is none."""
    if chosen is None or chosen.experiment is None or chosen.arm is None:
        return None
    return ExperimentArm(name=chosen.experiment, arm=chosen.arm)


@strawberry.type(description="How recommendations were ranked.")
class RecommendationMeta:
    model: str = strawberry.field(
        description="The name and version of the model: `linear-1` is the one that is set by hand. Scores of different "
        "models do not compare."
    )
    chosen: strawberry.Private[Chosen | None] = None

    @strawberry.field(
        directives=good_for(0),
        description="The arm of the experiment that whoever asks is in; null when they take part in none here. The "
        "same viewer (`X-Viewer-Id`), or else the same session (`X-Session-Id`), stays in the same arm; without "
        "either, each operation is drawn anew, and pages go on with the arm of the first.",
    )
    def experiment(self) -> ExperimentArm | None:
        return arm_of(self.chosen)


def ranked_by(chosen: Chosen) -> RecommendationMeta:
    """What has ranked a page."""
    return RecommendationMeta(model=chosen.ranker.name, chosen=chosen)

"""Learned rankers beside a running server, and the commands that say which of them are in use."""

from collections.abc import Iterator
from contextlib import closing

from gateway.engines import build_models
from gateway.following import Followed
from gateway.settings import Settings
from resolvers.errors import ModelRefused
from resolvers.ranking.fit import BY_HAND, Ranker
from resolvers.sources.feedback import Surface
from resolvers.sources.models import (
    LEARNED_SURFACES,
    Manifest,
    ModelRegistry,
    Promotions,
    Rankers,
    manifest_of,
    ranker_of,
)
from resolvers.sources.promoted import PromotedRankers


class FollowedModels:
    """The rankers in use by a registry, looked at every `look_seconds`, and others by their names."""

    def __init__(self, registry: ModelRegistry, look_seconds: float) -> None:
        promoted = PromotedRankers(registry)
        self._named = promoted.named
        self._followed = Followed(
            "rankers",
            promoted.nothing,
            promoted.stamp,
            promoted.read,
            look_seconds=look_seconds,
            release=registry.close,
        )

    @property
    def current(self) -> Rankers:
        return self._followed.current

    def named(self, name: str) -> Ranker | None:
        """The ranker of a name; None as long as it was not read."""
        return self._named(name)

    async def start(self) -> None:
        await self._followed.start()

    async def close(self) -> None:
        await self._followed.close()


def list_models(settings: Settings) -> list[str]:
    """A line for each model that is kept beside the settings' index. Raises SourceError."""
    with closing(build_models(settings)) as registry:
        return list(listed(registry))


def promote_model(settings: Settings, name: str, *, force: bool) -> str:
    """As `promote`, in the settings' registry."""
    with closing(build_models(settings)) as registry:
        return promote(registry, name, force=force)


def roll_back_model(settings: Settings, surface: Surface) -> str:
    """As `roll_back`, in the settings' registry."""
    with closing(build_models(settings)) as registry:
        return roll_back(registry, surface)


def listed(registry: ModelRegistry) -> Iterator[str]:
    """A line for each model: where it ranks, what it was learned from, and how it did. Raises SourceError."""
    promotions = registry.promotions()
    for name in registry.names():
        try:
            manifest = manifest_of(name, registry.read(name).manifest)
        except ModelRefused as error:
            yield f"{name}  {error.message}"
        else:
            in_use = "  in use" if in_use_on(manifest.surface, promotions, registry) == name else ""
            yield f"{name}  {manifest.surface}  {manifest.created_at:%Y-%m-%d %H:%M}  {told(manifest)}{in_use}"
    by_hand = (one for one in LEARNED_SURFACES if in_use_on(one, promotions, registry) == BY_HAND.name)
    yield from (f"{BY_HAND.name} ranks {one}" for one in by_hand)


def promote(registry: ModelRegistry, name: str, *, force: bool = False) -> str:
    """Have a model rank where it was learned for, and return the line to tell.

    Raises ModelRefused for one that cannot be used; and, unless `force`, for one that is not better than the one in
    use, or was compared with another.
    """
    stored = registry.read(name)
    manifest = manifest_of(name, stored.manifest)
    ranker_of(name, stored)
    if not (manifest.figures.is_better or force):
        raise ModelRefused(f"{name} is not better than {manifest.parent}: {told(manifest)}; --force promotes it anyway")

    def change(promotions: Promotions) -> Promotions:
        present = in_use_on(manifest.surface, promotions, registry)
        if present == name:
            return promotions
        if not force and present != manifest.parent:
            raise ModelRefused(
                f"{name} was compared with {manifest.parent}, and {present} is in use: train again, or --force"
            )
        return {**promotions, manifest.surface: [*promotions.get(manifest.surface, ()), name]}

    registry.promote(change)
    return f"{name} ranks {manifest.surface} from now on"


def roll_back(registry: ModelRegistry, surface: Surface) -> str:
    """Go back to what ranked a surface before, and return the line to tell.

    Raises ModelRefused when nothing did, or where no model ever ranks.
    """
    if surface not in LEARNED_SURFACES:
        raise ModelRefused(f"no model ever ranks {surface}, but only {' and '.join(LEARNED_SURFACES)}")

    def change(promotions: Promotions) -> Promotions:
        names = promotions.get(surface, ())
        if not names:
            raise ModelRefused(f"no model is in use for {surface}: {BY_HAND.name} ranks there, which is set by hand")
        return {**promotions, surface: list(names[:-1])}

    return f"{in_use_on(surface, registry.promote(change), registry)} ranks {surface} again"


def in_use_on(surface: Surface, promotions: Promotions, registry: ModelRegistry) -> str:
    """The name of what ranks there: the model that was promoted last, of those that can be used."""
    names = reversed(promotions.get(surface, ()))
    return next((name for name in names if _can_be_used(registry, name)), BY_HAND.name)


def _can_be_used(registry: ModelRegistry, name: str) -> bool:
    try:
        ranker_of(name, registry.read(name))
    except ModelRefused:
        return False
    return True


def told(manifest: Manifest) -> str:
    """What a model was learned from, and how it did, in a line."""
    figures, source = manifest.figures, manifest.learned_from
    return (
        f"nDCG@10 {figures.ndcg:.4f}, {figures.lead:+.4f} on {manifest.parent} "
        f"(95 %: {figures.lead_low:+.4f} to {figures.lead_high:+.4f}), "
        f"of {source.queries:,} queries and {source.events:,} events"
    )

"""The rankers in use, out of a registry, as they are at any time."""

import logging
from collections.abc import Sequence

from resolvers.errors import ModelRefused
from resolvers.ranking.fit import BY_HAND, Ranker
from resolvers.ranking.learned import LearnedRanker
from resolvers.sources.models import ModelRegistry, Rankers, ranker_of
from resolvers.sources.popularity import Stamp

log = logging.getLogger(__name__)


class PromotedRankers:
    """What a registry says of the rankers in use, and those that somebody asks for by name.

    Its methods block, for a thread beside those that answer; `named` alone does not. A model never changes, so each is
    read once.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry
        self._read: dict[str, LearnedRanker] = {}
        self._asked: set[str] = set()
        self.nothing = Rankers(known=self._read)
        """The rankers where no model is in use; those that were are known by name."""

    def named(self, name: str) -> Ranker | None:
        """The ranker of a name; None as long as it was not read, which it is after the first time it is asked for."""
        if name == BY_HAND.name:
            return BY_HAND
        self._asked.add(name)
        return self._read.get(name)

    def stamp(self) -> Stamp | None:
        """Tells apart what `read` gives; None where everything is set by hand. Raises SourceError."""
        in_use = [(surface, tuple(names)) for surface, names in sorted(self._registry.promotions().items()) if names]
        # As a whole, since others ask meanwhile.
        asked = frozenset(self._asked)
        return (*in_use, *sorted(asked.intersection(self._registry.names() if asked else ()))) or None

    def read(self) -> Rankers:
        """The rankers in use now. A model that cannot be used is refused, and the one before it goes on.

        Raises SourceError when the registry cannot be read.
        """
        for name in frozenset(self._asked).intersection(self._registry.names()):
            self._usable(name)
        in_use = {surface: self._newest(names) for surface, names in self._registry.promotions().items()}
        return Rankers(in_use, self._read)

    def _newest(self, names: Sequence[str]) -> Ranker:
        usable = (ranker for name in reversed(names) if (ranker := self._usable(name)) is not None)
        return next(usable, BY_HAND)

    def _usable(self, name: str) -> Ranker | None:
        try:
            if name not in self._read:
                self._read[name] = ranker_of(name, self._registry.read(name))
        except ModelRefused as error:
            log.warning("%s; what ranks without it goes on", error.message)
            return None
        return self._read[name]

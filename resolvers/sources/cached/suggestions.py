"""What completes typed texts, remembered for a short time by this process.

Who types asks with every letter, and for the beginnings that everybody types. An engine answers about as fast as a
shared cache would, so none is asked.
"""

from collections.abc import Mapping, Sequence

from resolvers.errors import SourceError
from resolvers.sources.cached.entries import OVERHEAD_BYTES, Entry
from resolvers.sources.cached.tiers import Tiers
from resolvers.sources.cached.view import View
from resolvers.sources.counting import Event
from resolvers.sources.typeahead import HOLDERS, TITLED, Suggested, SuggestRequest

ABOUT = "suggestion"
SUGGESTED_BYTES = 250
"""What a suggestion counts for in the memory of this process, about."""
Completed = tuple[Suggested, ...] | SourceError


class SuggestionCache:
    """Suggestions for typed texts, for as long as results of searches are fresh. One for a process."""

    def __init__(self, tiers: Tiers) -> None:
        self._tiers = tiers

    async def suggest(self, view: View, requests: Sequence[SuggestRequest]) -> list[Completed]:
        """The suggestions for each request, in their order: an error for one that failed."""
        keys = {request: view.keys.suggestion(request) for request in requests}
        answers = self._at_hand(keys)
        missing = [request for request in keys if request not in answers]
        self._tiers.counting.count(Event.LOCAL_HIT, ABOUT, len(answers))
        if missing:
            answers |= await self._asked(view, missing, keys)
        return [answers[request] for request in requests]

    def _at_hand(self, keys: Mapping[SuggestRequest, bytes]) -> dict[SuggestRequest, Completed]:
        found: dict[SuggestRequest, Completed] = {}
        for request, key in keys.items():
            entry = self._tiers.local.current(key)
            if entry is not None and self._tiers.now() < entry.fresh_until:
                found[request] = entry.value
        return found

    async def _asked(
        self, view: View, missing: Sequence[SuggestRequest], keys: Mapping[SuggestRequest, bytes]
    ) -> dict[SuggestRequest, Completed]:
        """Ask the engine, and hold what it has answered."""
        tiers, began = self._tiers, self._tiers.validity.now()
        asked_at = tiers.now()
        tiers.counting.count(Event.ENGINE_CALL, ABOUT)
        tiers.counting.count(Event.MISS, ABOUT, len(missing))
        answers = dict(zip(missing, await view.engine.suggest(missing), strict=True))
        for request, answer in answers.items():
            if not isinstance(answer, SourceError):
                cost = OVERHEAD_BYTES + SUGGESTED_BYTES * len(answer)
                fresh_until = asked_at + tiers.jitter(tiers.lifetimes.search)
                entry = Entry(answer, b"", asked_at, fresh_until, cost)
                # Skills are counted by who has them.
                watches = view.keys.epochs((request.kind, *(TITLED if request.kind in HOLDERS else ())))
                tiers.local.put(keys[request], entry, began, watches)
        return answers

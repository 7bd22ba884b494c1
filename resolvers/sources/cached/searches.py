"""Answers to searches: hits by ref out of the tiers of results, with their documents out of the cache of documents."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from resolvers.catalog.kind import Document
from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable
from resolvers.sources.base import Degradation, SearchRequest, SearchResult
from resolvers.sources.cached.documents import DocumentCache, complete
from resolvers.sources.cached.entries import Entry
from resolvers.sources.cached.flight import Flight
from resolvers.sources.cached.flights import Flights
from resolvers.sources.cached.payloads import Outline, hits_of
from resolvers.sources.cached.results import Asked, Epochs, Results, ResultTiers, Wanted
from resolvers.sources.cached.tiers import Fresh, Tiers
from resolvers.sources.cached.view import View
from resolvers.sources.counting import Event

ABOUT = "search"
STALE = frozenset({Degradation.STALE})
Answer = SearchResult | SourceError
Answers = dict[bytes, Answer]
SearchFlight = Flight[Asked, SearchResult]


class SearchCache:
    """Results of searches. One for a process."""

    def __init__(self, tiers: Tiers, documents: DocumentCache) -> None:
        self._tiers, self._documents, self._results = tiers, documents, ResultTiers(tiers)
        self._flights: Flights[Asked, SearchResult] = Flights(
            tiers.validity,
            tiers.lifetimes.call,
            watches=lambda _, asked: asked.epochs,
            now=tiers.now,
        )

    async def search(self, view: View, requests: Sequence[SearchRequest]) -> list[Answer]:
        """The answers to the requests, in their order: an error for one that failed."""
        started = self._tiers.now()
        keys = [view.keys.search(request, view.call.viewer) for request in requests]
        asked = [Asked(request, view.keys.epochs(request.kinds)) for request in requests]
        wanted = dict(zip(keys, asked, strict=True))
        answers = self._at_hand(view, wanted, started)
        missing = {key: wanted[key] for key in wanted if key not in answers}
        if missing:
            answers |= await self._flights.join(missing, partial(self._load, view), view.call.deadline)
            answers |= await self._stale(view, [key for key in missing if _is_down(answers[key])], started)
        # Without the engine's word for the index in use there may be a newer one.
        return [answers[key] if view.is_verified else _marked_stale(answers[key]) for key in keys]

    async def close(self) -> None:
        await self._flights.close()

    def _at_hand(self, view: View, wanted: Wanted, started: float) -> Answers:
        """What this process can answer by itself. What is past its time is asked for in the background."""
        answers: Answers = {}
        due: dict[bytes, Asked] = {}
        for key, entry in self._usable(self._results.at_hand(wanted), started).items():
            documents = self._documents.at_hand(view, entry.value.refs)
            if documents is None:
                continue
            answers[key] = self._result(entry.value, documents, started)
            if started >= entry.fresh_until:
                due[key] = wanted[key]
        if answers:
            self._tiers.counting.count(Event.LOCAL_HIT, ABOUT, len(answers))
        background = view.again() if due else None
        if background is not None:
            refreshed = self._flights.refresh(due, partial(self._load, background))
            self._tiers.counting.count(Event.REFRESH, ABOUT, refreshed)
        return answers

    async def _load(self, view: View, flight: SearchFlight) -> None:
        """Land what is cached, then ask the engine for the rest, and again for what is past its time."""
        started = self._tiers.now()
        cached = await self._results.look_up(flight.wanted, flight.began)
        usable = self._usable(cached.entries, started)
        landed = await self._complete(view, usable, started)
        flight.land(landed, {key: usable[key].fresh_until for key in landed})
        wanted = {
            key: asked
            for key, asked in flight.wanted.items()
            if key not in landed or started >= usable[key].fresh_until
        }
        if wanted:
            await self._write(*await self._asked(view, flight, wanted, cached.epochs))

    async def _write(self, documents: Sequence[Fresh], results: Sequence[Fresh]) -> None:
        if self._tiers.remote is not None:
            await self._tiers.remote.write([*self._documents.writes(documents, {}), *self._results.writes(results)])

    async def _complete(self, view: View, usable: Results, started: float) -> Answers:
        """The results whose documents are all to be had; one with a document that has gone is of no use."""
        refs = list(dict.fromkeys(ref for entry in usable.values() for ref in entry.value.refs))
        found = await self._documents.fetch(view, refs)
        documents = dict(zip(refs, found, strict=True))
        answers: Answers = {}
        for key, entry in usable.items():
            hits = complete(documents[ref] for ref in entry.value.refs)
            if hits is not None:
                answers[key] = self._result(entry.value, hits, started)
        if answers:
            self._tiers.counting.count(Event.REMOTE_HIT, ABOUT, len(answers))
        return answers

    async def _asked(
        self, view: View, flight: SearchFlight, wanted: Wanted, epochs: Epochs
    ) -> tuple[list[Fresh], list[Fresh]]:
        """Ask the engine and land its answers; the documents and the results that are held of them now."""
        asked_at = self._tiers.now()
        self._tiers.counting.count(Event.ENGINE_CALL, ABOUT)
        self._tiers.counting.count(Event.MISS, ABOUT, len(wanted))
        try:
            found = await view.engine.search([asked.request for asked in wanted.values()])
        except SourceError as error:
            found = [error] * len(wanted)
        answers = dict(zip(wanted, found, strict=True))
        whole = {key: answer for key, answer in answers.items() if isinstance(answer, SearchResult)}
        documents = {hit.document.ref: hit.document for result in whole.values() for hit in result.hits}
        held = self._documents.remember(view, documents.values(), flight.began, asked_at)
        results = [
            self._results.hold(key, wanted[key], result, flight.began, asked_at, epochs)
            for key, result in whole.items()
            if not result.degraded
        ]
        flight.land(answers, {fresh.key: fresh.entry.fresh_until for fresh in results})
        return held, results

    async def _stale(self, view: View, keys: Sequence[bytes], started: float) -> Answers:
        """What was answered before, where it is not too old, for an engine that cannot answer now."""
        if not keys:
            return {}
        answers: Answers = {}
        for key, entry in (await self._results.kept(keys)).items():
            documents = await self._documents.kept(view, entry.value.refs)
            if documents is not None:
                answers[key] = replace(self._result(entry.value, documents, started), degraded=STALE)
        if answers:
            self._tiers.counting.count(Event.STALE_HIT, ABOUT, len(answers))
        return answers

    def _usable(self, found: Mapping[bytes, Entry[Outline]], now: float) -> Results:
        """Those that may be given, perhaps while they are asked for again."""
        oldest = now - self._tiers.lifetimes.revalidate
        return {key: entry for key, entry in found.items() if entry.fresh_until > oldest}

    def _result(self, found: Outline, documents: Sequence[Document], started: float) -> SearchResult:
        hits, took = hits_of(found, documents), self._tiers.now() - started
        return SearchResult(hits, found.has_next, found.has_previous, found.total, found.mode, took)


def _is_down(answer: Answer) -> bool:
    return isinstance(answer, SourceUnavailable | DeadlineExceeded)


def _marked_stale(answer: Answer) -> Answer:
    return replace(answer, degraded=answer.degraded | STALE) if isinstance(answer, SearchResult) else answer

"""Answers by request out of the tiers of results, with their documents out of the cache of documents."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Generic

from resolvers.catalog.kind import Document
from resolvers.errors import DeadlineExceeded, SourceError, SourceUnavailable
from resolvers.sources.base import Degradation
from resolvers.sources.cached.answers import A, Answers, Q, S
from resolvers.sources.cached.documents import DocumentCache, complete
from resolvers.sources.cached.flight import Flight
from resolvers.sources.cached.flights import Flights
from resolvers.sources.cached.results import Asked, Epochs, Results, ResultTiers, Wanted
from resolvers.sources.cached.tiers import Fresh, Tiers
from resolvers.sources.cached.view import View
from resolvers.sources.counting import Event

STALE = frozenset({Degradation.STALE})


class AnswerCache(Generic[Q, A, S]):
    """Answers of one sort, such as the results of searches. One for a process."""

    def __init__(self, tiers: Tiers, documents: DocumentCache, answers: Answers[Q, A, S]) -> None:
        self._tiers, self._documents = tiers, documents
        self._answers: Answers[Q, A, S] = answers
        self._results: ResultTiers[S] = ResultTiers(tiers, answers)
        self._flights: Flights[Asked[Q], A] = Flights(
            tiers.validity,
            tiers.lifetimes.call,
            watches=lambda _, asked: asked.epochs,
            now=tiers.now,
        )

    async def ask(self, view: View, requests: Sequence[Q]) -> list[A | SourceError]:
        """The answers to the requests, in their order: an error for one that failed."""
        started = self._tiers.now()
        keys = self._keys(view, requests)
        wanted = self._wanted(view, keys, requests)
        answers: dict[bytes, A | SourceError] = dict(self._at_hand(view, wanted, started))
        missing = {key: wanted[key] for key in wanted if key not in answers}
        if missing:
            answers |= await self._flights.join(missing, partial(self._load, view), view.call.deadline)
            answers |= await self._stale(view, [key for key in missing if _is_down(answers[key])], started)
        # Without the engine's word for the index in use there may be a newer one.
        return [answers[key] if view.is_verified else _marked_stale(answers[key]) for key in keys]

    def there(self, view: View, request: Q) -> A | None:
        """The answer to a request, where this process has it; None where the index may be another one."""
        if not view.is_verified:
            return None
        [key] = keys = self._keys(view, [request])
        return self._at_hand(view, self._wanted(view, keys, [request]), self._tiers.now()).get(key)

    def _keys(self, view: View, requests: Sequence[Q]) -> list[bytes]:
        return [self._answers.key(view.keys, request, view.call.viewer) for request in requests]

    def _wanted(self, view: View, keys: Sequence[bytes], requests: Sequence[Q]) -> Wanted[Q]:
        asked = [Asked(request, view.keys.epochs(self._answers.kinds(request))) for request in requests]
        return dict(zip(keys, asked, strict=True))

    async def close(self) -> None:
        await self._flights.close()

    def _at_hand(self, view: View, wanted: Wanted[Q], started: float) -> dict[bytes, A]:
        """What this process can answer by itself. What is past its time is asked for in the background."""
        answers: dict[bytes, A] = {}
        due: dict[bytes, Asked[Q]] = {}
        for key, entry in self._usable(self._results.at_hand(wanted), started).items():
            documents = self._documents.at_hand(view, self._answers.refs(entry.value))
            if documents is None:
                continue
            answers[key] = self._answer(entry.value, documents, started)
            if started >= entry.fresh_until:
                due[key] = wanted[key]
        if answers:
            self._tiers.counting.count(Event.LOCAL_HIT, self._answers.about, len(answers))
        background = view.again() if due else None
        if background is not None:
            refreshed = self._flights.refresh(due, partial(self._load, background))
            self._tiers.counting.count(Event.REFRESH, self._answers.about, refreshed)
        return answers

    async def _load(self, view: View, flight: Flight[Asked[Q], A]) -> None:
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

    async def _complete(self, view: View, usable: Results[S], started: float) -> dict[bytes, A | SourceError]:
        """The results whose documents are all to be had; one with a document that has gone is of no use."""
        refs = list(dict.fromkeys(ref for entry in usable.values() for ref in self._answers.refs(entry.value)))
        found = await self._documents.fetch(view, refs)
        documents = dict(zip(refs, found, strict=True))
        answers: dict[bytes, A | SourceError] = {}
        for key, entry in usable.items():
            hits = complete(documents[ref] for ref in self._answers.refs(entry.value))
            if hits is not None:
                answers[key] = self._answer(entry.value, hits, started)
        if answers:
            self._tiers.counting.count(Event.REMOTE_HIT, self._answers.about, len(answers))
        return answers

    async def _asked(
        self, view: View, flight: Flight[Asked[Q], A], wanted: Wanted[Q], epochs: Epochs
    ) -> tuple[list[Fresh], list[Fresh]]:
        """Ask the engine and land its answers; the documents and the results that are held of them now."""
        asked_at = self._tiers.now()
        self._tiers.counting.count(Event.ENGINE_CALL, self._answers.about)
        self._tiers.counting.count(Event.MISS, self._answers.about, len(wanted))
        try:
            requests = [asked.request for asked in wanted.values()]
            found = await self._answers.ask(view.engine, requests)
        except SourceError as error:
            found = [error] * len(wanted)
        answers: dict[bytes, A | SourceError] = dict(zip(wanted, found, strict=True))
        whole = {key: answer for key, answer in answers.items() if not isinstance(answer, SourceError)}
        documents = {one.ref: one for answer in whole.values() for one in self._answers.documents(answer)}
        held = self._documents.remember(view, documents.values(), flight.began, asked_at)
        results = [
            self._results.hold(key, wanted[key], answer, flight.began, asked_at, epochs)
            for key, answer in whole.items()
            if not answer.degraded
        ]
        flight.land(answers, {fresh.key: fresh.entry.fresh_until for fresh in results})
        return held, results

    async def _stale(self, view: View, keys: Sequence[bytes], started: float) -> dict[bytes, A | SourceError]:
        """What was answered before, where it is not too old, for an engine that cannot answer now."""
        if not keys:
            return {}
        answers: dict[bytes, A | SourceError] = {}
        for key, entry in (await self._results.kept(keys)).items():
            documents = await self._documents.kept(view, self._answers.refs(entry.value))
            if documents is not None:
                answers[key] = replace(self._answer(entry.value, documents, started), degraded=STALE)
        if answers:
            self._tiers.counting.count(Event.STALE_HIT, self._answers.about, len(answers))
        return answers

    def _usable(self, found: Results[S], now: float) -> Results[S]:
        """Those that may be given, perhaps while they are asked for again."""
        oldest = now - self._tiers.lifetimes.revalidate
        return {key: entry for key, entry in found.items() if entry.fresh_until > oldest}

    def _answer(self, found: S, documents: Sequence[Document], started: float) -> A:
        return self._answers.answer(found, documents, self._tiers.now() - started)


def _is_down(answer: object) -> bool:
    return isinstance(answer, SourceUnavailable | DeadlineExceeded)


def _marked_stale(answer: A | SourceError) -> A | SourceError:
    return answer if isinstance(answer, SourceError) else replace(answer, degraded=answer.degraded | STALE)

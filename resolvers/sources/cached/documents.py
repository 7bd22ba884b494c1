"""Documents by ref, each as near as it is to be had: from this process, the shared cache, or the engine."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import msgspec

from resolvers.catalog.kind import Document, Ref
from resolvers.errors import SourceError
from resolvers.sources.base import Snapshot
from resolvers.sources.cached.entries import Entry, mark_of, opened
from resolvers.sources.cached.flight import Flight
from resolvers.sources.cached.flights import Flights
from resolvers.sources.cached.payloads import document_of, document_payload
from resolvers.sources.cached.remote import Write
from resolvers.sources.cached.tiers import Fresh, Tiers
from resolvers.sources.cached.view import View
from resolvers.sources.counting import Event

Answer = Document | None | SourceError
ABOUT = "document"
IF_ABSENT = b""


class DocumentCache:
    """The facts of entities, and that there is none of an id. One for a process."""

    def __init__(self, tiers: Tiers) -> None:
        self._tiers = tiers
        self._flights: Flights[Ref, Document | None] = Flights(
            tiers.validity, tiers.lifetimes.call, watches=lambda key, _: (key,), now=tiers.now
        )

    async def fetch(self, view: View, refs: Sequence[Ref]) -> list[Answer]:
        """The documents of the refs, in their order: None for one that is not there, an error for one that failed."""
        found, missing = self._looked_up(view, refs)
        answers: dict[Ref, Answer] = {**self._taken(view, found)}
        if missing:
            wanted = {view.keys.document(ref): ref for ref in missing}
            landed = await self._flights.join(wanted, partial(self._load, view), view.call.deadline)
            answers |= {wanted[key]: answer for key, answer in landed.items()}
        return [answers[ref] for ref in refs]

    def there(self, view: View, refs: Sequence[Ref]) -> list[Document | None] | None:
        """The documents of the refs, in their order, when this process knows of all of them."""
        found, missing = self._looked_up(view, refs)
        if missing:
            return None
        answers = self._taken(view, found)
        return list(map(answers.__getitem__, refs))

    def at_hand(self, view: View, refs: Sequence[Ref]) -> list[Document] | None:
        """The documents when this process has all of them."""
        found = self.there(view, refs)
        return None if found is None else complete(found)

    async def kept(self, view: View, refs: Sequence[Ref]) -> list[Document] | None:
        """The documents as old as they may be, without the engine; None when one is not to be had."""
        keys = {ref: view.keys.document(ref) for ref in refs}
        entries = {ref: self._tiers.local.kept(key) for ref, key in keys.items()}
        missing = [ref for ref, entry in entries.items() if entry is None]
        if missing and self._tiers.remote is not None:
            raws = await self._tiers.remote.read([keys[ref] for ref in missing]) or [None] * len(missing)
            entries |= {ref: self._opened(ref, raw) for ref, raw in zip(missing, raws, strict=True)}
        oldest = self._tiers.now() - self._tiers.lifetimes.stale
        return complete(
            entry.value if entry is not None and entry.fresh_until > oldest else None for entry in entries.values()
        )

    def remember(self, view: View, documents: Iterable[Document], began: int, asked_at: float) -> list[Fresh]:
        """Hold documents that came with a search; those that were not held already."""
        now, fresh = self._tiers.now(), []
        for document in documents:
            key = view.keys.document(document.ref)
            held = self._tiers.local.current(key)
            if held is None or now >= held.due_at:
                fresh.append(self._hold(key, document, began, asked_at))
        return fresh

    def writes(self, held: Iterable[Fresh], marks: Mapping[bytes, bytes]) -> list[Write]:
        """What is to be written to the shared cache: where the mark is there still; without one, where nothing is."""
        stale = self._tiers.lifetimes.stale
        return [
            self._tiers.write(fresh, 0 if fresh.entry.value is None else stale, marks.get(fresh.key, IF_ABSENT))
            for fresh in held
        ]

    async def close(self) -> None:
        await self._flights.close()

    def _looked_up(self, view: View, refs: Iterable[Ref]) -> tuple[dict[Ref, Entry[Document | None]], list[Ref]]:
        """What this process has of the refs, and the rest."""
        now, distinct = self._tiers.now(), list(dict.fromkeys(refs))
        found: dict[Ref, Entry[Document | None]] = {}
        missing: list[Ref] = []
        entries = self._tiers.local.current_each(list(map(view.keys.document, distinct)))
        for ref, entry in zip(distinct, entries, strict=True):
            if entry is None or now >= entry.fresh_until:
                missing.append(ref)
            else:
                found[ref] = entry
        return found, missing

    def _taken(self, view: View, found: Mapping[Ref, Entry[Document | None]]) -> dict[Ref, Document | None]:
        """What is given of what was looked up. What is due is asked for in the background."""
        answers = {ref: entry.value for ref, entry in found.items()}
        self._count_hits(Event.LOCAL_HIT, answers.values())
        now = self._tiers.now()
        due = [ref for ref, entry in found.items() if now >= entry.due_at]
        background = view.again() if due else None
        if background is not None:
            wanted = {view.keys.document(ref): ref for ref in due}
            refreshed = self._flights.refresh(wanted, partial(self._load, background))
            self._tiers.counting.count(Event.REFRESH, ABOUT, refreshed)
        return answers

    async def _load(self, view: View, flight: Flight[Ref, Document | None]) -> None:
        """Land what the shared cache has, then ask the engine for the rest, and again for what is due."""
        marks: Mapping[bytes, bytes] | None = None
        wanted = flight.wanted
        if self._tiers.remote is not None:
            raws = await self._tiers.remote.read(list(wanted))
            if raws is not None:
                marks = {key: mark_of(raw) for key, raw in zip(wanted, raws, strict=True)}
                wanted = self._landed(flight, raws)
        if wanted:
            held = await self._asked(view.engine, flight, wanted)
            # Where nobody knows what is there now, nothing may be put in its place.
            if self._tiers.remote is not None and marks is not None:
                await self._tiers.remote.write(self.writes(held, marks))

    def _landed(self, flight: Flight[Ref, Document | None], raws: Sequence[bytes | None]) -> dict[bytes, Ref]:
        """Land what the shared cache has, and return what the engine is to be asked for."""
        now = self._tiers.now()
        wanted: dict[bytes, Ref] = {}
        found: dict[bytes, Entry[Document | None]] = {}
        for (key, ref), raw in zip(flight.wanted.items(), raws, strict=True):
            entry = self._opened(ref, raw)
            if entry is not None and now < entry.fresh_until:
                found[key] = entry
                self._tiers.local.put(key, entry, flight.began, (key,))
            if entry is None or now >= entry.due_at:
                wanted[key] = ref
        answers = {key: entry.value for key, entry in found.items()}
        self._count_hits(Event.REMOTE_HIT, answers.values())
        flight.land(answers, {key: entry.fresh_until for key, entry in found.items()})
        return wanted

    async def _asked(
        self, engine: Snapshot, flight: Flight[Ref, Document | None], wanted: Mapping[bytes, Ref]
    ) -> list[Fresh]:
        """Ask the engine and land its answers; what is held of them now."""
        asked_at = self._tiers.now()
        self._tiers.counting.count(Event.ENGINE_CALL, ABOUT)
        self._tiers.counting.count(Event.MISS, ABOUT, len(wanted))
        try:
            found = await engine.fetch(list(wanted.values()))
        except SourceError as error:
            found = [error] * len(wanted)
        answers = dict(zip(wanted, found, strict=True))
        held = [
            self._hold(key, answer, flight.began, asked_at)
            for key, answer in answers.items()
            if not isinstance(answer, SourceError)
        ]
        flight.land(answers, {fresh.key: fresh.entry.fresh_until for fresh in held})
        return held

    def _hold(self, key: bytes, document: Document | None, began: int, asked_at: float) -> Fresh:
        lifetimes, payload = self._tiers.lifetimes, document_payload(document)
        seconds = lifetimes.missing if document is None else lifetimes.document
        entry = self._tiers.entry(document, payload, asked_at, seconds)
        self._tiers.local.put(key, entry, began, (key,))
        return Fresh(key, entry, payload)

    def _opened(self, ref: Ref, raw: bytes | None) -> Entry[Document | None] | None:
        """What is stored under a ref; None for nothing, and for what cannot be read."""
        found = opened(raw, self._tiers.clock)
        if found is None:
            return None
        times, payload = found
        try:
            return times.of(document_of(ref, payload))
        except msgspec.DecodeError:
            self._tiers.counting.count(Event.REMOTE_ERROR, "unreadable")
            return None

    def _count_hits(self, event: Event, answers: Iterable[Answer]) -> None:
        given = list(answers)
        missing = given.count(None)
        if missing < len(given):
            self._tiers.counting.count(event, ABOUT, len(given) - missing)
        if missing:
            self._tiers.counting.count(Event.MISSING_HIT, ABOUT, missing)


def complete(answers: Iterable[Answer]) -> list[Document] | None:
    """The documents when every one of them is there."""
    found = list(answers)
    documents = [answer for answer in found if isinstance(answer, Document)]
    return documents if len(documents) == len(found) else None

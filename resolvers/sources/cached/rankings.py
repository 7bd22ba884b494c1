"""Rankings that were handed out, kept in this process and in the cache that processes share, each for some time.

A long ranking is stored in pieces, and all but the last of them are full. A full piece is the same for every ranking
that goes on behind it, so that a page more costs one piece, however deep it lies.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_type_hints

import msgspec

from resolvers.catalog.kind import Kind, Ref
from resolvers.sources.base import Score
from resolvers.sources.cached.beside import Beside
from resolvers.sources.cached.entries import OVERHEAD_BYTES, Entry
from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.cached.keys import shape_of
from resolvers.sources.cached.lifetimes import Clock
from resolvers.sources.cached.local import Local
from resolvers.sources.cached.remote import Write
from resolvers.sources.cached.validity import Validity
from resolvers.sources.counting import Counting, Event, Uncounted
from resolvers.sources.rankings import KeptRanking, Shown

ABOUT = "ranking"
PIECE_HITS = 500
RENEWED = 0.5
"""Of the time that a ranking is kept, after how much it is stored anew; until then it would be for nothing."""
MOST_WRITING = 1_000
"""How many writes to a slow shared cache may be under way; what comes then is kept in this process alone."""
SCORE_PARTS = tuple(get_type_hints(Score))
_Scores: Any = tuple[tuple(get_type_hints(Score).values())]  # type: ignore[misc]  # as many as a score has parts


class Piece(msgspec.Struct, array_like=True, frozen=True):
    """Hits of a ranking, and the names of the pieces in front of them. A hit is its kind, its id and its scores."""

    search: bytes
    text: bytes
    from_end: bool
    before: tuple[bytes, ...]
    hits: tuple[tuple[Kind, str, _Scores | None], ...]


_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Piece)
SHAPE = shape_of([Piece], SCORE_PARTS)


class RankingStore:
    """Keeps rankings for `seconds` at least after they were last handed out: `most_bytes` here, and all in `remote`.

    What is in the shared cache is written beside the requests. Whatever is wrong with it is a ranking not found.
    """

    def __init__(
        self,
        *,
        seconds: float,
        most_bytes: int,
        remote: Guarded | None = None,
        prefix: str = "discovery",
        clock: Clock = Clock(),  # noqa: B008  a constant
        counting: Counting = Uncounted(),  # noqa: B008  a constant
    ) -> None:
        self._remote, self._clock, self._counting = remote, clock, counting
        self._renewed_seconds, self._stored_seconds = seconds * RENEWED, seconds * (1 + RENEWED)
        self._validity = Validity(listens=False)
        self._local = Local(most_bytes, self._validity, counting)
        self._prefix = f"{prefix}:ranking:{SHAPE}:"
        self._beside = Beside(remote, MOST_WRITING)

    async def find(self, names: Sequence[bytes]) -> list[KeptRanking | None]:
        """The rankings with these names, in their order; None for one that is not kept, or not any more."""
        ends = await self._pieces(names)
        fronts = await self._pieces({name for piece in ends.values() for name in piece.before})
        found = [_whole(ends[name], fronts) if name in ends else None for name in names]
        self._counting.count(Event.MISS, ABOUT, found.count(None))
        return found

    def keep(self, ranking: KeptRanking) -> None:
        """Keep a ranking from now on. One that was kept a short time ago is left as it is."""
        due = dict(self._due(ranking))
        for name, payload in due.items():
            self._hold(name, payload)
        self._beside.write([Write(self._key(name), payload, self._stored_seconds) for name, payload in due.items()])

    async def close(self) -> None:
        """Wait for nothing that is still being written."""
        await self._beside.close()

    def _due(self, ranking: KeptRanking) -> Iterator[tuple[bytes, bytes]]:
        """The pieces of a ranking that have to be stored, each with its name."""
        full = range(PIECE_HITS, len(ranking.hits), PIECE_HITS)
        names = ranking.names_at([*full, len(ranking.hits)])
        for number, name in enumerate(names):
            held = self._local.current(name)
            if held is None or self._clock.steady() >= held.asked_at + self._renewed_seconds:
                start = number * PIECE_HITS
                hits = ranking.hits[start : start + PIECE_HITS]
                yield name, _payload(ranking, tuple(names[:number]), hits)

    def _hold(self, name: bytes, payload: bytes) -> None:
        now = self._clock.steady()
        entry = Entry(payload, b"", now, now + self._stored_seconds, len(payload) + OVERHEAD_BYTES)
        self._local.put(name, entry, self._validity.now(), ())

    async def _pieces(self, names: Iterable[bytes]) -> dict[bytes, Piece]:
        """Those of the pieces that are kept."""
        wanted = list(dict.fromkeys(names))
        now = self._clock.steady()
        held = {name: entry.value for name in wanted if (entry := self._held(name, now)) is not None}
        self._counting.count(Event.LOCAL_HIT, ABOUT, len(held))
        missing = [name for name in wanted if name not in held]
        raws = await self._remote.read([self._key(name) for name in missing]) if self._remote and missing else None
        stored = {name: raw for name, raw in zip(missing, raws or (), strict=False) if raw is not None}
        self._counting.count(Event.REMOTE_HIT, ABOUT, len(stored))
        return {name: piece for name, raw in (held | stored).items() if (piece := self._opened(raw)) is not None}

    def _held(self, name: bytes, now: float) -> Entry[bytes] | None:
        entry = self._local.current(name)
        return None if entry is None or now >= entry.fresh_until else entry

    def _opened(self, raw: bytes) -> Piece | None:
        try:
            return _DECODER.decode(raw)
        except msgspec.DecodeError:
            self._counting.count(Event.REMOTE_ERROR, "unreadable")
            return None

    def _key(self, name: bytes) -> bytes:
        return f"{self._prefix}{name.hex()}".encode()


def _payload(ranking: KeptRanking, before: tuple[bytes, ...], hits: Sequence[Shown]) -> bytes:
    stored = tuple(
        (ref.kind, ref.id, None if score is None else tuple(getattr(score, part) for part in SCORE_PARTS))
        for ref, score in hits
    )
    text = ranking.text.encode(errors="surrogatepass")
    return _ENCODER.encode(Piece(ranking.search, text, ranking.from_end, before, stored))


def _whole(end: Piece, fronts: Mapping[bytes, Piece]) -> KeptRanking | None:
    """The ranking that ends with a piece; None where one of those in front of it is gone."""
    if any(name not in fronts for name in end.before):
        return None
    pieces = [*(fronts[name] for name in end.before), end]
    hits = tuple(
        Shown(Ref(kind, id_), None if scores is None else Score(*scores))
        for piece in pieces
        for kind, id_, scores in piece.hits
    )
    return KeptRanking(end.search, end.text.decode(errors="surrogatepass"), end.from_end, hits)

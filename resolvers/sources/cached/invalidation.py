"""Telling every process that documents have changed."""

import logging
from collections.abc import Callable, Iterable, Sequence

import msgspec

from resolvers.catalog.kind import Kind, Ref
from resolvers.sources.base import SourceInfo
from resolvers.sources.cached.entries import new_mark
from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.cached.keys import Keys, affected
from resolvers.sources.counting import Counting, Event

MOST_AT_ONCE = 500
KeysOf = Callable[[str, str], Keys]
"""The keys of an engine's index, by the names of both."""
log = logging.getLogger(__name__)


class Changed(msgspec.Struct, array_like=True, frozen=True):
    """What is published: documents of an index that have changed, and the kinds whose searches may answer otherwise.

    Refs and not keys, so that a process of another version understands it.
    """

    engine: str
    generation: str
    refs: tuple[tuple[Kind, bytes], ...]
    kinds: tuple[Kind, ...]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Changed)


class Invalidation:
    """Puts marks in place of changed documents in the shared cache, ends the epochs of their kinds, and tells of it."""

    def __init__(
        self,
        remote: Guarded | None,
        keys: KeysOf,
        tombstone_seconds: float,
        touch: Callable[[Iterable[bytes]], None],
        counting: Counting,
    ) -> None:
        self._remote, self._keys, self._tombstone_seconds = remote, keys, tombstone_seconds
        self._touch, self._counting = touch, counting

    async def invalidate(self, index: SourceInfo, refs: Sequence[Ref], kinds: Iterable[Kind] = ()) -> bool:
        """Documents of the index have changed, have gone or are new; so have searches of these kinds besides theirs.

        To be called when the engine answers with the change, in searches too: whoever asks it before may still store
        what was. False when the shared cache could not be told; what it has is then given until its time is over.
        """
        affects = tuple(affected({*kinds, *(ref.kind for ref in refs)}))
        self._counting.count(Event.INVALIDATION, "document", len(refs))
        told = [
            await self._told(index, refs[start : start + MOST_AT_ONCE], affects)
            for start in range(0, max(1, len(refs)), MOST_AT_ONCE)
        ]
        if not all(told):
            log.warning(
                "the shared cache could not be told of %d documents; what it has is given until it is old", len(refs)
            )
        return all(told)

    async def _told(self, index: SourceInfo, refs: Sequence[Ref], kinds: tuple[Kind, ...]) -> bool:
        keys = self._keys(index.engine, index.generation)
        marks, epochs = {keys.document(ref): new_mark() for ref in refs}, keys.epochs(kinds)
        # This process need not wait for its own message.
        self._touch([*marks, *epochs])
        if self._remote is None:
            return True
        named = tuple((ref.kind, ref.id.encode(errors="surrogatepass")) for ref in refs)
        message = _ENCODER.encode(Changed(index.engine, index.generation, named, kinds))
        done = await self._remote.replace(marks, epochs, self._tombstone_seconds, message)
        # What was read between the two is from before the change, if it came out of the shared cache.
        self._touch([*marks, *epochs])
        return done


def keys_in(message: bytes, keys: KeysOf) -> list[bytes] | None:
    """The keys of what a message says has changed; None when it is none of ours."""
    try:
        changed = _DECODER.decode(message)
    except msgspec.DecodeError:
        return None
    of_index = keys(changed.engine, changed.generation)
    refs = (Ref(kind, id_.decode(errors="surrogatepass")) for kind, id_ in changed.refs)
    return [*map(of_index.document, refs), *of_index.epochs(changed.kinds)]

"""What a source is asked for the page behind some hits, or for the one in front of them."""

from collections.abc import Sequence
from dataclasses import replace

from resolvers.sources.base import Hit, SearchRequest, Seen


def seen(hits: Sequence[Hit]) -> Seen:
    """Hits as what somebody has had."""
    refs = [hit.document.ref for hit in hits]
    return Seen(" ".join(ref.id for ref in refs).encode(), frozenset(refs))


def behind(about: SearchRequest, hits: Sequence[Hit]) -> SearchRequest:
    """The request for what comes behind the hits from the start."""
    if about.is_ranked:
        return replace(about, seen=seen(hits))
    return replace(about, after=hits[-1].position if hits else None)


def in_front(about: SearchRequest, hits: Sequence[Hit]) -> SearchRequest:
    """The request for what comes in front of the hits up to the end."""
    if about.is_ranked:
        return replace(about, seen=seen(hits), backward=True)
    return replace(about, before=hits[0].position if hits else None, backward=True)

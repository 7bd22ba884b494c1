"""The Accept headers, by RFC 9110, section 12.5."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from gateway.plain_numbers import plain_number

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"
EVENTS = "text/event-stream"
LONGEST_REMEMBERED = 200
"""Characters of an Accept header whose meaning is remembered. Browsers' have some 130."""
MOST_REMEMBERED = 256
"""Clients send few different ones, and each with every request."""


class Accepted(NamedTuple):
    """How much a client wants a media type, from 0 (not at all) to 1, and whether it names that very type."""

    quality: float
    is_named: bool


def accepted(accept: str, media_type: str) -> Accepted:
    """What an Accept header says of a media type. The range that fits it most closely decides; no header takes all."""
    ranges = _ranges(accept)
    kind = media_type.partition("/")[0]
    fitting = [ranges[one] for one in (media_type, f"{kind}/*", "*/*") if one in ranges]
    return Accepted(fitting[0] if fitting else float(not accept.strip()), media_type in ranges)


def quality_of(header: str, *names: str) -> float | None:
    """How much a header wants what has one of these names, the first of them that it has; None without any."""
    ranges = _ranges(header)
    return next((ranges[name] for name in names if name in ranges), None)


def answer_type(accept: str) -> str:
    """The media type to answer with. A client that does not prefer or name the newer one gets `application/json`.

    It is EVENTS for a client that wants events rather than JSON. One that lists both alike gets JSON: so do all that
    name whatever they could read, such as urql; and so does graphql-yoga answer them.
    """
    return _remembered(accept) if len(accept) <= LONGEST_REMEMBERED else _answer_type(accept)


def json_type(accept: str) -> str:
    """The media type to answer with, where answers are JSON alone."""
    return _remembered_json(accept) if len(accept) <= LONGEST_REMEMBERED else _json_type(accept)


def takes_events(accept: str) -> bool:
    """Whether a client can read events, if that is what there is."""
    events = accepted(accept, EVENTS)
    return events.is_named and events.quality > 0


def wants_page(accept: str) -> bool:
    """Whether a browser asks, rather than a program: it names HTML and prefers it."""
    page = accepted(accept, HTML)
    return page.is_named and page.quality > 0 and page.quality >= accepted(accept, JSON).quality


def _answer_type(accept: str) -> str:
    return EVENTS if takes_events(accept) and _wants_events(accept) else _json_type(accept)


def _wants_events(accept: str) -> bool:
    events, *others = (accepted(accept, one) for one in (EVENTS, GRAPHQL_JSON, JSON))
    # A type that is named is meant more than one that `*/*` lets through.
    return all(one.quality < events.quality or (one.quality == events.quality and not one.is_named) for one in others)


def _json_type(accept: str) -> str:
    newer, older = accepted(accept, GRAPHQL_JSON), accepted(accept, JSON)
    if newer.quality == older.quality:
        return GRAPHQL_JSON if newer.is_named and newer.quality > 0 else JSON
    return GRAPHQL_JSON if newer.quality > older.quality else JSON


_remembered = lru_cache(MOST_REMEMBERED)(_answer_type)
_remembered_json = lru_cache(MOST_REMEMBERED)(_json_type)


def _ranges(accept: str) -> Mapping[str, float]:
    """The media ranges with their weights. One whose weight is broken is left out."""
    found: dict[str, float] = {}
    for part in accept.lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        quality = _quality(parameters)
        if quality is not None:
            found[media_range] = max(quality, found.get(media_range, 0.0))
    return found


def _quality(parameters: list[str]) -> float | None:
    weights = [value.strip() for name, _, value in (one.partition("=") for one in parameters) if name.strip() == "q"]
    quality = plain_number(weights[0]) if weights else 1.0
    return None if quality is None or quality > 1 else quality

"""A request as bytes: the same for requests that mean the same, different for all others."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec

from resolvers.sources.aggregations import Aggregation, Count, Histogram, Percentiles, TermCounts
from resolvers.sources.base import (
    AggregationRequest,
    AllOf,
    AnyOf,
    Concept,
    Exists,
    Filter,
    FilterValue,
    Not,
    Position,
    Range,
    SearchRequest,
    Terms,
)
from resolvers.sources.preferences import Preferences

DIGEST_BYTES = 16
_encode: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode


def digest_of(request: bytes, viewer: str | None) -> str:
    """A short name of a request as this viewer may see its answer; None for the answer that everybody may see."""
    about = _encode((_text(viewer), request))
    return blake2b(about, digest_size=DIGEST_BYTES).hexdigest()


def canonical(request: SearchRequest) -> bytes:
    """Every part of the request in its place. Parts of a filter whose order means nothing are put in order."""
    return _encode(
        (
            [kind.value for kind in request.kinds],
            _text(request.text),
            _filter(request.filter),
            request.mode.value,
            request.sort,
            request.limit,
            _position(request.after),
            _position(request.before),
            request.backward,
            request.count,
            request.seen.name,
            _concepts(request.concepts),
            _preferences(request.preferences),
            None if request.diversity is None else (request.diversity.field, request.diversity.at_most),
            None if request.meaning is None else float(request.meaning),
            _text(request.written_out),
        )
    )


def _preferences(preferences: Preferences | None) -> tuple[object, ...] | None:
    if preferences is None:
        return None
    recency = preferences.recency
    # Their order is one of sums, which are rounded.
    return (
        [(_filter(one.filter), float(one.weight)) for one in preferences.matching],
        recency and (recency.field, float(recency.weight), float(recency.half_life_days), _value(recency.at)),
    )


def canonical_aggregation(request: AggregationRequest) -> bytes:
    """The same of a request for figures, whose aggregations stay in their order as their answers do."""
    return _encode(
        (
            request.kind.value,
            _text(request.text),
            _filter(request.filter),
            request.mode.value,
            [_aggregation(aggregation) for aggregation in request.aggregations],
            _concepts(request.concepts),
            _text(request.written_out),
        )
    )


def _concepts(concepts: tuple[Concept, ...]) -> list[tuple[bytes | None, float]]:
    return [(_text(concept.id), concept.weight) for concept in concepts]


def _aggregation(aggregation: Aggregation) -> tuple[object, ...]:
    within = _filter(aggregation.within)
    match aggregation:
        case Count():
            return ("count", within)
        case TermCounts(field, size):
            return ("terms", field, size, within)
        case Percentiles(field, percents):
            return ("percentiles", field, [_value(percent) for percent in percents], within)
        case Histogram(field, interval):
            return ("histogram", field, interval.value, within)


def _filter(wanted: Filter) -> bytes:
    match wanted:
        case Terms(field, values, every):
            return _encode(("terms", field, sorted({_value(value) for value in values}), every))
        case Range(field, gt, gte, lt, lte):
            return _encode(
                ("range", field, *(None if bound is None else _value(bound) for bound in (gt, gte, lt, lte)))
            )
        case Exists(field):
            return _encode(("exists", field))
        case AllOf(parts):
            return _encode(("all", sorted({_filter(part) for part in parts})))
        case AnyOf(parts):
            return _encode(("any", sorted({_filter(part) for part in parts})))
        case Not(part):
            return _encode(("not", _filter(part)))


def _value(value: FilterValue) -> bytes:
    """A value with its type: Python takes True for 1 and 1 for 1.0, and an index may not."""
    match value:
        case bool():
            return _encode(("boolean", value))
        case datetime():
            return _encode(("moment", value.astimezone(UTC).isoformat()))
        case int() | float():
            # 5 and 5.0 are the same bound.
            return _encode(("number", str(int(value)) if value == value // 1 else float(value).hex()))
        case str():
            return _encode(("text", _text(value)))


def _position(place: Position | None) -> bytes | None:
    return None if place is None else _text(place.key)


def _text(text: str | None) -> bytes | None:
    """MessagePack takes no half of a surrogate pair, which a JSON body can have."""
    return None if text is None else text.encode(errors="surrogatepass")

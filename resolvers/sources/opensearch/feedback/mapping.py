"""The mappings of User Behavior Insights' indexes: those of OpenSearch's plugin, and our fields beside them."""

from collections.abc import Mapping
from typing import Any

from resolvers.sources.opensearch.feedback.ubi import EVENTS, QUERIES, Mapped


def _keyword(most: int | None = None) -> dict[str, Any]:
    return {"type": "keyword"} if most is None else {"type": "keyword", "ignore_above": most}


MOMENT = {"type": "date", "format": "strict_date_time"}
_TEXT = {"type": "text", "fields": {"keyword": _keyword(256)}}
_POSITION = {name: {"type": "integer"} for name in ("ordinal", "x", "y", "page_depth", "scroll_depth")}
_OBJECT = {
    "internal_id": _keyword(),
    "object_id": _keyword(256),
    "object_id_field": _keyword(100),
    "name": _keyword(256),
    "description": _TEXT,
    "object_detail": {"type": "object"},
}
OWN: Mapped = {
    "session_id": _keyword(256),
    "user_id": _keyword(256),
    "event_attributes": {
        "properties": {name: _keyword(256) for name in ("event_id", "experiment", "arm", "model")},
    },
}
"""The fields of events that we have beside UBI's: an index that others have made gets them too."""
MAPPINGS: Mapping[str, Mapped] = {
    QUERIES: {
        "dynamic": False,
        "properties": {
            "timestamp": MOMENT,
            "query_id": _keyword(100),
            "query": {"type": "text"},
            "query_response_id": _keyword(100),
            "query_response_hit_ids": _keyword(),
            "user_query": _keyword(),
            "query_attributes": {"type": "flat_object"},
            "client_id": _keyword(100),
            "application": _keyword(100),
        },
    },
    EVENTS: {
        # A text that looks like a date would make its field one of dates, which then refuses every other text.
        "date_detection": False,
        "properties": {
            "application": _keyword(256),
            "action_name": _keyword(100),
            "client_id": _keyword(100),
            "query_id": _keyword(100),
            "message": _keyword(1024),
            "message_type": _keyword(100),
            "user_query": _keyword(),
            "timestamp": MOMENT | {"ignore_malformed": True, "doc_values": True},
            "session_id": OWN["session_id"],
            "user_id": OWN["user_id"],
            "event_attributes": {
                "dynamic": True,
                "properties": {
                    "position": {"properties": _POSITION | {"trail": _TEXT}},
                    "object": {"properties": _OBJECT},
                    **OWN["event_attributes"]["properties"],
                },
            },
        },
    },
}


def missing(wanted: Mapped, there: Mapped) -> dict[str, Any]:
    """Of fields, those that an index does not have yet. What it has as something else stays as it is."""
    found: dict[str, Any] = {}
    for name, field in wanted.items():
        if name not in there:
            found[name] = field
        elif there[name].get("type", "object") == "object":
            inner = missing(field.get("properties", {}), there[name].get("properties", {}))
            found |= {name: {"properties": inner}} if inner else {}
    return found

"""Queries and events as documents of User Behavior Insights.

The fields are those of UBI's schemas 1.3.0, https://github.com/o19s/ubi, and the mappings those of OpenSearch's plugin
for it, so that whatever reads UBI's indexes reads these. The plugin itself is not needed. What UBI has no field for is
under `query_attributes` and `event_attributes`, where it takes anything. `application` is the prefix of the gateway, so
that several may share the indexes.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from math import isnan, nan
from typing import Any

import orjson

from resolvers.errors import SourceError
from resolvers.sources.feedback import Action, Event, ShownItem, ShownQuery, Surface

QUERIES, EVENTS = "ubi_queries", "ubi_events"
ID_FIELD = "id"
"""The field of our entities that UBI's `object_id`s are values of."""
CONVERSIONS = {Action.INVITE, Action.APPLY, Action.INTERVIEW, Action.HIRE}
TEXTS = {Surface.SEARCH_JOBS, Surface.SEARCH_TALENT, Surface.SEARCH}
"""Where the subject is a text that somebody has typed."""
Mapped = Mapping[str, Any]


def query_document(query: ShownQuery, application: str) -> Mapped:
    """A query as a document of `ubi_queries`."""
    return _said(
        application=application,
        query_id=query.id,
        client_id=query.viewer or query.session,
        user_query=query.subject if query.surface in TEXTS else None,
        object_id_field=ID_FIELD,
        timestamp=_moment(query.at),
        # Every answer is a query of its own.
        query_response_id=query.id,
        query_response_hit_ids=[item.id for item in query.items],
        query_attributes=_said(
            surface=query.surface,
            subject=query.subject,
            items=[_item(item) for item in query.items],
            feature_names=list(query.feature_names) or None,
            model=query.model,
            experiment=query.experiment,
            arm=query.arm,
            viewer=query.viewer,
            session=query.session,
            client=query.client,
        ),
    )


def query_of(document: Mapped) -> ShownQuery | None:
    """The query that `query_document` has made a document of; None for somebody else's. Raises SourceError."""
    said = document.get("query_attributes")
    if not isinstance(said, dict) or "items" not in said:
        return None
    with _told(QUERIES):
        return _query_of(document, said)


def _query_of(document: Mapped, said: Mapped) -> ShownQuery:
    return ShownQuery(
        document["query_id"],
        datetime.fromisoformat(document["timestamp"]),
        Surface(said["surface"]),
        said["subject"],
        tuple(map(_item_of, said["items"])),
        tuple(said.get("feature_names", ())),
        *(said.get(name) for name in ("model", "experiment", "arm", "viewer", "session", "client")),
    )


def event_document(event: Event, application: str) -> Mapped:
    """An event as a document of `ubi_events`."""
    return _said(
        application=application,
        action_name=event.action,
        query_id=event.query_id,
        session_id=event.session,
        client_id=event.viewer or event.session,
        user_id=event.viewer,
        timestamp=_moment(event.at),
        message_type="CONVERSION" if event.action in CONVERSIONS else "INTERACTION",
        event_attributes=_said(
            event_id=event.id,
            object={"object_id": event.item_id, "object_id_field": ID_FIELD},
            position={"ordinal": event.position},
            experiment=event.experiment,
            arm=event.arm,
            model=event.model,
        ),
    )


def event_of(document: Mapped) -> Event | None:
    """The event that `event_document` has made a document of; None for somebody else's. Raises SourceError."""
    said = document.get("event_attributes")
    if not isinstance(said, dict) or "event_id" not in said:
        return None
    with _told(EVENTS):
        return _event_of(document, said)


def _event_of(document: Mapped, said: Mapped) -> Event:
    return Event(
        said["event_id"],
        document["query_id"],
        Action(document["action_name"]),
        said["object"]["object_id"],
        said["position"]["ordinal"],
        datetime.fromisoformat(document["timestamp"]),
        document.get("user_id"),
        document.get("session_id"),
        *(said.get(name) for name in ("experiment", "arm", "model")),
    )


@contextmanager
def _told(index: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(f"{index} has a document of this gateway that cannot be read ({error!r})") from error


def _said(**fields: Any) -> dict[str, Any]:
    """Those that are known."""
    return {name: value for name, value in fields.items() if value is not None}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _item(item: ShownItem) -> str:
    """An item as one value: each value below `query_attributes` is a term of the index, and a feature is none."""
    return orjson.dumps([item.id, item.position, _known(item.score), item.job_id, _known_all(item.features)]).decode()


def _item_of(text: str) -> ShownItem:
    id_, position, score, job_id, features = orjson.loads(text)
    return ShownItem(id_, position, score, tuple(nan if one is None else one for one in features), job_id)


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _known_all(values: Sequence[float]) -> list[float | None]:
    return [_known(value) for value in values]

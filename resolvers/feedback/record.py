"""Recording what was done with what was shown: each event is judged by itself."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from resolvers.context import Context
from resolvers.errors import InvalidRequest, SourceError
from resolvers.feedback.shown import is_query_id
from resolvers.sources.feedback import Action, Event, Feedback, FeedbackStore, Recorded, ShownQuery
from resolvers.visitor import ID_FORM, Visitor, is_opaque_id

PAUSES_SECONDS = (0.05, 0.15, 0.3)
"""A frontend may report before the process that has shown a query has written it, and to another process."""
CLOCKS_APART = timedelta(minutes=5)
"""So much a frontend's clock may be wrong."""


class EventOutcome(StrEnum):
    """What became of an event that was reported."""

    RECORDED = "RECORDED"
    DUPLICATE = "DUPLICATE"
    INVALID_ID = "INVALID_ID"
    UNKNOWN_QUERY = "UNKNOWN_QUERY"
    UNKNOWN_ITEM = "UNKNOWN_ITEM"
    WRONG_POSITION = "WRONG_POSITION"
    IN_THE_FUTURE = "IN_THE_FUTURE"
    TOO_OLD = "TOO_OLD"
    NOT_STORED = "NOT_STORED"


TAKEN = frozenset({EventOutcome.RECORDED, EventOutcome.DUPLICATE})
"""What is not to be reported again."""


class Reported(NamedTuple):
    """An event as it was reported; without `at` it happens now."""

    id: str
    query_id: str
    action: Action
    item_id: str
    position: int
    at: datetime | None = None


class Result(NamedTuple):
    """What became of an event, and what to do about it where it was refused."""

    event: Reported
    outcome: EventOutcome
    message: str | None = None


NO_ID = f"must be an opaque id of {ID_FORM}"


async def record(context: Context, reported: Sequence[Reported], visitor: Visitor) -> list[Result]:
    """Record events, and say of each in its place what became of it. What is taken is on disk then.

    A viewer who has proved who they are has done it; else whom `visitor` names, else who asks, else who was shown the
    query. Raises InvalidRequest for what is wrong with all of them, and SourceError when nothing can be recorded.
    """
    feedback = _taking(context.feedback, len(reported))
    for name, id_ in (("viewer", visitor.viewer), ("session", visitor.session)):
        if id_ is not None and not is_opaque_id(id_):
            raise InvalidRequest(f"`{name}` {NO_ID}; leave it out where there is none")
    visitor = visitor.known_as(context.viewer.id)
    queries = await _queries(context, feedback.store, reported)
    judge = _Judge(queries, context.now(), feedback.kept)
    results = [judge.judged(one) for one in reported]
    passed = [at for at, result in enumerate(results) if result.outcome is EventOutcome.RECORDED]
    events = [_event(reported[at], queries[reported[at].query_id], visitor, judge.now, context) for at in passed]
    for at, became in zip(passed, await context.in_time(lambda: feedback.store.record(events)), strict=True):
        results[at] = _recorded(reported[at], became)
    for result in results:
        feedback.counting.count_events(result.outcome)
    return results


def _recorded(one: Reported, became: Recorded) -> Result:
    if isinstance(became, SourceError):
        return Result(one, EventOutcome.NOT_STORED, became.message)
    if became:
        return Result(one, EventOutcome.RECORDED)
    return Result(one, EventOutcome.DUPLICATE, "an event with this id was recorded before")


def _taking(feedback: Feedback | None, count: int) -> Feedback:
    if feedback is None:
        raise InvalidRequest("this gateway records no events; report none, or have its operator set GATEWAY_FEEDBACK")
    if count > feedback.most_events:
        raise InvalidRequest(
            f"`events` has {count} events, and may have {feedback.most_events}; report them in several parts",
            limit=feedback.most_events,
            actual=count,
        )
    return feedback


async def _queries(context: Context, store: FeedbackStore, reported: Sequence[Reported]) -> dict[str, ShownQuery]:
    """The queries of events, as far as they are known."""
    ids = list(dict.fromkeys(one.query_id for one in reported))

    async def found() -> list[dict[str, ShownQuery]]:
        queries = await store.queries(ids)
        for pause in PAUSES_SECONDS:
            late = [id_ for id_ in ids if id_ not in queries and is_query_id(id_)]
            if late:
                await asyncio.sleep(pause)
                queries |= await store.queries(late)
        return [queries]

    [queries] = await context.in_time(found)
    return queries


class _Judge:
    """Looks whether events can have happened."""

    def __init__(self, queries: dict[str, ShownQuery], now: datetime, kept: timedelta) -> None:
        self._queries, self.now, self._kept = queries, now, kept

    def judged(self, one: Reported) -> Result:
        """What becomes of an event, unless it is known already."""
        query = self._queries.get(one.query_id)
        if not is_opaque_id(one.id):
            return Result(one, EventOutcome.INVALID_ID, f"`id` {NO_ID}, such as a UUID")
        if query is None:
            return Result(
                one,
                EventOutcome.UNKNOWN_QUERY,
                "no query has this id; report the `queryId` of the connection that the item came from, within "
                f"{self._kept.days} days",
            )
        return self._placed(one, query) or self._timed(one, query) or Result(one, EventOutcome.RECORDED)

    def _placed(self, one: Reported, query: ShownQuery) -> Result | None:
        positions = [item.position for item in query.items if item.id == one.item_id]
        if not positions:
            return Result(
                one, EventOutcome.UNKNOWN_ITEM, "the query has no such item; report the `queryId` of its page"
            )
        if one.position not in positions:
            message = f"the item is at position {positions[0]}; report the `position` of its edge"
            return Result(one, EventOutcome.WRONG_POSITION, message)
        return None

    def _timed(self, one: Reported, query: ShownQuery) -> Result | None:
        at = _moment(one, self.now)
        if at > self.now + CLOCKS_APART:
            return Result(one, EventOutcome.IN_THE_FUTURE, "`at` is yet to come; report what has happened, in UTC")
        if at < max(query.at - CLOCKS_APART, self.now - self._kept):
            message = "`at` is before the query was answered, or longer ago than events are kept; report it as it was"
            return Result(one, EventOutcome.TOO_OLD, message)
        return None


def _moment(one: Reported, now: datetime) -> datetime:
    """When an event happened. A time that names no zone is in UTC."""
    if one.at is None:
        return now
    return one.at.replace(tzinfo=UTC) if one.at.tzinfo is None else one.at


def _event(one: Reported, query: ShownQuery, visitor: Visitor, now: datetime, context: Context) -> Event:
    return Event(
        one.id,
        one.query_id,
        one.action,
        one.item_id,
        one.position,
        _moment(one, now).astimezone(UTC),
        visitor.viewer or context.visitor.viewer or query.viewer,
        visitor.session or context.visitor.session or query.session,
        query.experiment,
        query.arm,
        query.model,
    )

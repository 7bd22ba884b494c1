"""What was done with what was shown, as frontends report it."""

from datetime import datetime
from typing import Annotated

import strawberry

from resolvers.feedback.record import TAKEN, EventOutcome, Reported, Result, record
from resolvers.sources.feedback import Action as EventAction
from resolvers.visitor import ID_FORM, Visitor
from schema.entity import Info
from schema.enums import described

QUERY_ID = (
    "The id of this page for `recordEvents`: ask for it where events will be reported, and else not, since the page is "
    "then kept. Every answer has an id of its own. Null when the operator has switched feedback off."
)
POSITION = (
    "The item's place over all pages, 1 for the first, for `recordEvents`; on a page that was reached from the end, "
    "its place on that page."
)

described(
    EventAction,
    "EventAction",
    "What somebody did with an item.",
    IMPRESSION="It was seen: it came into view. Report it of every item, also of those that nothing else is done with.",
    CLICK="It was opened.",
    SAVE="It was put on a list for later.",
    DISMISS="It was said not to be of interest.",
    INVITE="A client invited the talent.",
    APPLY="Talent applied for the job.",
    INTERVIEW="The two talked.",
    HIRE="The talent got the job.",
)
described(
    EventOutcome,
    "EventOutcome",
    "What became of an event.",
    RECORDED="It is on disk.",
    DUPLICATE="One with this id was recorded before, and that one counts. To report a batch again does no harm.",
    INVALID_ID=f"The event's id is none: it is {ID_FORM}, such as a UUID.",
    UNKNOWN_QUERY="No query has this id, or not any more.",
    UNKNOWN_ITEM="The query has no such item: each page is a query of its own.",
    WRONG_POSITION="The item is at another position of the query.",
    IN_THE_FUTURE="It has not happened yet, by more than 5 minutes.",
    TOO_OLD="It happened before the query was answered, by more than 5 minutes, or longer ago than events are kept.",
    NOT_STORED="The store refuses it as it is. The operator of the gateway finds the reason in the log.",
)


@strawberry.input(description="What somebody did with an item of a search or of recommendations.")
class EventInput:
    id: strawberry.ID = strawberry.field(
        description=f"The event's own id, such as a UUID: {ID_FORM}. Of several events with one id the first counts."
    )
    query_id: strawberry.ID = strawberry.field(description="The `queryId` of the connection that the item was on.")
    action: EventAction = strawberry.field(description="What was done.")
    item_id: strawberry.ID = strawberry.field(description="The item's id.")
    position: int = strawberry.field(description="The `position` of the item's edge.")
    at: datetime | None = strawberry.field(
        default=None, description="When it was done, in UTC unless it names a zone; null: now."
    )

    def reported(self) -> Reported:
        return Reported(self.id, self.query_id, self.action, self.item_id, self.position, self.at)


Events = Annotated[
    list[EventInput],
    strawberry.argument(description="What was done; at most GATEWAY_FEEDBACK_EVENTS at once, 100 unless it is set."),
]
ViewerId = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description=f"An opaque id of who has done it: {ID_FORM}. Null: the header X-Viewer-Id, or whoever was shown "
        "the query."
    ),
]
SessionId = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description=f"An opaque id of the visit: {ID_FORM}. Null: the header X-Session-Id, or that of the query."
    ),
]


@strawberry.type(description="What became of an event that was reported.")
class EventResult:
    of: strawberry.Private[Result]
    index: int = strawberry.field(description="Its place in `events`, from 0.")

    @strawberry.field(description="Its id, as it was reported.")
    def event_id(self) -> strawberry.ID:
        return strawberry.ID(self.of.event.id)

    @strawberry.field(description="What became of it.")
    def outcome(self) -> EventOutcome:
        return self.of.outcome

    @strawberry.field(description="What is wrong, and what to do about it; null when it is RECORDED.")
    def message(self) -> str | None:
        return self.of.message


@strawberry.type(description="What became of the events. Those that were taken are on disk.")
class RecordEventsPayload:
    found: strawberry.Private[list[Result]]

    @strawberry.field(description="How many are new.")
    def recorded(self) -> int:
        return sum(one.outcome is EventOutcome.RECORDED for one in self.found)

    @strawberry.field(description="What became of each event, in their order.")
    def results(self) -> list[EventResult]:
        return [EventResult(of=one, index=at) for at, one in enumerate(self.found)]

    @strawberry.field(
        description="Those of the results that were refused: neither RECORDED nor DUPLICATE. To report them again as "
        "they are changes nothing."
    )
    def refused(self) -> list[EventResult]:
        return [EventResult(of=one, index=at) for at, one in enumerate(self.found) if one.outcome not in TAKEN]


def query_id(id_: str | None) -> strawberry.ID | None:
    """The id of a query as a field gives it."""
    return None if id_ is None else strawberry.ID(id_)


async def record_events(
    info: Info, events: list[EventInput], viewer: str | None, session: str | None
) -> RecordEventsPayload:
    """Record events. Raises InvalidRequest, and SourceError."""
    found = await record(info.context, [event.reported() for event in events], Visitor(viewer, session))
    return RecordEventsPayload(found=found)

"""What can be changed through the graph."""

import strawberry

from schema.entity import Info
from schema.feedback import Events, RecordEventsPayload, SessionId, ViewerId, record_events


@strawberry.type(description="Everything that can be told. A field that fails is null, with an error at its path.")
class Mutation:
    @strawberry.mutation(
        description="Report what was done with what was shown, which is what rankings learn from. Each event is judged "
        "by itself, and what is RECORDED is on disk when the answer comes. On an error nothing is certain: report the "
        "same events again, with the same ids. Null with an error when nothing could be recorded."
    )
    async def record_events(
        self, info: Info, events: Events, viewer: ViewerId = None, session: SessionId = None
    ) -> RecordEventsPayload | None:
        return await record_events(info, events, viewer, session)

"""Times: `posted in the last 3 days`, `posted within 2 days`, `active this week`."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from resolvers.catalog.kind import Kind
from resolvers.understanding.condition import Between, Condition, Phrase

_VERBS = {Kind.JOB: r"posted|published|new|added", Kind.TALENT: r"active|online|last seen|seen"}
_PLACES = {Kind.JOB: ("published_at",), Kind.TALENT: ("last_active_at",)}
_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30}
_SPAN = (
    r"(?:(?:(?:with)?in\s)?(?:the\s)?(?:last|past)\s|(?P<within>within)\s(?:an?\s|the\s)?)"
    r"(?:(?P<count>\d{1,3})\s)?(?P<unit>hour|day|week|month)s?"
    r"|(?P<named>today|yesterday|this week|this month|recently)"
)
_ANOTHER = re.compile(r"\b(?:posted|published|added|active|online|seen)\s\Z", re.IGNORECASE)
"""A time of something that the catalog does not know of that kind: talent is not posted."""
WORDS = ("last", "past", "within", "today", "yesterday", "this week", "this month", "recently")
"""One of these is in each phrase."""
_NAMED = {"today": 1, "yesterday": 1, "this week": 7, "this month": 30, "recently": 14}


def time_phrases(kind: Kind, text: str, now: datetime) -> Iterator[Phrase]:
    """The spans of time of a text that go back from now.

    They begin with a full hour, or a full day (UTC) where they are longer: so the same text means the same for a while.
    """
    verbs = _VERBS.get(kind)
    if verbs is None:
        return
    for found in re.finditer(rf"\b(?P<verb>(?:{verbs})\s)?(?:{_SPAN})\b", text, re.IGNORECASE):
        is_bare = not found["verb"]
        # "Within 3 days" alone may be when something is to be delivered.
        if is_bare and (found["named"] or found["within"] or _ANOTHER.search(text[: found.start()])):
            continue
        named = (found["named"] or "").lower()
        days = _NAMED[named] if named else _length(found)
        since = now - timedelta(days=days)
        begin = since.replace(minute=0, second=0, microsecond=0)
        if days > 1 or named == "yesterday":
            begin = begin.replace(hour=0)
        yield Phrase(found.start(), found.end(), (Condition(_PLACES[kind], Between(gte=begin)),))


def _length(found: re.Match[str]) -> float:
    return int(found["count"] or 1) * _DAYS[found["unit"].lower()]

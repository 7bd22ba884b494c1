"""How experienced somebody is at least or at most: `senior or above`, `at least intermediate`."""

import re
from collections.abc import Iterator
from functools import cache

from resolvers.catalog.kind import Kind
from resolvers.catalog.values import ExperienceLevel
from resolvers.understanding.condition import Condition, Level, Phrase
from resolvers.understanding.languages import languages_by_name

_NAMES = {
    ExperienceLevel.ENTRY_LEVEL: r"entry[ -]level|junior(?:[ -]level)?",
    ExperienceLevel.INTERMEDIATE: r"intermediate(?:[ -]level)?|mid(?:dle)?[ -]level",
    ExperienceLevel.EXPERT: r"expert(?:[ -]level)?|senior(?:[ -]level)?",
}
WORDS = ("entry", "junior", "intermediate", "mid", "expert", "senior")
"""One of these is in each phrase."""
_MORE = r"\s(?:or|and)\s(?:above|better|higher|up|more)|\s?\+"
_LESS = r"\s(?:or|and)\s(?:below|lower|less|under)"
_KINDS = (Kind.JOB, Kind.TALENT)


@cache
def _bounds() -> list[tuple[re.Pattern[str], Level]]:
    # "At least intermediate German", or "in English", is about a language.
    languages = "|".join(map(re.escape, languages_by_name()))
    end = rf"(?![\w-])(?!\s(?:in|of)\b|\s(?:{languages})\b)"
    found = []
    for level, names in _NAMES.items():
        low = rf"(?:at\sleast|min(?:imum|\.)?)\s(?:{names})|(?:{names})(?:{_MORE})"
        high = rf"(?:at\smost|max(?:imum|\.)?|up\sto)\s(?:{names})|(?:{names})(?:{_LESS})"
        for pattern, meaning in ((low, Level(at_least=level)), (high, Level(at_most=level))):
            found.append((re.compile(rf"(?<![\w-])(?:{pattern}){end}", re.IGNORECASE), meaning))
    return found


def level_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """Levels of a text with a word that makes them a bound. A level alone may be a part of a title."""
    for pattern, meaning in _bounds() if kind in _KINDS else ():
        for found in pattern.finditer(text):
            yield Phrase(found.start(), found.end(), (Condition(("experience_level",), meaning),))

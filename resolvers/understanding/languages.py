"""Languages that are to be spoken, and how well: `German-speaking`, `fluent in French`, `native English`."""

import re
from collections.abc import Iterator
from functools import cache

from resolvers.catalog.codes import LANGUAGES, language_name
from resolvers.catalog.kind import Kind
from resolvers.catalog.values import LanguageLevel
from resolvers.understanding.condition import Condition, OneOf, Phrase, Speaks

_KINDS = (Kind.JOB, Kind.TALENT)
# "React Native" is something else.
_LEVEL = r"(?P<level>(?<!react[ -])native(?:[ -]level)?|fluent|conversational|basic)"
WORDS = ("speak", "fluen", "native", "conversational", "basic")
"""One of these is in each phrase."""
_LEAST = r"at\sleast\s"
_BETTER = r"\s(?:or|and)\s(?:above|better|higher|up)"


@cache
def languages_by_name() -> dict[str, str]:
    """The codes of languages by their English names, in small letters."""
    # The first name of several, without what sets it apart from older forms: "Modern Greek (1453-)".
    names = {code: re.split(r"[,;(]", language_name(code))[0].strip().lower() for code in sorted(LANGUAGES.known())}
    return {name.removeprefix("modern "): code for code, name in names.items()}


@cache
def _patterns() -> list[re.Pattern[str]]:
    name = rf"(?P<name>{'|'.join(map(re.escape, sorted(languages_by_name(), key=len, reverse=True)))})"
    patterns = [
        rf"(?:{_LEAST})?(?:{_LEVEL}\s)?{name}[\s-](?:speaking|speakers?)",
        rf"(?:who\s)?(?:speaks?|speaking)\s(?:{_LEAST})?(?:{_LEVEL}\s)?{name}(?P<fluently>\sfluently)?(?:{_BETTER})?",
        rf"(?:{_LEAST})?(?P<level>fluent|(?<!react[ -])native(?:[ -]level)?)\s(?:in\s)?{name}(?:{_BETTER})?",
        rf"(?P<level>fluen)cy\sin\s{name}",
        # "Conversational English" by itself may be what is taught.
        rf"{_LEAST}{_LEVEL}\s{name}",
        rf"{_LEVEL}\s{name}{_BETTER}",
    ]
    return [re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for pattern in patterns]


def language_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """Languages of a text that are to be spoken. Of jobs it is not known how well."""
    for pattern in _patterns() if kind in _KINDS else ():
        for found in pattern.finditer(text):
            code = languages_by_name()[found["name"].lower()]
            meaning = OneOf((code,)) if kind is Kind.JOB else Speaks(code, _level(found))
            yield Phrase(found.start(), found.end(), (Condition(("languages",), meaning),))


def _level(found: re.Match[str]) -> LanguageLevel | None:
    if "fluently" in found.re.groupindex and found["fluently"]:
        return LanguageLevel.FLUENT
    said = (found["level"] or "")[:5].upper()
    return next((level for level in LanguageLevel if said and level.startswith(said)), None)

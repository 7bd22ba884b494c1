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
_LEVELS = r"(?<!react[ -])native(?:[ -]level)?|fluent|conversational|basic"
_LEVEL = rf"(?P<level>{_LEVELS})"
LANGUAGES_OF = ("languages",)
_TAUGHT = r"to|into|translat\w+|interpret\w+|teach\w*|tutor\w*|lessons?|class(?:es)?|courses?"
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
    name, more = rf"(?P<name>{_names()})", _more()
    several = rf"{name}(?P<more>{more})?"
    patterns = [
        rf"(?:{_LEAST})?(?:{_LEVEL}\s)?{name}(?P<more>{more}[\s-]speak(?:ing|ers?))",
        rf"(?:{_LEAST})?(?:{_LEVEL}\s)?{name}[\s-](?:speaking|speakers?)",
        rf"(?:who\s)?(?:speaks?|speaking)\s(?:{_LEAST})?(?:{_LEVEL}\s)?{several}(?P<fluently>\sfluently)?(?:{_BETTER})?",
        rf"(?:{_LEAST})?(?P<level>fluent|(?<!react[ -])native(?:[ -]level)?)\s(?:in\s)?{several}(?:{_BETTER})?",
        rf"(?P<level>fluen)cy\sin\s{several}",
        # "Conversational English" by itself may be what is taught.
        rf"{_LEAST}{_LEVEL}\s{several}",
        rf"{_LEVEL}\s{name}{_BETTER}",
    ]
    return [re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for pattern in patterns]


def _names() -> str:
    return "|".join(map(re.escape, sorted(languages_by_name(), key=len, reverse=True)))


def _more() -> str:
    """The rest of a list of languages: `, French and basic Italian`."""
    other = rf"(?:(?:{_LEVELS})\s(?:in\s)?)?(?:{_names()})\b"
    # Who has fluent English and teaches German need not be fluent in German.
    return rf"-?(?:,\s?{other})*,?\s?(?:and|&)\s?{other}(?!\s(?:{_TAUGHT}))"


@cache
def _each() -> re.Pattern[str]:
    return re.compile(rf"(?:{_LEVEL}\s(?:in\s)?)?\b(?P<name>{_names()})\b", re.IGNORECASE)


def language_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """Languages of a text that are to be spoken, all of a list. Of jobs it is not known how well."""
    for pattern in _patterns() if kind in _KINDS else ():
        for found in pattern.finditer(text):
            spoken = {languages_by_name()[name]: level for name, level in _spoken(found)}
            meanings = [OneOf((code,)) if kind is Kind.JOB else Speaks(code, level) for code, level in spoken.items()]
            yield Phrase(found.start(), found.end(), tuple(Condition(LANGUAGES_OF, meaning) for meaning in meanings))


def _spoken(found: re.Match[str]) -> Iterator[tuple[str, LanguageLevel | None]]:
    """The languages of a phrase in small letters, each with its level: its own, or that of the one before."""
    said = found.groupdict()
    level = LanguageLevel.FLUENT if said.get("fluently") else _level(said.get("level"))
    yield found["name"].lower(), level
    for other in _each().finditer(said.get("more") or ""):
        level = _level(other["level"]) or level
        yield other["name"].lower(), level


def _level(said: str | None) -> LanguageLevel | None:
    return next((level for level in LanguageLevel if said and level.startswith(said[:5].upper())), None)

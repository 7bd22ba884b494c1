"""Numbers that are no money: `4.5+ stars`, `rated 4.8 or higher`, `90% job success`, `fewer than 10 proposals`."""

import re
from collections.abc import Iterator

from resolvers.catalog.kind import Kind
from resolvers.understanding.condition import Between, Condition, Phrase, Place

_RATED = {Kind.JOB: ("client", "rating"), Kind.TALENT: ("rating",)}
WORDS = ("star", "rating", "rated", "success", "jss", "proposal")
"""One of these is in each phrase."""
_BESIDE_NUMBERS = frozenset(
    (
        *("star", "stars", "rated", "rating", "percent", "success", "score", "proposal", "proposals"),
        *("review", "reviews", "minute", "minutes", "hour", "hours", "hrs", "day", "days", "week", "weeks"),
        *("month", "months", "year", "years", "budget", "rate", "dollars", "euros", "pounds", "posted", "active"),
        *("last", "past", "hired", "hires", "jobs", "over", "under", "above", "below", "least", "most", "more"),
        *("less", "than", "within", "about", "around"),
    )
)
_NUMBER_BEFORE = re.compile(r"\d\s?[k%+]?[\s-]*\Z", re.IGNORECASE)
_NUMBER_BEHIND = re.compile(r"[\s:-]*[$€£]?\s?\d")
_LEAST = r"(?:at least|above|over|(?:more|higher|better) than|(?:no|not) less than|min\.?|minimum(?: of)?|>=?) ?"
_MORE = r"(?:\s?\+|,? (?:(?:or|and) (?:more|better|above|higher|up)))"
_STARS = r"(?P<stars>[1-5](?:[.,]\d)?)(?![.,]?\d)"
_BROKEN = r"(?P<stars>[1-5][.,]\d)(?!\d)"
_RATING = r"(?:(?<!verified )clients? rated|(?:client(?:['\u2019]s)? )?rating|rated)(?: of| is|:)?"
_PERCENT = r"(?P<percent>\d{1,3})(?![.,]?\d)"
_SUCCESS = r"(?:job success(?: (?:score|rate))?|success (?:score|rate)|jss)"
# What has a rating there is something that is built.
_BUILT = r"(?![ -](?:rat(?:ing|ed)[ -])?(?:app|bar|component|feature|icon|plugin|review|scale|system|widget)s?\b)"


def _compiled(*patterns: str) -> list[re.Pattern[str]]:
    return [re.compile(rf"(?<!\w)(?<!\d[.,])(?:{one})(?!\w)", re.IGNORECASE) for one in patterns]


_RATINGS = _compiled(
    rf"(?:{_RATING} )?(?:{_LEAST})?{_STARS}\s?\+?[ -]stars?(?!\w){_MORE}?(?:[ -]rat(?:ing|ed))?{_BUILT}",
    rf"{_RATING} {_LEAST}{_STARS}{_MORE}?",
    rf"{_RATING} {_STARS}{_MORE}",
    rf"{_LEAST}{_STARS}{_MORE}? rating{_BUILT}",
    rf"{_STARS}{_MORE} rating{_BUILT}",
    # "Rated 5" may be anything.
    rf"{_RATING} {_BROKEN}",
    rf"{_BROKEN} rating{_BUILT}",
)
_SUCCESSES = _compiled(
    rf"(?:{_LEAST})?{_PERCENT}\s?%{_MORE}? (?:{_SUCCESS}|success)",
    rf"{_SUCCESS}(?: of| is|:)? (?:{_LEAST})?{_PERCENT}\s?%?{_MORE}?",
)
_PROPOSALS = [
    (pattern, bound)
    for words, bound in (
        (r"fewer than|less than|under|below", "lt"),
        (r"at most|up to|(?:no|not) more than|max\.?|maximum(?: of)?", "lte"),
        (r"more than|over|above", "gt"),
        (r"at least|(?:no|not) (?:fewer|less) than|min\.?|minimum(?: of)?", "gte"),
    )
    for pattern in _compiled(rf"(?:{words}) (?P<count>\d{{1,4}}) proposals")
]
_NO_PROPOSALS = _compiled(r"(?:no|zero|0|without(?: any)?) proposals(?: yet| so far)?")


def goes_with_number(text: str, start: int, end: int) -> bool:
    """Whether what stands there is a usual word beside a number, with one beside it: `stars` in `6 stars`."""
    is_usual = text[start:end].lower() in _BESIDE_NUMBERS
    return is_usual and bool(_NUMBER_BEFORE.search(text[:start]) or _NUMBER_BEHIND.match(text, end))


def number_phrases(kind: Kind, text: str) -> Iterator[Phrase]:
    """Numbers of a text that are no money: stars, job success, proposals."""
    for pattern in _RATINGS if kind in _RATED else ():
        for found in pattern.finditer(text):
            yield _phrase(found, _RATED[kind], Between(gte=float(found["stars"].replace(",", "."))))
    for pattern in _SUCCESSES if kind is Kind.TALENT else ():
        for found in pattern.finditer(text):
            if int(found["percent"]) <= 100:
                yield _phrase(found, ("job_success_score",), Between(gte=int(found["percent"])))
    if kind is Kind.JOB:
        yield from _proposals(text)


def _proposals(text: str) -> Iterator[Phrase]:
    for pattern, bound in _PROPOSALS:
        for found in pattern.finditer(text):
            yield _phrase(found, ("proposal_count",), Between(**{bound: int(found["count"])}))
    for pattern in _NO_PROPOSALS:
        for found in pattern.finditer(text):
            yield _phrase(found, ("proposal_count",), Between(lte=0))


def _phrase(found: re.Match[str], place: Place, bounds: Between) -> Phrase:
    return Phrase(found.start(), found.end(), (Condition(place, bounds),))

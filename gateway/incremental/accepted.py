"""Which answers in parts a client takes, by its Accept header.

Named has to be `multipart/mixed` itself: whoever takes anything (`*/*`) reads JSON.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from graphql import InitialIncrementalExecutionResult

from gateway.accept import LONGEST_REMEMBERED, MOST_REMEMBERED
from gateway.incremental.forms import Current, Form, Older, Show
from gateway.plain_numbers import plain_number
from gateway.refusals import NotAcceptable

MULTIPART = "multipart/mixed"
ADVICE = (
    "the operation has @defer or @stream, and the request does not take an answer in parts; send the header "
    "`Accept: multipart/mixed; incrementalSpec=v0.2, application/json`, or `deferSpec=20220824` in it for a client of "
    "the older form, or leave the directives out"
)
OF_SPEC = ("incrementalspec", "deferspec", "subscriptionspec")
"""Parameters by which clients say what they expect in the parts; the last is for something else."""
MakeForm: TypeAlias = Callable[[InitialIncrementalExecutionResult, Show], Form]


class Spoken(NamedTuple):
    """A form of answers in parts, and the parameter of the media type that says so."""

    form: MakeForm
    parameter: str


CURRENT = Spoken(Current, "incrementalSpec=v0.2")
OLDER = Spoken(Older, "deferSpec=20220824")
# Clients without a parameter are from before there was any. GraphQL Yoga does so too, and urql reads lists in the older
# form alone.
SPOKEN: Mapping[tuple[str, ...], Spoken] = {
    (): OLDER,
    **{(one.parameter.lower(),): one for one in (CURRENT, OLDER)},
}
"""By the parameters of the media type."""


def spoken(accept: str) -> Spoken:
    """The form that a client wants the most, of equals the first. Raises NotAcceptable where it wants none."""
    found = _remembered(accept) if len(accept) <= LONGEST_REMEMBERED else _best(accept)
    if found is None:
        raise NotAcceptable(ADVICE)
    return found


def _best(accept: str) -> Spoken | None:
    best, most = None, 0.0
    for one in accept.lower().split(","):
        media_type, *parameters = (piece.strip().replace('"', "").replace(" ", "") for piece in one.split(";"))
        of_spec = tuple(piece for piece in parameters if piece.partition("=")[0] in OF_SPEC)
        quality = _quality(parameters)
        if media_type == MULTIPART and of_spec in SPOKEN and quality > most:
            best, most = SPOKEN[of_spec], quality
    return best


def _quality(parameters: list[str]) -> float:
    """The weight of a media range; one that is broken is not wanted."""
    given = next((value for name, _, value in (one.partition("=") for one in parameters) if name == "q"), "1")
    return plain_number(given) or 0.0


_remembered = lru_cache(MOST_REMEMBERED)(_best)

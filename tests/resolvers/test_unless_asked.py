"""What a filter asks for by name: closed jobs, and talent that takes no work."""

import pytest

from resolvers.ranking.rules import Rule
from resolvers.recommendations.unless_asked import asked_for
from resolvers.recommendations.wish import Wish
from resolvers.sources.base import EVERYTHING, AllOf, AnyOf, Exists, Filter, Not, Terms

AWAY, FULL_TIME = Terms("availability", ("UNAVAILABLE",)), Terms("availability", ("FULL_TIME",))
OPEN, CLOSED = Terms("status", ("OPEN",)), Terms("status", ("CLOSED",))
ALL_THAT_WORK = Terms("availability", ("AS_NEEDED", "PART_TIME", "FULL_TIME"))


@pytest.mark.parametrize(
    ("wanted", "rules"),
    [
        (EVERYTHING, set()),
        (FULL_TIME, set()),
        (AWAY, {Rule.UNAVAILABLE}),
        (CLOSED, {Rule.CLOSED}),
        (Terms("availability", ("UNAVAILABLE", "FULL_TIME")), {Rule.UNAVAILABLE}),
        (Terms("title", ("UNAVAILABLE", "CLOSED")), set()),
        (Exists("country"), set()),
        (Not(FULL_TIME), set()),
        (Not(AWAY), set()),
        (Not(Not(AWAY)), {Rule.UNAVAILABLE}),
        (Not(ALL_THAT_WORK), {Rule.UNAVAILABLE}),
        (Not(OPEN), {Rule.CLOSED}),
        (AnyOf((FULL_TIME, AllOf((AWAY, CLOSED)))), {Rule.UNAVAILABLE, Rule.CLOSED}),
        (Not(AnyOf((FULL_TIME, AWAY))), set()),
    ],
)
def test_a_value_is_asked_for_where_it_may_pass_by_name_or_alone_is_left(wanted: Filter, rules: set[Rule]) -> None:
    assert asked_for(wanted) == rules
    assert Wish(wanted).rules == set(Rule) - rules

"""What was done with the items of each query, in little memory: there are many events of few kinds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from resolvers.sources.feedback import Action, Event

BITS = {action: 1 << at for at, action in enumerate(Action)}
Done = Mapping[int, int]
"""The actions at each position of a query, a bit of BITS for each; a position without any is not there."""
NOTHING_DONE: Done = {}


def bits(actions: Iterable[Action]) -> int:
    """Some actions in one number."""
    return sum(BITS[action] for action in set(actions))


def actions_in(done: int) -> list[Action]:
    """The actions of which `bits` has made a number."""
    return [action for action, bit in BITS.items() if done & bit]


def done_by_query(events: Iterable[Event]) -> dict[str, Done]:
    """What was done, by the id of the query. Which item is at a position the query says."""
    found: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for event in events:
        found[event.query_id][event.position] |= BITS[event.action]
    return dict(found)

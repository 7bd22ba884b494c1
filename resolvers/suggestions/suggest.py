"""What completes a text while it is typed, of several kinds."""

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest

from resolvers.catalog.kind import Kind
from resolvers.context import Context
from resolvers.errors import InvalidRequest, check_count
from resolvers.sources.typeahead import HOLDERS, TITLED, Suggested, SuggestRequest, typed_words

SUGGESTED_KINDS = (*HOLDERS, *TITLED)
LONGEST_PREFIX = 100
MOST_SUGGESTIONS = 50


async def suggest(context: Context, prefix: str, kinds: Sequence[Kind] | None, first: int) -> list[Suggested]:
    """At most `first` suggestions; the kinds take turns, in the order given, so that each of them is seen.

    Raises InvalidRequest for arguments that cannot be meant, and SourceError when the engine does not answer.
    """
    wanted = tuple(dict.fromkeys(SUGGESTED_KINDS if kinds is None else kinds))
    _check(prefix, wanted, first)
    typed = typed_words(prefix)
    requests = [SuggestRequest(kind, typed, first) for kind in wanted]
    found = await context.suggestions.load_many(requests) if typed and first else []
    return _by_turns(found)[:first]


def _check(prefix: str, kinds: Sequence[Kind], first: int) -> None:
    if len(prefix) > LONGEST_PREFIX:
        raise InvalidRequest(f"`prefix` has {len(prefix)} characters, and may have {LONGEST_PREFIX}; shorten it")
    if not kinds or not set(kinds) <= set(SUGGESTED_KINDS):
        raise InvalidRequest(f"`kinds` takes one or more of {', '.join(SUGGESTED_KINDS)}")
    check_count(first, MOST_SUGGESTIONS, f"`first` is {first}; ask for 0 to {MOST_SUGGESTIONS} suggestions")


def _by_turns(found: Iterable[Sequence[Suggested]]) -> list[Suggested]:
    return [one for one in chain.from_iterable(zip_longest(*found)) if one is not None]

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

    An abbreviation that is known, such as `k8s`, suggests what it stands for too.

    Raises InvalidRequest for arguments that cannot be meant, and SourceError when the engine does not answer.
    """
    wanted = tuple(dict.fromkeys(SUGGESTED_KINDS if kinds is None else kinds))
    _check(prefix, wanted, first)
    if not typed_words(prefix) or not first:
        return []
    meant = context.vocabulary.written_out(prefix)
    texts = [prefix] if meant is None else [meant, prefix]
    requests = [SuggestRequest(kind, typed_words(text), first) for text in texts for kind in wanted]
    found: Sequence[Sequence[Suggested]] = await context.suggestions.load_many(requests)
    if meant is not None:
        found = [_both(*same) for same in zip(found[: len(wanted)], found[len(wanted) :], strict=True)]
    return _by_turns(found)[:first]


def _check(prefix: str, kinds: Sequence[Kind], first: int) -> None:
    if len(prefix) > LONGEST_PREFIX:
        raise InvalidRequest(f"`prefix` has {len(prefix)} characters, and may have {LONGEST_PREFIX}; shorten it")
    if not kinds or not set(kinds) <= set(SUGGESTED_KINDS):
        raise InvalidRequest(f"`kinds` takes one or more of {', '.join(SUGGESTED_KINDS)}")
    check_count(first, MOST_SUGGESTIONS, f"`first` is {first}; ask for 0 to {MOST_SUGGESTIONS} suggestions")


def _both(meant: Sequence[Suggested], typed: Sequence[Suggested]) -> list[Suggested]:
    """What an abbreviation stands for, and behind it what begins like it; what is both is shown by what was typed."""
    as_typed = {(one.text, one.ref): one for one in typed}
    first = {(one.text, one.ref): as_typed.get((one.text, one.ref), one) for one in meant}
    return list((first | as_typed).values())


def _by_turns(found: Iterable[Sequence[Suggested]]) -> list[Suggested]:
    return [one for one in chain.from_iterable(zip_longest(*found)) if one is not None]

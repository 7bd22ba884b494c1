"""What a search was given and made nothing of, and why."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

import strawberry
from graphql import VariableNode, value_from_ast_untyped

from resolvers.search.search import Search
from resolvers.sources.base import Filter, Not, RetrievalMode, Terms
from resolvers.sources.words import left_out, unwanted_parts
from schema.contradictions import FIXED_PRICE, HOURLY, MEANS, facts, field_of, impossible
from schema.domains import domains
from schema.entity import Info
from schema.enums import described
from schema.inputs import HAS_EFFECT_WHEN_EMPTY

Arguments = Mapping[str, Any]
LISTS = ("all", "matching")
"""Lists of inputs that are looked into."""
NEEDS = {"BUDGET": FIXED_PRICE[0], "HOURLY_RATE": HOURLY[0]}
"""The orders of jobs that need a fact, and what a job with the fact is."""


class IgnoredReason(Enum):
    NULL = "NULL"
    EMPTY = "EMPTY"
    BLANK_QUERY = "BLANK_QUERY"
    COMMON_WORD = "COMMON_WORD"
    UNWANTED = "UNWANTED"
    WITHOUT_QUERY = "WITHOUT_QUERY"
    FACT_MISSING = "FACT_MISSING"
    NOT_BY_RELEVANCE = "NOT_BY_RELEVANCE"
    MEANING_UNAVAILABLE = "MEANING_UNAVAILABLE"


described(
    IgnoredReason,
    "IgnoredReason",
    "Why a part of a search had no effect.",
    NULL="It was null, which restricts nothing and prefers nothing.",
    EMPTY="It was empty, and an empty one restricts nothing and prefers nothing.",
    BLANK_QUERY="The query had no text, so that everything was searched.",
    COMMON_WORD="A word that says nothing of what is wanted, such as `the` or `who`, is not looked for.",
    UNWANTED="What the query says is not wanted, behind `except` or `excluding`, is not looked for. It is not kept "
    "away either: filter by `not` for that.",
    WITHOUT_QUERY="It is about how a text is matched, and there was no text.",
    FACT_MISSING="No item that the filter lets through has the fact that the order goes by.",
    NOT_BY_RELEVANCE="It changes the order by relevance, and `sort` asks for another order.",
    MEANING_UNAVAILABLE="Texts could not be matched by meaning, so that words alone were matched.",
)


@strawberry.type(description="A part of a search that had no effect.")
class IgnoredInput:
    path: list[str] = strawberry.field(description='The way to it from the arguments, such as `["filter", "budget"]`.')
    reason: IgnoredReason = strawberry.field(description="Why it had none.")
    message: str = strawberry.field(description="The same in words, with what to do where something can be done.")


class Ignored(NamedTuple):
    """A part that had no effect, and why."""

    path: tuple[str, ...]
    reason: IgnoredReason
    message: str

    def told(self) -> IgnoredInput:
        return IgnoredInput(path=list(self.path), reason=self.reason, message=self.message)


def arguments_of(info: Info) -> Arguments:
    """The arguments of the field as they were written, where the values of variables are put in."""
    [node, *_] = info._raw_info.field_nodes  # noqa: SLF001  Strawberry has no other way to see what was left out
    variables = info.variable_values
    return {
        argument.name.value: value_from_ast_untyped(argument.value, variables)
        for argument in node.arguments or ()
        if not isinstance(argument.value, VariableNode) or argument.value.name.value in variables
    }


async def ignored(search: Search, arguments: Arguments) -> list[IgnoredInput]:
    """The parts of a search that had no effect."""
    found = [
        *_of_text(search, arguments),
        *_of_inputs(arguments),
        *_of_sort(search),
        *_of_preferences(search, arguments),
    ]
    wanted = search.about.mode
    if _has_text(search) and wanted is not RetrievalMode.LEXICAL:
        mode = (await search.answered()).mode
        if mode is RetrievalMode.LEXICAL:
            message = f"texts were matched by words alone instead of {wanted.value}; `meta.reasons` says more"
            found.append(Ignored(("mode",), IgnoredReason.MEANING_UNAVAILABLE, message))
    return [one.told() for one in found]


def _has_text(search: Search) -> bool:
    return bool((search.about.text or "").strip())


def _of_text(search: Search, arguments: Arguments) -> Iterator[Ignored]:
    text = search.about.text
    query = arguments.get("query", "")
    if query is None:
        yield Ignored(("query",), IgnoredReason.NULL, "`query` is null: everything is searched")
    elif "query" in arguments and not str(query).strip():
        yield Ignored(("query",), IgnoredReason.BLANK_QUERY, "`query` is blank: everything is searched")
    elif text is not None and search.about.mode is RetrievalMode.LEXICAL:
        for word in left_out(text):
            message = f"`{word}` says nothing of what is wanted, and is not looked for beside other words"
            yield Ignored(("query",), IgnoredReason.COMMON_WORD, message)
    for part in unwanted_parts(search.said or ""):
        message = f"`{part}` says what is not wanted, and is not looked for; filter by `not` to keep it away"
        yield Ignored(("query",), IgnoredReason.UNWANTED, message)
    if "mode" in arguments and not _has_text(search):
        message = "`mode` says how a text is matched; give a `query` for it"
        yield Ignored(("mode",), IgnoredReason.WITHOUT_QUERY, message)


def _of_sort(search: Search) -> Iterator[Ignored]:
    needed = NEEDS.get(search.about.sort)
    if needed is not None and _excludes(search.about.filter, needed, search):
        message = f"`sort` {search.about.sort} goes by a fact that no job of this filter has: they are in order of id"
        yield Ignored(("sort",), IgnoredReason.FACT_MISSING, message)


def _excludes(wanted: Filter, needed: Terms, search: Search) -> bool:
    """Whether nothing that passes a filter can be what is needed."""
    [kind] = search.about.kinds
    known = [one.atom for one in facts(wanted, ())]
    meant = [one for atom in known if not isinstance(atom, Not) for one, _ in MEANS.get(atom.field, ())]
    atoms = [atom for atom in (*known, *meant) if field_of(atom) == needed.field]
    return impossible([*atoms, needed], domains(kind)[needed.field])


def _of_preferences(search: Search, arguments: Arguments) -> Iterator[Ignored]:
    if arguments.get("prefer") and search.about.sort != "RELEVANCE":
        message = f"`prefer` changes the order by relevance, and `sort` is {search.about.sort}; leave one of them out"
        yield Ignored(("prefer",), IgnoredReason.NOT_BY_RELEVANCE, message)


def _of_inputs(arguments: Arguments) -> Iterator[Ignored]:
    for name in ("filter", "prefer"):
        # An empty filter as a whole is what a facet has ready to be sent where nothing is left.
        if name in arguments and (name, arguments[name]) != ("filter", {}):
            yield from _empties(name, arguments[name], (name,))


def _empties(name: str, value: Any, path: tuple[str, ...]) -> Iterator[Ignored]:
    """What restricts nothing in an input. What is under `any` or `not` is judged as a whole."""
    shown, nothing = ".".join(path), "prefers nothing" if path[0] == "prefer" else "restricts nothing"
    if value is None:
        yield Ignored(path, IgnoredReason.NULL, f"`{shown}` is null, which {nothing}")
    elif name in HAS_EFFECT_WHEN_EMPTY:
        return
    elif value in ({}, []):
        yield Ignored(path, IgnoredReason.EMPTY, f"`{shown}` is empty, and {nothing}; leave it out")
    elif isinstance(value, dict):
        for inner, one in value.items():
            yield from _empties(inner, one, (*path, inner))
    elif name in LISTS and isinstance(value, list):
        for at, one in enumerate(value):
            yield from _empties("", one, (*path, str(at)))

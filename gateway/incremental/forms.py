"""The two forms in which clients read the parts of an answer.

`Current` is that of graphql-js 17 and of the proposal for the specification
(https://github.com/graphql/graphql-spec/pull/1110), which Apollo calls `incrementalSpec=v0.2`: something that is to
come is announced by an id, delivered by it, and completed. No field is delivered twice.

`Older` is that of graphql-js 17.0.0-alpha.2, which Apollo calls `deferSpec=20220824`, and which Relay reads: each
fragment is one piece, found by its path and its label.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import orjson
from graphql import (
    GraphQLError,
    IncrementalDeferResult,
    IncrementalStreamResult,
    InitialIncrementalExecutionResult,
    SubsequentIncrementalExecutionResult,
)
from graphql.execution import CompletedResult, PendingResult

from gateway.incremental.whole import Whole

Shown: TypeAlias = dict[str, Any]
"""A part as it is written. Data that still grow are written already, as a fragment of JSON."""
Show: TypeAlias = Callable[[Sequence[GraphQLError]], list[Shown]]
"""What a client gets to see of errors."""
Later: TypeAlias = SubsequentIncrementalExecutionResult
Added: TypeAlias = IncrementalDeferResult | IncrementalStreamResult
"""More fields of an object, or more items of a list."""
NO_ERRORS: Mapping[str, Any] = {}


class Form(Protocol):
    """Writes the parts of one answer, each once and in their order. `whole` is what they come to."""

    whole: Whole

    def first(self) -> Shown:
        """The first part."""

    def later(self, result: Later) -> Shown | None:
        """A part behind it; None where there is nothing to say in this form."""


class Current:
    """Each part as graphql-core has it."""

    def __init__(self, first: InitialIncrementalExecutionResult, show: Show) -> None:
        self.whole, self._first, self._show = Whole(first), first, show

    def first(self) -> Shown:
        pending = [one.formatted for one in self._first.pending]
        return {
            "data": _written(self.whole.data),
            **self._errors(self._first.errors),
            "pending": pending,
            "hasNext": True,
        }

    def later(self, result: Later) -> Shown:
        shown: Shown = {"hasNext": result.has_next}
        self.whole.expect(result.pending or ())
        if result.pending:
            shown["pending"] = [one.formatted for one in result.pending]
        if result.incremental:
            shown["incremental"] = [self._delivered(one) for one in result.incremental]
        if result.completed:
            shown["completed"] = [{"id": one.id, **self._errors(one.errors)} for one in result.completed]
        for one in result.completed or ():
            self.whole.fail(one.errors or ())
        return shown

    def _delivered(self, part: Added) -> Shown:
        is_list = isinstance(part, IncrementalStreamResult)
        shown: Shown = {"id": part.id, "items" if is_list else "data": _written(_content(part))}
        if part.sub_path:
            shown["subPath"] = part.sub_path
        self.whole.add(part)
        return {**shown, **self._errors(part.errors)}

    def _errors(self, errors: Sequence[GraphQLError] | None) -> Mapping[str, Any]:
        return {"errors": self._show(errors)} if errors else NO_ERRORS


class Older:
    """Each fragment is one piece, with all that is known below the fields that it adds to."""

    def __init__(self, first: InitialIncrementalExecutionResult, show: Show) -> None:
        self.whole, self._first, self._show = Whole(first), first, show
        self._delivered = set[str]()

    def first(self) -> Shown:
        return {"data": _written(self.whole.data), **self._errors(self._first.errors), "hasNext": True}

    def later(self, result: Later) -> Shown | None:
        self.whole.expect(result.pending or ())
        pieces = self._pieces(result.incremental or ())
        pieces += [piece for one in result.completed or () for piece in self._completed(one)]
        if not pieces:
            return None if result.has_next else {"hasNext": False}
        return {"incremental": pieces, "hasNext": result.has_next}

    def _pieces(self, parts: Sequence[Added]) -> list[Shown]:
        """A piece for each list that goes on, and one for each fragment, which may have several parts."""
        by_id: dict[str, list[Added]] = {}
        for part in parts:
            by_id.setdefault(part.id, []).append(part)
        return [self._piece(self.whole.pending(id_), of) for id_, of in by_id.items()]

    def _piece(self, of: PendingResult, parts: Sequence[Added]) -> Shown:
        self._delivered.add(of.id)
        place = self._place(of)
        content: Any = self._items(parts) if isinstance(parts[0], IncrementalStreamResult) else self._fields(of, parts)
        errors = [error for part in parts for error in part.errors or ()]
        return {**content, **place, **self._errors(errors)}

    def _items(self, parts: Sequence[Added]) -> Shown:
        for part in parts:
            self.whole.add(part)
        return {"items": _written([item for part in parts for item in _content(part)])}

    def _fields(self, of: PendingResult, parts: Sequence[Added]) -> Shown:
        keys: dict[str | int, None] = {}
        for part in parts:
            self.whole.add(part)
            keys |= dict.fromkeys([part.sub_path[0]] if part.sub_path else _content(part))
        known = self.whole.at(of.path)
        return {"data": _written({key: known[key] for key in keys})}

    def _completed(self, one: CompletedResult) -> list[Shown]:
        """A piece for what has failed, and for a fragment that others have brought all fields of."""
        of = self.whole.pending(one.id)
        is_list = isinstance(self.whole.at(of.path), list)
        if one.errors:
            self.whole.fail(one.errors)
            return [{"items" if is_list else "data": None, **self._place(of), **self._errors(one.errors)}]
        return [] if is_list or one.id in self._delivered else [{"data": {}, **self._place(of)}]

    def _place(self, of: PendingResult) -> Shown:
        """The path of a fragment, or of the next item of a list; and the label."""
        there = self.whole.at(of.path)
        path = [*of.path, len(there)] if isinstance(there, list) else of.path
        return {"path": path, **({} if of.label is None else {"label": of.label})}

    def _errors(self, errors: Sequence[GraphQLError] | None) -> Mapping[str, Any]:
        return {"errors": self._show(errors)} if errors else NO_ERRORS


def _content(part: Added) -> Any:
    return part.items if isinstance(part, IncrementalStreamResult) else part.data


def _written(value: Any) -> orjson.Fragment:
    # Parts that come later are put into the same objects.
    return orjson.Fragment(orjson.dumps(value))

"""What a cluster would say, without one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from resolvers.catalog.kind import Kind
from resolvers.sources.opensearch.manifest import FORMAT, Generation, Manifest
from resolvers.sources.opensearch.names import Names
from resolvers.sources.opensearch.responses import Facts, Found, Hits
from resolvers.sources.sort_keys import id_sort_key

GENERATION = "20260501t120000.000000z-00000001"
CREATED = datetime(2026, 5, 1, 12, tzinfo=UTC)
NAMES = Names("shop")


def generation(shards: int = 1, embedder: str | None = "topics-4") -> Generation:
    """A generation of indexes that nobody has."""
    manifest = Manifest(FORMAT, GENERATION, shards, embedder, 4 if embedder else 0, CREATED, 10)
    return Generation(GENERATION, NAMES, dict.fromkeys(Kind, manifest))


def hits(*scored: tuple[str, float], total: int | None = None, partial: bool = False, facts: Any = None) -> Hits:
    """Hits of ids with scores, and with the records that `facts` has of them."""
    found = [Found((score, id_sort_key(id_)), _facts(facts, id_)) for id_, score in scored]
    return Hits(found, total, partial)


def listed(*ids: str, facts: Any, total: int | None = None, partial: bool = False) -> Hits:
    """Hits of a listing, whose keys are `key-` and the id."""
    return Hits([Found((f"key-{id_}",), _facts(facts, id_)) for id_ in ids], total, partial)


def _facts(facts: Mapping[str, Any] | None, id_: str) -> Facts | None:
    return None if facts is None else Facts(msgspec.Raw(msgspec.json.encode(facts[id_])))


class Scripted:
    """A cluster that answers with what it is given, and writes down what it was asked."""

    def __init__(self, answers: Sequence[Any]) -> None:
        self.asked: list[tuple[str, str, bytes | None, dict[str, str]]] = []
        self.calls: list[Any] = []
        self._answers = iter(answers)

    async def ask(
        self, method: str, path: str, body: bytes | None = None, *, call: Any, params: Mapping[str, str] | None = None
    ) -> str:
        self.asked.append((method, path, body, dict(params or {})))
        self.calls.append(call)
        answer = next(self._answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, str) else msgspec.json.encode(answer).decode()

    async def close(self) -> None:
        """There is nothing to close."""

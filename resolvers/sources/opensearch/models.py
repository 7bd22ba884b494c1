"""Learned rankers in a cluster, so that all servers see the same ones: an index of their own.

A model is one document that is only ever created, and which models are in use is one more, changed by the version that
was read.
"""

import re
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import cached_property
from typing import Any

import msgspec
from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConflictError, NotFoundError, TransportError

from resolvers.errors import ModelRefused, SourceError
from resolvers.sources.feedback import Surface
from resolvers.sources.models import MODEL_NAME, MODEL_NUMBER, Promotions, StoredModel
from resolvers.sources.opensearch.beside import HIDDEN, create_index, source_errors
from resolvers.sources.opensearch.connection import ClusterOptions, blocking_client
from resolvers.sources.opensearch.names import Names

PROMOTED = "promoted"
MOST_MODELS = 10_000
MOST_TRIES = 20
"""How often somebody else may have been faster, in a row."""
CLIENT_THREADS = 2
NOT_READY, READY_TRIES, READY_SECONDS = 503, 10, 0.2
"""An index that was just made may not answer yet."""
UNREACHABLE = "the models cannot be reached"
INDEX = {
    "settings": HIDDEN,
    "mappings": {
        "dynamic": "strict",
        "properties": {
            "number": {"type": "integer"},
            "manifest": {"type": "binary"},
            "trees": {"type": "binary"},
            PROMOTED: {"type": "object", "enabled": False},
        },
    },
}


class ClusterRegistry:
    """A `ModelRegistry` in a cluster, under the names of a prefix. Its index is made with the first model."""

    def __init__(self, options: ClusterOptions, prefix: str) -> None:
        self._options, self._index = options, Names(prefix).models

    @cached_property
    def _client(self) -> OpenSearch:
        return blocking_client(self._options, threads=CLIENT_THREADS)

    def names(self) -> list[str]:
        body = {"query": {"exists": {"field": "number"}}, "sort": ["number"], "size": MOST_MODELS, "_source": False}
        with source_errors(UNREACHABLE):
            try:
                found = _ready(lambda: self._client.search(index=self._index, body=body))
            except NotFoundError:
                return []
        return [hit["_id"] for hit in found["hits"]["hits"] if re.fullmatch(MODEL_NUMBER, hit["_id"])]

    def add(self, model: StoredModel) -> str:
        number = max((int(name.rpartition("-")[2]) for name in self.names()), default=0)
        with source_errors(UNREACHABLE):
            create_index(self._client, self._index, INDEX)
            for tried in range(1, MOST_TRIES + 1):
                name = MODEL_NAME.format(number + tried)
                if self._put(name, _document(number + tried, model), op_type="create"):
                    return name
        raise _too_many()

    def read(self, name: str) -> StoredModel:
        source = self._get(name).get("_source", {}) if re.fullmatch(MODEL_NUMBER, name) else {}
        if not source:
            raise ModelRefused(f"there is no model {name} in the cluster: `models list` says which there are")
        try:
            return StoredModel(b64decode(source["manifest"]), b64decode(source["trees"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelRefused(f"the model {name} in the cluster is damaged ({error!r})") from error

    def promotions(self) -> Promotions:
        return _promotions(self._get(PROMOTED))

    def promote(self, change: Callable[[Promotions], Promotions]) -> Promotions:
        with source_errors(UNREACHABLE):
            create_index(self._client, self._index, INDEX)
        for _ in range(MOST_TRIES):
            found = self._get(PROMOTED)
            changed = change(_promotions(found))
            with source_errors(UNREACHABLE):
                if self._put(PROMOTED, {PROMOTED: msgspec.to_builtins(changed, str_keys=True)}, **_unchanged(found)):
                    return changed
        raise _too_many()

    def close(self) -> None:
        if "_client" in self.__dict__:
            self._client.close()

    def _get(self, id_: str) -> dict[str, Any]:
        with source_errors(UNREACHABLE):
            try:
                return _ready(lambda: self._client.get(index=self._index, id=id_))
            except NotFoundError:
                return {}

    def _put(self, id_: str, body: dict[str, Any], **conditions: Any) -> bool:
        """Whether it was written, as opposed to somebody else being faster."""
        try:
            self._client.index(index=self._index, id=id_, body=body, refresh="wait_for", **conditions)
        except ConflictError:
            return False
        return True


def _ready(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What an index answers, which somebody else may just have made."""
    for _ in range(READY_TRIES):
        try:
            return ask()
        except TransportError as error:
            if error.status_code != NOT_READY:
                raise
        time.sleep(READY_SECONDS)
    return ask()


def _document(number: int, model: StoredModel) -> dict[str, Any]:
    return {
        "number": number,
        "manifest": b64encode(model.manifest).decode(),
        "trees": b64encode(model.trees).decode(),
    }


def _promotions(found: dict[str, Any]) -> Promotions:
    try:
        return msgspec.convert(found.get("_source", {}).get(PROMOTED, {}), dict[Surface, list[str]])
    except msgspec.ValidationError as error:
        raise SourceError(f"what the cluster says of the models in use cannot be read ({error})") from error


def _unchanged(found: dict[str, Any]) -> dict[str, Any]:
    if not found:
        return {"op_type": "create"}
    return {"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}


def _too_many() -> SourceError:
    return SourceError("others change the models all the time: try again")

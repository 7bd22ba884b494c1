"""The indexes of a prefix as the cluster has them: made, completed, switched to, and removed."""

from collections.abc import Mapping
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError

from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import KINDS
from resolvers.errors import IndexingError, SourceUnavailable
from resolvers.sources.opensearch.kept import Kept
from resolvers.sources.opensearch.manifest import Generation, Manifest
from resolvers.sources.opensearch.mapping import LOADING, serving, template
from resolvers.sources.opensearch.names import Names

COMPLETE_SECONDS = 300
"""How long the cluster may take to write a whole generation to disk."""
KNN_PLUGIN = "opensearch-knn"
DERIVED_SOURCE_SINCE = 3
"""The major version whose k-NN plugin knows of derived source."""


class Indices:
    """Changes what the cluster has under a prefix. Only the holder of the write lock may."""

    def __init__(self, client: OpenSearch, names: Names) -> None:
        self._client, self._names = client, names

    def has_vectors(self) -> bool:
        """Whether the cluster can search vectors."""
        plugins = self._client.cat.plugins(format="json", h="component")
        return any(plugin["component"] == KNN_PLUGIN for plugin in plugins)

    def create(self, manifest: Manifest) -> None:
        """Make the empty indexes of a generation, ready to be loaded."""
        major = int(self._client.info()["version"]["number"].split(".")[0])
        for kind, spec in KINDS.items():
            about = template(
                spec,
                self._names.pattern(kind),
                shards=manifest.shards,
                dimension=manifest.dimension,
                derived_source=major >= DERIVED_SOURCE_SINCE,
            )
            self._client.indices.put_index_template(name=self._names.alias(kind), body=about)
            body = {"settings": LOADING, "mappings": {"_meta": manifest.meta()}}
            self._client.indices.create(index=self._names.index(kind, manifest.generation), body=body)

    def complete(self, manifests: Mapping[Kind, Manifest], replicas: int) -> None:
        """Make what was loaded visible, check that all of it is there, and say so in the indexes."""
        indexes = {self._names.index(kind, manifest.generation): manifest for kind, manifest in manifests.items()}
        self._client.indices.refresh(index=list(indexes))
        # What was loaded is only in the node's memory yet, as the loading settings allow: a killed node would lose it.
        self._client.indices.flush(index=list(indexes), wait_if_ongoing=True, request_timeout=COMPLETE_SECONDS)
        for index, manifest in indexes.items():
            there = self._client.count(index=index)["count"]
            if there != manifest.count:
                raise IndexingError(f"{index} has {there:,} documents instead of {manifest.count:,}: index again")
            self._client.indices.put_mapping(index=index, body={"_meta": manifest.meta()})
        self._client.indices.put_settings(index=list(indexes), body=serving(replicas))

    def keep(self, generation: str, kept: Kept[Any], content: bytes) -> None:
        """Keep what is known of the whole catalog beside the documents that it was learned from."""
        index = self._names.index(kept.kind, generation)
        self._client.index(index=index, id=kept.name, body=kept.document(content), refresh=True)

    def switch(self, generation: str) -> None:
        """Make a generation the one in use and the one before it the previous one, of all kinds at once."""
        actions: list[dict[str, Any]] = []
        for kind in KINDS:
            current, previous = self._names.alias(kind), self._names.previous(kind)
            leads_to = self._led_to(current)
            actions += [_remove(index, previous) for index in self._led_to(previous)]
            actions += [action for old in leads_to for action in (_remove(old, current), _add(old, previous))]
            actions.append(_add(self._names.index(kind, generation), current))
        self._client.indices.update_aliases(body={"actions": actions})

    def previous(self) -> Generation:
        """The previous generation. Raises IndexingError when there is none, or none that this gateway can read."""
        indexes = [index for kind in KINDS for index in self._led_to(self._names.previous(kind))]
        if not indexes:
            raise IndexingError("there is no previous index to go back to")
        found = self._client.indices.get_mapping(index=",".join(indexes))
        try:
            return Generation.of(self._names, {index: found[index]["mappings"].get("_meta") for index in indexes})
        except SourceUnavailable as error:
            raise IndexingError(f"there is no going back to the previous index: {error.message}") from error

    def remove_unused(self) -> None:
        """Remove the indexes that no alias leads to: those of interrupted runs, and those before the previous one."""
        patterns = ",".join(self._names.pattern(kind) for kind in KINDS)
        found = self._client.indices.get_alias(index=patterns)
        for index in self._names.ours(found):
            if not found[index]["aliases"]:
                self._client.indices.delete(index=index, ignore_unavailable=True)

    def remove(self, generation: str) -> None:
        """Remove a generation that is not in use."""
        self._client.indices.delete(index=",".join(self._names.indexes(generation)), ignore_unavailable=True)

    def _led_to(self, alias: str) -> list[str]:
        try:
            return list(self._client.indices.get_alias(index=self._names.everything, name=alias))
        except NotFoundError:
            return []


def _add(index: str, alias: str) -> dict[str, Any]:
    return {"add": {"index": index, "alias": alias}}


def _remove(index: str, alias: str) -> dict[str, Any]:
    return {"remove": {"index": index, "alias": alias}}

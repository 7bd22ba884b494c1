"""Indexes in an OpenSearch that other tests may be using too: each under a prefix of its own, removed at the end."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from resolvers.sources.embedding import Embedder
from resolvers.sources.opensearch.changing import OpenSearchChanges
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.source import OpenSearchSource
from resolvers.sources.opensearch.target import OpenSearchTarget
from tests.servers.opensearch.access import OpenSearchAccess


@dataclass(frozen=True)
class Place:
    """A prefix in a cluster."""

    server: OpenSearchAccess
    prefix: str

    @property
    def options(self) -> ClusterOptions:
        server = self.server
        return ClusterOptions((server.address,), server.username, server.password, server.ca_file)

    def target(self, **options: Any) -> OpenSearchTarget:
        return OpenSearchTarget(self.options, prefix=self.prefix, **options)

    def source(self, embedder: Callable[[], Embedder], reload_seconds: float = 60, **options: Any) -> OpenSearchSource:
        return OpenSearchSource(self.options, embedder, prefix=self.prefix, reload_seconds=reload_seconds, **options)

    def changes(self, **options: Any) -> OpenSearchChanges:
        return OpenSearchChanges(self.options, prefix=self.prefix, **options)

    def indexes(self) -> dict[str, list[str]]:
        """The indexes under the prefix and the aliases that lead to each."""
        found = self.server.ask("GET", f"/{self.prefix}-*/_alias?expand_wildcards=all")
        return {index: sorted(about["aliases"]) for index, about in found.items()}

    def remove(self) -> None:
        """Remove everything under the prefix."""
        for index in self.indexes():
            self.server.ask("DELETE", f"/{index}")
        found = self.server.ask("GET", "/_index_template?filter_path=index_templates.name")
        for template in found.get("index_templates", ()):
            if template["name"].startswith(f"{self.prefix}-"):
                self.server.ask("DELETE", f"/_index_template/{template['name']}")


@contextmanager
def placed(server: OpenSearchAccess) -> Iterator[Place]:
    """A place with nothing in it."""
    place = Place(server, f"test-{token_hex(6)}")
    try:
        yield place
    finally:
        place.remove()


@asynccontextmanager
async def opened(place: Place, embedder: Embedder, **options: Any) -> AsyncIterator[OpenSearchSource]:
    """The source of a place, started."""
    source = place.source(lambda: embedder, **options)
    await source.start()
    try:
        yield source
    finally:
        await source.close()

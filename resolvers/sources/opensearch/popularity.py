"""What feedback says of jobs and talent, as a document of an index of its own.

It is none of the catalog's, as it outlives that: whoever indexes again has counted nothing anew.
"""

from base64 import b64decode, b64encode
from functools import cached_property
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError

from resolvers.errors import SourceError
from resolvers.ranking.popularity import NOTHING_COUNTED, Popularity
from resolvers.sources.opensearch.beside import HIDDEN, create_index, source_errors
from resolvers.sources.opensearch.connection import ClusterOptions, blocking_client
from resolvers.sources.opensearch.names import Names
from resolvers.sources.popularity import Stamp

ID = "popularity"
UNREACHABLE = "the counts of popularity cannot be reached"
INDEX = {
    "settings": HIDDEN,
    "mappings": {"dynamic": "strict", "properties": {"content": {"type": "binary"}}},
}


class PopularityDocument:
    """Keeps it in a cluster, under the names of a prefix."""

    def __init__(self, options: ClusterOptions, prefix: str) -> None:
        self._options, self._index = options, Names(prefix).popularity

    @cached_property
    def _client(self) -> OpenSearch:
        return blocking_client(self._options)

    def stamp(self) -> Stamp | None:
        found = self._found(_source=False)
        return None if found is None else (found["_seq_no"], found["_primary_term"])

    def read(self) -> Popularity:
        found = self._found()
        try:
            return NOTHING_COUNTED if found is None else Popularity.of_content(b64decode(found["_source"]["content"]))
        except (KeyError, ValueError) as error:
            message = f"{self._index} is damaged ({error}); run `python -m gateway popularity refresh` again"
            raise SourceError(message) from error

    def write(self, popularity: Popularity) -> None:
        body = {"content": b64encode(popularity.content).decode()}
        with source_errors(UNREACHABLE):
            create_index(self._client, self._index, INDEX)
            self._client.index(index=self._index, id=ID, body=body)

    def close(self) -> None:
        self._client.close()

    def _found(self, **parameters: Any) -> Any:
        with source_errors(UNREACHABLE):
            try:
                return self._client.get(index=self._index, id=ID, **parameters)
            except NotFoundError:
                return None

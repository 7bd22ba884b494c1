"""What is kept in indexes of its own, beside those of a catalog: whoever writes first makes them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import OpenSearchException, RequestError

from resolvers.sources.opensearch.errors import explained, translated

HIDDEN = {"index.number_of_shards": 1, "index.auto_expand_replicas": "0-1", "index.hidden": True}
"""The settings of an index that is small, in no search for everything, and copied where there are nodes for it."""
THERE_ALREADY = "resource_already_exists_exception"


def create_index(client: OpenSearch, index: str, body: Mapping[str, Any]) -> None:
    """Make an index, unless it is there. Raises the client's exceptions."""
    try:
        client.indices.create(index=index, body=body)
    except RequestError as error:
        if error.error != THERE_ALREADY:
            raise


@contextmanager
def source_errors(what: str) -> Iterator[None]:
    """What the client raises becomes the SourceError that it stands for, with `what` could not be done."""
    try:
        yield
    except OpenSearchException as error:
        kind = type(translated(error))
        raise kind(f"{what}: {explained(error)}") from error

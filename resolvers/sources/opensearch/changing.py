"""Takes changes into the indexes that answer, beside whoever else writes there.

A document carries the version of its last change, and the cluster itself refuses what is older (`version_type`
external). A delete writes a tombstone in the document's place: what the cluster deletes, it forgets the version of
after `index.gc_deletes`, and an older change would bring it back. So each entity is one document and each change of it
one write, and whatever ends a batch in the middle leaves every entity old or new.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from typing import Any

import orjson
from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, OpenSearchException

from resolvers.catalog.kind import Kind, Ref
from resolvers.catalog.kinds import KINDS
from resolvers.errors import IndexingError, SourceError, SourceUnavailable
from resolvers.sources.base import Filter
from resolvers.sources.changes import Change, Fate, Outcome, Stored
from resolvers.sources.opensearch.connection import ClusterOptions, reading_client, writing_client
from resolvers.sources.opensearch.errors import explained, translated
from resolvers.sources.opensearch.exchange import encoded_id
from resolvers.sources.opensearch.kept import ADAPTATION
from resolvers.sources.opensearch.manifest import Generation
from resolvers.sources.opensearch.mapping import TOMBSTONE, content_of
from resolvers.sources.opensearch.names import Names
from resolvers.sources.opensearch.sending import TOO_LARGE, BatchSize, BulkSender, Line, Rejected, posting
from resolvers.sources.opensearch.stored import HITS_PARTS, STORED_PARTS, asking_for, page_of, read_page, read_stored

GOT_AT_ONCE = 1_000
PAUSES_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Shorter than for a full index: who follows a stream tries again by himself, and others wait for what he has taken."""
CONFLICT = 409
OF_THE_DOCUMENT = {400, TOO_LARGE}
"""The statuses of what the cluster will never take. With others, it is the cluster that is not right."""
ID_TOO_LONG = Outcome(Fate.REFUSED, "OpenSearch takes ids of 512 bytes at most")
NOT_INDEXED = "nothing has been indexed yet: run `python -m gateway index` on a catalog first"
SEVERAL = (
    "the alias {} leads to several indexes, {}, so it is not known which of them to change: take it away from all but "
    "one, or index the catalog again"
)
REPLACED = "the index was replaced while changes were applied to it: apply them again"


class OpenSearchBatch:
    """One batch: it writes into the indexes of one generation, document by document."""

    def __init__(
        self, cluster: "ChangedCluster", sender: BulkSender, generation: Generation, kept: "KeptAdaptation"
    ) -> None:
        self._cluster, self._sender, self._generation, self._kept = cluster, sender, generation, kept
        self._written: set[Kind] = set()

    @property
    def embedder(self) -> str | None:
        return self._generation.embedder

    @property
    def dimension(self) -> int:
        return self._generation.dimension

    @property
    def adaptation(self) -> bytes | None:
        with told_as_indexing_error():
            return self._kept.of(self._cluster, self._generation)

    def stored(self, refs: Sequence[Ref]) -> Sequence[Stored | None]:
        known = [ref for ref in refs if encoded_id(ref.id) is not None]
        found: dict[Ref, Stored | None] = {}
        with told_as_indexing_error():
            for start in range(0, len(known), GOT_AT_ONCE):
                some = known[start : start + GOT_AT_ONCE]
                content = self._cluster.ask("POST", "/_mget", asking_for(some, self._generation), parts=STORED_PARTS)
                found.update(zip(some, read_stored(content, some), strict=True))
        return [found.get(ref) for ref in refs]

    def passing(self, kind: Kind, wanted: Filter) -> Iterator[Sequence[Stored]]:
        index = self._generation.index(kind)
        after: str | None = None
        with told_as_indexing_error():
            self._cluster.refresh([index])
            while True:
                # Half an answer would leave documents as they are that show what is not so any more.
                content = self._cluster.ask(
                    "POST",
                    f"/{index}/_search",
                    page_of(wanted, after),
                    parts=HITS_PARTS,
                    allow_partial_search_results="false",
                )
                page = read_page(content, kind)
                yield page.stored
                after = page.after
                if after is None:
                    return

    def write(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        outcomes = {change.ref: ID_TOO_LONG for change in changes if encoded_id(change.ref.id) is None}
        sent = sorted((one for one in changes if one.ref not in outcomes), key=lambda one: one.ref.kind)
        for kind, of_kind in groupby(sent, key=lambda one: one.ref.kind):
            lines = [self._line(change) for change in of_kind]
            self._written.add(kind)
            rejected = self._sender.send(self._generation.index(kind), lines)
            outcomes |= dict.fromkeys((line.ref for line in lines), Outcome(Fate.APPLIED))
            outcomes |= {one.line.ref: outcome_of(one) for one in rejected}
        return [outcomes[change.ref] for change in changes]

    def _line(self, change: Change) -> Line:
        content = TOMBSTONE
        if change.document is not None:
            spec, manifest = KINDS[change.ref.kind], self._generation.manifests[change.ref.kind]
            content = content_of(spec, change.document, with_vector=bool(manifest.dimension))
        return change_line(change, content)

    def publish(self) -> None:
        with told_as_indexing_error():
            if self._written:
                self._cluster.refresh([self._generation.index(kind) for kind in sorted(self._written)])
                self._written.clear()
            # Also when all of them were stale in an index that does not answer any more.
            if set(self._cluster.in_use()) != set(self._generation.names.indexes(self._generation.name)):
                raise IndexingError(REPLACED)


def change_line(change: Change, content: bytes) -> Line:
    """A change as lines of a bulk request: it is taken when the index has no version that is as high.

    When it has to be sent again, an equal version may be the one that was sent before, and whose answer was lost.
    """
    again = _action(change, "external_gte") + content + b"\n"
    return Line(change.ref, again if change.rewrites else _action(change, "external") + content + b"\n", again)


def _action(change: Change, version_type: str) -> bytes:
    action = {"index": {"_id": change.ref.id, "version": change.version, "version_type": version_type}}
    return orjson.dumps(action) + b"\n"


def outcome_of(rejected: Rejected) -> Outcome:
    """What became of a change that was not taken. Raises IndexingError when that is not for its document's sake."""
    if rejected.status == CONFLICT:
        return Outcome(Fate.STALE)
    if rejected.status in OF_THE_DOCUMENT:
        return Outcome(Fate.REFUSED, rejected.reason)
    raise IndexingError(f"the search engine does not take changes ({rejected.status}): {rejected.reason}")


class ChangedCluster:
    """What a batch asks of the cluster. Raises the client's exceptions."""

    def __init__(self, client: OpenSearch, names: Names) -> None:
        self._transport, self._names = client.transport, names

    def ask(self, method: str, path: str, body: bytes | None = None, *, parts: str = "", **params: str) -> bytes:
        """The answer to a request, as it is; only these parts of it, if any are named."""
        answer: bytes = self._transport.perform_request(
            method, path, params=params | ({"filter_path": parts} if parts else {}), body=body
        )
        return answer

    def refresh(self, indexes: Sequence[str]) -> None:
        """Have searches see what was written. Raises IndexingError when some of it cannot be seen."""
        answer = orjson.loads(self.ask("POST", f"/{','.join(indexes)}/_refresh", parts="_shards.failed"))
        if answer["_shards"]["failed"]:
            raise IndexingError("the search engine could not refresh all of its indexes; apply the changes again")

    def in_use(self) -> dict[str, list[str]]:
        """The indexes that the aliases lead to, with these aliases; none when some alias is missing."""
        # Of our own indexes, since a user may have no right to ask of others.
        path = f"/{self._names.everything}/_alias/{','.join(self._names.aliases)}"
        try:
            return {index: list(about["aliases"]) for index, about in orjson.loads(self.ask("GET", path)).items()}
        except NotFoundError:
            return {}

    def generation(self) -> Generation:
        """The generation in use.

        Raises SourceUnavailable when there is none, IndexingError when an alias leads to more than one index.
        """
        indexes = self.in_use()
        if not indexes:
            raise SourceUnavailable(NOT_INDEXED)
        for alias in self._names.aliases:
            led_to = sorted(index for index, aliases in indexes.items() if alias in aliases)
            if len(led_to) > 1:
                raise IndexingError(SEVERAL.format(alias, ", ".join(led_to)))
        path = f"/{','.join(sorted(indexes))}/_mapping"
        found: dict[str, Any] = orjson.loads(self.ask("GET", path, parts="*.mappings._meta"))
        return Generation.of(
            self._names, {index: found.get(index, {}).get("mappings", {}).get("_meta") for index in indexes}
        )


class KeptAdaptation:
    """The adaptation of the generation that was asked for last: it never changes, and batches are many and small."""

    def __init__(self) -> None:
        self._generation: str | None = None
        self._content: bytes | None = None

    def of(self, cluster: ChangedCluster, generation: Generation) -> bytes | None:
        if self._generation != generation.name:
            path = ADAPTATION.path(generation.index(ADAPTATION.kind))
            self._content = ADAPTATION.read(cluster.ask("GET", path)) if generation.is_adapted else None
            self._generation = generation.name
        return self._content


class OpenSearchChanges:
    """Changes the indexes under a prefix of a cluster."""

    exclusive = False

    def __init__(
        self, options: ClusterOptions, *, prefix: str, pauses_seconds: Sequence[float] = PAUSES_SECONDS
    ) -> None:
        self._options, self._names, self._pauses_seconds = options, Names(prefix), pauses_seconds
        self._size, self._kept = BatchSize(), KeptAdaptation()

    @contextmanager
    def changing(self) -> Iterator[OpenSearchBatch]:
        with closing(reading_client(self._options)) as reading, closing(writing_client(self._options)) as writing:
            cluster = ChangedCluster(reading, self._names)
            sender = BulkSender(posting(writing), self._size, pauses_seconds=self._pauses_seconds)
            yield OpenSearchBatch(cluster, sender, _found(cluster), self._kept)


def _found(cluster: ChangedCluster) -> Generation:
    try:
        return cluster.generation()
    except OpenSearchException as error:
        told = translated(error)
        raise told if isinstance(told, SourceUnavailable) else SourceUnavailable(explained(error)) from error


@contextmanager
def told_as_indexing_error() -> Iterator[None]:
    """What the cluster or the client say is wrong becomes an IndexingError."""
    try:
        yield
    except OpenSearchException as error:
        raise IndexingError(explained(error)) from error
    except SourceError as error:
        raise IndexingError(error.message) from error

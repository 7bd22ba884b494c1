"""The second phase: staged records are made ready, embedded and written, batch by batch."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import msgspec

from indexing.progress import Progress
from indexing.ready import Ready, made_ready, with_vectors, without_vectors
from indexing.related import RelatedRecords
from indexing.staging import Stage
from resolvers.catalog.kind import Kind, KindSpec
from resolvers.catalog.kinds import KINDS
from resolvers.sources.adaptation import Model
from resolvers.sources.building import IndexedDocument, Writer
from resolvers.sources.embedding import Vectors

BATCH_DOCUMENTS = 512
BATCH_BYTES = 2**23
UNCOUNTABLE = frozenset({Kind.TALENT})


def build_index(stage: Stage, writer: Writer, model: Model | None, progress: Progress) -> dict[Kind, int]:
    """Write every staged record, kind by kind in the order of ids, and return how many there were of each kind."""
    related = RelatedRecords(stage)
    # One thread embeds the next batch while this one writes: the model and the engine work outside of Python's lock.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="embed") as pool:
        return {kind: _build_kind(spec, stage, related, writer, model, pool, progress) for kind, spec in KINDS.items()}


def _build_kind(
    spec: KindSpec[Any],
    stage: Stage,
    related: RelatedRecords,
    writer: Writer,
    model: Model | None,
    pool: ThreadPoolExecutor,
    progress: Progress,
) -> int:
    total = stage.count(spec.kind)
    if not total:
        return 0
    progress.start(f"Indexing {_plural(spec.kind)}", total, "documents")
    batches = (_ready(spec, lines, related) for lines in _batches(stage.scan(spec.kind)))
    for documents in _embedded(batches, model, pool):
        writer.write(spec.kind, documents)
        progress.advance(len(documents))
    progress.finish()
    return total


def _plural(kind: Kind) -> str:
    return kind.lower() if kind in UNCOUNTABLE else f"{kind.lower()}s"


def _batches(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line)
        if len(batch) == BATCH_DOCUMENTS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _ready(spec: KindSpec[Any], lines: list[bytes], related: RelatedRecords) -> list[Ready]:
    decode = msgspec.json.Decoder(spec.record).decode
    records = (decode(line) for line in lines)
    return [made_ready(spec, record, related.of(spec, record)) for record in records]


def _embedded(
    batches: Iterator[list[Ready]], model: Model | None, pool: ThreadPoolExecutor
) -> Iterator[list[IndexedDocument]]:
    if model is None:
        for batch in batches:
            yield without_vectors(batch)
        return
    waiting: deque[tuple[list[Ready], Future[Vectors]]] = deque()
    for batch in batches:
        waiting.append((batch, pool.submit(model.document_vectors, [ready.texts for ready in batch])))
        if len(waiting) > 1:
            yield _joined(*waiting.popleft())
    while waiting:
        yield _joined(*waiting.popleft())


def _joined(batch: list[Ready], future: Future[Vectors]) -> list[IndexedDocument]:
    return with_vectors(batch, future.result())

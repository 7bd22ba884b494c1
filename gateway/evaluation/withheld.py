"""The jobs and the talent of a catalog in a throw-away index that knows nothing of occupations."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

import msgspec

from gateway.evaluation.searching import BATCH_DOCUMENTS, adaptation_of_index
from indexing.progress import Progress
from indexing.ready import made_ready, with_vectors
from indexing.usual import Posted, usual_of
from resolvers.catalog.job import JobRecord
from resolvers.catalog.kind import ID_ORDER, Kind
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.talent import TalentRecord
from resolvers.catalog.values import Record
from resolvers.errors import SourceError
from resolvers.ranking.skills import SkillStatistics
from resolvers.sources.adaptation import Model, model_with
from resolvers.sources.base import SearchRequest, SearchResult, Snapshot
from resolvers.sources.building import Writer
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedded.writer import EmbeddedTarget
from resolvers.sources.embedding import Embedder

R = TypeVar("R", bound=Record)
PAGE = 1_000
KEPT_KINDS = (Kind.SKILL, Kind.CLIENT, Kind.TALENT)
WITHHELD = ""


@dataclass(frozen=True)
class Catalog:
    """What an index has: its jobs, its talent, and all else that recommendations look at."""

    records: Mapping[Kind, Sequence[Record]]
    skills: SkillStatistics

    @property
    def jobs(self) -> list[JobRecord]:
        return [one for one in self.records[Kind.JOB] if isinstance(one, JobRecord)]

    @property
    def talent(self) -> list[TalentRecord]:
        return [one for one in self.records[Kind.TALENT] if isinstance(one, TalentRecord)]


async def catalog_in(data_dir: Path, embedder: Embedder) -> Catalog:
    """The catalog that is indexed there. Raises SourceUnavailable without an index, or for one of another model."""
    source = EmbeddedSource(data_dir, lambda: embedder, threads=1, reload_seconds=3_600)
    await source.start()
    try:
        snapshot = source.snapshot()
        kinds = (*KEPT_KINDS, Kind.JOB)
        return Catalog({kind: await _all_of(snapshot, kind) for kind in kinds}, snapshot.info().skills)
    finally:
        await source.close()


async def _all_of(snapshot: Snapshot, kind: Kind) -> list[Record]:
    found: list[Record] = []
    request = SearchRequest((kind,), sort=ID_ORDER, limit=PAGE)
    while True:
        [page] = await snapshot.search([request])
        if isinstance(page, SourceError):
            raise page
        found += [hit.document.record for hit in page.hits]
        if not page.has_next:
            return found
        request = SearchRequest((kind,), sort=ID_ORDER, limit=PAGE, after=_last(page))


def _last(page: SearchResult) -> Any:
    return page.hits[-1].position


def without_occupation(record: R) -> R:
    """A job or a talent whose occupation is not known; another record as it is."""
    if isinstance(record, JobRecord | TalentRecord):
        return cast("R", msgspec.structs.replace(record, occupation_id=WITHHELD))
    return record


@contextmanager
def withheld(
    catalog: Catalog, asked: Collection[str], data_dir: Path, embedder: Embedder, progress: Progress
) -> Iterator[Path]:
    """A data directory with the talent, the clients and the skills of a catalog, removed at the end.

    Nothing of a talent's occupation is in it: no id, none of its names, and none in what was embedded. What is usual
    for an occupation is learned from the jobs that are not `asked` about. The model is adapted as it was for the index
    in `data_dir`. Raises SourceUnavailable when that has no vectors, or those of another model.
    """
    adaptation = adaptation_of_index(data_dir, embedder)
    model = model_with(embedder, adaptation)
    counts = {kind: len(catalog.records[kind]) for kind in KEPT_KINDS}
    with TemporaryDirectory(prefix="discovery-evaluation-") as folder:
        progress.start("Indexing without occupations", sum(counts.values()), "documents")
        with (
            EmbeddedTarget(Path(folder)).reserve() as site,
            site.build(counts, model.name, model.dimension) as writer,
        ):
            if adaptation is not None:
                writer.adapt(adaptation)
            writer.relate(catalog.skills, usual_of(_posted(job) for job in catalog.jobs if job.id not in asked))
            _write(catalog, writer, model, progress)
            writer.complete()
            writer.publish()
        progress.finish()
        yield Path(folder)


def _posted(job: JobRecord) -> Posted:
    return Posted(job.title, job.description, job.occupation_id, job.skill_ids)


def _write(catalog: Catalog, writer: Writer, model: Model, progress: Progress) -> None:
    others = {record.id: record for record in catalog.records[Kind.SKILL]}
    for kind in KEPT_KINDS:
        records = [without_occupation(record) for record in catalog.records[kind]]
        for start in range(0, len(records), BATCH_DOCUMENTS):
            batch = [made_ready(KINDS[kind], one, others) for one in records[start : start + BATCH_DOCUMENTS]]
            vectors = model.document_vectors([one.texts for one in batch])
            writer.write(kind, with_vectors(batch, vectors))
            progress.advance(len(batch))

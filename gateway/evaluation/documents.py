"""Records of a labelled set as documents of the catalog: names as occupations, texts as jobs.

These are the kinds that such records would be in production, so they are indexed and searched with the weights, the
words and the vectors that are in use there. Only what is searched is filled in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from gateway.evaluation.dataset import Dataset, InvalidDataset, Record
from indexing.adapting import adaptation_of_names, names_of
from indexing.ready import Ready, made_ready
from resolvers.catalog.job import JobRecord
from resolvers.catalog.kind import Kind, KindSpec
from resolvers.catalog.kinds import KINDS
from resolvers.catalog.occupation import OccupationRecord
from resolvers.catalog.values import ContractType, ExperienceLevel, JobDuration, JobStatus, Workload
from resolvers.catalog.values import Record as CatalogRecord
from resolvers.sources.embedding import Embedder

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Corpus:
    """What is indexed of a labelled set, in the order of ids; `records` has what each document stands for, by id."""

    kind: Kind
    documents: Sequence[CatalogRecord]
    records: Mapping[str, Sequence[str]]

    @property
    def spec(self) -> KindSpec[Any]:
        return KINDS[self.kind]

    def ready(self) -> Iterator[Ready]:
        """The documents as an engine takes them, but for their vectors."""
        return (made_ready(self.spec, document, {}) for document in self.documents)

    def learned(self, embedder: Embedder) -> bytes | None:
        """What the model learns from the names of one concept, as it would from a catalog; None from too few."""
        return adaptation_of_names([names_of(document) for document in self.documents], embedder)


def corpus_of(dataset: Dataset, *, grouped: bool) -> Corpus:
    """The documents of a labelled set; with `grouped` those of one group are one document with several names.

    Raises InvalidDataset when there are groups to be made of what are no names, or of records without a group.
    """
    if not dataset.is_of_names:
        if grouped:
            raise InvalidDataset(f"the records of {dataset.name} are texts and not names: leave --grouped out")
        return _corpus(Kind.JOB, {record.id: [record] for record in dataset.records})
    if not grouped:
        return _corpus(Kind.OCCUPATION, {record.id: [record] for record in dataset.records})
    without = next((record.id for record in dataset.records if record.group is None), None)
    if without is not None:
        raise InvalidDataset(f"the record {without!r} of {dataset.name} has no metadata.group: leave --grouped out")
    ordered = sorted(dataset.records, key=_group)
    return _corpus(Kind.OCCUPATION, {group: list(records) for group, records in groupby(ordered, key=_group)})


def _group(record: Record) -> str:
    return record.group or ""


def _corpus(kind: Kind, groups: Mapping[str, Sequence[Record]]) -> Corpus:
    made = _job if kind is Kind.JOB else _occupation
    prefix = KINDS[kind].prefix
    ordered = sorted(groups.items(), key=lambda group: group[0].encode())
    # An id of a set may be of any length and of any characters, and one of an index may not.
    numbered = {f"{prefix}{at:09}": records for at, (_, records) in enumerate(ordered)}
    documents = [made(id_, records) for id_, records in numbered.items()]
    return Corpus(kind, documents, {id_: [record.id for record in records] for id_, records in numbered.items()})


def _occupation(id_: str, records: Sequence[Record]) -> CatalogRecord:
    name, *aliases = dict.fromkeys(record.text for record in records)
    return OccupationRecord(id=id_, name=name, aliases=tuple(aliases), isco_group="0", description="")


def _job(id_: str, records: Sequence[Record]) -> CatalogRecord:
    [record] = records
    return JobRecord(
        id=id_,
        title=record.title,
        description=record.text,
        occupation_id="",
        skill_ids=(),
        client_id="",
        contract_type=ContractType.HOURLY,
        hourly_rate=None,
        budget=None,
        experience_level=ExperienceLevel.INTERMEDIATE,
        duration=JobDuration.ONGOING,
        workload=Workload.AS_NEEDED,
        published_at=NEVER,
        status=JobStatus.OPEN,
        proposal_count=0,
        freelancers_to_hire=1,
        preferred_countries=(),
        location_mandatory=False,
        timezone="UTC",
        languages=(),
    )

"""Occupations: what kind of work a job or a talent is about."""

from typing import Annotated

import msgspec

from resolvers.catalog.extract import keyword
from resolvers.catalog.kind import ID_ORDER, Kind, KindSpec, Related, Texts
from resolvers.catalog.values import Record

IscoGroup = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,4}\Z", description="ISCO-08 group code")]


class OccupationRecord(Record, frozen=True):
    name: str
    aliases: tuple[str, ...]
    isco_group: IscoGroup
    description: str


def texts(occupation: OccupationRecord, _: Related) -> Texts:
    return Texts(
        title=occupation.name,
        aliases=occupation.aliases,
        body=occupation.description,
        concepts=[occupation.id],
    )


OCCUPATION = KindSpec(
    kind=Kind.OCCUPATION,
    prefix="occ_",
    record=OccupationRecord,
    file_stem="occ",
    texts=texts,
    fields=(
        keyword("id", lambda occupation, _: occupation.id),
        keyword("isco_group", lambda occupation, _: occupation.isco_group),
    ),
    sorts=(),
    default_sort=ID_ORDER,
)

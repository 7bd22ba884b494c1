"""Skills: what talent can do and jobs ask for."""

import msgspec

from resolvers.catalog.extract import keyword, keywords, names
from resolvers.catalog.kind import ID_ORDER, Kind, KindSpec, Reference, Related, Texts
from resolvers.catalog.values import Record, SkillKind


class SkillRecord(Record, frozen=True):
    name: str
    aliases: tuple[str, ...]
    broader_ids: tuple[str, ...] = msgspec.field(name="broader")
    kind: SkillKind
    description: str | None


def texts(skill: SkillRecord, others: Related) -> Texts:
    return Texts(
        title=skill.name,
        aliases=skill.aliases,
        skills=[name for id_ in skill.broader_ids for name in names(others, id_)[:1]],
        body=skill.description or "",
        concepts=[skill.id],
        broader=skill.broader_ids,
    )


SKILL = KindSpec(
    kind=Kind.SKILL,
    prefix="skill_",
    record=SkillRecord,
    file_stem="skill",
    texts=texts,
    references=(Reference("broader", Kind.SKILL, lambda skill: skill.broader_ids),),
    fields=(
        keyword("id", lambda skill, _: skill.id),
        keyword("kind", lambda skill, _: skill.kind),
        keywords("broader", lambda skill, _: skill.broader_ids, refers_to=Kind.SKILL),
    ),
    sorts=(),
    default_sort=ID_ORDER,
)

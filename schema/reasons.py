"""How well a job and a talent fit, and why."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers.catalog.kind import Kind, Ref
from resolvers.ranking.judged import Judged
from resolvers.ranking.reasons import ReasonKind, SkillEvidence
from resolvers.ranking.representation import Dimension
from resolvers.ranking.rules import Rule, broken
from resolvers.ranking.sentences import shared_hours
from resolvers.recommendations.explained import Explained, explained
from schema.costs import sized, some
from schema.entity import Info, Money, fetched, one_each
from schema.enums import described
from schema.execution import Found, of_many
from schema.scalars import CurrencyCode

if TYPE_CHECKING:
    from schema.skill import Skill

LazySkill = Annotated["Skill", strawberry.lazy("schema.skill")]
FirstReasons = Annotated[
    int | None, strawberry.argument(description="How many reasons, the strongest; null: all of them.")
]

described(
    ReasonKind,
    "ReasonKind",
    "What a reason is about.",
    MATCHED_SKILLS="Skills that the job asks for and the talent has (`skills`).",
    RELATED_SKILLS="Skills that the talent lacks, and has one that goes with them (`skills`, `coveredBy`).",
    MISSING_SKILLS="Skills that the talent lacks (`skills`). What related ones cover is not held against it.",
    SKILLS_USED="How much of what the talent can do the job uses.",
    TEXT="How near the job and the profile are as a whole, by words, skills and meaning.",
    OCCUPATION="Whether both are of one occupation.",
    LEVEL="The experience that is asked for and that the talent has.",
    RATE="What the talent asks for and what the job pays (`askedRate`, `payableRate`).",
    AVAILABILITY="Whether the talent has the hours a week that the job takes (`hours`: what the talent has).",
    WORKLOAD="How much of the hours that the talent has a week the job fills (`hours`: what the job takes).",
    TIME_ZONE="The hours that the working days of both have in common (`hours`).",
    LANGUAGE="How well the talent speaks the languages that are needed.",
    LOCATION="Whether the talent lives in a preferred country.",
    TRACK_RECORD="How well the talent's work went so far.",
    ACTIVITY="When the talent was last seen (`days`).",
    CLIENT_RECORD="How well it is to work for the client.",
    FRESHNESS="When the job was published (`days`).",
    COMPETITION="How many proposals the job has.",
    POPULARITY="How often the talent is chosen, against others in the same places.",
    JOB_POPULARITY="How often the job is chosen, against others in the same places.",
    CHOSEN_TOGETHER="Whether the talent was chosen together with those who were chosen for the job, or for its kind of "
    "work.",
)
described(
    Rule,
    "HardRule",
    "What makes a pairing impossible. Nothing that breaks one is recommended.",
    CLOSED="The job takes no proposals any more.",
    UNAVAILABLE="The talent takes no work at present.",
    LOCATION="The job insists on countries, and the talent lives in none of them.",
    LANGUAGE="The job needs a language that the talent does not speak at all.",
)
described(
    Dimension,
    "RepresentationDimension",
    "What talent is told apart by.",
    COUNTRY="Where they live: a country code.",
    EXPERIENCE_LEVEL="How experienced they are: a value of `ExperienceLevel`.",
    HISTORY="`NEW` without any job done or review here, else `ESTABLISHED`.",
)


@strawberry.type(name="SkillEvidence", description="A skill that a job asks for, as a part of a reason.")
class SkillOfReason:
    part: strawberry.Private[SkillEvidence]

    @strawberry.field(description="The skill; null when it has gone.")
    @of_many
    @staticmethod
    def skill(skills: Sequence["SkillOfReason"], info: Info) -> Found[LazySkill | None]:
        return one_each(info, Kind.SKILL, [skill.part.id for skill in skills])

    @strawberry.field(
        description="Its share of all skills that the job asks for, 0 to 1: rare skills have larger ones."
    )
    def share(self) -> float:
        return self.part.share

    @strawberry.field(description="A skill that the talent has instead and that goes with this one; null: none.")
    @of_many
    @staticmethod
    async def covered_by(skills: Sequence["SkillOfReason"], info: Info) -> list[LazySkill | None]:
        covering = [skill.part.covered_by for skill in skills]
        ids = [id_ for id_ in covering if id_ is not None]
        found = dict(zip(ids, await fetched(info, [Ref(Kind.SKILL, id_) for id_ in ids]), strict=True))
        return [None if id_ is None else found[id_] for id_ in covering]

    @strawberry.field(description="How much of this skill `coveredBy` makes up for, 0 to 1; null without one.")
    def cover(self) -> float | None:
        return self.part.strength if self.part.covered_by else None


@strawberry.type(
    description="A piece of evidence for or against a pairing, out of what moved its score. Show `sentence`; the other "
    "fields are for showing it in another way, and null where they are not what it is about."
)
class Reason:
    told: strawberry.Private[Explained]
    of: strawberry.Private[Judged]

    @strawberry.field(description="What it is about.")
    def kind(self) -> ReasonKind:
        return self.told.evidence.kind

    @strawberry.field(description="Whether it speaks for the pairing; false: against it.")
    def is_for(self) -> bool:
        return self.told.evidence.is_for

    @strawberry.field(
        description="By how much the score that ranks (`score` of the edge) is above, or below, what it would be with "
        "the typical value of this fact, to a first approximation; where a rate or hours are not what was asked for, "
        "what it would be if they were. Reasons are in the order of its size."
    )
    def impact(self) -> float:
        return self.told.evidence.impact

    @strawberry.field(description="The reason in words, in English, without a full stop.")
    def sentence(self) -> str:
        return self.told.sentence

    @strawberry.field(directives=some(5), description="The skills that it is about, the rarest first.")
    def skills(self) -> list[SkillOfReason] | None:
        parts = [SkillOfReason(part=part) for part in self.told.evidence.skills]
        return parts or None

    @strawberry.field(description="What the talent asks for an hour.")
    def asked_rate(self) -> Money | None:
        asked = self.of.pairing.talent.record.hourly_rate
        if self.told.evidence.kind is not ReasonKind.RATE:
            return None
        return Money(amount=asked.amount, currency=CurrencyCode(asked.currency))

    @strawberry.field(
        description="The most that the job pays for an hour. Of a fixed-price job that is its budget, divided by the "
        "hours that a job of its duration takes at the least: an estimate."
    )
    def payable_rate(self) -> Money | None:
        job = self.of.pairing.job
        payable = job.payable_rate
        if self.told.evidence.kind is not ReasonKind.RATE or payable is None or job.currency is None:
            return None
        return Money(amount=payable, currency=CurrencyCode(job.currency))

    @strawberry.field(description="Hours: a week for AVAILABILITY and WORKLOAD, a day for TIME_ZONE.")
    def hours(self) -> float | None:
        match self.told.evidence.kind:
            case ReasonKind.AVAILABILITY:
                return self.of.pairing.talent.numbers.weekly_hours
            case ReasonKind.WORKLOAD:
                return self.of.pairing.job.numbers.weekly_hours
            case ReasonKind.TIME_ZONE:
                return shared_hours(self.of)
        return None

    @strawberry.field(description="How many days ago: the talent was seen, or the job published.")
    def days(self) -> int | None:
        match self.told.evidence.kind:
            case ReasonKind.ACTIVITY:
                return int(self.of.pairing.talent.numbers.idle_days)
            case ReasonKind.FRESHNESS:
                return int(self.of.pairing.job.numbers.age_days)
        return None


@strawberry.type(
    name="Match",
    description="How well a job and a talent fit each other. Every number is from 0 to 1; docs/recommendations.md has "
    "the formulas.",
)
class JobMatch:
    of: strawberry.Private[Judged]

    @strawberry.field(description="How well the talent is what the client wants.")
    def client_fit(self) -> float:
        return self.of.client_fit

    @strawberry.field(
        description="How well the job is what the talent wants: pay, workload, level, skills it uses, the client."
    )
    def talent_fit(self) -> float:
        return self.of.talent_fit

    @strawberry.field(
        description="Both together: their harmonic mean, so that who fits one way alone is low. The same whatever "
        "ranks: a learned model scores no match above another that has more than two and a half times as much here."
    )
    def score(self) -> float:
        return self.of.mutual

    @strawberry.field(
        description="The rules that the pairing breaks: none for what is recommended, unless that was asked for, by a "
        "filter or by asking about a job that is closed."
    )
    def broken_rules(self) -> list[Rule]:
        return sorted(broken(self.of.pairing.job.record, self.of.pairing.talent.record))

    @strawberry.field(
        directives=sized("first"),
        description="What speaks for the pairing and what against it, the strongest first; null when what they name "
        "could not be fetched.",
    )
    async def reasons(self, info: Info, first: FirstReasons = None) -> list[Reason] | None:
        return await reasons(info, self.of, first)


async def reasons(info: Info, of: Judged, first: int | None) -> list[Reason]:
    """The strongest reasons of a judgement."""
    return [Reason(told=told, of=of) for told in await explained(info.context, of, first)]

"""What languages can be asked for: of jobs those that they need, of talent those that they speak, and how well."""

import strawberry

from resolvers.catalog.codes import LANGUAGES
from resolvers.catalog.kind import Kind
from resolvers.errors import InvalidFilter
from resolvers.sources.base import EVERYTHING, Filter, Not, Terms
from schema import enums, scalars
from schema.conditions import Reading, both, terms
from schema.contradictions import Path

Codes = list[scalars.LanguageCode]


@strawberry.input(description="A language that talent speaks.")
class SpokenLanguageFilter:
    code: scalars.LanguageCode = strawberry.field(description="The language.")
    at_least: enums.LanguageLevel | None = strawberry.field(
        default=None, description="The lowest level that will do; null: any level."
    )


def spoken_languages(given: list[SpokenLanguageFilter]) -> Filter:
    """Talent that speaks all of these languages, each at its level or better."""
    wanted = tuple(f"{one.code}:{one.at_least.value}" if one.at_least else str(one.code) for one in given)
    return Terms("languages", wanted, every=True) if wanted else EVERYTHING


@strawberry.input(description="Restricts jobs by the languages that are needed for them.")
class NeededLanguagesFilter:
    any_of: Codes | None = strawberry.field(
        default=None, description="At least one of these is needed; `[]` matches nothing."
    )
    none_of: Codes | None = strawberry.field(default=None, description="None of these is needed.")
    only_of: Codes | None = strawberry.field(
        default=None,
        description="No language but these is needed: with all that somebody speaks, the jobs that they can do. `[]`: "
        "jobs that need no language.",
    )

    def restriction(self, field: str, refers_to: Kind | None, path: Path, reading: Reading) -> Filter:  # noqa: ARG002
        wanted = terms(field, self.any_of, self.none_of, path)
        if self.only_of is None:
            return wanted
        if self.any_of and not (set(self.any_of) - set(self.none_of or ())) & set(self.only_of):
            raise InvalidFilter("`onlyOf` leaves out everything that `anyOf` asks for", (*path, "onlyOf"))
        others = sorted(LANGUAGES.known() - set(self.only_of))
        return both(wanted, Not(Terms(field, tuple(others))))

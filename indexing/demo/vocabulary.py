"""The demo catalog's own vocabulary: skills, occupations, businesses, places and phrases, read from TOML."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from indexing.demo.draws import Lottery, Record

ENTRY_LEVEL, INTERMEDIATE, EXPERT = "ENTRY_LEVEL", "INTERMEDIATE", "EXPERT"


@dataclass(frozen=True, slots=True)
class Skill:
    """`spoken` is the name as it stands inside a sentence; `broader` are skill ids."""

    id: str
    name: str
    spoken: str
    aliases: Sequence[str]
    broader: Sequence[str]
    kind: str
    description: str | None

    def record(self) -> Record:
        return {name: getattr(self, name) for name in ("id", "name", "aliases", "broader", "kind", "description")}


@dataclass(frozen=True, slots=True)
class Occupation:
    """`rate` is USD an hour at intermediate level in the United States, `hourly` the share of jobs paid by the hour."""

    id: str
    name: str
    a_name: str
    aliases: Sequence[str]
    isco: str
    description: str
    field: str
    rate: float
    weight: float
    hourly: float
    core: Sequence[Skill]
    skills: Sequence[Skill]
    titles: Sequence[str]
    things: Sequence[str]
    tasks: Sequence[str]

    @property
    def speaks(self) -> bool:
        """Whether the work is about a particular language."""
        return any("{language}" in title for title in self.titles)

    def record(self) -> Record:
        return {
            "id": self.id,
            "name": sentence(self.name),
            "aliases": self.aliases,
            "iscoGroup": self.isco,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class Business:
    """What a client does, how it speaks about itself, and the occupations it hires."""

    phrase: str
    about: str
    names: Sequence[str]
    wants: Lottery[Occupation]


@dataclass(frozen=True, slots=True)
class Country:
    """`talent` and `clients` are shares, `rate` the price level against the United States."""

    code: str
    talent: float
    clients: float
    rate: float
    zones: Sequence[str]
    languages: Sequence[str]
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything the generator may say. `languages` maps ISO 639-1 codes to the skill of that language."""

    skills: Sequence[Skill]
    occupations: Sequence[Occupation]
    businesses: Sequence[Business]
    countries: Sequence[Country]
    languages: Mapping[str, Skill]
    phrases: Mapping[str, Mapping[str, Sequence[str]]]


@cache
def vocabulary() -> Vocabulary:
    """The shipped vocabulary. A name that nothing defines raises KeyError."""
    skills = {skill.name: skill for skill in _skills(_read("skills")["group"])}
    occupations = [_occupation(row, skills) for row in _read("occupations")["occupation"]]
    places = _read("places")
    return Vocabulary(
        skills=list(skills.values()),
        occupations=occupations,
        businesses=[_business(row, occupations) for row in _read("businesses")["business"]],
        countries=[Country(**row) for row in places["country"]],
        languages={code: skills[name] for code, name in places["languages"].items()},
        phrases=_read("phrases"),
    )


# Names that look wrong with a capital, even at the start of a title.
_ALWAYS_SMALL = ("iOS", "iPhone", "n8n", "dbt")


def sentence(text: str) -> str:
    """The text with a capital at its start and without the blanks an empty slot leaves."""
    text = text.strip()
    return text if text.startswith(_ALWAYS_SMALL) else text[:1].upper() + text[1:]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("indexing.demo").joinpath(f"{name}.toml").read_text("utf-8"))


def _slug(row: Mapping[str, Any]) -> str:
    return str(row.get("slug") or re.sub(r"[^a-z0-9]+", "-", row["name"].lower()).strip("-"))


def _skills(groups: Sequence[Mapping[str, Any]]) -> list[Skill]:
    rows = [{**group, "kind": "GROUP"} for group in groups]
    rows += [{"kind": group["kind"], "broader": [group["name"]], **row} for group in groups for row in group["skills"]]
    ids = {row["name"]: f"skill_{_slug(row)}" for row in rows}
    return [_skill(row, ids) for row in rows]


def _skill(row: Mapping[str, Any], ids: Mapping[str, str]) -> Skill:
    name = row["name"]
    return Skill(
        id=ids[name],
        name=name,
        spoken=_spoken(name, row["kind"]),
        aliases=row.get("aliases", []),
        broader=[ids[broader] for broader in row.get("broader", [])],
        kind=row["kind"],
        description=row.get("description"),
    )


def _spoken(name: str, kind: str) -> str:
    """Small initial for common nouns ("photo retouching"), the name itself for products, languages and methods."""
    common = kind == "COMPETENCE" or (kind == "KNOWLEDGE" and " " in name)
    return name.lower() if common and name[1:].islower() else name


def _occupation(row: Mapping[str, Any], skills: Mapping[str, Skill]) -> Occupation:
    name = row["name"]
    article = row.get("article") or ("an" if name[0] in "aeiou" else "a")
    facts = {key: value for key, value in row.items() if key not in {"slug", "article", "core", "skills"}}
    return Occupation(
        **facts,
        id=f"occ_{_slug(row)}",
        a_name=f"{article} {name}",
        core=[skills[core] for core in row["core"]],
        skills=[skills[skill] for skill in row["skills"]],
    )


def _business(row: Mapping[str, Any], occupations: Sequence[Occupation]) -> Business:
    fields = ["office", *row["fields"]]
    wanted = ((occupation, occupation.weight * fields.count(occupation.field)) for occupation in occupations)
    return Business(
        phrase=row["phrase"],
        about=row["about"],
        names=row["names"],
        wants=Lottery(pair for pair in wanted if pair[1]),
    )

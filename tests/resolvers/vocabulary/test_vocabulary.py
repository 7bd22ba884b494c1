"""Which skills and occupations a text names."""

from typing import Any

import pytest

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.sources.base import Concept
from resolvers.vocabulary.vocabulary import (
    EMPTY,
    INNER_WEIGHT,
    MOST_CONCEPTS,
    Vocabulary,
    vocabulary_of,
)
from resolvers.vocabulary.words import phrase_of
from tests.conftest import decoded, occupation, skill

SKILLS = [
    skill("Programming", "programming", ["coding"]),
    skill("Scripting", "scripting", broader=["programming"]),
    skill("JavaScript", "javascript", ["ECMA Script"], ["scripting"]),
    skill("Ruby (programming language)", "ruby", broader=["scripting"]),
    skill("Ruby on Rails", "rails"),
    skill("C++", "cpp"),
    skill("Microsoft .NET Framework", "dotnet"),
    skill("Machine learning", "learning", ["ML"]),
    skill("ML (programming language)", "ml"),
    skill("the", "article"),
    skill("Java", "java"),
    skill("Go", "go"),
]
OCCUPATIONS = [
    occupation("Java developer", "java", "2512", ["developer of Java"]),
    occupation("Civil engineer", "civil", "2142", ["Café engineer"]),
    *(occupation("Manager", f"manager{at}", "1") for at in range(4)),
]


def documents(kind: Kind, rows: Any) -> list[Document]:
    return [Document(Ref(kind, record.id), record) for record in decoded(kind, rows)]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return vocabulary_of(documents(Kind.SKILL, SKILLS) + documents(Kind.OCCUPATION, OCCUPATIONS))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("JavaScript", ["skill_javascript"]),
        ("senior ecma-script wizard", ["skill_javascript"]),
        ("js", ["skill_javascript"]),
        ("JS.", ["skill_javascript"]),
        ("c++ and .NET", ["skill_cpp", "skill_dotnet"]),
        ("asp.net", ["skill_dotnet"]),
        ("ML", ["skill_learning", "skill_ml"]),
        ("ruby", ["skill_ruby"]),
        ("ruby on rails", ["skill_rails"]),
        ("ruby on trains", ["skill_ruby"]),
        ("civil engineers", ["occ_civil"]),
        ("cafe ENGINEER", ["occ_civil"]),
        ("Java developer", ["occ_java", "skill_java"]),
        ("the of and", []),
        ("nothing of this", []),
        ("", []),
    ],
)
def test_a_text_names_what_has_one_of_its_names(vocabulary: Vocabulary, text: str, named: list[str]) -> None:
    assert sorted(ref.id for mention in vocabulary.mentions(text) for ref in mention.refs) == named


def test_a_mention_says_where_it_stands(vocabulary: Vocabulary) -> None:
    text = "Zürich: C++, ruby on rails"
    assert [text[one.start : one.end] for one in vocabulary.mentions(text)] == ["C++", "ruby on rails"]


def test_what_stands_between_a_concept_and_the_narrowest_is_searched_too(vocabulary: Vocabulary) -> None:
    assert vocabulary.concepts("coding") == (
        Concept("skill_programming", 1.0),
        Concept("skill_scripting", INNER_WEIGHT),
    )
    assert vocabulary.concepts("javascript") == (Concept("skill_javascript", 1.0),)


@pytest.mark.parametrize(
    ("text", "written_out"),
    [
        ("js", "JavaScript"),
        ("Senior JS/ML developer", "Senior JavaScript/machine learning developer"),
        ("k8s", None),
        ("JavaScript", None),
        ("asp.net", None),
        ("golang", None),
        ("", None),
    ],
)
def test_abbreviations_are_written_out_where_the_catalog_has_what_they_stand_for(
    vocabulary: Vocabulary, text: str, written_out: str | None
) -> None:
    assert vocabulary.read(text).written_out == written_out


def test_several_concepts_of_one_name_share_its_weight(vocabulary: Vocabulary) -> None:
    assert vocabulary.concepts("managers") == tuple(Concept(f"occ_manager{at}", 0.5) for at in range(4))


def test_a_text_is_searched_by_so_many_concepts_at_most() -> None:
    many = [skill(f"thing{at}x", f"{at:03}") for at in range(60)]
    vocabulary = vocabulary_of(documents(Kind.SKILL, many))
    concepts = vocabulary.concepts(" ".join(f"thing{at}x" for at in range(60)))
    assert concepts == tuple(Concept(f"skill_{at:03}", 1.0) for at in range(MOST_CONCEPTS))


def test_a_circle_of_broader_skills_ends() -> None:
    circle = [skill("one", "1", broader=["2"]), skill("two", "2", broader=["1"])]
    vocabulary = vocabulary_of(documents(Kind.SKILL, circle))
    assert vocabulary.concepts("one") == (Concept("skill_1", 1.0), Concept("skill_2", INNER_WEIGHT))


def test_no_vocabulary_names_nothing() -> None:
    assert EMPTY.concepts("JavaScript") == ()


def test_words_have_one_form_in_all_spellings() -> None:
    assert phrase_of("C++, C#; ASP.NET Node.js Cafés") == ("cplusplus", "csharp", "asp", "dotnet", "node", "js", "cafe")
    assert phrase_of("classes analysis status GIS") == ("classe", "analysis", "status", "gis")

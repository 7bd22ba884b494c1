"""Which phrases of a text are conditions, and what is left of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.catalog.kind import Kind
from resolvers.catalog.values import (
    Availability,
    ContractType,
    ExperienceLevel,
    JobDuration,
    LanguageLevel,
    TalentBadge,
    Workload,
)
from resolvers.understanding.condition import Between, Is, Level, Meaning, Near, NoneOf, OneOf, Overlaps, Speaks
from resolvers.understanding.counts import goes_with_number
from resolvers.understanding.understand import SORTS, said_of, understand

NOW = datetime(2026, 5, 20, 14, 35, 7, tzinfo=UTC)
TOP = OneOf((TalentBadge.TOP_RATED, TalentBadge.TOP_RATED_PLUS))
USD, EUR = OneOf(("USD",)), OneOf(("EUR",))


def read(kind: Kind, text: str) -> tuple[str, dict[str, Meaning]]:
    found = understand(kind, text, NOW)
    conditions = [one for phrase in found.phrases for one in phrase.conditions]
    return found.text, {".".join(one.place): one.meaning for one in conditions}


def languages(text: str) -> tuple[str, list[Meaning]]:
    """What is left of a text about talent whose conditions are all about languages, and these."""
    found = understand(Kind.TALENT, text, NOW)
    conditions = [one for phrase in found.phrases for one in phrase.conditions]
    assert {one.place for one in conditions} <= {("languages",)}
    return found.text, [one.meaning for one in conditions]


def rate(currency: OneOf | None = USD, **bounds: Any) -> dict[str, Meaning]:
    return {"hourly_rate": Between(**bounds)} | ({} if currency is None else {"currency": currency})


@pytest.mark.parametrize(
    ("text", "left", "meant"),
    [
        (
            "python developer under $60/h in Berlin, top rated, available full time",
            "python developer",
            rate(lt=Decimal(60))
            | {"timezone": OneOf(("Europe/Berlin",)), "badge": TOP, "availability": OneOf((Availability.FULL_TIME,))},
        ),
        ("react native $40-60 an hour", "react native", rate(gte=Decimal(40), lte=Decimal(60))),
        ("react between 40 and 60 EUR per hour", "react", rate(EUR, gte=Decimal(40), lte=Decimal(60))),
        ("up to 30 per hour", "", rate(None, lte=Decimal(30))),
        ("more than £1,200.50/hr", "", rate(OneOf(("GBP",)), gt=Decimal("1200.50"))),
        ("designer at least $50", "designer", rate(gte=Decimal(50))),
        ("no less than $50", "", rate(gte=Decimal(50))),
        ("not over $50", "", rate(lte=Decimal(50))),
        ("$50+/hr go developer", "go developer", rate(gte=Decimal(50))),
        ("top rated plus translator", "translator", {"badge": OneOf((TalentBadge.TOP_RATED_PLUS,))}),
        ("Rising talent", "", {"badge": OneOf((TalentBadge.RISING_TALENT,))}),
        ("entry-level tester", "tester", {"experience_level": OneOf((ExperienceLevel.ENTRY_LEVEL,))}),
        ("German-speaking accountant", "accountant", {"languages": Speaks("de")}),
        ("who speaks French and is top rated", "", {"languages": Speaks("fr"), "badge": TOP}),
        ("fluent in greek", "", {"languages": Speaks("el", LanguageLevel.FLUENT)}),
        ("native Spanish speakers", "", {"languages": Speaks("es", LanguageLevel.NATIVE)}),
        ("nurse from the Netherlands", "nurse", {"country": OneOf(("NL",))}),
        ("nurse based in the United Kingdom", "nurse", {"country": OneOf(("GB",))}),
        ("in the Czech Republic or the Philippines", "", {"country": OneOf(("CZ", "PH"))}),
        ("in Georgia, USA", "", {"country": OneOf(("US",))}),
        ("in Georgia, nurse", "nurse", {"country": OneOf(("GE",))}),
        ("nurse based in Vietnam", "nurse", {"country": OneOf(("VN",))}),
        ("nurse in the US", "nurse", {"country": OneOf(("US",))}),
        ("nurse in Mexico", "nurse", {"country": OneOf(("MX",))}),
        ("nurse near San Francisco", "nurse", {"timezone": OneOf(("America/Los_Angeles",))}),
        ("nurse in New York City", "nurse", {"timezone": OneOf(("America/New_York",))}),
        ("nurse in London or Berlin", "nurse", {"timezone": OneOf(("Europe/London", "Europe/Berlin"))}),
        ("from Spain, the US or in Peru, nurse", "nurse", {"country": OneOf(("ES", "US", "PE"))}),
        ("in Spain/Portugal and Peru, or Chile", "", {"country": OneOf(("ES", "PT", "PE", "CL"))}),
        ("can't be in India", "", {"country": NoneOf(("IN",))}),
        ("nurse in Berlin, Germany", "nurse", {"country": OneOf(("DE",)), "timezone": OneOf(("Europe/Berlin",))}),
        ("in Austin, Texas, nurse", "nurse", {"country": OneOf(("US",)), "timezone": OneOf(("America/Chicago",))}),
        ("in Pune, Maharashtra", "", {"country": OneOf(("IN",)), "timezone": OneOf(("Asia/Kolkata",))}),
        ("in Atlanta, Georgia", "", {"country": OneOf(("US",)), "timezone": OneOf(("America/New_York",))}),
        ("nurse in Zürich", "nurse", {"timezone": OneOf(("Europe/Zurich",))}),
        ("nurse in Zurich", "nurse", {"timezone": OneOf(("Europe/Zurich",))}),
        (
            "in Łódź, Malmo or sao paulo",
            "",
            {"timezone": OneOf(("Europe/Warsaw", "Europe/Stockholm", "America/Sao_Paulo"))},
        ),
        ("nurse in Turkiye", "nurse", {"country": OneOf(("TR",))}),
        ("within 3 hours of Zürich", "", {"timezone": Near("Europe/Zurich", 3)}),
        ("nurse in Los Angeles, CA", "nurse", {"timezone": OneOf(("America/Los_Angeles",))}),
        (
            "nurse in Austin, TX, Boston, MA or Toronto, ON",
            "nurse",
            {"timezone": OneOf(("America/Chicago", "America/New_York", "America/Toronto"))},
        ),
        ("in Boston, MA, USA", "", {"country": OneOf(("US",)), "timezone": OneOf(("America/New_York",))}),
        ("in Portland, or in Seattle", "", {"timezone": OneOf(("America/Los_Angeles",))}),
        ("in Georgia, USA or Canada", "", {"country": OneOf(("US", "CA"))}),
        ("in Georgia, Armenia or Turkey", "", {"country": OneOf(("GE", "AM", "TR"))}),
        ("nurse outside India", "nurse", {"country": NoneOf(("IN",))}),
        ("based outside of the US or Canada", "", {"country": NoneOf(("US", "CA"))}),
        ("not outside India", "", {"country": OneOf(("IN",))}),
        ("nurse in Paris, Texas", "nurse", {"country": OneOf(("US",))}),
        ("nurse in London, Ontario", "nurse", {"country": OneOf(("CA",))}),
        ("nurse in Berlin, React", "nurse React", {"timezone": OneOf(("Europe/Berlin",))}),
        ("nurse in Singapore, Malaysia or Spain", "nurse", {"country": OneOf(("SG", "MY", "ES"))}),
        ("nurse in Rome or Naples", "nurse", {"timezone": OneOf(("Europe/Rome",))}),
        ("nurse not in India or Pakistan", "nurse", {"country": NoneOf(("IN", "PK"))}),
        ("nurse, but not based in Berlin", "nurse", {"timezone": NoneOf(("Europe/Berlin",))}),
        ("not top rated", "", {"badge": NoneOf(TOP.values)}),
        (
            "full time or part-time nurse",
            "nurse",
            {"availability": OneOf((Availability.FULL_TIME, Availability.PART_TIME))},
        ),
        ("nurse in Europe/Paris", "nurse", {"timezone": OneOf(("Europe/Paris",))}),
        ("python, 4 hours overlap with New York", "python", {"timezone": Overlaps("America/New_York", 4)}),
        ("at least 4 hours of overlap with EST", "", {"timezone": Overlaps("America/New_York", 4)}),
        ("who has 4+ hours a day overlap with the UK", "", {"timezone": Overlaps("Europe/London", 4)}),
        ("overlap of at least 3 hours with London hours", "", {"timezone": Overlaps("Europe/London", 3)}),
        ("overlapping with Pacific Time by 2.5 hours", "", {"timezone": Overlaps("America/Los_Angeles", 2.5)}),
        ("within 3 hours of Berlin", "", {"timezone": Near("Europe/Berlin", 3)}),
        ("nurse \u00b12h of CET", "nurse", {"timezone": Near("Europe/Berlin", 2)}),
        ("nurse CET \u00b1 2", "nurse", {"timezone": Near("Europe/Berlin", 2)}),
        ("in the time zone UTC +/- 1.5 hours", "", {"timezone": Near("Etc/UTC", 1.5)}),
        ("max 3 hours time difference to India", "", {"timezone": Near("Asia/Kolkata", 3)}),
        ("in the same time zone as Tokyo", "", {"timezone": Near("Asia/Tokyo", 0)}),
        ("in Berlin's time zone", "", {"timezone": Near("Europe/Berlin", 0)}),
        ("from the Eastern time zone", "", {"timezone": Near("America/New_York", 0)}),
        ("nurse in a European time zone", "nurse", {"timezone": Near("Europe/Berlin", 1)}),
        ("senior or above", "", {"experience_level": Level(at_least=ExperienceLevel.EXPERT)}),
        ("at least intermediate nurse", "nurse", {"experience_level": Level(at_least=ExperienceLevel.INTERMEDIATE)}),
        ("mid-level+ nurse", "nurse", {"experience_level": Level(at_least=ExperienceLevel.INTERMEDIATE)}),
        ("up to mid level", "", {"experience_level": Level(at_most=ExperienceLevel.INTERMEDIATE)}),
        ("junior or below", "", {"experience_level": Level(at_most=ExperienceLevel.ENTRY_LEVEL)}),
        ("available at least part-time", "", {"availability": Level(at_least=Availability.PART_TIME)}),
        ("top rated or better", "", {"badge": TOP}),
        ("fluent German translator", "translator", {"languages": Speaks("de", LanguageLevel.FLUENT)}),
        ("native English speaker", "", {"languages": Speaks("en", LanguageLevel.NATIVE)}),
        ("native-level french", "", {"languages": Speaks("fr", LanguageLevel.NATIVE)}),
        ("react native german speaker", "react native", {"languages": Speaks("de")}),
        ("fluency in Spanish", "", {"languages": Speaks("es", LanguageLevel.FLUENT)}),
        ("speaks French fluently", "", {"languages": Speaks("fr", LanguageLevel.FLUENT)}),
        ("at least conversational English", "", {"languages": Speaks("en", LanguageLevel.CONVERSATIONAL)}),
        ("basic Polish or better", "", {"languages": Speaks("pl", LanguageLevel.BASIC)}),
        ("90% job success wordpress", "wordpress", {"job_success_score": Between(gte=90)}),
        ("more than 90% job success", "", {"job_success_score": Between(gte=90)}),
        ("up to $50/h or less, plumber", "plumber", rate(lte=Decimal(50))),
        ("€50/h max", "", rate(EUR, lte=Decimal(50))),
        ("$50/hr or more, plumber", "plumber", rate(gte=Decimal(50))),
        ("$30/h max 3 weeks", "$30/h max 3 weeks", {}),
        ("$40/hr-$60/hr", "", rate(gte=Decimal(40), lte=Decimal(60))),
        ("plumber $40/hr to $60", "plumber", rate(gte=Decimal(40), lte=Decimal(60))),
        ("plumber, hourly under $40", "plumber", rate(lt=Decimal(40))),
        ("max hourly rate of $40", "", rate(lte=Decimal(40))),
        ("rate: $20-30/h", "", rate(gte=Decimal(20), lte=Decimal(30))),
        ("plumber w/ 4 stars, and/or roofer", "plumber w/ and/or roofer", {"rating": Between(gte=4.0)}),
        ("plumber,4,5 stars", "plumber", {"rating": Between(gte=4.5)}),
        ("4.5+ stars plumber", "plumber", {"rating": Between(gte=4.5)}),
        ("rating above 4.5 nurse", "nurse", {"rating": Between(gte=4.5)}),
        ("rated 4.8 or higher", "", {"rating": Between(gte=4.8)}),
        ("rated 4.8+ nurse", "nurse", {"rating": Between(gte=4.8)}),
        ("at least 4,5 rating", "", {"rating": Between(gte=4.5)}),
        ("5 star rating", "", {"rating": Between(gte=5.0)}),
        ("5-star rated plumber", "plumber", {"rating": Between(gte=5.0)}),
        ("job success over 90%", "", {"job_success_score": Between(gte=90)}),
        ("nurse, job success score of 90% or better", "nurse", {"job_success_score": Between(gte=90)}),
        ("95%+ JSS", "", {"job_success_score": Between(gte=95)}),
        ("active in the last 30 days", "", {"last_active_at": Between(gte=datetime(2026, 4, 20, tzinfo=UTC))}),
        (
            "available now",
            "",
            {"availability": OneOf((Availability.FULL_TIME, Availability.PART_TIME, Availability.AS_NEEDED))},
        ),
    ],
)
def test_conditions_of_talent(text: str, left: str, meant: dict[str, Meaning]) -> None:
    assert read(Kind.TALENT, text) == (left, meant)


@pytest.mark.parametrize(
    ("text", "left", "meant"),
    [
        (
            "logo $500-1k fixed price posted in the last 3 days",
            "logo",
            {
                "budget": Between(gte=Decimal(500), lte=Decimal(1000)),
                "currency": USD,
                "contract_type": OneOf((ContractType.FIXED_PRICE,)),
                "published_at": Between(gte=datetime(2026, 5, 17, tzinfo=UTC)),
            },
        ),
        ("posted in the past 5 hours", "", {"published_at": Between(gte=datetime(2026, 5, 20, 9, tzinfo=UTC))}),
        ("posted within 2 days", "", {"published_at": Between(gte=datetime(2026, 5, 18, tzinfo=UTC))}),
        ("logo posted within a week", "logo", {"published_at": Between(gte=datetime(2026, 5, 13, tzinfo=UTC))}),
        ("posted yesterday", "", {"published_at": Between(gte=datetime(2026, 5, 19, tzinfo=UTC))}),
        ("new this month", "", {"published_at": Between(gte=datetime(2026, 4, 20, tzinfo=UTC))}),
        ("hourly bookkeeper", "bookkeeper", {"contract_type": OneOf((ContractType.HOURLY,))}),
        ("hourly under $40", "", {"contract_type": OneOf((ContractType.HOURLY,))} | rate(lt=Decimal(40))),
        (
            "hourly rate $20-30",
            "",
            {"contract_type": OneOf((ContractType.HOURLY,))} | rate(gte=Decimal(20), lte=Decimal(30)),
        ),
        ("cook up to $25 hourly", "cook", rate(lte=Decimal(25))),
        (
            "not hourly, under $500",
            "",
            {
                "contract_type": NoneOf((ContractType.HOURLY,)),
                "budget": Between(lt=Decimal(500)),
                "currency": USD,
            },
        ),
        ("$5-10k logo", "logo", {"budget": Between(gte=Decimal(5_000), lte=Decimal(10_000)), "currency": USD}),
        ("at least 5.000 EUR", "", {"budget": Between(gte=Decimal(5_000)), "currency": EUR}),
        ("over €1.250.000", "", {"budget": Between(gt=Decimal(1_250_000)), "currency": EUR}),
        ("more than $0.125", "", {"budget": Between(gt=Decimal("0.125")), "currency": USD}),
        ("part time cook", "cook", {"workload": OneOf((Workload.PART_TIME,))}),
        ("long-term", "", {"duration": OneOf((JobDuration.SEMESTER, JobDuration.ONGOING))}),
        (
            "developer from Germany with 4 stars, verified client",
            "developer",
            {
                "client.country": OneOf(("DE",)),
                "client.rating": Between(gte=4.0),
                "client.payment_verified": Is(value=True),
            },
        ),
        (
            "baker / full time / in Germany",
            "baker / /",
            {"workload": OneOf((Workload.FULL_TIME,)), "client.country": OneOf(("DE",))},
        ),
        ("full-time or part-time baker", "baker", {"workload": OneOf((Workload.FULL_TIME, Workload.PART_TIME))}),
        ("hourly/fixed price", "", {"contract_type": OneOf((ContractType.HOURLY, ContractType.FIXED_PRICE))}),
        ("not payment verified", "", {"client.payment_verified": Is(value=False)}),
        ("no fixed price", "", {"contract_type": NoneOf((ContractType.FIXED_PRICE,))}),
        ("more than $10k", "", {"budget": Between(gt=Decimal(10_000)), "currency": USD}),
        ("logo, budget under $500", "logo", {"budget": Between(lt=Decimal(500)), "currency": USD}),
        ("with a budget of up to $500", "", {"budget": Between(lte=Decimal(500)), "currency": USD}),
        ("max budget $500 logo", "logo", {"budget": Between(lte=Decimal(500)), "currency": USD}),
        ("under $500 budget", "", {"budget": Between(lt=Decimal(500)), "currency": USD}),
        ("under $500 budget planning", "budget planning", {"budget": Between(lt=Decimal(500)), "currency": USD}),
        ("€300 or less", "", {"budget": Between(lte=Decimal(300)), "currency": EUR}),
        ("max hourly rate of $40", "", rate(lte=Decimal(40))),
        (
            "fixed budget under $500",
            "",
            {
                "contract_type": OneOf((ContractType.FIXED_PRICE,)),
                "budget": Between(lt=Decimal(500)),
                "currency": USD,
            },
        ),
        ("fewer than 10 proposals", "", {"proposal_count": Between(lt=10)}),
        ("more than 20 proposals", "", {"proposal_count": Between(gt=20)}),
        ("at least 5 proposals", "", {"proposal_count": Between(gte=5)}),
        ("not more than 20 proposals", "", {"proposal_count": Between(lte=20)}),
        ("logo, no proposals yet", "logo", {"proposal_count": Between(lte=0)}),
        (
            "verified client with rating above 4.5, logo",
            "logo",
            {"client.payment_verified": Is(value=True), "client.rating": Between(gte=4.5)},
        ),
        ("Japanese speaking guide", "guide", {"languages": OneOf(("ja",))}),
        ("native English writer", "writer", {"languages": OneOf(("en",))}),
        ("expert or above", "", {"experience_level": Level(at_least=ExperienceLevel.EXPERT)}),
        ("at least part time", "", {"workload": Level(at_least=Workload.PART_TIME)}),
        ("guide within 2.5 hours of Kathmandu", "guide", {"timezone": Near("Asia/Kathmandu", 2.5)}),
    ],
)
def test_conditions_of_jobs(text: str, left: str, meant: dict[str, Meaning]) -> None:
    assert read(Kind.JOB, text) == (left, meant)


@pytest.mark.parametrize(
    "text",
    [
        "machine learning in Python",
        "3 to 5 years of experience",
        "seo over 10 years",
        "under 60",
        "$60-40/h",
        "between $5 and 6 EUR",
        '"full time" nanny',
        "“in Berlin” the musical",
        "today",
        "delivery within 2 days",
        "UTC+3",
        "expert",
        "yoga for beginners",
        "verified data",
        "in",
        "German",
        "at least intermediate German",
        "at least intermediate in English",
        "conversational English lessons",
        "React Native",
        "senior developer",
        "overlap with New York",
        "4 hours overlap with the US",
        "9 hours overlap with Berlin",
        "within 24 hours of Berlin",
        "delivery within 3 hours",
        "in the US time zone",
        "in the CST time zone",
        "UTC time zone bug",
        "200% job success",
        "not 4 stars",
        "12.5 stars",
        "rating 14.5",
        "rated 5",
        "5 star rating widget",
        "job success over 101%",
        "non-native English speakers",
        "everybody except in India",
        "whether or not in Berlin",
        "outside Berlin",
        "outside Georgia, USA",
        "in Germany or outside India",
        "in London or Germany",
        "in Berlin, Germany or Paris, France",
        "in Athens, Georgia",
        "nurse not in Paris, Texas",
        "nurse in Paris, Texas or Berlin",
        "in Berlin or remote",
        "in Germany or anywhere",
        "in Paris, Texas or working remotely",
        "fully remote or in Berlin",
        "remotely / in Berlin",
        "German or French speaking guide",
        "fluent in Spanish or Portuguese",
        "entry level or advanced",
        "full time or whatever comes",
        "full-time/$50+/h",
        "under $60/h or full time",
        "in Berlin or Zwickau",
        "dentist in oral surgery",
        "carer in West London",
        "",
    ],
)
@pytest.mark.parametrize("kind", [Kind.JOB, Kind.TALENT])
def test_what_is_no_condition_stays_in_the_text(kind: Kind, text: str) -> None:
    assert read(kind, text) == (text, {})


@pytest.mark.parametrize("kind", [Kind.SKILL, Kind.OCCUPATION, Kind.CLIENT])
def test_other_kinds_have_no_such_conditions(kind: Kind) -> None:
    text = "top rated in Berlin, fixed price, German-speaking, 4 stars, posted today, senior or above, CET time zone"
    assert read(kind, text) == (text, {})


def test_of_two_phrases_about_the_same_the_first_counts() -> None:
    text, meant = read(Kind.JOB, "full-time baker, part-time")
    assert (text, meant) == ("baker, part-time", {"workload": OneOf((Workload.FULL_TIME,))})


FLUENT, NATIVE = LanguageLevel.FLUENT, LanguageLevel.NATIVE


@pytest.mark.parametrize(
    ("text", "left", "meant"),
    [
        ("fluent in Spanish and Portuguese", "", [Speaks("es", FLUENT), Speaks("pt", FLUENT)]),
        ("native English and fluent German nurse", "nurse", [Speaks("en", NATIVE), Speaks("de", FLUENT)]),
        ("German- and French-speaking nurse", "nurse", [Speaks("de"), Speaks("fr")]),
        ("German-speaking nurse, fluent in French", "nurse", [Speaks("de"), Speaks("fr", FLUENT)]),
        ("native Spanish & Portuguese speakers", "", [Speaks("es", NATIVE), Speaks("pt", NATIVE)]),
        (
            "who speaks English, conversational German and French",
            "",
            [Speaks("en"), Speaks("de", LanguageLevel.CONVERSATIONAL), Speaks("fr", LanguageLevel.CONVERSATIONAL)],
        ),
        ("speaks English, German and French fluently", "", [Speaks(code, FLUENT) for code in ("en", "de", "fr")]),
        ("native English and Spanish to German", "Spanish to German", [Speaks("en", NATIVE)]),
        ("fluent in English and German lessons", "German lessons", [Speaks("en", FLUENT)]),
        ("fluent in Spanish and Portuguese or French", "fluent in Spanish and Portuguese or French", []),
        ("non-native English and French speakers", "non-native English and French speakers", []),
    ],
)
def test_of_several_languages_all_are_needed(text: str, left: str, meant: list[Meaning]) -> None:
    assert languages(text) == (left, meant)


def test_of_jobs_each_of_several_languages_is_a_condition() -> None:
    [phrase] = understand(Kind.JOB, "guide fluent in Spanish and Portuguese", NOW).phrases
    assert [one.meaning for one in phrase.conditions] == [OneOf(("es",)), OneOf(("pt",))]


def test_what_a_kind_has_no_time_of_stays_in_the_text() -> None:
    for kind, text in ((Kind.TALENT, "posted in the last 24 hours"), (Kind.JOB, "last seen in the last 3 days")):
        assert read(kind, text) == (text, {})


def test_thousands_are_no_hourly_rate_unless_that_is_said() -> None:
    assert read(Kind.TALENT, "earned more than $10k") == ("earned more than $10k", {})
    assert read(Kind.TALENT, "5k-10k USD app") == ("5k-10k USD app", {})
    assert read(Kind.TALENT, "up to $2k/h") == ("", rate(lte=Decimal(2_000)))


def test_a_phrase_says_where_it_stands() -> None:
    text = "☕ barista in Rome, under €20/h"
    assert [text[one.start : one.end] for one in understand(Kind.TALENT, text, NOW).phrases] == [
        "in Rome",
        "under €20/h",
    ]


def test_marks_move_no_phrase() -> None:
    text = "Ĳsbrand ½ ﬁn İn in Zürich, top rated"
    assert [text[one.start : one.end] for one in understand(Kind.TALENT, text, NOW).phrases] == [
        "in Zürich",
        "top rated",
    ]


@pytest.mark.parametrize(
    ("text", "word", "goes"),
    [
        ("6 stars", "stars", True),
        ("rating: 6", "rating", True),
        ("under $5", "under", True),
        ("7+ years", "years", True),
        ("stars", "stars", False),
        ("2 desinger", "desinger", False),
        ("6 big stars", "stars", False),
    ],
)
def test_a_usual_word_goes_with_a_number_beside_it(text: str, word: str, goes: bool) -> None:
    start = text.index(word)
    assert goes_with_number(text, start, start + len(word)) == goes


PIECES = [
    "under",
    "$",
    "60",
    "/h",
    "in",
    "Berlin",
    ",",
    "top rated",
    "plus",
    "posted",
    "last",
    "3",
    "days",
    "-",
    "k",
    '"',
    "not",
    "or",
    "Rome",
    "outside",
    "Łódź",
]


@given(
    st.sampled_from([Kind.JOB, Kind.TALENT]),
    st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12).map(" ".join),
)
def test_whatever_is_said_the_phrases_are_parts_of_it_and_the_rest_are_its_words(kind: Kind, text: str) -> None:
    found = understand(kind, text, NOW)
    ends = 0
    for phrase in found.phrases:
        assert ends <= phrase.start < phrase.end <= len(text)
        assert phrase.conditions
        ends = phrase.end
    if not found.phrases:
        assert found.text == text
    assert all(word in text for word in found.text.split())


SAYINGS = [
    *(
        "senior",
        "Junior",
        "or above",
        "at least",
        "at most",
        "intermediate",
        "mid-level",
        "Entry-Level",
        "experts only",
    ),
    *(
        "speaks",
        "Fluent in",
        "German",
        "-speaking",
        "native",
        "conversational",
        "fluency in",
        "greek",
        "or better",
        "and",
        ", ",
    ),
    *("4 hours", "overlap", "overlapping", "with", "New York", "within 3 hours of", "same time zone as", "European"),
    *(
        "timezone",
        "CET zone",
        "5 stars",
        "90%",
        "job success",
        "fewer than",
        "proposals",
        "rated",
        "4.5",
        "no",
        "hourly",
        "paid by the hour",
    ),
    *(
        "fixed-price",
        "full time",
        "part-time",
        "long term",
        "Ongoing",
        "verified clients",
        "rising talent",
        "available",
    ),
    *(
        "this week",
        "yesterday",
        "recently",
        "past month",
        "active",
        "EUR",
        "per hour",
        "up to",
        "1,200.50",
        "+",
        "max",
        "budget",
    ),
]


@given(
    st.sampled_from([Kind.JOB, Kind.TALENT]),
    st.lists(st.sampled_from(PIECES + SAYINGS), max_size=12).map(" ".join),
    st.sampled_from(range(len(SORTS))),
)
def test_no_phrase_is_passed_over(kind: Kind, text: str, sort: int) -> None:
    may_be_there, phrases = SORTS[sort]
    said = said_of(kind, text, NOW)
    assert may_be_there(said) or not list(phrases(said))

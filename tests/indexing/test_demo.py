"""The demo catalog: what is written, that it is the same every time, and that it hangs together."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from indexing.demo import FILES, demo_records, write_demo
from indexing.demo.vocabulary import sentence, vocabulary
from indexing.demo.write import _write

JOBS, TALENT, SEED = 1_200, 1_500, 7
SIZES = {"jobs": JOBS, "talent": TALENT, "seed": SEED}

FIELDS = {
    "job": "id title description occupationId skillIds clientId contractType hourlyRate budget experienceLevel "
    "duration workload publishedAt status proposalCount freelancersToHire preferredCountries locationMandatory "
    "timezone languages",
    "talent": "id name title overview occupationId skillIds hourlyRate experienceLevel jobSuccessScore badge "
    "totalEarnings totalHours totalJobs rating reviewCount availability hoursPerWeek country timezone languages "
    "responseTimeHours lastActiveAt memberSince",
    "client": "id name country timezone rating reviewCount totalSpent totalHires totalJobsPosted paymentVerified "
    "memberSince",
    "skill": "id name aliases broader kind description",
    "occupation": "id name aliases iscoGroup description",
}
PREFIXES = {"job": "job_", "talent": "talent_", "client": "client_", "skill": "skill_", "occupation": "occ_"}
LEVELS = {"ENTRY_LEVEL", "INTERMEDIATE", "EXPERT"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def catalog() -> dict[str, Rows]:
    return {kind: list(demo_records(kind, **SIZES)) for kind in FILES}


@pytest.fixture(scope="module")
def zones_of_countries() -> set[tuple[str, str]]:
    lines = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {(row[0], row[2]) for row in rows}


def ids(rows: Rows) -> set[str]:
    return {row["id"] for row in rows}


def test_the_files_hold_the_records_and_the_counts_are_returned(tmp_path: Path, catalog: dict[str, Rows]) -> None:
    directory = tmp_path / "not" / "there yet"
    counts = write_demo(directory, **SIZES)
    assert counts == {"job": JOBS, "talent": TALENT, "client": 200, "skill": 477, "occupation": 68}
    assert sorted(path.name for path in directory.iterdir()) == sorted(FILES.values())
    for kind, name in FILES.items():
        lines = gzip.decompress((directory / name).read_bytes()).decode("utf-8").splitlines()
        assert [json.loads(line) for line in lines] == catalog[kind]


def test_the_same_seed_and_sizes_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_demo(tmp_path / name, jobs=150, talent=150, seed=3)
    for name in FILES.values():
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
        # Bytes 4 to 8 of a gzip header are the time of writing.
        assert (tmp_path / "first" / name).read_bytes()[4:8] == bytes(4)


def test_a_second_run_replaces_the_files(tmp_path: Path) -> None:
    write_demo(tmp_path, jobs=150, talent=150)
    write_demo(tmp_path, jobs=2, talent=1)
    assert len(gzip.decompress((tmp_path / "jobs.ndjson.gz").read_bytes()).splitlines()) == 2


def content(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.mark.parametrize("name", ["jobs.ndjson.gz", "Vacancies.jsonl.gz", "talent.ndjson"])
def test_a_catalog_that_is_no_demo_is_not_written_over(tmp_path: Path, name: str) -> None:
    write_demo(tmp_path, jobs=2, talent=1)
    (tmp_path / name).write_bytes(gzip.compress(b"{}") if name.endswith(".gz") else b"{}")
    before = content(tmp_path)
    with pytest.raises(FileExistsError) as raised:
        write_demo(tmp_path, jobs=3, talent=1)
    assert raised.value.filename == str(tmp_path / name)
    assert content(tmp_path) == before
    assert write_demo(tmp_path, jobs=3, talent=1, force=True)["job"] == 3
    assert content(tmp_path).keys() == before.keys()


def test_files_of_other_kinds_are_no_catalog(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Ours.")
    (tmp_path / "old.ndjson").mkdir()
    assert write_demo(tmp_path, jobs=2, talent=1)["job"] == 2


def test_an_interrupted_run_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    write_demo(tmp_path, jobs=2, talent=1)
    before = content(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        _write(tmp_path / "jobs.ndjson.gz", interrupted())
    assert content(tmp_path) == before


def interrupted() -> Iterator[dict[str, object]]:
    yield from demo_records("job", jobs=300, talent=0)
    raise KeyboardInterrupt


@pytest.mark.parametrize("kind", ["job", "talent", "client"])
def test_another_seed_makes_another_catalog(kind: Any, catalog: dict[str, Rows]) -> None:
    assert list(demo_records(kind, jobs=JOBS, talent=TALENT, seed=SEED + 1)) != catalog[kind]


def test_a_larger_catalog_begins_with_the_smaller_one(catalog: dict[str, Rows]) -> None:
    assert list(demo_records("job", jobs=100, talent=0)) == catalog["job"][:100]
    assert list(demo_records("talent", jobs=0, talent=100)) == catalog["talent"][:100]
    assert list(demo_records("client", jobs=100)) == catalog["client"][:20]


def test_records_are_made_only_when_asked_for() -> None:
    for kind in FILES:
        assert len(list(islice(demo_records(kind, jobs=10**12, talent=10**12), 3))) == 3


@pytest.mark.parametrize(("jobs", "clients"), [(0, 20), (1, 20), (120, 20), (121, 40), (2_400, 400)])
def test_there_is_a_client_for_every_six_jobs_and_never_fewer_than_twenty(jobs: int, clients: int) -> None:
    assert len(list(demo_records("client", jobs=jobs))) == clients


@pytest.mark.parametrize("sizes", [{"jobs": -1}, {"talent": -1}])
def test_a_negative_size_is_refused_before_anything_is_written(tmp_path: Path, sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="negative size"):
        write_demo(tmp_path / "catalog", **sizes)
    assert not (tmp_path / "catalog").exists()


@pytest.mark.parametrize("kind", list(FILES))
def test_every_record_has_exactly_the_fields_of_the_feed_and_an_id_of_its_own(
    kind: str, catalog: dict[str, Rows]
) -> None:
    rows = catalog[kind]
    assert all(row.keys() == set(FIELDS[kind].split()) for row in rows)
    assert all(row["id"].startswith(PREFIXES[kind]) for row in rows)
    assert len(ids(rows)) == len(rows)


def test_every_reference_resolves(catalog: dict[str, Rows]) -> None:
    skills, occupations, clients = (ids(catalog[kind]) for kind in ("skill", "occupation", "client"))
    for row in [*catalog["job"], *catalog["talent"]]:
        assert set(row["skillIds"]) <= skills
        assert len(set(row["skillIds"])) == len(row["skillIds"]) >= 3
        assert row["occupationId"] in occupations
    assert {row["clientId"] for row in catalog["job"]} <= clients
    assert all(set(row["broader"]) <= skills - {row["id"]} for row in catalog["skill"])


def test_hourly_jobs_have_a_rate_and_fixed_price_jobs_a_budget(catalog: dict[str, Rows]) -> None:
    for job in catalog["job"]:
        if job["contractType"] == "HOURLY":
            assert job["budget"] is None
            assert 3 <= job["hourlyRate"]["min"] < job["hourlyRate"]["max"]
        else:
            assert job["contractType"] == "FIXED_PRICE"
            assert job["hourlyRate"] is None
            assert job["budget"]["amount"] >= 15
    assert Counter(job["contractType"] for job in catalog["job"]).keys() == {"HOURLY", "FIXED_PRICE"}


def test_money_has_a_currency_and_at_most_two_decimals(catalog: dict[str, Rows]) -> None:
    jobs, people, clients = catalog["job"], catalog["talent"], catalog["client"]
    money = [row["hourlyRate"] or row["budget"] for row in [*jobs, *people] if row]
    amounts = [amount for row in money for name, amount in row.items() if name != "currency"]
    amounts += [person["totalEarnings"] for person in people] + [client["totalSpent"] for client in clients]
    assert {row["currency"] for row in money} == {"USD"}
    assert all(type(amount) is float and round(amount, 2) == amount for amount in amounts)


def test_the_closed_sets_of_the_feed_are_kept_and_used_whole(catalog: dict[str, Rows]) -> None:
    def values(kind: str, field: str) -> set[str]:
        return {row[field] for row in catalog[kind]}

    assert values("job", "experienceLevel") == values("talent", "experienceLevel") == LEVELS
    assert values("job", "duration") == {"WEEK", "MONTH", "QUARTER", "SEMESTER", "ONGOING"}
    assert values("job", "workload") == {"AS_NEEDED", "PART_TIME", "FULL_TIME"}
    assert values("job", "status") == {"OPEN", "CLOSED"}
    assert values("talent", "badge") == {"NONE", "RISING_TALENT", "TOP_RATED", "TOP_RATED_PLUS"}
    assert values("talent", "availability") == {"FULL_TIME", "PART_TIME", "AS_NEEDED", "UNAVAILABLE"}
    assert values("skill", "kind") == {"TECHNOLOGY", "GROUP", "KNOWLEDGE", "COMPETENCE"}
    fluency = {language["level"] for person in catalog["talent"] for language in person["languages"]}
    assert fluency == {"BASIC", "CONVERSATIONAL", "FLUENT", "NATIVE"}


def test_time_zones_belong_to_their_country(catalog: dict[str, Rows], zones_of_countries: set[tuple[str, str]]) -> None:
    places = {(row["country"], row["timezone"]) for row in [*catalog["client"], *catalog["talent"]]}
    assert places <= zones_of_countries
    zones = {client["id"]: client["timezone"] for client in catalog["client"]}
    assert all(job["timezone"] == zones[job["clientId"]] for job in catalog["job"])
    preferred = {code for job in catalog["job"] for code in job["preferredCountries"]}
    assert preferred <= {country for country, _ in zones_of_countries}


def test_languages_are_two_letter_codes_without_repetition(catalog: dict[str, Rows]) -> None:
    spoken = [[language["code"] for language in person["languages"]] for person in catalog["talent"]]
    for codes in [*spoken, *(job["languages"] for job in catalog["job"])]:
        assert codes
        assert len(set(codes)) == len(codes)
        assert set(codes) <= vocabulary().languages.keys()


def test_times_are_utc_and_end_at_the_reference_date(catalog: dict[str, Rows]) -> None:
    joined = {client["id"]: client["memberSince"] for client in catalog["client"]}
    for job in catalog["job"]:
        assert TIME.fullmatch(job["publishedAt"])
        assert max("2026-08-03T00:00:00Z", joined[job["clientId"]]) <= job["publishedAt"] <= "2026-11-01T00:00:00Z"
    for person in catalog["talent"]:
        assert TIME.fullmatch(person["lastActiveAt"])
        assert person["memberSince"] <= person["lastActiveAt"] <= "2026-11-01T00:00:00Z"
    assert all(datetime.fromisoformat(time).tzinfo for time in joined.values())


def test_new_talent_has_nothing_to_be_judged_by(catalog: dict[str, Rows]) -> None:
    new = [person for person in catalog["talent"] if person["totalJobs"] == 0]
    assert len(new) / TALENT == pytest.approx(0.3, abs=0.05)
    for person in new:
        facts = ("jobSuccessScore", "rating", "reviewCount", "totalHours", "totalEarnings")
        assert [person[fact] for fact in facts] == [None, None, 0, 0, 0.0]
        assert person["badge"] in {"NONE", "RISING_TALENT"}


def test_facts_of_talent_agree_with_each_other(catalog: dict[str, Rows]) -> None:
    for person in catalog["talent"]:
        assert (person["rating"] is None) == (person["reviewCount"] == 0)
        assert person["reviewCount"] <= person["totalJobs"] <= person["totalHours"]
        assert (person["jobSuccessScore"] is None) == (person["totalJobs"] < 3)
        assert person["rating"] is None or 1 <= person["rating"] <= 5
        assert person["jobSuccessScore"] is None or 0 <= person["jobSuccessScore"] <= 100
        if person["badge"].startswith("TOP_RATED"):
            assert person["jobSuccessScore"] >= 94
            assert person["totalEarnings"] >= 5_000


def test_facts_of_clients_agree_with_each_other_and_with_their_jobs(catalog: dict[str, Rows]) -> None:
    posted = Counter(job["clientId"] for job in catalog["job"])
    for client in catalog["client"]:
        assert client["totalJobsPosted"] >= max(1, posted[client["id"]])
        assert client["reviewCount"] <= client["totalHires"] <= client["totalJobsPosted"]
        assert (client["rating"] is None) == (client["reviewCount"] == 0)
        assert (client["totalSpent"] == 0) == (client["totalHires"] == 0)
        assert client["paymentVerified"] or client["totalHires"] == 0


def test_rates_follow_level_and_country(catalog: dict[str, Rows]) -> None:
    def rate(field: str, value: str) -> float:
        return float(median(row["hourlyRate"]["amount"] for row in catalog["talent"] if row[field] == value))

    assert rate("experienceLevel", "ENTRY_LEVEL") < rate("experienceLevel", "INTERMEDIATE")
    assert rate("experienceLevel", "INTERMEDIATE") < rate("experienceLevel", "EXPERT")
    assert rate("country", "PH") < rate("country", "PL") < rate("country", "US")


def test_shares_are_those_of_a_marketplace(catalog: dict[str, Rows]) -> None:
    def share(rows: Rows, field: str, value: object) -> float:
        return [row[field] for row in rows].count(value) / len(rows)

    assert share(catalog["job"], "status", "CLOSED") == pytest.approx(0.1, abs=0.03)
    assert share(catalog["job"], "preferredCountries", []) == pytest.approx(0.75, abs=0.05)
    assert share(catalog["talent"], "availability", "UNAVAILABLE") == pytest.approx(0.1, abs=0.03)
    assert share(catalog["talent"], "badge", "TOP_RATED_PLUS") == pytest.approx(0.06, abs=0.04)
    assert all(job["preferredCountries"] for job in catalog["job"] if job["locationMandatory"])
    assert len({job["occupationId"] for job in catalog["job"]}) > 60


def test_texts_read_like_sentences_without_empty_slots(catalog: dict[str, Rows]) -> None:
    texts = [row[field] for row in catalog["job"] for field in ("title", "description")]
    texts += [row[field] for row in catalog["talent"] for field in ("title", "overview")]
    for text in texts:
        assert text == text.strip()
        assert "  " not in text
        assert not set("{}") & set(text)
    assert all(2 <= len(re.findall(r"[.](?: |$)", job["description"])) <= 5 for job in catalog["job"])
    assert len({job["title"] for job in catalog["job"]}) > JOBS * 0.8
    assert all(re.fullmatch(r"\S.* [A-Z]\.", person["name"]) for person in catalog["talent"])


def test_a_job_about_a_language_asks_for_it(catalog: dict[str, Rows]) -> None:
    languages = {skill.name: (code, skill.id) for code, skill in vocabulary().languages.items()}
    about = [(job, re.search(r"English to (\w+) translator", job["title"])) for job in catalog["job"]]
    found = [(job, languages[match[1]]) for job, match in about if match]
    assert found
    for job, (code, skill_id) in found:
        assert job["languages"] == ["en", code]
        assert skill_id in job["skillIds"]


@pytest.mark.parametrize(
    ("skill_id", "alias"),
    [
        ("skill_javascript", "JS"),
        ("skill_kubernetes", "k8s"),
        ("skill_machine-learning", "ML"),
        ("skill_cpp", "cpp"),
        ("skill_dotnet", "dotnet"),
        ("skill_nodejs", "node"),
        ("skill_postgresql", "postgres"),
        ("skill_scikit-learn", "sklearn"),
        ("skill_go", "golang"),
    ],
)
def test_skills_answer_to_what_people_call_them(skill_id: str, alias: str, catalog: dict[str, Rows]) -> None:
    (skill,) = [skill for skill in catalog["skill"] if skill["id"] == skill_id]
    assert alias in skill["aliases"]


def test_skills_form_a_hierarchy_that_ends_in_groups(catalog: dict[str, Rows]) -> None:
    parents = {skill["id"]: skill["broader"] for skill in catalog["skill"]}
    kinds = {skill["id"]: skill["kind"] for skill in catalog["skill"]}

    def roots(skill_id: str, seen: tuple[str, ...] = ()) -> set[str]:
        assert skill_id not in seen
        above = [roots(parent, (*seen, skill_id)) for parent in parents[skill_id]]
        return set().union(*above) if above else {skill_id}

    assert parents["skill_react"] == ["skill_javascript"]
    assert parents["skill_django"] == ["skill_python"]
    tops = set().union(*(roots(skill_id) for skill_id in parents))
    assert {kinds[top] for top in tops} == {"GROUP"}


def test_occupations_have_a_group_code_aliases_and_enough_to_say() -> None:
    for occupation in vocabulary().occupations:
        assert re.fullmatch(r"\d{4}", occupation.isco)
        assert 3 <= len(occupation.aliases) <= 6
        assert len(occupation.tasks) >= 5
        assert len(occupation.titles) >= 5
        assert len(occupation.core) >= 2
        assert not {skill.id for skill in occupation.core} & {skill.id for skill in occupation.skills}


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (" backend developer", "Backend developer"),
        ("iOS developer", "iOS developer"),
        (".NET developer", ".NET developer"),
        ("", ""),
    ],
)
def test_a_sentence_starts_with_a_capital_unless_the_name_never_does(text: str, start: str) -> None:
    assert sentence(text) == start

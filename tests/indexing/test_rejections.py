"""A record that is not right is rejected alone, with its file, line, field and reason."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from indexing.lines import MAX_LINE_BYTES
from indexing.run import index_catalog
from indexing.summary import shown
from resolvers.errors import IndexingError
from tests.indexing.feeds import (
    CLIENT,
    JOB,
    OCCUPATION,
    ONE_OF_EACH,
    SKILL,
    TALENT,
    Recorder,
    Row,
    encoded,
    indexed,
    place,
    rejections,
    without,
    write_feed,
)

GOOD_JOB = JOB | {"id": "job_9"}
RATE = {"min": 2, "max": 3, "currency": "EUR"}
HOURLY_JOB = JOB | {"contractType": "HOURLY", "hourlyRate": RATE, "budget": None}


def budget(amount: str) -> bytes:
    """A job whose budget is written exactly so."""
    row = JOB | {"budget": {"amount": "AMOUNT", "currency": "EUR"}}
    return json.dumps(row).replace('"AMOUNT"', amount).encode()


@pytest.mark.parametrize(
    ("line", "field", "reason", "message"),
    [
        (b'{"id": "job_1",', None, "broken JSON", "input data was truncated"),
        (b"job_1", None, "broken JSON", "JSON is malformed: invalid character (byte 0)"),
        (encoded(JOB) + b"}", None, "broken JSON", None),
        (b"[]", None, "wrong value", "expected `object`, got `array`"),
        (budget("NaN"), None, "broken JSON", None),
        (budget("Infinity"), None, "broken JSON", None),
        (b'{"new":' + b"[" * 100_000, None, "broken JSON", "nested too deeply"),
        (
            encoded(JOB)[:-1] + b', "new":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            None,
            "broken JSON",
            "nested too deeply",
        ),
        (encoded(JOB | {"title": "\ud800"}), None, "broken JSON", None),
        (encoded(JOB).replace(b"Build", b"\xff\xfe"), None, "not UTF-8", None),
        (encoded(JOB | {"new": "é"}).replace(b"\\u00e9", b"\xe9"), None, "not UTF-8", None),
        (without(JOB, "title"), "title", "missing field", "is missing"),
        (without(JOB, "id"), "id", "missing field", "is missing"),
        (JOB | {"budget": {"amount": 1}}, "budget.currency", "missing field", "is missing"),
        (JOB | {"title": None}, "title", "wrong value", "expected `str`, got `null`"),
        (JOB | {"title": " \t"}, "title", "wrong value", "expected a text that says something, not an empty one"),
        (budget('"much"'), "budget.amount", "wrong value", "invalid decimal string"),
        (budget("-1"), "budget.amount", "wrong value", "an amount of money is a number from 0 up, not -1"),
        (budget('"NaN"'), "budget.amount", "wrong value", "an amount of money is a number from 0 up, not NaN"),
        (budget("1e400"), "budget", "wrong value", "the number is too large"),
        (
            JOB | {"hourlyRate": {"min": 3, "max": 2, "currency": "EUR"}},
            "hourlyRate.min",
            "wrong value",
            "is above max",
        ),
        (
            JOB | {"timezone": "Mars"},
            "timezone",
            "wrong value",
            "'Mars' is not an IANA time zone name, such as Europe/Berlin",
        ),
        (
            JOB | {"languages": ["en", "EN"]},
            "languages[1]",
            "wrong value",
            "'EN' is not an ISO 639-1 language code in small letters, such as en",
        ),
        (JOB | {"languages": ["xx"]}, "languages[0]", "wrong value", None),
        (
            JOB | {"preferredCountries": ["DE", "US\n"]},
            "preferredCountries[1]",
            "wrong value",
            r"'US\n' is not an ISO 3166-1 alpha-2 country code in capitals, such as DE",
        ),
        (JOB | {"preferredCountries": ["XX"]}, "preferredCountries[0]", "wrong value", None),
        (
            JOB | {"budget": {"amount": 1, "currency": "ZZZ"}},
            "budget.currency",
            "wrong value",
            "'ZZZ' is not an ISO 4217 currency code in capitals, such as USD",
        ),
        (HOURLY_JOB | {"hourlyRate": RATE | {"currency": "USD\n"}}, "hourlyRate.currency", "wrong value", None),
        (
            HOURLY_JOB | {"budget": JOB["budget"]},
            "budget",
            "wrong value",
            "an HOURLY job has none, it has an hourlyRate",
        ),
        (
            JOB | {"hourlyRate": RATE, "budget": None},
            "hourlyRate",
            "wrong value",
            "a FIXED_PRICE job has none, it has a budget",
        ),
        (JOB | {"hourlyRate": RATE}, "hourlyRate", "wrong value", None),
        (budget("1e-21"), "budget.amount", "wrong value", "an amount of money has at most 20 decimals"),
        (budget("1e-999999"), "budget.amount", "wrong value", None),
        (JOB | {"proposalCount": -1}, "proposalCount", "wrong value", "expected `int` >= 0"),
        (JOB | {"proposalCount": 2**31}, "proposalCount", "wrong value", "expected `int` <= 2147483647"),
        (JOB | {"proposalCount": "2"}, "proposalCount", "wrong value", "expected `int`, got `str`"),
        (JOB | {"contractType": "BARTER"}, "contractType", "wrong value", "invalid enum value 'BARTER'"),
        (JOB | {"publishedAt": "2026-10-13"}, "publishedAt", "wrong value", "invalid RFC3339 encoded datetime"),
        (
            JOB | {"publishedAt": "2026-10-13T21:48:00"},
            "publishedAt",
            "wrong value",
            "expected `datetime` with a timezone component",
        ),
        (
            JOB | {"publishedAt": "0001-01-01T00:00:00+23:59"},
            "publishedAt",
            "wrong value",
            "expected a year from 1678 to 2261, not 1",
        ),
        (JOB | {"clientId": "client_2"}, "clientId", "unknown reference", "no accepted client has the id 'client_2'"),
        (JOB | {"occupationId": ""}, "occupationId", "unknown reference", "no accepted occupation has the id ''"),
        (
            JOB | {"skillIds": ["skill_python", "client_1"]},
            "skillIds",
            "unknown reference",
            "no accepted skill has the id 'client_1'",
        ),
        (JOB | {"skillIds": ["skill_" + "x" * 600]}, "skillIds", "unknown reference", None),
    ],
)
def test_a_bad_line_is_rejected_with_field_and_reason(
    tmp_path: Path, line: Row | bytes, field: str | None, reason: str, message: str | None
) -> None:
    feed = write_feed(tmp_path / "feed", jobs=[GOOD_JOB, line, GOOD_JOB | {"id": "job_3"}])
    summary = indexed(feed)
    assert [place(one) for one in summary.rejections] == [("jobs.ndjson", 2, field, reason)]
    assert summary.rejected == {reason: 1}
    assert summary.indexed == ONE_OF_EACH | {"JOB": 2}
    assert message is None or summary.rejections[0].message == message


@pytest.mark.parametrize("contract", ["HOURLY", "FIXED_PRICE"])
def test_a_job_need_not_say_what_it_pays(tmp_path: Path, contract: str) -> None:
    open_pay = JOB | {"contractType": contract, "hourlyRate": None, "budget": None}
    assert rejections(tmp_path, jobs=[open_pay, HOURLY_JOB | {"id": "job_2"}]) == []


def test_a_count_may_be_the_largest_that_the_graph_can_say(tmp_path: Path) -> None:
    assert rejections(tmp_path, jobs=[JOB | {"proposalCount": 2**31 - 1}]) == []


@pytest.mark.parametrize(
    "id_",
    [
        "",
        "job_",
        "talent_1",
        "Job_1",
        "job_a b",
        "job_a\n",
        "job_\u00a0",
        "job_\x00",
        "job_\x9f",
        "job_" + "x" * 197,
        "job_" + "\N{GRINNING FACE}" * 127,
    ],
)
def test_an_id_has_its_kinds_prefix_and_no_spaces_and_a_bounded_length(tmp_path: Path, id_: str) -> None:
    found = rejections(tmp_path, jobs=[JOB | {"id": id_}, GOOD_JOB])
    assert found == [("jobs.ndjson", 1, "id", "wrong value")]


@pytest.mark.parametrize("id_", ["job_x", "job_" + "x" * 196, "job_\N{GRINNING FACE}é"])
def test_an_id_may_be_of_any_script_and_200_characters_long(tmp_path: Path, id_: str) -> None:
    target = Recorder()
    assert indexed(write_feed(tmp_path / "feed", jobs=[JOB | {"id": id_}]), target).rejections == ()
    assert id_ in target.documents


@pytest.mark.parametrize(
    ("file", "row", "field"),
    [
        ("talent", TALENT | {"languages": [{"code": "en", "level": "GOOD"}]}, "languages[0].level"),
        ("talent", TALENT | {"languages": [{"code": "e", "level": "FLUENT"}]}, "languages[0].code"),
        ("talent", TALENT | {"languages": [{"code": "xx", "level": "FLUENT"}]}, "languages[0].code"),
        ("talent", TALENT | {"country": "DE\n"}, "country"),
        ("talent", TALENT | {"totalEarnings": -1}, "totalEarnings"),
        ("talent", TALENT | {"totalHours": 3_000_000_000}, "totalHours"),
        ("talent", TALENT | {"hourlyRate": {"amount": -1, "currency": "USD"}}, "hourlyRate.amount"),
        ("talent", TALENT | {"jobSuccessScore": 101}, "jobSuccessScore"),
        ("talent", TALENT | {"name": ""}, "name"),
        ("clients", CLIENT | {"rating": 5.5}, "rating"),
        ("clients", CLIENT | {"totalHires": 3_000_000_000}, "totalHires"),
        ("clients", CLIENT | {"country": "Germany"}, "country"),
        ("clients", CLIENT | {"country": "XX"}, "country"),
        ("occupations", OCCUPATION | {"iscoGroup": "2512\n"}, "iscoGroup"),
        ("occupations", OCCUPATION | {"iscoGroup": "25120"}, "iscoGroup"),
        ("skills", SKILL | {"aliases": [1]}, "aliases[0]"),
    ],
)
def test_every_kind_names_the_wrong_field(tmp_path: Path, file: str, row: Row, field: str) -> None:
    # Nothing refers to the bad one: it comes first, and a good one of the same id follows.
    good = {"talent": TALENT, "clients": CLIENT, "occupations": OCCUPATION, "skills": SKILL}[file]
    assert rejections(tmp_path, **{file: [row, good]}) == [(f"{file}.ndjson", 1, field, "wrong value")]


def test_of_two_records_with_one_id_the_first_stays(tmp_path: Path) -> None:
    target = Recorder()
    summary = indexed(write_feed(tmp_path / "feed", jobs=[JOB, JOB | {"title": "Another"}]), target)
    assert [str(one) for one in summary.rejections] == ["jobs.ndjson:2: id: 'job_1' is already at jobs.ndjson:1"]
    assert summary.rejected == {"duplicate id": 1}
    assert target.documents["job_1"].texts.title == "Build an API"


def test_a_record_that_was_rejected_does_not_take_its_id(tmp_path: Path) -> None:
    assert rejections(tmp_path, jobs=[JOB | {"clientId": "client_2"}, JOB]) == [
        ("jobs.ndjson", 1, "clientId", "unknown reference")
    ]


def test_a_ten_megabyte_line_is_rejected_and_the_next_one_read(tmp_path: Path) -> None:
    long = JOB | {"id": "job_2", "description": "x" * 10_000_000}
    assert rejections(tmp_path, jobs=[JOB, long, JOB | {"id": "job_3"}, b"{"]) == [
        ("jobs.ndjson", 2, None, "line too long"),
        ("jobs.ndjson", 4, None, "broken JSON"),
    ]


@pytest.mark.parametrize("line_break", [b"", b"\r"])
def test_a_line_of_exactly_the_bound_is_read(tmp_path: Path, line_break: bytes) -> None:
    fits = encoded(JOB).ljust(MAX_LINE_BYTES)
    over = encoded(JOB | {"id": "job_2"}).ljust(MAX_LINE_BYTES + 1)
    lines = [fits + line_break, over + line_break, encoded(JOB | {"id": "job_3"}) + line_break]
    assert rejections(tmp_path, jobs=lines) == [("jobs.ndjson", 2, None, "line too long")]


def test_a_long_last_line_without_a_line_break_ends_the_file(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    (feed / "jobs.ndjson").write_bytes(encoded(JOB) + b"\n" + b"x" * (3 * MAX_LINE_BYTES))
    summary = indexed(feed)
    assert [place(one) for one in summary.rejections] == [("jobs.ndjson", 2, None, "line too long")]
    assert summary.read == 6


def test_a_message_is_one_short_line_whatever_the_record_says(tmp_path: Path) -> None:
    zone = "\x1b[2J\n" + "x" * 5000
    [one] = indexed(write_feed(tmp_path / "feed", jobs=[JOB | {"timezone": zone}, GOOD_JOB])).rejections
    assert one.message == f"'\\x1b[2J\\n{'x' * 190}…"


def test_nothing_that_moves_a_terminals_cursor_is_shown() -> None:
    assert (
        shown("a\x1b[2J\nb\u202e") == "a\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    )


def test_fields_that_we_do_not_know_are_passed_over(tmp_path: Path) -> None:
    assert rejections(tmp_path, jobs=[JOB | {"boosted": {"until": None}}]) == []


def test_every_rejection_is_counted_and_the_first_twenty_are_kept(tmp_path: Path) -> None:
    lines: list[Any] = [JOB, *[b"{"] * 30, *[b"\xff"] * 3]
    summary = indexed(write_feed(tmp_path / "feed", jobs=lines))
    assert summary.rejected == {"broken JSON": 30, "not UTF-8": 3}
    assert [one.line for one in summary.rejections] == list(range(2, 22))
    assert (summary.read, sum(summary.indexed.values())) == (38, 5)


def test_what_the_engine_refuses_is_rejected_where_it_was_read(tmp_path: Path) -> None:
    target = Recorder(refuses=["job_1"])
    summary = index_catalog([write_feed(tmp_path / "feed")], target, None, staging=tmp_path / "staging")
    assert (summary.read, summary.indexed["JOB"], summary.rejected) == (5, 0, {"refused by the engine": 1})
    assert [str(one) for one in summary.rejections] == ["jobs.ndjson:1: it is not to the engine's taste"]
    assert target.published


def test_a_strict_run_does_not_switch_to_an_index_with_a_refusal(tmp_path: Path) -> None:
    target = Recorder(refuses=["job_1"])
    with pytest.raises(
        IndexingError, match=r"1 of 5 records was rejected \(1 refused by the engine\), and a strict run takes none"
    ):
        index_catalog([write_feed(tmp_path / "feed")], target, None, staging=tmp_path / "staging", strict=True)
    assert not target.published


def told(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize("strict", [False, True])
def test_every_rejection_is_in_the_file_that_was_asked_for(tmp_path: Path, *, strict: bool) -> None:
    feed, file = write_feed(tmp_path / "feed", jobs=[JOB, *[b"{"] * 30, without(GOOD_JOB, "title")]), tmp_path / "bad"
    file.write_text("of an earlier run")
    with suppress(IndexingError):
        index_catalog([feed], Recorder(), None, staging=tmp_path / "staging", strict=strict, rejections=file)
    broken = {"file": "jobs.ndjson", "field": None, "reason": "broken JSON", "message": "input data was truncated"}
    missing = {"file": "jobs.ndjson", "field": "title", "reason": "missing field", "message": "is missing"}
    assert told(file) == [*(broken | {"line": line} for line in range(2, 32)), missing | {"line": 32}]


def test_what_the_engine_refuses_is_in_the_file_too(tmp_path: Path) -> None:
    feed, target = write_feed(tmp_path / "feed"), Recorder(refuses=["job_1"])
    index_catalog([feed], target, None, staging=tmp_path / "staging", rejections=tmp_path / "bad")
    assert [(one["line"], one["reason"]) for one in told(tmp_path / "bad")] == [(1, "refused by the engine")]


def test_the_file_of_a_run_without_rejections_is_empty(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    index_catalog([feed], Recorder(), None, staging=tmp_path / "staging", rejections=tmp_path / "bad")
    assert told(tmp_path / "bad") == []


def test_rejections_never_replace_a_file_of_the_feed(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed")
    jobs = (feed / "jobs.ndjson").read_bytes()
    (tmp_path / "link").symlink_to(feed / "jobs.ndjson")
    with pytest.raises(IndexingError, match="link is a file of the feed: name another one"):
        index_catalog([feed], Recorder(), None, staging=tmp_path / "staging", rejections=tmp_path / "link")
    assert (feed / "jobs.ndjson").read_bytes() == jobs


def test_rejections_that_cannot_be_written_are_an_error(tmp_path: Path) -> None:
    feed, target, nowhere = write_feed(tmp_path / "feed"), Recorder(), tmp_path / "not there" / "bad"
    with pytest.raises(IndexingError, match=r"bad: the rejections cannot be written: No such file or directory\."):
        index_catalog([feed], target, None, staging=tmp_path / "staging", rejections=nowhere)
    assert target.opened_with is None

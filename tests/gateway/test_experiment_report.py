"""Reports on experiments: intervals, figures worked out by hand, and what is warned of."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare, norm

from gateway.evaluation.experiments.intervals import (
    NORMAL_95,
    UNKNOWN,
    Estimate,
    difference_of_ratios,
    difference_of_shares,
    mismatch_p_value,
    ratio,
    wilson,
)
from gateway.evaluation.experiments.run import NothingRecorded, report
from gateway.evaluation.picture import PictureNotPossible
from gateway.settings import Settings
from resolvers.sources.feedback import Action, Event, ShownItem, ShownQuery, Surface
from tests.support.feedback_in_memory import MemoryLog

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
FILE = """
[[experiments]]
name = "one"
surfaces = ["recommendedTalent"]
arms = [{ name = "control", share = 0.5 }, { name = "new", share = 0.5, ranker = "linear-1" }]
"""


class Log(MemoryLog):
    """Feedback, and an easy way to make it up."""

    def show(
        self, arm: str | None, viewer: str | None, *done: tuple[Action, int], model: str | None = "linear-1"
    ) -> None:
        """A query with ten items, and what was done at which positions."""
        id_ = f"q{len(self.queries)}"
        items = tuple(ShownItem(f"talent_{position}", position, 1.0) for position in range(1, 11))
        experiment = None if arm is None else "one"
        at = MONDAY + timedelta(days=len(self.queries))
        query = ShownQuery(id_, at, Surface.RECOMMENDED_TALENT, "job_1", items, (), model, experiment, arm, viewer)
        self.queries.append(query)
        self.events += [
            Event(f"{id_}-{number}", id_, action, f"talent_{position}", position, at, viewer, None, experiment, arm)
            for number, (action, position) in enumerate(done)
        ]


def impressions(count: int) -> list[tuple[Action, int]]:
    return [(Action.IMPRESSION, position) for position in range(1, count + 1)]


def reported(log: Log, file: Path | None = None, **wanted: object) -> list[str]:
    how: dict[str, object] = {"experiment": None, "since": None, "json": None, "plot": None} | wanted
    return report(log, Settings(experiments=file), **how)  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "experiments.toml"
    found.write_text(FILE)
    return found


@pytest.fixture
def log() -> Log:
    """Control: two viewers with three queries. New: two viewers with two. And a query of no experiment."""
    found = Log()
    found.show("control", "ann", *impressions(3), (Action.CLICK, 1))
    found.show("control", "ann", *impressions(3))
    found.show("control", "bob", *impressions(1), (Action.INVITE, 1), (Action.INVITE, 1))
    found.show("new", "cid", *impressions(10), (Action.CLICK, 1), (Action.CLICK, 4), (Action.CLICK, 4))
    found.show("new", "dan", *impressions(2), (Action.CLICK, 2), (Action.INVITE, 2), (Action.HIRE, 2))
    found.show(None, "ann", *impressions(10), (Action.CLICK, 1))
    return found


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (3, 10), (10, 10), (417, 5_000)])
def test_shares_have_wilson_intervals(successes: int, trials: int) -> None:
    expected = binomtest(successes, trials).proportion_ci(method="wilson")
    found = wilson(successes, trials)
    assert found.value == successes / trials
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert pytest.approx(norm.ppf(0.975)) == NORMAL_95


def test_differences_of_shares_are_those_of_newcombe() -> None:
    # Table II of the article, (a): 56/70 - 48/80, method 10.
    found = difference_of_shares(wilson(56, 70), wilson(48, 80))
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference_of_shares(wilson(0, 0), wilson(1, 2)) == UNKNOWN == difference_of_shares(wilson(1, 2), UNKNOWN)


def test_ratios_have_the_variance_of_the_delta_method() -> None:
    clicks, seen = np.array([1.0, 0.0, 3.0]), np.array([3.0, 1.0, 6.0])
    # R = .4; the residuals y - R x are -.2, -.4, .6: their squares add up to .56; n / (n - 1) / (sum of x)² is 3/2/100.
    assert ratio(clicks, seen) == pytest.approx((0.4, 0.0084))
    assert ratio(clicks, seen).estimate.low == pytest.approx(0.4 - NORMAL_95 * sqrt(0.0084))
    # Where everybody sees one item it is the variance of a mean.
    ones = np.ones(3)
    assert ratio(clicks, ones).variance == pytest.approx(np.var(clicks, ddof=1) / 3)
    both = difference_of_ratios(ratio(clicks, seen), ratio(clicks, ones))
    assert both.value == pytest.approx(0.4 - 4 / 3)
    assert both.high == pytest.approx(0.4 - 4 / 3 + NORMAL_95 * sqrt(0.0084 + np.var(clicks, ddof=1) / 3))


def test_where_nothing_varies_nothing_is_said_of_how_sure_it_is() -> None:
    nothing = np.zeros(4)
    assert ratio(nothing, np.ones(4)) == (0.0, None)
    assert ratio(np.ones(1), np.ones(1)) == (1.0, None)
    assert ratio(nothing, nothing) == (None, None)
    assert difference_of_ratios(ratio(nothing, nothing), ratio(nothing, np.ones(4))) == UNKNOWN
    assert difference_of_ratios(ratio(np.ones(4), np.ones(4)), ratio(nothing, np.ones(4))) == Estimate(1.0)


def test_a_mismatch_of_shares_is_found_by_chi_square() -> None:
    assert mismatch_p_value([821_588, 815_482], [0.5, 0.5]) == pytest.approx(1.8e-6, rel=0.02)
    assert mismatch_p_value([60, 41], [3, 2]) == pytest.approx(chisquare([60, 41], [60.6, 40.4]).pvalue)
    assert mismatch_p_value([0, 0], [0.5, 0.5]) == 1.0


def test_figures_are_those_worked_out_by_hand(log: Log, file: Path, tmp_path: Path) -> None:
    reported(log, file, json=tmp_path / "figures.json")
    [one] = json.loads((tmp_path / "figures.json").read_bytes())["experiments"]
    control, new = one["arms"]
    totals = [(arm["name"], arm["queries"], arm["users"], arm["impressions"]) for arm in (control, new)]
    assert totals == [("control", 3, 2, 7), ("new", 2, 2, 12)]
    values = {name: [arm["rates"][name]["value"] for arm in (control, new)] for name in control["rates"]}
    assert values["CTR@1"] == [1 / 3, 1 / 2]
    assert values["CTR@3"] == [1 / 7, 2 / 5]
    assert values["CTR@10"] == [1 / 7, 3 / 12]
    assert values["invite a query"] == [1 / 3, 1 / 2]
    assert values["invite a user"] == [1 / 2, 1 / 2]
    assert values["hire a user"] == [0, 1 / 2]
    assert values["save a query"] == [0, 0]
    assert control["aboveControl"] == {}
    above = new["aboveControl"]["hire a user"]
    expected = difference_of_shares(wilson(1, 2), wilson(0, 2))
    assert above == {"value": expected.value, "low": expected.low, "high": expected.high}
    assert one["shares"] == {"expected": {"control": 0.5, "new": 0.5}, "pValue": 1.0}


def test_the_report_says_it_in_lines(log: Log, file: Path) -> None:
    title, header, queries, users, seen, *rates, last = reported(log, file)
    assert title == "one, on recommendedTalent, 2026-06-01 to 2026-06-05"
    assert header.split() == ["control", "new", "above", "control"]
    assert [line.split() for line in (queries, users, seen)] == [
        ["queries", "3", "2"],
        ["users", "2", "2"],
        ["impressions", "7", "12"],
    ]
    assert [line.partition("  ")[0] for line in rates] == [
        *("CTR@1", "CTR@3", "CTR@10", "invite a query", "hire a query", "invite a user", "hire a user")
    ]
    assert "0.5000 (0.0945 to 0.9055)" in rates[-1]
    assert last.startswith("Intervals are of 95 %")


def test_a_difference_without_0_in_its_interval_is_marked(file: Path) -> None:
    log = Log()
    for number in range(200):
        arm, hires = ("control", number % 50 == 0) if number < 100 else ("new", number % 2 == 0)
        log.show(arm, f"v{number}", *impressions(1), *([(Action.HIRE, 1)] if hires else []))
    lines = reported(log, file)
    # .48 - ((.5 - .4038)² + (.07 - .02)²)^½ and .48 + ((.5962 - .5)² + (.02 - .0055)²)^½
    assert next(line for line in lines if line.startswith("hire a user")).endswith("+0.4800 (+0.3716 to +0.5773) *")
    assert not any(line.startswith("!") for line in lines)


def warnings(lines: Sequence[str]) -> list[str]:
    return [line.removeprefix("! ") for line in lines if line.startswith("! ")]


def test_a_mismatch_of_shares_is_warned_of(file: Path) -> None:
    log = Log()
    for number in range(60):
        log.show("control" if number < 50 else "new", f"v{number}", *impressions(1))
    [warning] = warnings(reported(log, file))
    assert warning.startswith("SAMPLE RATIO MISMATCH: control has 50 users, new has 10 users, where the shares are")
    assert "control 0.5, new 0.5 (p = 2e-07). Believe none of these figures" in warning


def test_what_speaks_against_the_figures_is_told(log: Log) -> None:
    log.show("other", "ann", model="ranker-0001")
    log.show("other", "eve", model="ranker-0002")
    log.show("other", "eve", model="ranker-0003")
    assert warnings(reported(log)) == [
        "the file of experiments does not have these arms, so their shares could not be checked",
        "1 users were in several arms, and are left out",
        "no impression of other was reported, so that it has no rate of clicks",
        "other was ranked by several models: ranker-0002, ranker-0003",
    ]


def test_whoever_was_in_several_arms_counts_for_nothing_anywhere(log: Log, file: Path, tmp_path: Path) -> None:
    log.show("new", "ann", *impressions(7), (Action.HIRE, 1), model="ranker-0009")
    log.show("control", "ann", *impressions(4), model="ranker-0009")
    reported(log, file, json=tmp_path / "figures.json")
    [one] = json.loads((tmp_path / "figures.json").read_bytes())["experiments"]
    control, new = one["arms"]
    totals = [(arm["users"], arm["queries"], arm["impressions"], arm["models"]) for arm in (control, new)]
    assert totals == [(1, 1, 1, ["linear-1"]), (2, 2, 12, ["linear-1"])]
    assert one["crossed"] == 1


def test_an_arm_whose_impressions_are_all_of_those_left_out_has_no_rate_of_clicks(log: Log) -> None:
    log.show("other", "ann", *impressions(3))
    log.show("other", "eve", (Action.INVITE, 1))
    assert "no impression of other was reported, so that it has no rate of clicks" in warnings(reported(log))


def test_only_what_was_asked_for_is_reported(log: Log) -> None:
    lines = reported(log, experiment="one", since=MONDAY + timedelta(days=3))
    assert lines[0] == "one, on recommendedTalent, 2026-06-04 to 2026-06-05"
    with pytest.raises(NothingRecorded, match="no query of the experiment two was recorded"):
        reported(log, experiment="two")
    with pytest.raises(NothingRecorded, match="no query of an experiment was recorded since 2027-01-01 00:00 UTC"):
        reported(log, since=datetime(2027, 1, 1, tzinfo=UTC))


def test_clicks_of_pages_without_impressions_are_no_rate(log: Log, file: Path, tmp_path: Path) -> None:
    log.show("control", "ann", (Action.CLICK, 1), (Action.INVITE, 1))
    reported(log, file, json=tmp_path / "figures.json")
    [one] = json.loads((tmp_path / "figures.json").read_bytes())["experiments"]
    rates = one["arms"][0]["rates"]
    assert (rates["CTR@1"]["value"], rates["invite a query"]["value"]) == (1 / 3, 2 / 4)


def test_several_experiments_are_reported_one_after_the_other(log: Log) -> None:
    log.show("control", "ann", model=None)
    log.queries.append(log.queries[-1]._replace(id="other", experiment="two"))
    titles = [line for line in reported(log) if ", on recommendedTalent, " in line]
    assert titles == [
        "one, on recommendedTalent, 2026-06-01 to 2026-06-07",
        "two, on recommendedTalent, 2026-06-07 to 2026-06-07",
    ]


def test_a_picture_is_drawn(log: Log, tmp_path: Path) -> None:
    reported(log, plot=tmp_path / "arms.svg")
    assert (tmp_path / "arms.svg").read_text().count("<svg") == 1
    with pytest.raises(PictureNotPossible):
        reported(log, plot=tmp_path / "arms.xyz")

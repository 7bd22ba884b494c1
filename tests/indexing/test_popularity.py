"""What feedback says of jobs and talent: counts worked out by hand, decay, and what is new."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from math import isnan

import msgspec
import pytest

from indexing.popularity import DEEPEST, PRIOR, SHRINKAGE, counted
from resolvers.ranking.popularity import NEUTRAL, NOTHING_COUNTED, Popularity, chosen_together
from resolvers.sources.feedback import Action, Event, ShownItem, ShownQuery, Surface
from tests.support.feedback_in_memory import MemoryLog

NOW = datetime(2026, 6, 1, tzinfo=UTC)
Done = tuple[Action, str, int]


class Log(MemoryLog):
    """Feedback, and an easy way to make it up."""

    def show(
        self,
        subject: str,
        *done: Done,
        surface: Surface = Surface.RECOMMENDED_TALENT,
        days: float = 0,
        jobs: Mapping[str, str] | None = None,
    ) -> None:
        """A query so many days ago, and what was done with its items at which positions."""
        id_, at = f"q{len(self.queries)}", NOW - timedelta(days=days)
        placed = {item: position for _, item, position in done}
        items = tuple(ShownItem(item, position, 1.0, (), (jobs or {}).get(item)) for item, position in placed.items())
        self.queries.append(ShownQuery(id_, at, surface, subject, items))
        self.events += [
            Event(f"{id_}-{number}", id_, action, item, position, at)
            for number, (action, item, position) in enumerate(done)
        ]


def seen(item: str, position: int = 1) -> Done:
    return Action.IMPRESSION, item, position


def invited(item: str, position: int = 1) -> Done:
    return Action.INVITE, item, position


def everywhere(ids: Collection[str]) -> dict[str, str]:
    return {id_: "occ_logo" if id_ in {"job_1", "job_2"} else "" for id_ in ids}


def found(log: Log, half_life_days: float = 30) -> Popularity:
    return counted(log, everywhere, NOW, half_life_days)


def share(chosen: float, expected: float) -> float:
    ratio = (chosen + PRIOR) / (expected + PRIOR)
    return ratio / (1 + ratio)


def test_popularity_is_choices_over_those_expected_in_the_same_places() -> None:
    log = Log()
    for _ in range(10):
        log.show("job_1", seen("talent_a", 1), (Action.CLICK, "talent_a", 1), seen("talent_b", 2))
    for _ in range(10):
        log.show("job_1", seen("talent_c", 1), seen("talent_d", 2), (Action.CLICK, "talent_d", 2))
    shares = found(log).shares
    # Half of what was seen is chosen, in the first place as in the second: 5 of 10 are expected of everybody.
    assert shares["talent_a"] == shares["talent_d"] == pytest.approx(share(10, 5), abs=1e-4)
    assert shares["talent_b"] == shares["talent_c"] == pytest.approx(share(0, 5), abs=1e-4)


def test_a_place_that_is_clicked_more_makes_nobody_more_popular() -> None:
    log = Log()
    for number in range(20):
        clicks = [(Action.CLICK, "talent_a", 1)] if number % 2 else []
        behind = [(Action.CLICK, "talent_b", DEEPEST + number)] if number % 10 == 0 else []
        log.show("job_1", seen("talent_a", 1), *clicks, seen("talent_b", DEEPEST + number), *behind)
    shares = found(log).shares
    assert shares == {"talent_a": NEUTRAL, "talent_b": NEUTRAL}


def test_what_is_new_has_the_neutral_prior_and_few_views_move_little() -> None:
    log = Log()
    log.show("job_1", seen("talent_a"), (Action.CLICK, "talent_a", 1))
    log.show("job_1", seen("talent_b"))
    popularity = found(log)
    assert popularity.of("talent_new") == NOTHING_COUNTED.of("talent_a") == NEUTRAL
    assert popularity.of("talent_a") == pytest.approx(share(1, 0.5), abs=1e-4)
    assert share(1, 0.5) == pytest.approx(0.5217, abs=1e-4)
    assert popularity.counted_at == NOW


def test_old_feedback_counts_half_after_each_half_life() -> None:
    log = Log()
    log.show("job_1", seen("talent_a"), (Action.CLICK, "talent_a", 1), days=30)
    log.show("job_1", seen("talent_b"))
    # .5 of a choice in 1.5 views: 1/3 of each is expected.
    shares = found(log).shares
    assert shares["talent_a"] == pytest.approx(share(0.5, 0.5 / 3), abs=1e-4)
    assert shares["talent_b"] == pytest.approx(share(0, 1 / 3), abs=1e-4)
    assert found(log, half_life_days=1e-3).shares["talent_a"] == NEUTRAL


def test_who_was_chosen_for_the_same_jobs_goes_together() -> None:
    log = Log()
    log.show("job_1", invited("talent_a", 1), invited("talent_b", 2), seen("talent_c", 3))
    log.show("job_2", invited("talent_a", 1), invited("talent_b", 2))
    log.show("job_3", invited("talent_b", 1), invited("talent_d", 2), days=30)
    together = found(log).together
    # a: (1, 1, 0), b: (1, 1, .5), d: (0, 0, .5), and two jobs for a with b, one for b with d.
    assert together["talent_a"] == {"talent_b": pytest.approx(2 / (2**0.5 * 2.25**0.5) * 2 / (2 + SHRINKAGE), abs=1e-4)}
    assert together["talent_b"] == {
        "talent_a": together["talent_a"]["talent_b"],
        "talent_d": pytest.approx(0.25 / (1.5 * 0.5) * 1 / (1 + SHRINKAGE), abs=1e-4),
    }
    assert "talent_c" not in together


def test_who_was_chosen_is_known_by_job_and_by_occupation() -> None:
    log = Log()
    log.show("job_1", invited("talent_a"), days=10)
    log.show("job_1", invited("talent_b"))
    log.show("talent_b", (Action.APPLY, "job_2", 1), surface=Surface.RECOMMENDED_JOBS)
    log.show("client_1", invited("talent_e"), jobs={"talent_e": "job_3"})
    log.show("a text", invited("talent_f"), (Action.CLICK, "skill_x", 2), surface=Surface.SEARCH)
    popularity = found(log)
    assert popularity.chosen == {
        "job_1": ["talent_b", "talent_a"],
        "job_2": ["talent_b"],
        "job_3": ["talent_e"],
    }
    assert popularity.chosen_by_occupation == {"occ_logo": ["talent_b", "talent_a"]}
    assert popularity.chosen_for("job_1", "occ_logo") == ["talent_b", "talent_a"]
    assert popularity.chosen_for("job_new", "occ_logo") == ["talent_b", "talent_a"]
    assert popularity.chosen_for("job_new", "occ_other") == ()
    assert "talent_f" in popularity.shares
    assert "skill_x" not in popularity.shares


def test_what_has_gone_from_the_catalog_is_left_out() -> None:
    log = Log()
    log.show("job_1", invited("talent_a", 1), invited("talent_gone", 2), seen("talent_b", 3))
    log.show("job_gone", invited("talent_a", 1), invited("talent_b", 2))

    def there(ids: Collection[str]) -> dict[str, str]:
        return {id_: "occ" for id_ in ids if "gone" not in id_}

    popularity = counted(log, there, NOW, 30)
    assert popularity.chosen == {"job_1": ["talent_a"]}
    assert popularity.together == {}
    assert popularity.shares.keys() == {"talent_a", "talent_b"}


def test_counts_are_the_same_after_they_were_kept() -> None:
    log = Log()
    log.show("job_1", invited("talent_a", 1), invited("talent_b", 2))
    popularity = found(log)
    assert Popularity.of_content(popularity.content) == popularity
    assert (
        Popularity.of_content(NOTHING_COUNTED.content)
        == NOTHING_COUNTED
        == counted(Log(), everywhere, NOTHING_COUNTED.counted_at, 1)
    )
    nameless = msgspec.msgpack.encode((NOW, {}, ["talent_a"], {}, {"job_1": [1]}, {}))
    for content in (b"", b"\x90", popularity.content[:-1], nameless):
        with pytest.raises(ValueError):  # noqa: PT011  msgspec's own are ValueErrors of many kinds
            Popularity.of_content(content)


def test_a_talent_goes_with_the_closest_of_the_others_who_were_chosen() -> None:
    near = {"talent_b": 0.4, "talent_c": 0.2}
    assert chosen_together("talent_a", near, ["talent_c", "talent_b", "talent_z"]) == 0.4
    assert chosen_together("talent_a", near, ["talent_a", "talent_z"]) == 0.0
    assert isnan(chosen_together("talent_a", near, ["talent_a"]))
    assert isnan(chosen_together("talent_a", {}, ["talent_b"]))

"""Learning to rank: what counts as seen, what it is worth, how positions are told apart from items, and training."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.learning.boosting import by_action
from gateway.learning.learn import LEAST_PAGES
from gateway.learning.measuring import compared, ndcg
from gateway.learning.pages import Pages, seen_pages
from gateway.learning.propensities import LEAST, examination, weights
from gateway.learning.run import train
from gateway.models import listed, promote, roll_back
from indexing.progress import SilentProgress
from resolvers.errors import ModelRefused, TrainingFailed
from resolvers.ranking.features import FEATURES, PLACE, Feature
from resolvers.ranking.fit import BY_HAND
from resolvers.sources.embedded.models import FolderRegistry
from resolvers.sources.feedback import Action, Event, ShownItem, ShownQuery, Surface
from resolvers.sources.models import manifest_of, ranker_of
from resolvers.sources.promoted import PromotedRankers
from tests.support.feedback_in_memory import MemoryLog
from tests.support.learning import BEGIN, Viewers, recovered, wish
from tests.support.models import NO_BETTER, stored

TALENT = Surface.RECOMMENDED_TALENT
NAMES = ("words", "charm", "rate")


def shown(id_: str, count: int, minute: int = 0, **changes: Any) -> ShownQuery:
    items = tuple(ShownItem(f"talent_{at}", at + 1, 0.5, (at / 10, 0.9, 1 - at / 10)) for at in range(count))
    given = {"surface": TALENT, "subject": "job_1", "items": items, "feature_names": NAMES} | changes
    return ShownQuery(id=id_, at=BEGIN + timedelta(minutes=minute), **given)


def done(query: str, item: int, *actions: Action) -> list[Event]:
    return [Event(f"{query}-{item}-{one}", query, one, f"talent_{item}", item + 1, BEGIN) for one in actions]


def pages_of_gains(*gains: list[float]) -> Pages:
    """Pages with these gains, by position, each looked at by somebody else."""
    sizes = [len(some) for some in gains]
    return Pages(
        np.zeros((sum(sizes), len(FEATURES))),
        np.concatenate([np.arange(1, size + 1) for size in sizes]),
        np.concatenate([np.array(some) for some in gains]),
        np.cumsum([0, *sizes]),
        np.arange(len(gains)),
        [BEGIN] * len(gains),
    )


def test_what_was_seen_is_what_events_say_so_of() -> None:
    queries = [shown("late", 3, 9), shown("early", 4), shown("unseen", 2, 5), shown("other", 2, surface=Surface.SEARCH)]
    early = [*done("early", 0, Action.IMPRESSION), *done("early", 2, Action.IMPRESSION, Action.CLICK, Action.HIRE)]
    events = [*done("late", 1, Action.SAVE), *early, *done("other", 0, Action.CLICK), *done("gone", 0, Action.CLICK)]
    pages = seen_pages(MemoryLog(queries, events), TALENT)
    assert (len(pages), pages.events, pages.sizes.tolist()) == (2, 5, [2, 3])
    assert pages.at == [queries[1].at, queries[0].at]
    # Of the early one by impressions; the late one has none, so that all of it was seen.
    assert pages.positions.tolist() == [1, 3, 1, 2, 3]
    assert pages.gains.tolist() == [0, 16, 0, 2, 0]
    assert pages.features[:, PLACE[Feature.WORDS]].tolist() == [0, 0.2, 0, 0.1, 0.2]
    assert pages.features[:, PLACE[Feature.RATE]].tolist() == [1, 0.8, 1, 0.9, 0.8]
    assert np.isnan(pages.features).sum() == 5 * (len(FEATURES) - 2)
    assert len(seen_pages(MemoryLog(queries, events), TALENT, since=queries[0].at)) == 1
    assert len(seen_pages(MemoryLog(), TALENT)) == 0


def test_a_dismissal_is_below_nothing_unless_the_wish_was_stronger() -> None:
    events = [
        *done("q", 0, Action.CLICK, Action.DISMISS),
        *done("q", 1, Action.DISMISS, Action.INVITE),
        *done("q", 2, Action.INTERVIEW, Action.APPLY),
    ]
    assert seen_pages(MemoryLog([shown("q", 3)], events), TALENT).gains.tolist() == [-1, 4, 8]


def test_queries_of_one_viewer_or_of_one_session_are_of_one_unit() -> None:
    queries = [
        shown("a", 1, viewer="v", session="s"),
        shown("b", 1, 1, session="s"),
        shown("c", 1, 2, viewer="v"),
        shown("d", 1, 3, session="s"),
        shown("e", 1, 4),
        shown("without features", 1, feature_names=()),
        shown("with fewer", 1, feature_names=("words",)),
    ]
    events = [one for query in queries for one in done(query.id, 0, Action.CLICK)]
    assert seen_pages(MemoryLog(queries, events), TALENT).units.tolist() == [0, 1, 0, 1, 2]


def test_examination_is_found_although_the_best_items_stand_first() -> None:
    random, count, looks = np.random.default_rng(3), 60_000, np.array([1.0, 0.6, 0.4, 0.4, 0.2])
    positions = random.integers(1, 6, size=count)
    wanted = np.clip(random.random(count) * (1.2 - 0.2 * positions), 0, 1)
    acted = (random.random(count) < looks[positions - 1]) & (random.random(count) < wanted)
    assert examination(wanted, positions, acted.astype(float)) == pytest.approx(looks, abs=0.04)
    clicked = [acted[positions == at].mean() for at in (1, 5)]
    assert clicked[1] / clicked[0] < 0.06


def test_weights_are_inverse_propensities_with_a_bound() -> None:
    found = weights(np.array([1.0, 0.5, 0.001]), np.array([1, 2, 3, 9]))
    assert found.tolist() == [1, 2, 1 / LEAST, 1 / LEAST]


def test_positions_that_nobody_has_seen_take_what_is_between_their_neighbours() -> None:
    positions = np.repeat([1, 2, 4], 200)
    acted = np.tile([1.0, 0.0], 300)
    assert examination(np.zeros(600), positions, acted).tolist() == [1, 1, 1, 1]


def test_gains_are_discounted_by_rank_and_weighted_by_position() -> None:
    pages = pages_of_gains([0, 4, -1], [1, 0])
    scores, heavy = np.array([3.0, 2, 1, 1, 2]), np.array([1.0, 2, 3, 1, 2])
    second = 1 / np.log2(3)
    assert ndcg(pages, scores, heavy) == pytest.approx((4 * 2 * second + second) / (4 * 2 + 1))
    assert ndcg(pages, -scores, heavy) == pytest.approx((8 * second + 1) / 9)
    eleven = pages_of_gains([*[0.0] * 10, 1.0])
    assert ndcg(eleven, -np.arange(11.0), np.ones(11)) == 0


def test_a_lead_has_an_interval_over_viewers() -> None:
    pages = pages_of_gains(*[[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]] * 40)
    ones, best = np.ones(240), pages.gains
    figures = compared(pages, best, -best, ones, seed=1)
    assert (figures.ndcg, figures.parent_ndcg) == pytest.approx((1, 1 / np.log2(3)))
    assert figures.lead_low == pytest.approx(figures.lead) == pytest.approx(figures.lead_high)
    by_position = np.tile([2.0, 1.0], 120)
    worse = compared(pages, by_position, best, ones, seed=1)
    assert worse.lead == pytest.approx(2 / 3 * (1 / np.log2(3) - 1))
    assert worse.lead_low < worse.lead < worse.lead_high < 0
    assert not worse.is_better


def test_each_action_is_set_apart_from_what_is_worth_less_on_its_page() -> None:
    grouped = by_action(pages_of_gains([1, 0, 4, -1], [2, 2]), np.array([1.0, 1, 2, 4, 1, 1]))
    assert grouped.rows.tolist() == [0, 1, 3, 0, 1, 2, 3, 0, 1, 2, 3]
    assert grouped.labels.tolist() == [1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 0]
    assert grouped.sizes.tolist() == [3, 4, 4]
    assert (grouped.weights / grouped.weights[0]).tolist() == [1, 1, 1, 8, 8, 8, 8, 4, 4, 4, 4]
    right = np.array([1.0, 0, -9, 0, 0, 1, -9, 0, 0, 1, -9])
    assert grouped.loss(right) < grouped.loss(np.zeros(11)) < grouped.loss(-right)
    with pytest.raises(TrainingFailed, match="there is nothing to compare"):
        by_action(pages_of_gains([1, 1], [2]), np.ones(3))


@pytest.fixture(scope="module")
def viewers() -> Viewers:
    random = np.random.default_rng(7)
    # What a search has found fits a little in everything.
    rows = 0.2 + 0.8 * random.random((80, 30, len(FEATURES)))
    rows[random.random(rows.shape) < 0.05] = np.nan
    return Viewers(list(rows), page=12)


def train_on(log: MemoryLog, folder: Path, **changes: Any) -> list[str]:
    given = {"surface": TALENT, "since": None, "seed": 1, "promoting": False, "progress": SilentProgress()}
    return train(log, FolderRegistry(folder), **given | changes)


def test_what_viewers_want_is_learned_from_what_they_do_and_ranks_until_it_is_rolled_back(
    viewers: Viewers, tmp_path: Path
) -> None:
    log, registry = viewers.feedback(1_500), FolderRegistry(tmp_path)
    lines = train_on(log, tmp_path, promoting=True)
    assert lines[0].startswith("Read 1,500 queries of recommendedTalent that were seen, 2026-01-01 00:00 to 2026-01-02")
    assert lines[1].startswith("Of those who look at the best position, so many look: 1.00 at 1, ")
    assert lines[-1] == "ranker-0001 ranks recommendedTalent from now on"
    model = registry.read("ranker-0001")
    manifest, ranker = manifest_of("ranker-0001", model.manifest), ranker_of("ranker-0001", model)
    assert (manifest.parent, manifest.learned_from.events) == ("linear-1", len(log.events))
    assert manifest.features == tuple(FEATURES)
    assert manifest.figures.lead_low > 0
    assert manifest.propensities[4] == pytest.approx(1 / 5, abs=0.1)
    hidden = recovered(viewers, wish, draws=5)
    assert recovered(viewers, lambda rows: ranker.fits(rows).score, draws=5) > 0.9 * hidden
    assert recovered(viewers, lambda rows: -rows[:, 0], draws=5) < 0.5 * hidden
    # The same again is no better than itself, and keeps it from being promoted.
    with pytest.raises(ModelRefused, match=r"^ranker-0002 is not better than ranker-0001: .*\nRead 1,500 queries"):
        train_on(log, tmp_path, promoting=True)
    assert registry.read("ranker-0002").trees == model.trees
    assert [line[:11] for line in listed(registry) if line.endswith("  in use")] == ["ranker-0001"]
    assert roll_back(registry, TALENT) == "linear-1 ranks recommendedTalent again"


def test_too_little_feedback_is_an_error_that_says_how_much_is_needed(viewers: Viewers, tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match=rf"\d+ queries of recommendedTalent .* \(50 .*{LEAST_PAGES} are needed"):
        train_on(viewers.feedback(50), tmp_path)
    assert FolderRegistry(tmp_path).names() == []


def test_what_people_did_by_chance_teaches_nothing(tmp_path: Path) -> None:
    items = tuple(ShownItem(f"talent_{at}", at + 1, 0, (0.5,)) for at in range(3))
    queries = [shown(str(at), 3, at, items=items, feature_names=("words",)) for at in range(400)]
    events = [one for at in range(400) for one in done(str(at), at % 3, Action.CLICK)]
    with pytest.raises(TrainingFailed, match="nothing was learned"):
        train_on(MemoryLog(queries, events), tmp_path)


def test_a_model_that_is_no_better_is_kept_and_not_advised(tmp_path: Path) -> None:
    items = tuple(ShownItem(f"talent_{at}", at + 1, 0, (0.9 - at / 10,)) for at in range(3))
    queries = [shown(str(at), 3, at, items=items, feature_names=("words",)) for at in range(400)]
    events = [one for at in range(400) for one in done(str(at), 0, Action.CLICK)]
    lines = train_on(MemoryLog(queries, events), tmp_path)
    assert lines[-1] == "It is not better than linear-1, which stays in use: more feedback may tell"
    assert FolderRegistry(tmp_path).names() == ["ranker-0001"]


def test_a_search_has_no_pairings_to_learn_of(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="rankers can be learned for recommendedTalent and recommendedJobs"):
        train_on(MemoryLog(), tmp_path, surface=Surface.SEARCH_JOBS)


def test_only_a_better_model_is_promoted_and_only_beside_the_one_that_it_was_compared_with(tmp_path: Path) -> None:
    registry = FolderRegistry(tmp_path)
    for model in (stored(), stored(figures=NO_BETTER), stored(), stored(parent="ranker-0001"), stored(sha256="0")):
        registry.add(model)
    with pytest.raises(ModelRefused, match=r"ranker-0002 is not better than linear-1: .* --force promotes it anyway"):
        promote(registry, "ranker-0002")
    assert promote(registry, "ranker-0001") == promote(registry, "ranker-0001")
    with pytest.raises(ModelRefused, match="was compared with linear-1, and ranker-0001 is in use: train again"):
        promote(registry, "ranker-0003")
    promote(registry, "ranker-0004")
    with pytest.raises(ModelRefused, match="is damaged"):
        promote(registry, "ranker-0005", force=True)
    assert promote(registry, "ranker-0002", force=True) == "ranker-0002 ranks recommendedTalent from now on"
    assert roll_back(registry, TALENT) == "ranker-0004 ranks recommendedTalent again"
    (tmp_path / "models" / "ranker-0003" / "manifest.json").write_bytes(b"{}")
    of, better = "recommendedTalent  2026-06-01 00:00", "(95 %: +0.0500 to +0.1500), of 1,000 queries and 9,000 events"
    damaged = "the model ranker-0003 is damaged: its manifest cannot be read (Object missing required field `format`)"
    found = list(listed(registry))
    assert found[0] == f"ranker-0001  {of}  nDCG@10 0.6000, +0.1000 on linear-1 {better}"
    assert found[2] == f"ranker-0003  {damaged}"
    assert found[3] == f"ranker-0004  {of}  nDCG@10 0.6000, +0.1000 on ranker-0001 {better}  in use"
    assert found[5:] == ["linear-1 ranks recommendedJobs"]
    roll_back(registry, TALENT)
    roll_back(registry, TALENT)
    with pytest.raises(ModelRefused, match="no model is in use for recommendedTalent: linear-1 ranks there"):
        roll_back(registry, TALENT)
    with pytest.raises(
        ModelRefused, match="no model ever ranks searchTalent, but only recommendedTalent and recommendedJobs"
    ):
        roll_back(registry, Surface.SEARCH_TALENT)


def test_a_model_of_an_older_gateway_ranks_no_more_and_leaves_its_place_to_a_new_one(tmp_path: Path) -> None:
    registry = FolderRegistry(tmp_path)
    old = registry.add(stored(format=1))
    registry.promote(lambda _: {TALENT: [old]})
    assert PromotedRankers(registry).read().of(TALENT) is BY_HAND
    told = list(listed(registry))
    assert told[0].startswith("ranker-0001  the model ranker-0001 is of an older gateway")
    assert "linear-1 ranks recommendedTalent" in told
    with pytest.raises(ModelRefused, match="measured by another order: train a new one"):
        promote(registry, old, force=True)
    assert promote(registry, registry.add(stored())) == "ranker-0002 ranks recommendedTalent from now on"
    assert roll_back(registry, TALENT) == "linear-1 ranks recommendedTalent again"

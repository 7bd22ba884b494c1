"""What is usual for an occupation: how it is learned from jobs, and what is made of it for a job."""

from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest

from indexing.usual import MOST_TERMS, Posted, usual_of
from resolvers.ranking.occupations import NOTHING_USUAL, OccupationStatistics
from resolvers.recommendations.candidates import MOST_USUAL_WORDS, MOST_WORDS, job_profile, profile

DEV, COOK = "occ_dev", "occ_cook"
JOBS = [
    Posted("Developer", "Tests the code", DEV, ("skill_git", "skill_git")),
    Posted("Developer", "Code, code, code", DEV, ("skill_git",)),
    Posted("Developer", "Tests what runs code", DEV, ()),
    Posted("Cook", "Cooks soup", COOK, ("skill_knives",)),
    Posted("Cook", "Soup for many", COOK, ("skill_knives",)),
    Posted("Cook", "Soup for one", COOK, ()),
    Posted("Zookeeper", "Feeds the lions soup", "occ_zoo", ()),
    Posted("Code of a cook", "Nobody told", "", ("skill_git",)),
]


@pytest.fixture(scope="module")
def known() -> OccupationStatistics:
    return usual_of(JOBS)


def counts_of(known: OccupationStatistics) -> dict[str, dict[str, int]]:
    terms, (starts, places, counts) = (*known.words, *known.skills), known.counted
    rows = [slice(start, end) for start, end in pairwise(starts)]
    return {
        id_: {terms[place]: int(count) for place, count in zip(places[row], counts[row], strict=True)}
        for id_, row in zip(known.occupations, rows, strict=True)
    }


def test_a_term_is_counted_once_a_job_and_that_of_one_job_is_not_kept(known: OccupationStatistics) -> None:
    assert counts_of(known) == {
        COOK: {"cook": 3, "soup": 3, "skill_knives": 2},
        DEV: {"developer": 3, "code": 3, "tests": 2, "skill_git": 2},
        "occ_zoo": {"soup": 1},
    }
    assert (known.jobs, known.sizes.tolist()) == (7, [3, 3, 1])
    assert known.words == ["code", "cook", "developer", "soup", "tests"]
    assert known.skills == ["skill_git", "skill_knives"]
    # Of all jobs whose occupation was told.
    assert known.frequencies.tolist() == [3, 3, 3, 4, 2, 2, 2]


def test_of_an_occupation_the_most_telling_terms_are_kept() -> None:
    rare = " ".join(f"w{number:03}" for number in range(MOST_TERMS))
    jobs = [Posted("", f"common {rare}", DEV, ())] * 2 + [Posted("", "common", COOK, ())] * 2
    assert set(counts_of(usual_of(jobs))[DEV]) == set(rare.split())


def test_an_occupation_is_as_likely_as_naive_bayes_says(known: OccupationStatistics) -> None:
    # N (n + p) / (N + 1) for each term, where p is the share of all seven jobs.
    code, soup = 3 / 7, 4 / 7
    weights = {
        DEV: 3 * (3 + code) / 4 * (0 + soup) / 4,
        COOK: 3 * (0 + code) / 4 * (3 + soup) / 4,
        "occ_zoo": 1 * (0 + code) / 2 * (1 + soup) / 2,
    }
    likely = {known.occupations[place]: share for place, share in known.likely(["code", "soup", "unheard"])}
    assert likely == pytest.approx({id_: weight / sum(weights.values()) for id_, weight in weights.items()})
    assert [known.occupations[place] for place, _ in known.likely(["code", "developer", "tests"])] == [DEV]
    assert known.likely(["unheard"]) == []


def test_the_words_that_are_usual_are_those_of_several_jobs_that_are_not_there_yet(known: OccupationStatistics) -> None:
    assert known.usual_words(["developer", "tests"], ["skill_git"], "", 9) == ["code"]
    assert known.usual_words(["skill"], ["skill_git"], "", 1) == ["code"]
    assert known.usual_words(["unheard"], [], "", 9) == []


def test_the_occupation_that_was_told_is_believed_where_its_jobs_are_known(known: OccupationStatistics) -> None:
    assert known.usual_words(["code", "developer"], [], COOK, 9) == ["cook", "soup"]
    assert known.usual_words(["code", "tests"], [], "occ_unheard", 9) == ["developer"]
    # Of one job nothing is usual.
    assert known.usual_words(["code"], [], "occ_zoo", 9) == []


def test_rare_words_tell_most(known: OccupationStatistics) -> None:
    assert known.rarity("unheard") == pytest.approx(np.log(1 + 7))
    assert known.rarity("soup") == pytest.approx(np.log(1 + 7 / 5))


def test_statistics_are_read_as_they_were_kept(known: OccupationStatistics) -> None:
    kept = OccupationStatistics.of(known.content)
    assert kept.content == known.content
    assert kept.likely(["code", "skill_knives"]) == known.likely(["code", "skill_knives"])
    assert OccupationStatistics.of(NOTHING_USUAL.content).usual_words(["code"], [], DEV, 9) == []


def test_what_does_not_belong_together_is_damaged(known: OccupationStatistics) -> None:
    jobs, occupations, *others = msgspec.msgpack.decode(known.content)
    with pytest.raises(ValueError, match="do not belong together"):
        OccupationStatistics.of(msgspec.msgpack.encode((jobs, occupations[1:], *others)))


def test_a_job_is_searched_for_by_its_rarest_words_and_what_is_usual(make_jobs: Any) -> None:
    own = " ".join(f"own{number:02}" for number in range(MOST_WORDS))
    usual = " ".join(f"usual{number:02}" for number in range(MOST_WORDS))
    known = usual_of([Posted("Developer", usual, DEV, ())] * 3 + [Posted("Cook", "common developer", COOK, ())] * 4)
    [job] = make_jobs([{"id": "1", "title": "Common developer", "description": own}])
    wanted = job_profile(job, known)
    words = wanted.words.split()
    assert words[: MOST_WORDS - MOST_USUAL_WORDS] == own.split()[: MOST_WORDS - MOST_USUAL_WORDS]
    assert words[MOST_WORDS - MOST_USUAL_WORDS :] == usual.split()[:MOST_USUAL_WORDS]
    assert (wanted.text, wanted.concepts) == (profile(job).text, profile(job).concepts)
    assert wanted.text.split()[:3] == ["common", "developer", "own00"]


def test_a_job_of_which_nothing_is_known_is_searched_for_by_its_own_words(make_jobs: Any) -> None:
    [job] = make_jobs([{"id": "1", "title": "Baker wanted", "description": "for the bread"}])
    assert job_profile(job, NOTHING_USUAL) == profile(job)
    assert profile(job).words == profile(job).text == "baker wanted bread"

"""Experiments: what their file says, who is in which arm, and what ranks then."""

from math import sqrt
from pathlib import Path

import pytest
from scipy.stats import chi2_contingency

from resolvers.context import Context, PageSizes
from resolvers.errors import SourceUnavailable
from resolvers.experiments.assignment import arm_of
from resolvers.experiments.choosing import Chosen, Experiments, weighted
from resolvers.experiments.experiment import Arm, ArmWeight, Experiment
from resolvers.experiments.reading import InvalidExperiments, read_experiments
from resolvers.ranking.features import Feature
from resolvers.ranking.fit import BY_HAND, WEIGHTS, LinearRanker
from resolvers.sources.feedback import Surface
from resolvers.sources.unavailable import UnavailableSnapshot

FILE = """
[[experiments]]
name = "rarer-skills"
surfaces = ["recommendedTalent"]
traffic = 0.5

[[experiments.arms]]
name = "control"
share = 0.75

[[experiments.arms]]
name = "skills"
share = 0.25
weights = { skills = { client = 0.3 } }
"""
TALENT, JOBS = Surface.RECOMMENDED_TALENT, Surface.RECOMMENDED_JOBS
UNITS = [f"viewer:{number}" for number in range(4_000)]


def experiment(name: str = "one", second: Arm = Arm("b", 0.25), traffic: float = 1.0) -> Experiment:  # noqa: B008
    return Experiment(name, (TALENT,), (Arm("a", 0.75), second), traffic)


def written(folder: Path, text: str) -> Path:
    file = folder / "experiments.toml"
    file.write_text(text)
    return file


def test_a_file_says_what_is_compared(tmp_path: Path) -> None:
    [found] = read_experiments(written(tmp_path, FILE))
    assert found == Experiment(
        "rarer-skills",
        (TALENT,),
        (Arm("control", 0.75), Arm("skills", 0.25, weights={Feature.SKILLS: ArmWeight(client=0.3)})),
        0.5,
    )
    assert read_experiments(written(tmp_path, "")) == ()


@pytest.mark.parametrize(
    ("said", "instead", "problem"),
    [
        ("[[experiments]]", "[[experiments]", "experiments.toml: "),
        ("traffic", "trafic", "experiments.toml: Object contains unknown field `trafic` - at `$.experiments[0]`"),
        ("traffic = 0.5", "traffic = 1.5", "<= 1.0 - at `$.experiments[0].traffic`"),
        ("0.25", "0.3", "the shares of the arms add up to 1.05, and have to add up to 1 - at `$.experiments[0]`"),
        (
            "recommendedTalent",
            "similarJobs",
            "`surfaces` has one or more of recommendedJobs, recommendedTalent, search",
        ),
        ("recommendedTalent", "searchJobs", "`ranker` and `weights` are for recommendations, and `surfaces` has none"),
        (
            "weights = { skills = { client = 0.3 } }",
            "meaning = 0.5",
            "`meaning` is for searches, and `surfaces` has none",
        ),
        ('"skills"', '"control"', "several arms have control; only one may"),
        ('"skills"', '"two words"', "matching regex"),
        ("{ skills =", "{ skill =", "Invalid enum value 'skill'"),
        ("weights", 'ranker = "ranker-0007"\nweights', "`weights` are those of linear-1, and `ranker` is ranker-0007"),
        ("\n[[experiments]]", f"{FILE.replace('rarer', 'x')}\n[[experiments]]", "several enabled experiments have rec"),
        ("\n[[experiments]]", f"{FILE}\n[[experiments]]", "several experiments have rarer-skills; only one may"),
        ('[[experiments.arms]]\nname = "control"\nshare = 0.75', "", "`arms` has two at least"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, said: str, instead: str, problem: str) -> None:
    with pytest.raises(InvalidExperiments) as refused:
        read_experiments(written(tmp_path, FILE.replace(said, instead, 1)))
    assert problem in refused.value.message


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidExperiments, match=r"none\.toml cannot be read: No such file"):
        read_experiments(tmp_path / "none.toml")


def test_arms_get_their_shares() -> None:
    arms = [arm_of(experiment(), unit) for unit in UNITS]
    second = sum(arm is not None and arm.name == "b" for arm in arms)
    # Four standard deviations of a binomial; which units there are is fixed.
    assert abs(second - 1_000) < 4 * sqrt(4_000 * 0.25 * 0.75)
    part = [arm_of(experiment(traffic=0.1), unit) for unit in UNITS]
    assert abs(sum(arm is not None for arm in part) - 400) < 4 * sqrt(4_000 * 0.1 * 0.9)


def test_who_takes_part_stays_in_the_arm_when_more_do() -> None:
    few, all_ = experiment(traffic=0.1), experiment(traffic=0.9)
    taking_part = {unit: arm for unit in UNITS if (arm := arm_of(few, unit)) is not None}
    assert taking_part
    assert {unit: arm_of(all_, unit) for unit in taking_part} == taking_part
    assert {unit: arm_of(few, unit) for unit in taking_part} == taking_part


def test_experiments_are_independent() -> None:
    table = [[0, 0], [0, 0]]
    for unit in UNITS:
        one, other = (arm_of(experiment(name), unit) for name in ("one", "other"))
        assert one is not None
        assert other is not None
        table[one.name == "b"][other.name == "b"] += 1
    assert chi2_contingency(table).pvalue > 0.01


def test_an_arm_ranks_for_whoever_is_in_it() -> None:
    learned = LinearRanker(name="ranker-0007")
    experiments = Experiments([experiment(second=Arm("b", 0.25, "ranker-0007"))], {"ranker-0007": learned}.get)
    chosen = {experiments.choose(TALENT, unit, BY_HAND) for unit in UNITS[:50]}
    assert chosen == {Chosen(BY_HAND, "one", "a"), Chosen(learned, "one", "b")}
    assert experiments.choose(JOBS, "viewer:1", BY_HAND) == Chosen(BY_HAND)
    assert experiments.is_on(TALENT)
    assert not experiments.is_on(JOBS)
    assert not Experiments([experiment(traffic=0.0001)]).choose(TALENT, "viewer:1", BY_HAND).experiment


def test_a_page_goes_on_with_the_arm_of_the_page_before() -> None:
    experiments = Experiments([experiment(second=Arm("b", 0.25, "linear-1"))])
    assert experiments.again(TALENT, "one/b", BY_HAND) == Chosen(BY_HAND, "one", "b")
    assert Chosen(BY_HAND, "one", "b").label == "one/b"
    for ended in (Chosen(BY_HAND).label, "one/c", "other/b"):
        assert experiments.again(TALENT, ended, BY_HAND) == Chosen(BY_HAND)
    assert experiments.again(JOBS, "one/b", BY_HAND) == Chosen(BY_HAND)


def test_an_experiment_rests_while_the_model_of_an_arm_is_missing(caplog: pytest.LogCaptureFixture) -> None:
    experiments = Experiments([experiment(second=Arm("b", 0.25, "ranker-0007"))])
    assert {experiments.choose(TALENT, unit, BY_HAND) for unit in UNITS[:50]} == {Chosen(BY_HAND)}
    assert [record.message for record in caplog.records] == [
        "the experiment one rests, since there is no ranker ranker-0007"
    ]


def test_changed_weights_add_up_to_1_and_name_the_model() -> None:
    model = weighted({Feature.SKILLS: ArmWeight(client=0.3), Feature.WORDS: ArmWeight(talent=0.2)})
    assert model.name.startswith("linear-1-")
    assert model.name == weighted({Feature.WORDS: ArmWeight(talent=0.2), Feature.SKILLS: ArmWeight(client=0.3)}).name
    assert model.name != weighted({Feature.SKILLS: ArmWeight(client=0.31)}).name
    matrix = [[1.0] * len(WEIGHTS)]
    assert [float(one) for [one] in model.fits(matrix)] == pytest.approx([1, 1, 1])  # type: ignore[arg-type]
    first = [[0.0] * len(WEIGHTS)]
    first[0][list(Feature).index(Feature.SKILLS)] = 1.0
    assert float(model.fits(first).client[0]) == pytest.approx(0.3 / 1.2)  # type: ignore[arg-type]
    arm = Arm("b", 0.25, weights={Feature.SKILLS: ArmWeight(client=0.3)})
    ranker = Experiments([experiment(second=arm)]).again(TALENT, "one/b", BY_HAND).ranker
    assert ranker.name == weighted({Feature.SKILLS: ArmWeight(client=0.3)}).name


async def test_an_operation_stays_with_what_ranked_first_whatever_becomes_of_models() -> None:
    known: dict[str, LinearRanker] = {}
    arms = [Arm(name, 0.5, ranker="ranker-0001") for name in ("a", "b")]
    experiments = Experiments([Experiment("one", (TALENT,), (arms[0], arms[1]))], known.get)

    def context() -> Context:
        return Context(UnavailableSnapshot(SourceUnavailable("no index")), PageSizes(), experiments=experiments)

    under_way = context()
    before = under_way.ranked_by(TALENT)
    known["ranker-0001"] = LinearRanker(WEIGHTS, "ranker-0001")
    assert under_way.ranked_by(TALENT) is before
    assert (before.experiment, context().ranked_by(TALENT).experiment) == (None, "one")

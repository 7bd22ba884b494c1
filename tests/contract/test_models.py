"""What every registry of learned rankers keeps, for any number of processes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from resolvers.errors import ModelRefused, SourceError
from resolvers.sources.embedded.models import FolderRegistry
from resolvers.sources.feedback import Surface
from resolvers.sources.models import ModelRegistry
from resolvers.sources.opensearch.connection import ClusterOptions
from resolvers.sources.opensearch.models import ClusterRegistry
from tests.contract.conftest import ENGINES, SERVERS
from tests.support.clusters import placed
from tests.support.models import stored

Open = Callable[[], ModelRegistry]
TALENT, JOBS = Surface.RECOMMENDED_TALENT, Surface.RECOMMENDED_JOBS


@pytest.fixture(params=ENGINES)
def registry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Opens a registry with nothing in it, as another process would each time."""
    with ExitStack() as ends:
        data_dir = tmp_path_factory.mktemp("models") / "index"
        place = None
        if request.param != "embedded":
            place = ends.enter_context(placed(request.getfixturevalue(SERVERS[request.param])))

        def opened() -> ModelRegistry:
            found = FolderRegistry(data_dir) if place is None else ClusterRegistry(place.options, place.prefix)
            ends.callback(found.close)
            return found

        yield opened


def test_where_nothing_was_learned_nothing_is_known(registry: Open) -> None:
    found = registry()
    assert (found.names(), found.promotions()) == ([], {})
    for name in ("ranker-0001", "../index", "promoted"):
        with pytest.raises(ModelRefused, match=f"there is no model {name} in .*: `models list` says which there are"):
            found.read(name)


def test_models_are_numbered_whoever_adds_them_and_stay_as_they_are(registry: Open) -> None:
    models = [stored(trees) for trees in (b"{}", b"[]", b"\xff\x00", b"")]
    with ThreadPoolExecutor(len(models)) as threads:
        names = list(threads.map(lambda model: registry().add(model), models))
    assert sorted(names) == registry().names() == [f"ranker-{number:04d}" for number in range(1, 5)]
    assert [registry().read(name) for name in names] == models


def test_what_is_in_use_is_changed_by_one_after_the_other(registry: Open) -> None:
    def one_more(promotions: Mapping[Surface, Sequence[str]]) -> Mapping[Surface, Sequence[str]]:
        before = promotions.get(TALENT, ())
        return {**promotions, TALENT: [*before, f"ranker-{len(before):04d}"]}

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: registry().promote(one_more), range(4)))
    both = registry().promote(lambda promotions: {**promotions, JOBS: ["ranker-0009"]})
    assert both == registry().promotions()
    assert both == {TALENT: [f"ranker-{number:04d}" for number in range(4)], JOBS: ["ranker-0009"]}


def test_a_change_that_is_refused_changes_nothing(registry: Open) -> None:
    def refused(_: object) -> Mapping[Surface, Sequence[str]]:
        raise ModelRefused("not better")

    registry().promote(lambda _: {TALENT: ["ranker-0001"]})
    with pytest.raises(ModelRefused, match="not better"):
        registry().promote(refused)
    assert registry().promotions() == {TALENT: ["ranker-0001"]}


def test_a_cluster_that_is_not_there_is_an_error() -> None:
    found = ClusterRegistry(ClusterOptions(("http://127.0.0.1:9",)), "discovery")
    for call in (found.names, found.promotions, lambda: found.add(stored()), lambda: found.promote(lambda one: one)):
        with pytest.raises(SourceError, match="the models cannot be reached: OpenSearch cannot be reached"):
            call()
    found.close()

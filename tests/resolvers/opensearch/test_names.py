"""What things in a cluster are called."""

import pytest

from resolvers.catalog.kind import Kind
from resolvers.sources.opensearch.names import GENERATION, Names, new_generation

SHOP = Names("shop")
NAME = "20260501t120000.000000z-0badc0de"


def test_a_generation_fits_into_the_name_of_an_index_and_names_are_in_the_order_of_time() -> None:
    first, second = new_generation(), new_generation()
    assert GENERATION.fullmatch(first)
    assert first == first.lower()
    assert first[:23] < second[:23]


@pytest.mark.parametrize(
    ("index", "generation"),
    [
        (f"shop-job-{NAME}", NAME),
        (f"shop-talent-{NAME}", NAME),
        (f"shop-job-job-{NAME}", None),
        (f"other-job-{NAME}", None),
        (f"shop-agency-{NAME}", None),
        ("shop-job", None),
        ("shop-job-previous", None),
        ("shop-locks", None),
    ],
)
def test_an_index_belongs_to_a_generation_or_is_not_ours(index: str, generation: str | None) -> None:
    assert SHOP.generation_of(index) == generation
    assert SHOP.ours([index, "x"]) == ([index] if generation else [])


def test_everything_begins_with_the_prefix() -> None:
    assert SHOP.index(Kind.JOB, NAME) == f"shop-job-{NAME}"
    assert (SHOP.alias(Kind.JOB), SHOP.previous(Kind.JOB)) == ("shop-job", "shop-job-previous")
    assert (SHOP.locks, SHOP.everything, SHOP.pattern(Kind.JOB)) == ("shop-locks", "shop-*", "shop-job-2*")

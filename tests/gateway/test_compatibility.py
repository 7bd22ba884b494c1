"""A change that breaks clients or other subgraphs is refused until somebody says why it is meant."""

from pathlib import Path

import pytest

from gateway.compatibility import CHECKOUT, changes, main

RELEASED = """
schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"]) { query: Query }
type Query { job(id: ID!): Job }
type Job @key(fields: "id") @key(fields: "number") { id: ID! number: Int! title: String! @shareable pay: Money }
type Money @shareable { amount: String! }
enum Order { NEW OLD }
"""
HEADER = "# What is meant.\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (" pay: Money", "", ["Field Job.pay was removed."]),
        ("number: Int!", "number: Int", ["Field Job.number changed type from Int! to Int."]),
        ("job(id: ID!)", "job(id: ID!, at: Int!)", ["A required argument Query.job(at:) was added."]),
        (' @key(fields: "number")', "", ['Job lost @key(fields: "number").']),
        ("title: String! @shareable", "title: String!", ["Job.title lost @shareable."]),
        ("Money @shareable", "Money", ["Money.amount lost @shareable."]),
        ("pay: Money", "pay: Money @inaccessible", ["Job.pay became @inaccessible."]),
        ("pay: Money", "pay: Money more: Int", []),
    ],
)  # fmt: skip
def test_what_breaks_is_told(old: str, new: str, expected: list[str]) -> None:
    assert changes(RELEASED, RELEASED.replace(old, new)).breaking == expected


def test_what_some_clients_may_trip_over_is_told_and_let_through(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "schema.graphql").write_text(RELEASED.replace("NEW OLD", "NEW OLD BEST"))
    assert main([], checkout) == 0
    assert capsys.readouterr().out == "dangerous: Enum value Order.BEST was added.\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder whose schema is the released one."""
    (tmp_path / "released").mkdir()
    for name in ("schema.graphql", "released/schema.graphql"):
        (tmp_path / name).write_text(RELEASED)
    (tmp_path / "released/accepted.toml").write_text(HEADER)
    return tmp_path


def accept(checkout: Path, change: str, reason: str) -> None:
    with (checkout / "released/accepted.toml").open("a") as accepted:
        accepted.write(f'[[accepted]]\nchange = "{change}"\nreason = "{reason}"\n')


def test_a_breaking_change_is_refused_until_it_is_accepted_and_a_release_uses_that_up(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (main([], checkout), capsys.readouterr().out) == (0, "")
    (checkout / "schema.graphql").write_text(RELEASED.replace(" pay: Money", ""))
    assert main([], checkout) == 1
    assert capsys.readouterr().out.startswith("BREAKING: Field Job.pay was removed.\nIf it is meant, write it into ")
    accept(checkout, "Field Job.pay was removed.", "Nobody asks for it.")
    assert main([], checkout) == 0
    assert capsys.readouterr().out == "accepted: Field Job.pay was removed. (Nobody asks for it.)\n"
    assert main(["--release"], checkout) == 0
    assert (main([], checkout), capsys.readouterr().out) == (0, "")
    assert (checkout / "released/accepted.toml").read_text() == HEADER


def test_what_was_accepted_and_is_no_change_is_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accept(checkout, "Field Job.pay was removed.", "Nobody asks for it.")
    assert main([], checkout) == 1
    assert capsys.readouterr().out.startswith("accepted, but no such change: Field Job.pay was removed.\n")


def test_a_change_is_accepted_with_a_reason(checkout: Path) -> None:
    accept(checkout, "Field Job.pay was removed.", " ")
    with pytest.raises(ValueError, match="needs a `change` and a `reason`"):
        main([], checkout)


def test_the_present_schema_keeps_what_was_released() -> None:
    assert main([], CHECKOUT) == 0

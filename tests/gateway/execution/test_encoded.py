"""Records that are kept as they are written: whatever is asked of them, the answer is graphql-core's to the byte."""

import asyncio
import gc
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Annotated, Any, Union

import orjson
import pytest
import strawberry
from graphql import ExecutionResult, execute, parse
from graphql.execution.values import VariableValues
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.execution.encoding import ENTRY_BYTES, Encoded, Written
from gateway.execution.joining import are_the_same
from gateway.execution.operations import Prepared, chosen
from schema.execution import KEPT_CLASSES, PYTHON_CLASSES, Found, of_many
from tests.support.garbage import collected_by_hand

OWN = ("id", "name", "note", "colour", "number", "size", "tags", "maybe")
NOTHING = VariableValues({}, {})


class Colour(Enum):
    RED = "r"
    BLUE = "b"


@dataclass(frozen=True)
class Record:
    """The facts of a thing, some of which may be what no thing may have."""

    id: str
    name: Any
    note: Any
    colour: Any
    number: Any
    size: Any
    tags: Any
    maybe: Any
    others: tuple["Record", ...] = ()
    next: Any = None


class Part(Record):
    """The same of another type."""


@strawberry.type
class Own:
    id: strawberry.ID
    name: str
    note: str | None
    colour: Colour
    number: int
    size: float | None
    tags: list[str]
    maybe: list[int | None] | None


def some(records: Sequence[Record]) -> list[Any]:
    return [list(one.others) for one in records]


async def some_later(records: Sequence[Record]) -> list[Any]:
    await asyncio.sleep(0)
    return some(records)


def friends(records: Sequence[Record], info: strawberry.Info) -> list[Any]:
    """Whoever stands at a place of today's list: another one each time, nobody, or an error."""
    today = info.context
    found = [today[int(one.id[1:]) % len(today)] for one in records]
    return [
        ValueError("no friend") if one.id.endswith("7") else friend for one, friend in zip(records, found, strict=True)
    ]


@strawberry.type(name="Thing")
class Thing(Own):
    @strawberry.field
    @of_many
    @staticmethod
    def friend(things: Sequence["Thing"], info: strawberry.Info) -> Found["Thing | None"]:
        return friends(things, info)  # type: ignore[arg-type]

    @strawberry.field
    @of_many
    @staticmethod
    def true_friend(things: Sequence["Thing"], info: strawberry.Info) -> Found["Thing"]:
        return friends(things, info)  # type: ignore[arg-type]

    @strawberry.field
    def next(self) -> "Thing | None":
        return self.next  # type: ignore[return-value]

    @strawberry.field
    @of_many
    @staticmethod
    def at_once(things: Sequence["Thing"]) -> Found[list["Thing"]]:
        return some(things)  # type: ignore[arg-type]

    @strawberry.field
    @of_many
    @staticmethod
    def later(things: Sequence["Thing"]) -> Found[list["Thing | None"] | None]:
        return some_later(things)  # type: ignore[arg-type]

    @strawberry.field
    def either(self) -> "list[Either]":
        return [Part(**{**vars(one), "others": ()}) if len(one.id) % 2 else one for one in self.others]  # type: ignore[attr-defined]


@strawberry.type(name="Part")
class PartOf(Own):
    """A type without any field but its records' own."""


Either = Annotated[Union["Thing", "PartOf"], strawberry.union("Either")]
Thing.__strawberry_definition__.is_type_of = lambda value, _: type(value) is Record  # type: ignore[attr-defined]
PartOf.__strawberry_definition__.is_type_of = lambda value, _: type(value) is Part  # type: ignore[attr-defined]


@strawberry.type
class Query:
    @strawberry.field
    def things(self, info: strawberry.Info) -> list[Thing | None]:
        return list(info.context)


SCHEMA = strawberry.Schema(Query, types=[Thing, PartOf])._schema
for name, of in (("Thing", Record), ("Part", Part)):
    SCHEMA.type_map[name].extensions |= {PYTHON_CLASSES: (of,), KEPT_CLASSES: (of,)}


def record(choice: Random, depth: int) -> Record:
    odd = choice.random() < 0.15

    def value(usual: Any, *others: Any) -> Any:
        return choice.choice((*others, None, object(), [])) if odd and choice.random() < 0.3 else usual

    others = [record(choice, depth - 1) for _ in range(choice.randrange(4) if depth else 0)]
    return Record(
        f"t{choice.randrange(10**6)}",
        value('a "name"', 7),
        value(choice.choice((None, "ä\n")), 2.5),
        value(choice.choice(list(Colour)), "r"),
        value(choice.randrange(100), 2**40, "3"),
        value(choice.choice((None, 1.5)), float("nan")),
        value(("a", "b")[: choice.randrange(3)], "text", (1, None)),
        value(choice.choice((None, (), (1, None))), ("x",)),
        tuple(others + others[:1]),
        others[0] if others else None,
    )


def selection(choice: Random, depth: int, below: Sequence[str]) -> str:
    parts = ["__typename"] if choice.random() < 0.3 else []
    parts += choice.sample(OWN, choice.randint(0 if parts else 1, len(OWN)))
    if choice.random() < 0.3:
        parts.append(f"again: {choice.choice(OWN)}")
    if depth:
        for one in choice.sample(below, choice.randint(0, len(below))):
            if one == "either":
                part = selection(choice, 0, ())
                parts.append(f"either {{ ... on Part {part} ... on Thing {{ {selection(choice, 0, ())[1:-1]} }} }}")
            else:
                parts.append(f"{one} {selection(choice, depth - 1, below)}")
    choice.shuffle(parts)
    return f"{{ {' '.join(parts)} }}"


BELOW = ("next", "atOnce", "later", "either", "friend", "trueFriend")


async def answer(prepared: Prepared, records: Sequence[Any]) -> tuple[Any, Any]:
    result = prepared.execute(NOTHING, records)
    found: ExecutionResult = await result if isinstance(result, Awaitable) else result
    return orjson.dumps(found.data), {(error.message, str(error.path)) for error in found.errors or []}


# graphql-core leaves coroutines of its own behind when it gives up the others of a list.
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_the_answer_is_the_same_when_records_come_again() -> None:
    with collected_by_hand():
        answer_the_same()


@given(choice=st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def answer_the_same(choice: Random) -> None:
    document = parse(f"{{ things {selection(choice, 2, BELOW)} }}")
    encoded = Encoded(choice.choice((1_000, 10_000_000)))
    plain, kept = (Prepared(SCHEMA, document, chosen(document, None), encoded=one) for one in (None, encoded))
    pool = [record(choice, 2) for _ in range(6)]

    async def check() -> None:
        for _ in range(4):
            records = [choice.choice((*pool, None)) for _ in range(choice.randint(1, 5))]
            found = await answer(kept, records)
            assert found == await answer(plain, records)
            theirs = execute(SCHEMA, document, context_value=records)
            theirs = await theirs if isinstance(theirs, Awaitable) else theirs
            assert found[0] == orjson.dumps(theirs.data)

    asyncio.run(check())
    gc.collect()


@pytest.mark.parametrize("lists", ["atOnce", "later"])
async def test_a_record_is_kept_with_the_lists_that_it_leads_to(lists: str) -> None:
    one = Record(**{**vars(usual("t0")), "others": (usual("t1"), usual("t2"))})
    document = parse(f"{{ things {{ id {lists} {{ id }} }} }}")
    prepared = Prepared(SCHEMA, document, chosen(document, None), encoded=Encoded())
    for _ in range(2):
        data, errors = await answer(prepared, [one])
        expected = {"things": [{"id": "t0", lists: [{"id": "t1"}, {"id": "t2"}]}]}
        assert (orjson.loads(data), errors) == (expected, set())


def test_what_was_asked_for_last_is_kept() -> None:
    encoded = Encoded(2 * 4 * (ENTRY_BYTES + 100))
    kept = encoded.kept()
    records = [[number] for number in range(9)]

    def ask(*numbers: int, new: Sequence[int] = ()) -> None:
        """Ask for records of which these have to be written."""
        seen: list[int] = []

        def encode(fresh: list[Any]) -> list[Written]:
            seen.extend(one[0] for one in fresh)
            return [Written(one, 100) for one in fresh]

        assert kept.pieces([records[number] for number in numbers], encode) == [records[number] for number in numbers]
        assert seen == list(new)

    ask(0, 1, 0, new=[0, 1])
    ask(1, 2, 3, 0, new=[2, 3])
    ask(4, new=[4])
    ask(0)
    ask(5, 6, 7, new=[5, 6, 7])
    ask(0, 7)
    ask(1)
    ask(2, new=[2])
    ask(0, 1)


def test_a_record_counts_where_it_is_held() -> None:
    encoded = Encoded(2 * 2 * (ENTRY_BYTES + 100), record_bytes=lambda _: 90)
    kept, records = encoded.kept(), [object(), object()]
    for one in records:
        assert kept.pieces([one], lambda fresh: [Written("there", 10) for _ in fresh]) == ["there"]
    assert len(kept.young) == 2
    kept.pieces([object()], lambda fresh: [Written("there", 10) for _ in fresh])
    assert (len(kept.young), len(kept.old)) == (0, 3)


def test_what_cannot_be_written_is_not_kept() -> None:
    kept = Encoded().kept()
    record = object()
    assert kept.pieces([record], lambda _: None) is None
    assert kept.pieces([record], lambda _: [Written("there", 5)]) == ["there"]


def counted(records: Sequence[Any], things: str) -> tuple[list[Any], list[int]]:
    """The answers about these records, again and again, and how many records were held more for each."""
    held: list[Any] = []

    def size(record: Any) -> int:
        held.append(record)
        return 1

    document = parse(f"{{ things {things} }}")
    prepared = Prepared(SCHEMA, document, chosen(document, None), encoded=Encoded(record_bytes=size))
    answers, more = [], []
    for of in records:
        result = prepared.execute(NOTHING, of)
        answers.append((orjson.loads(orjson.dumps(result.data)), [error.path for error in result.errors or []]))
        more.append(len(held) - sum(more))
    return answers, more


def usual(id_: str) -> Record:
    return Record(id_, "name", None, Colour.RED, 1, None, (), None)


ONE, TWO = usual("t1"), usual("t2")


def test_what_a_record_leads_to_is_kept_with_it_until_that_is_another_record() -> None:
    one, other, again = usual("t0"), usual("t11"), usual("t11")
    assert again == other
    asked = [[one, other], [one, other], [one, again], [one, None], [one, other], [other, one]]
    answers, held = counted(asked, "{ id friend { id name } }")
    shown = [
        [thing and (thing["id"], thing["friend"] and thing["friend"]["id"]) for thing in data["things"]]
        for data, _ in answers
    ]
    assert shown == [
        [("t0", "t0"), ("t11", "t11")],
        [("t0", "t0"), ("t11", "t11")],
        [("t0", "t0"), ("t11", "t11")],
        [("t0", "t0"), None],
        [("t0", "t0"), ("t11", "t11")],
        [("t11", "t0"), ("t0", "t11")],
    ]
    assert [bool(more) for more in held] == [True, False, True, False, False, True]


def test_what_leads_on_is_looked_up_each_time() -> None:
    one, two, three, six = (usual(id_) for id_ in ("t1", "t2", "t3", "t6"))
    answers, _ = counted([[one, two, three], [one, two, six]], "{ id friend { id friend { id } } }")
    assert [data["things"][0]["friend"] for data, _ in answers] == [
        {"id": "t2", "friend": {"id": "t3"}},
        {"id": "t2", "friend": {"id": "t6"}},
    ]


def test_a_fact_that_cannot_be_told_is_an_error_each_time() -> None:
    record = Record(**{**vars(usual("t0")), "number": 2**40})
    answers, held = counted([[record], [record]], "{ id friend { id number } }")
    assert answers == [({"things": [{"id": "t0", "friend": None}]}, [["things", 0, "friend", "number"]])] * 2
    assert held == [0, 0]


@pytest.mark.parametrize(
    ("others", "is_same"),
    [
        ([[ONE], [ONE, TWO]], True),
        ([(ONE,), (ONE, TWO)], True),
        ([[ONE, ONE], [TWO]], False),
        ([[ONE], [ONE, usual("t2")]], False),
        ([[ONE], None], False),
        ([ONE, [ONE, TWO]], False),
        ([None, None], False),
    ],
)
def test_what_is_led_to_is_the_same_where_each_record_is(others: list[Any], is_same: bool) -> None:
    values = [[ONE], [ONE, TWO]]
    assert are_the_same(values, others) is are_the_same(others, values) is is_same
    assert are_the_same([ONE, *values, None], [ONE, *others, None]) is is_same
    assert are_the_same(
        others, [one if one is None else list(one) if isinstance(one, tuple) else one for one in others]
    )
    assert not are_the_same([None, [ONE]], [[None], [ONE]])


def test_what_an_error_is_in_is_not_kept() -> None:
    answers, held = counted([[usual("t7")], [usual("t7")]], "{ friend { id } }")
    assert answers == [({"things": [{"friend": None}]}, [["things", 0, "friend"]])] * 2
    assert held == [0, 0]

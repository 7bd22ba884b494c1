"""The contracts subgraph: who works for whom, and what they say of each other. It adds to talent and jobs."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import NewType, cast

import strawberry
import strawberry.federation
from strawberry.federation import Schema
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet
from strawberry.schema.config import StrawberryConfig

from examples.platform.feed import Record, number, records
from examples.platform.serving import serve

CurrencyCode = NewType("CurrencyCode", str)
CURRENCY = strawberry.scalar(name="CurrencyCode", serialize=str, parse_value=str)
MOST_CONTRACTS = 100
STARTED = date(2026, 1, 5)


@strawberry.federation.type(shareable=True)
class Money:
    amount: Decimal
    currency: CurrencyCode


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Client:
    id: strawberry.ID


@strawberry.federation.type(keys=["id"])
class Job:
    id: strawberry.ID
    title: str = strawberry.federation.field(external=True)
    client_id: strawberry.ID = strawberry.federation.field(external=True)

    @strawberry.field(description="The contracts that came of it.")
    def contracts(self, info: strawberry.Info) -> list["Contract"]:
        return [one for one in contracts(info) if one.record["id"] == self.id]

    @strawberry.federation.field(
        requires=["clientId"], description="How many contracts its client has had, of any job."
    )
    def client_contract_count(self, info: strawberry.Info) -> int:
        return sum(one.record["clientId"] == self.client_id for one in contracts(info))

    @classmethod
    def resolve_reference(cls, id: strawberry.ID, clientId: str = "") -> "Job":  # noqa: A002, N803
        return cls(id=id, title="", client_id=strawberry.ID(clientId))


@strawberry.federation.type(keys=["id"])
class Talent:
    id: strawberry.ID

    @strawberry.field(description="The contracts that the talent has, and has had.")
    def contracts(self, info: strawberry.Info) -> list["Contract"]:
        return contracts_of(info, self)

    @strawberry.field(description="What clients said of the talent's work.")
    def reviews(self, info: strawberry.Info) -> list["Review"]:
        return [one.review() for one in contracts_of(info, self) if not one.is_running]

    @strawberry.field(description="Hours a week that running contracts take; null where they are not counted.")
    def booked_hours_per_week(self, info: strawberry.Info) -> int | None:
        return sum(one.hours_per_week for one in contracts_of(info, self) if one.is_running)

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Talent":  # noqa: A002
        return cls(id=id)


@strawberry.federation.type(keys=["id"], description="An agreement of a client and a talent on a job.")
class Contract:
    id: strawberry.ID
    record: strawberry.Private[Record]
    talent_id: strawberry.Private[str]
    hours_per_week: int
    is_running: bool
    started_on: date
    rate: Money = strawberry.field(description="For an hour.")

    @strawberry.federation.field(provides=["title"], description="A contract has its job's title written in it.")
    def job(self) -> Job:
        return Job(id=self.record["id"], title=self.record["title"], client_id=self.record["clientId"])

    @strawberry.field
    def talent(self) -> Talent:
        return Talent(id=strawberry.ID(self.talent_id))

    @strawberry.field
    def client(self) -> Client:
        return Client(id=self.record["clientId"])

    def review(self) -> "Review":
        stars = 3 + number(self.id) % 3
        return Review(id=strawberry.ID(f"review_{number(self.id)}"), stars=stars, text="Good work.", contract=self)

    @classmethod
    def resolve_reference(cls, info: strawberry.Info, id: strawberry.ID) -> "Contract | None":  # noqa: A002
        return next((one for one in contracts(info) if one.id == id), None)


@strawberry.type(description="What a client said when a contract had ended.")
class Review:
    id: strawberry.ID
    stars: int = strawberry.field(description="1 to 5.")
    text: str
    contract: Contract


@strawberry.type
class Query:
    @strawberry.field(description="The contracts that began last.")
    def latest_contracts(self, info: strawberry.Info, first: int = 10) -> list[Contract]:
        return sorted(contracts(info), key=lambda one: one.started_on, reverse=True)[:first]


def made_up(catalog: Path) -> Iterator[Contract]:
    """A contract for each of the first jobs, with the talent of the same number."""
    for job, talent in islice(zip(records(catalog, "jobs"), records(catalog, "talent"), strict=False), MOST_CONTRACTS):
        at = number(job["id"])
        yield Contract(
            id=strawberry.ID(f"contract_{at}"),
            record=job,
            talent_id=talent["id"],
            hours_per_week=5 + at % 20,
            is_running=at % 2 == 0,
            started_on=STARTED + timedelta(days=at),
            rate=Money(amount=Decimal(str(talent["hourlyRate"]["amount"])), currency=CurrencyCode("USD")),
        )


class Contracts(Schema):
    """The subgraph, with contracts made up for a catalog."""

    def __init__(self, catalog: Path) -> None:
        config = StrawberryConfig(scalar_map={CurrencyCode: CURRENCY})
        types = [Talent, Job, Client, Contract, Money]
        super().__init__(Query, types=types, federation_version="2.9", config=config)
        self.contracts = list(made_up(catalog))


def contracts(info: strawberry.Info) -> list[Contract]:
    return cast("Contracts", info.schema).contracts


def contracts_of(info: strawberry.Info, talent: Talent) -> list[Contract]:
    return [one for one in contracts(info) if one.talent_id == talent.id]


if __name__ == "__main__":
    serve("contracts", Contracts)

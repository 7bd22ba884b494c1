"""The accounts subgraph: users, and the companies that they own. It is the home of what a client says of itself."""

from datetime import datetime
from pathlib import Path
from typing import cast

import strawberry
import strawberry.federation
from strawberry.federation import Schema

from examples.platform.feed import Record, number, records
from examples.platform.serving import serve

NAMES = ("Ada", "Boris", "Chen", "Dora", "Emil", "Fatou", "Grete")


@strawberry.federation.type(keys=["id"], description="A person with an account.")
class User:
    id: strawberry.ID
    name: str
    email: str = strawberry.federation.field(tags=["internal"], description="Left out of a public contract.")

    @strawberry.field(description="The companies that the person owns.")
    def clients(self, info: strawberry.Info) -> list["Client"]:
        return [one for one in accounts(info).clients.values() if owner_of(one) == self]

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "User | None":  # noqa: A002
        return USERS.get(id)


USERS = {
    f"user_{name.lower()}": User(
        id=strawberry.ID(f"user_{name.lower()}"), name=name, email=f"{name.lower()}@platform.example"
    )
    for name in NAMES
}


@strawberry.federation.type(keys=["id"], description="A company, as its account has it.")
class Client:
    id: strawberry.ID
    name: str = strawberry.federation.field(shareable=True)
    payment_verified: bool = strawberry.federation.field(shareable=True)
    member_since: datetime = strawberry.federation.field(shareable=True)
    total_jobs_posted: int = strawberry.field(description="Moved: the discovery subgraph overrides it.")
    dispute_count: int | None = strawberry.field(
        description="How many hires ended in a dispute; null before anybody has looked."
    )

    @strawberry.field(description="Who may act for it.")
    def owner(self) -> User:
        return owner_of(self)

    @classmethod
    def resolve_reference(cls, info: strawberry.Info, id: strawberry.ID) -> "Client | None":  # noqa: A002
        return accounts(info).clients.get(id)


def owner_of(client: Client) -> User:
    return list(USERS.values())[number(client.id) % len(USERS)]


def client(record: Record) -> Client:
    return Client(
        id=strawberry.ID(record["id"]),
        name=record["name"],
        payment_verified=record["paymentVerified"],
        member_since=datetime.fromisoformat(record["memberSince"]),
        total_jobs_posted=record["totalJobsPosted"],
        dispute_count=number(record["id"]) % 3,
    )


@strawberry.type
class Query:
    @strawberry.field(description="The person with this id; null when there is none.")
    def user(self, id: strawberry.ID) -> User | None:  # noqa: A002
        return USERS.get(id)


class Accounts(Schema):
    """The subgraph, with the companies of a catalog."""

    def __init__(self, catalog: Path) -> None:
        super().__init__(Query, types=[User, Client], federation_version="2.9")
        self.clients = {record["id"]: client(record) for record in records(catalog, "clients")}


def accounts(info: strawberry.Info) -> Accounts:
    return cast("Accounts", info.schema)


if __name__ == "__main__":
    serve("accounts", Accounts)

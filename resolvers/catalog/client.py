"""Clients: the companies that post jobs."""

from decimal import Decimal

from resolvers.catalog.codes import COUNTRIES
from resolvers.catalog.extract import boolean, keyword, moment, number
from resolvers.catalog.kind import Kind, KindSpec, Related, SortOrder, Texts
from resolvers.catalog.values import Count, Moment, Rating, ZonedRecord, check_amount


class ClientRecord(ZonedRecord, frozen=True):
    name: str
    country: str
    rating: Rating | None
    review_count: Count
    total_spent: Decimal
    total_hires: Count
    total_jobs_posted: Count
    payment_verified: bool
    member_since: Moment

    def __post_init__(self) -> None:
        ZonedRecord.__post_init__(self)
        COUNTRIES.check("country", self.country)
        check_amount("totalSpent", self.total_spent)


def texts(client: ClientRecord, _: Related) -> Texts:
    return Texts(title=client.name)


CLIENT = KindSpec(
    kind=Kind.CLIENT,
    prefix="client_",
    record=ClientRecord,
    file_stem="client",
    texts=texts,
    fields=(
        keyword("id", lambda client, _: client.id),
        keyword("country", lambda client, _: client.country),
        number("rating", lambda client, _: client.rating),
        number("total_spent", lambda client, _: client.total_spent),
        boolean("payment_verified", lambda client, _: client.payment_verified),
        moment("member_since", lambda client, _: client.member_since),
    ),
    sorts=(SortOrder("SPENT", lambda client, _: float(client.total_spent), descending=True),),
    default_sort="SPENT",
)

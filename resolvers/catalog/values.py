"""Values that records of several kinds share."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import msgspec

from resolvers.catalog.codes import CURRENCIES, TIMEZONES

Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1, description="no more than GraphQL's Int can say")]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Rating = Annotated[float, msgspec.Meta(ge=1, le=5)]
Moment = Annotated[datetime, msgspec.Meta(tz=True, description="RFC 3339, with an offset")]

MAX_DECIMALS = 20
"""More than any currency or rounding error has; without a bound, 1e-999999 would be a text of a million digits."""


def check_amount(field: str, amount: Decimal) -> None:
    """Raise ValueError when an amount of money is negative, not a finite number, or endlessly small."""
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or amount < 0:
        raise ValueError(f"{field}: an amount of money is a number from 0 up, not {amount}")
    if exponent < -MAX_DECIMALS:
        raise ValueError(f"{field}: an amount of money has at most {MAX_DECIMALS} decimals")


class Value(msgspec.Struct, frozen=True, rename="camel"):
    """A part of a record."""


class Record(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The facts of one entity, as the catalog feed has them."""

    id: str


class ZonedRecord(Record, frozen=True, kw_only=True):
    """A record of somebody in a time zone, an IANA name."""

    timezone: str

    def __post_init__(self) -> None:
        TIMEZONES.check("timezone", self.timezone)


class Money(Value, frozen=True):
    """An amount in major units of a currency."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        check_amount("amount", self.amount)
        CURRENCIES.check("currency", self.currency)


class MoneyRange(Value, frozen=True):
    """Two amounts of one currency, in major units; `min` is not above `max`."""

    min: Decimal
    max: Decimal
    currency: str

    def __post_init__(self) -> None:
        check_amount("min", self.min)
        check_amount("max", self.max)
        if self.min > self.max:
            raise ValueError("min: is above max")
        CURRENCIES.check("currency", self.currency)


class ContractType(StrEnum):
    HOURLY = "HOURLY"
    FIXED_PRICE = "FIXED_PRICE"


# Of levels and amounts the lowest comes first: `at least` goes by this order.


class ExperienceLevel(StrEnum):
    ENTRY_LEVEL = "ENTRY_LEVEL"
    INTERMEDIATE = "INTERMEDIATE"
    EXPERT = "EXPERT"


class JobDuration(StrEnum):
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    SEMESTER = "SEMESTER"
    ONGOING = "ONGOING"


class Workload(StrEnum):
    AS_NEEDED = "AS_NEEDED"
    PART_TIME = "PART_TIME"
    FULL_TIME = "FULL_TIME"


class JobStatus(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class TalentBadge(StrEnum):
    NONE = "NONE"
    RISING_TALENT = "RISING_TALENT"
    TOP_RATED = "TOP_RATED"
    TOP_RATED_PLUS = "TOP_RATED_PLUS"


class Availability(StrEnum):
    UNAVAILABLE = "UNAVAILABLE"
    AS_NEEDED = "AS_NEEDED"
    PART_TIME = "PART_TIME"
    FULL_TIME = "FULL_TIME"


class LanguageLevel(StrEnum):
    BASIC = "BASIC"
    CONVERSATIONAL = "CONVERSATIONAL"
    FLUENT = "FLUENT"
    NATIVE = "NATIVE"


class SkillKind(StrEnum):
    TECHNOLOGY = "TECHNOLOGY"
    GROUP = "GROUP"
    KNOWLEDGE = "KNOWLEDGE"
    COMPETENCE = "COMPETENCE"

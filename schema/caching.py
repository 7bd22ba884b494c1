"""How long answers stay good: hints at types and fields, in the published schema and for the gateway.

`@cacheControl` is Apollo's (https://www.apollographql.com/docs/apollo-server/performance/caching). An answer is good
for as long as the part of it that is good for the shortest time. A field of the root needs a hint, at itself or at its
type; any other one without is good for as long as what it is a part of.
"""

from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.schema_directive import Location

ENTITY_SECONDS, CONCEPT_SECONDS = 30, 300
SEARCH_SECONDS, MARKET_SECONDS = 10, 60


@strawberry.enum(description="Whom an answer may be shown to again.")
class CacheControlScope(Enum):
    PUBLIC = strawberry.enum_value("PUBLIC", description="Anybody who asks the same.")
    PRIVATE = strawberry.enum_value("PRIVATE", description="The same viewer alone.")


@strawberry.schema_directive(
    name="cacheControl",
    locations=[Location.FIELD_DEFINITION, Location.OBJECT, Location.INTERFACE, Location.UNION],
    description="How long what it stands at stays good, in seconds, and for whom.",
)
class CacheControl:
    max_age: int | None = UNSET
    scope: CacheControlScope | None = UNSET


def good_for(seconds: int) -> list[object]:
    """It may be given again for so long."""
    return [CacheControl(max_age=seconds)]


def private(seconds: Any = UNSET) -> list[object]:
    """It may be given again to the same viewer alone."""
    return [CacheControl(max_age=seconds, scope=CacheControlScope.PRIVATE)]

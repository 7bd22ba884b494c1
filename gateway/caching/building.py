"""The operations of a gateway with all that the settings ask of them."""

import msgspec

from gateway.caching.operations import RepeatedOperations
from gateway.caching.policies import Policies
from gateway.caching.responses import Responses
from gateway.executing import Prepare
from gateway.execution.encoding import Encoded
from gateway.execution.executor import PlannedExecution
from gateway.execution.operations import Graph, Operations
from gateway.limits.building import limited
from gateway.limits.pricing import Prices
from gateway.settings import Settings
from gateway.wiring import rules_of
from resolvers.catalog.values import Record
from resolvers.sources.base import Source
from resolvers.sources.cached.source import shared_of

OBJECT_FACTOR = 3
"""A record as Python has it takes about so many times as much as when it is encoded."""


def record_bytes(record: Record) -> int:
    """How much memory a record takes, about."""
    return OBJECT_FACTOR * len(msgspec.msgpack.encode(record))


def build_responses(settings: Settings, source: Source) -> Responses:
    """Where whole answers are kept: in this process, and in the shared cache of a source that has one."""
    return Responses(settings.response_cache_bytes, shared_of(source), settings.cache_prefix)


def build_operations(
    settings: Settings,
    schema: Graph,
    prices: Prices,
    responses: Responses,
    execution: type[PlannedExecution] = PlannedExecution,
) -> Prepare:
    """What prepares operations, to be executed by `execution`.

    While experiments run no answer stays good: it depends on who asks.
    """
    policies = Policies(schema.core, is_cacheable=settings.experiments is None)
    # Without a cache each record is another object when it comes again.
    is_kept = settings.encoded_bytes and settings.cache_bytes
    encoded = Encoded(settings.encoded_bytes, record_bytes) if is_kept else None
    operations = Operations(schema, limited(rules_of(settings), settings, prices, policies), encoded, execution)
    return RepeatedOperations(operations, responses) if settings.response_cache_bytes else operations

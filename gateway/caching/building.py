"""The operations of a gateway with all that the settings ask of them."""

from gateway.caching.operations import RepeatedOperations
from gateway.caching.policies import Policies
from gateway.caching.responses import Responses
from gateway.executing import Prepare
from gateway.execution.encoding import Encoded
from gateway.execution.operations import Operations
from gateway.limits.building import limited
from gateway.limits.pricing import Prices
from gateway.settings import Settings
from gateway.wiring import rules_of
from resolvers.sources.base import Source
from resolvers.sources.cached.source import shared_of
from schema.subgraph import Subgraph


def build_responses(settings: Settings, source: Source) -> Responses:
    """Where whole answers are kept: in this process, and in the shared cache of a source that has one."""
    return Responses(settings.response_cache_bytes, shared_of(source), settings.cache_prefix)


def build_operations(settings: Settings, schema: Subgraph, prices: Prices, responses: Responses) -> Prepare:
    """What prepares operations. While experiments run no answer stays good: it depends on who asks."""
    policies = Policies(schema.core, is_cacheable=settings.experiments is None)
    encoded = Encoded(settings.encoded_bytes) if settings.encoded_bytes else None
    operations = Operations(schema, limited(rules_of(settings), settings, prices, policies), encoded)
    return RepeatedOperations(operations, responses) if settings.response_cache_bytes else operations

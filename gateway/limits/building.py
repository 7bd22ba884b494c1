"""The limits that the settings ask for."""

from dataclasses import replace

from graphql import GraphQLSchema

from gateway.caching.policies import Policies
from gateway.execution.rules import Rules
from gateway.identity.authentication import Authentication
from gateway.limits.addresses import Addresses
from gateway.limits.buckets import CommonBuckets, OwnBuckets
from gateway.limits.documents import DocumentLimits
from gateway.limits.pricing import Prices
from gateway.limits.rates import Rates
from gateway.limits.visits import Doorkeeper
from gateway.settings import Settings
from resolvers.sources.cached.buckets import RedisBuckets
from resolvers.sources.rates import Budget
from resolvers.viewer import ViewerClass


def build_doorkeeper(
    settings: Settings, authentication: Authentication, schema: GraphQLSchema, shared: RedisBuckets | None
) -> Doorkeeper:
    """Who is let in, and for how much. Budgets are kept in `shared`, if there is one."""
    most = {one: int(getattr(settings, f"cost_max_{one}")) for one in ViewerClass}
    return Doorkeeper(
        authentication,
        Prices(schema, settings.page_size_default, most),
        Rates(budgets(settings), OwnBuckets() if shared is None else CommonBuckets(shared, OwnBuckets())),
        Addresses(settings.trusted_proxies, settings.forwarded_header),
    )


def budgets(settings: Settings) -> dict[ViewerClass, Budget]:
    """The budgets of the classes that have one."""
    rates = {one: settings.rate(f"rate_{one}") for one in ViewerClass}
    return {one: Budget(points, settings.rate_window_seconds) for one, points in rates.items() if points}


def limited(rules: Rules, settings: Settings, prices: Prices, policies: Policies) -> Rules:
    """The same rules, with the limits of documents, and with a price and a policy for each operation."""
    documents = DocumentLimits(
        settings.depth_max, settings.aliases_max, settings.root_fields_max, settings.directives_max
    )
    return replace(
        rules,
        max_tokens=settings.tokens_max,
        of_documents=(*rules.of_documents, documents),
        of_operations=(*rules.of_operations, prices.price, policies.decide),
    )

"""Requests that are let in: who asks, and what of their budget they spend."""

from collections.abc import Awaitable, Mapping, Sequence
from functools import cache
from typing import Any

from strawberry.types import ExecutionResult

from gateway.admission import NOTHING, Prepared, Visit
from gateway.caching.operations import Repeated
from gateway.caching.policies import NEVER, Policy, policy_of
from gateway.executing import Executed
from gateway.execution.operations import Bound
from gateway.head import Head
from gateway.identity.authentication import TOKEN_HEADER, Authentication
from gateway.identity.routers import SECRET_HEADER, VIEWER_HEADER
from gateway.limits.addresses import FORWARDED, FORWARDED_FOR, Addresses
from gateway.limits.pricing import Prices, reading
from gateway.limits.rates import LEAST, NO_HEADERS, Rates
from gateway.limits.refusals import CostLimitExceeded
from gateway.refusals import Headers
from gateway.tracing import trace
from resolvers.context import Context
from resolvers.viewer import Viewer

NO_STORE = (b"cache-control", b"no-store")
COST_HEADER = "graphql-cost"
"""With any value, the answer says in `extensions.cost` what it has cost."""
VARY = b"vary", ", ".join([TOKEN_HEADER, SECRET_HEADER, VIEWER_HEADER, COST_HEADER, trace.HEADER]).title().encode()
"""What, beside the request itself, decides of whom an answer that stays good is."""


class Doorkeeper:
    """Lets in whoever is known or need not be, for as much as they may spend."""

    header_names: Sequence[str] = (TOKEN_HEADER, SECRET_HEADER, VIEWER_HEADER, FORWARDED, FORWARDED_FOR, COST_HEADER)

    def __init__(self, authentication: Authentication, prices: Prices, rates: Rates, addresses: Addresses) -> None:
        self._authentication, self.prices, self.rates, self.addresses = authentication, prices, rates, addresses

    def __call__(self, head: Head) -> Visit | Awaitable[Visit]:
        """The visit of a request. Raises Refused."""
        viewer = self._authentication.viewer(head.headers)
        return self._let_in(viewer, head) if isinstance(viewer, Viewer) else self._later(viewer, head)

    async def _later(self, viewer: Awaitable[Viewer], head: Head) -> Visit:
        return self._let_in(await viewer, head)

    def _let_in(self, viewer: Viewer, head: Head) -> Visit:
        address = self.addresses.of(head.address, head.headers) if self.rates.by_address(viewer) else ""
        self.rates.check(viewer, address)
        return Paid(self, viewer, address, head)


class Paid(Visit):
    """A request of a viewer, which costs something."""

    def __init__(self, keeper: Doorkeeper, viewer: Viewer, address: str, head: Head) -> None:
        self.viewer: Viewer = viewer
        self._keeper, self._address, self._head = keeper, address, head
        self._left: Headers = NO_HEADERS
        self._asked = self._told = self._age_seconds = 0
        self._policy: Policy | None = None

    def charge(self, operations: Sequence[Prepared], failed: int = 0) -> Awaitable[None] | None:
        """Take the cost of the operations from the viewer's budget. Raises Refused."""
        self._asked, read = len(operations), reading(operations, failed)
        try:
            cost, too_dear = self._keeper.prices.estimated(operations, self.viewer.viewer_class), None
        except CostLimitExceeded as error:
            # It was read all the same.
            cost, too_dear = LEAST, error
        charged = self._keeper.rates.charge(self.viewer, self._address, cost + read, LEAST + read)
        if isinstance(charged, Awaitable):
            return self._charged(charged, too_dear)
        self._left = charged
        if too_dear is not None:
            raise too_dear
        return None

    async def _charged(self, charging: Awaitable[Headers], too_dear: CostLimitExceeded | None) -> None:
        self._left = await charging
        if too_dear is not None:
            raise too_dear

    def extensions(self, operation: Prepared, context: Context, executed: Executed) -> Mapping[str, Any]:
        """What the operation has cost, where the request asks for that."""
        self.tell(*(NEVER, 0) if context.is_degraded else _good_for(operation, executed))
        if COST_HEADER not in self._head.headers:
            return NOTHING
        return {"cost": self._keeper.prices.told(operation, executed, self.viewer.viewer_class)}

    def tell(self, policy: Policy, age_seconds: int) -> None:
        """Take note of how long one more of the answers stays good."""
        before = self._policy or policy
        self._policy = Policy(min(before.seconds, policy.seconds), before.is_private or policy.is_private)
        self._age_seconds = max(self._age_seconds, age_seconds)
        self._told += 1

    def stays_good(self) -> bool:
        """Whether all that was asked for stays good for a while, and the answer has nothing beside it."""
        headers, policy = self._head.headers, self._policy or NEVER
        is_alone = COST_HEADER not in headers and headers.get(trace.HEADER) != trace.FTV1
        return is_alone and self._told == self._asked and policy.seconds > 0

    def headers(self) -> Headers:
        """What is left of the budget, where there is one, and how long the answer stays good."""
        policy, age = self._policy, self._age_seconds
        if policy is None or not self.stays_good():
            return (*self._left, NO_STORE)
        # What a known viewer gets may be more than others may see, by arguments that need a scope.
        kept = _kept_for(policy.seconds, policy.is_private or self.viewer.id is not None)
        return (*self._left, *kept, (b"age", b"%d" % age)) if age else (*self._left, *kept)


@cache
def _kept_for(seconds: int, is_private: bool) -> Headers:
    """How long an answer may be kept, and by whom. There are as many as the schema declares times."""
    return (b"cache-control", f"max-age={seconds}, {'private' if is_private else 'public'}".encode()), VARY


def _good_for(operation: Prepared, executed: Executed) -> tuple[Policy, int]:
    """For how long the answer to an operation stays good, and how old it is in seconds."""
    if not isinstance(operation, Bound) or (isinstance(executed, ExecutionResult) and executed.errors):
        return NEVER, 0
    return policy_of(operation.prepared), operation.age_seconds if isinstance(operation, Repeated) else 0

"""Requests that are let in: who asks, and what of their budget they spend."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from gateway.admission import NOTHING, Prepared, Visit
from gateway.executing import Executed
from gateway.head import Head
from gateway.identity.authentication import TOKEN_HEADER, Authentication
from gateway.identity.routers import SECRET_HEADER, VIEWER_HEADER
from gateway.limits.addresses import FORWARDED, FORWARDED_FOR, Addresses
from gateway.limits.pricing import Prices
from gateway.limits.rates import NO_HEADERS, Rates
from gateway.refusals import Headers
from resolvers.context import Context
from resolvers.viewer import Viewer

COST_HEADER = "graphql-cost"
"""With any value, the answer says in `extensions.cost` what it has cost."""


class Doorkeeper:
    """Lets in whoever is known or need not be, for as much as they may spend."""

    header_names: Sequence[str] = (TOKEN_HEADER, SECRET_HEADER, VIEWER_HEADER, FORWARDED, FORWARDED_FOR, COST_HEADER)

    def __init__(self, authentication: Authentication, prices: Prices, rates: Rates, addresses: Addresses) -> None:
        self._authentication, self.prices, self.rates, self.addresses = authentication, prices, rates, addresses

    def __call__(self, head: Head) -> Visit | Awaitable[Visit]:
        """The visit of a request. Raises Refused."""
        viewer = self._authentication.viewer(head.headers)
        return Paid(self, viewer, head) if isinstance(viewer, Viewer) else self._later(viewer, head)

    async def _later(self, viewer: Awaitable[Viewer], head: Head) -> Visit:
        return Paid(self, await viewer, head)


class Paid(Visit):
    """A request of a viewer, which costs something."""

    def __init__(self, keeper: Doorkeeper, viewer: Viewer, head: Head) -> None:
        self.viewer: Viewer = viewer
        self._keeper, self._head = keeper, head
        self._left: Headers = NO_HEADERS

    def charge(self, operations: Sequence[Prepared]) -> Awaitable[None] | None:
        """Take the cost of the operations from the viewer's budget. Raises Refused."""
        keeper, head = self._keeper, self._head
        cost = keeper.prices.estimated(operations, self.viewer.viewer_class)
        address = keeper.addresses.of(head.address, head.headers) if keeper.rates.by_address(self.viewer) else ""
        charged = keeper.rates.charge(self.viewer, address, cost)
        if isinstance(charged, Awaitable):
            return self._charged(charged)
        self._left = charged
        return None

    async def _charged(self, charging: Awaitable[Headers]) -> None:
        self._left = await charging

    def extensions(self, operation: Prepared, context: Context, executed: Executed) -> Mapping[str, Any]:  # noqa: ARG002
        """What the operation has cost, where the request asks for that."""
        if COST_HEADER not in self._head.headers:
            return NOTHING
        return {"cost": self._keeper.prices.told(operation, executed, self.viewer.viewer_class)}

    def headers(self) -> Headers:
        """What is left of the budget, where there is one."""
        return self._left

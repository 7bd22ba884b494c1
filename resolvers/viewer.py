"""Who asks, and what they may."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from resolvers.errors import AccessRefused, Forbidden, Unauthenticated

EARNINGS_READ = "talent:earnings:read"
"""The scope that exact earnings of talent need."""
Scopes = tuple[tuple[str, ...], ...]
"""Alternatives, of which one is enough; of an alternative, every scope is needed. The empty tuple: any viewer may."""


class ViewerClass(StrEnum):
    """What limits are told apart by."""

    ANONYMOUS = "anonymous"
    AUTHENTICATED = "authenticated"
    ROUTER = "router"
    """A router of the operator's own, in front of the gateway, for whoever it asks."""


@dataclass(frozen=True)
class Viewer:
    """Who asks. Without an id nobody has said who it is.

    `talent_id` and `client_id` are ids of the catalog. `may_everything` is for a gateway that nobody has told who may
    what, which is in development alone.
    """

    id: str | None = None
    scopes: frozenset[str] = frozenset()
    talent_id: str | None = None
    client_id: str | None = None
    through_router: bool = False
    may_everything: bool = False

    @property
    def viewer_class(self) -> ViewerClass:
        """Which limits are theirs."""
        if self.through_router:
            return ViewerClass.ROUTER
        return ViewerClass.ANONYMOUS if self.id is None else ViewerClass.AUTHENTICATED

    def refusal(self, scopes: Scopes, what: str) -> AccessRefused | None:
        """Why the viewer may not have something; None where they may."""
        if self.may_everything:
            return None
        if self.id is None:
            return Unauthenticated(f"{what} is not for everybody; send a token, `Authorization: Bearer …`")
        if not scopes or any(self.scopes.issuperset(alternative) for alternative in scopes):
            return None
        needed = " or ".join(" and ".join(f"`{scope}`" for scope in alternative) for alternative in scopes)
        return Forbidden(f"{what} needs the scope {needed}; ask for a token that has it", requiredScopes=_lists(scopes))


def _lists(scopes: Iterable[Iterable[str]]) -> list[list[str]]:
    return [list(alternative) for alternative in scopes]


ANYBODY = Viewer()
"""Somebody who has not said who they are."""
DEVELOPER = replace(ANYBODY, may_everything=True)
"""Whoever asks a gateway in development that was not told who may what."""

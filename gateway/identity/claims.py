"""From what is said of a viewer to the viewer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.identity.refusals import refused
from resolvers.catalog.kind import Kind
from resolvers.catalog.kinds import ref_of
from resolvers.viewer import Viewer

LONGEST_ID = 256
MOST_SCOPES = 100


@dataclass(frozen=True)
class ClaimNames:
    """Which claims say what. `scopes` is a text with blanks between (RFC 8693, 4.2) or a list."""

    scopes: str = "scope"
    talent: str = "talent_id"
    client: str = "marketplace_client_id"

    def viewer(self, claims: Mapping[str, Any]) -> Viewer:
        """Who the claims speak of. Raises Unknown for claims that cannot be meant."""
        id_ = claims.get("sub")
        if not isinstance(id_, str) or not 0 < len(id_) <= LONGEST_ID:
            raise refused(f"its `sub` is no text of 1 to {LONGEST_ID} characters")
        return Viewer(
            id_,
            frozenset(self._scopes(claims)),
            talent_id=_id(claims, self.talent, Kind.TALENT),
            client_id=_id(claims, self.client, Kind.CLIENT),
        )

    def _scopes(self, claims: Mapping[str, Any]) -> list[str]:
        given = claims.get(self.scopes, "")
        listed = given.split() if isinstance(given, str) else given
        if not isinstance(listed, list) or len(listed) > MOST_SCOPES or not all(isinstance(one, str) for one in listed):
            raise refused(
                f"its `{self.scopes}` is neither a text nor a list of texts, or has over {MOST_SCOPES} scopes"
            )
        return listed


def _id(claims: Mapping[str, Any], name: str, kind: Kind) -> str | None:
    given = claims.get(name)
    if given is None:
        return None
    ref = ref_of(given) if isinstance(given, str) and len(given) <= LONGEST_ID else None
    if ref is None or ref.kind is not kind:
        raise refused(f"its `{name}` is no id of a {kind.lower()}")
    return ref.id

"""Who asks, as far as a request says so."""

from typing import NamedTuple


class Visitor(NamedTuple):
    """Opaque ids, each None where it is not known: of the viewer, of the session, and the name of the application."""

    viewer: str | None = None
    session: str | None = None
    client: str | None = None

    def known_as(self, viewer: str | None) -> "Visitor":
        """The same where somebody has proved who they are, which counts for more than what they say."""
        return self if viewer is None else self._replace(viewer=viewer)

    @property
    def unit(self) -> str | None:
        """Whom experiments and reports count as one: the viewer, else the session. The two never meet in one id."""
        if self.viewer is not None:
            return f"viewer:{self.viewer}"
        return None if self.session is None else f"session:{self.session}"


NOBODY = Visitor()

"""Who asks, as far as a request says so."""

import re
from typing import NamedTuple

LONGEST_ID = 128
ID_FORM = f"1 to {LONGEST_ID} printable ASCII characters without spaces"
"""What an opaque id is made of, as it is said."""
_ID = re.compile(rf"[!-~]{{1,{LONGEST_ID}}}")


def is_opaque_id(text: str) -> bool:
    """Whether a text may be an id that a frontend has made: see ID_FORM."""
    return _ID.fullmatch(text) is not None


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

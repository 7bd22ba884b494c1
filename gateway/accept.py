"""The Accept header, by RFC 9110, section 12.5.1."""

from collections.abc import Mapping
from typing import NamedTuple


class Accepted(NamedTuple):
    """How much a client wants a media type, from 0 (not at all) to 1, and whether it names that very type."""

    quality: float
    is_named: bool


def accepted(accept: str, media_type: str) -> Accepted:
    """What an Accept header says of a media type. The range that fits it most closely decides; no header takes all."""
    ranges = _ranges(accept)
    kind = media_type.partition("/")[0]
    fitting = [ranges[one] for one in (media_type, f"{kind}/*", "*/*") if one in ranges]
    return Accepted(fitting[0] if fitting else float(not accept.strip()), media_type in ranges)


def _ranges(accept: str) -> Mapping[str, float]:
    """The media ranges with their weights. One whose weight is broken is left out."""
    found: dict[str, float] = {}
    for part in accept.lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        quality = _quality(parameters)
        if quality is not None:
            found[media_range] = max(quality, found.get(media_range, 0.0))
    return found


def _quality(parameters: list[str]) -> float | None:
    weights = [value.strip() for name, _, value in (one.partition("=") for one in parameters) if name.strip() == "q"]
    try:
        quality = float(weights[0]) if weights else 1.0
    except ValueError:
        return None
    return quality if 0 <= quality <= 1 else None

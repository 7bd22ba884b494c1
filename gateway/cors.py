"""Pages of which other sites may use this API (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

EXPOSED = (
    "X-Request-Id",
    "Server-Timing",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
)
"""Headers of answers that pages may read."""
ANY = "*"


def behind_cors(app: ASGIApp, origins: str) -> ASGIApp:
    """The application for pages of these origins, separated by commas. Cookies are not taken from them."""
    allowed = [one.strip() for one in origins.split(",")]
    return CORSMiddleware(
        app,
        allow_origins=[ANY] if ANY in allowed else allowed,
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=[ANY],
        expose_headers=EXPOSED,
    )

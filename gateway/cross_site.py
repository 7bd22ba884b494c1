"""Requests that a page of any site can make a browser send, with its user's cookies or network, without being asked.

Browsers ask an API first ("preflight") unless a request is a simple one. So a request that is not simple, or has a
header that no simple one can have, is meant: Apollo's rule,
https://www.apollographql.com/docs/apollo-server/security/cors#preventing-cross-site-request-forgery-csrf
"""

from collections.abc import Mapping

from gateway.refusals import CrossSiteRefused

SIMPLE_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
"""Content types that browsers send to any site (Fetch, "CORS-safelisted request-header")."""
PREFLIGHT_HEADERS = ("x-apollo-operation-name", "apollo-require-preflight")


def check_cross_site(headers: Mapping[str, str]) -> None:
    """Raise CrossSiteRefused for a simple request without a header that shows it is meant."""
    content_type = headers.get("content-type")
    if content_type is not None and content_type.partition(";")[0].strip().lower() not in SIMPLE_TYPES:
        return
    if not any(headers.get(name) for name in PREFLIGHT_HEADERS):
        raise CrossSiteRefused

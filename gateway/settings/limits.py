"""Settings of how much may be asked, in one operation and in some time."""

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator

from gateway.settings.fields import lower, setting

PRODUCTION_RATES = {"rate_anonymous": 100_000, "rate_authenticated": 300_000}
"""Budgets of the production mode where none are set; in development there is no limit."""


def _networks(given: str) -> str:
    for network in given.split(","):
        ip_network(network.strip())
    return given


class LimitSettings(BaseModel):
    """What is too much: see docs/security.md. 0 where a limit says so means none."""

    cost_max_anonymous: int = setting(
        20_000, "What an operation may cost of somebody who has not said who they are.", "points of cost", ge=1
    )
    cost_max_authenticated: int = setting(
        50_000, "What an operation of a known viewer may cost.", "points of cost", ge=1
    )
    cost_max_router: int = setting(
        200_000, "What an operation may cost that comes through the operator's own router.", "points of cost", ge=1
    )
    depth_max: int = setting(20, "How many levels of fields an operation may have.", "levels", ge=1, le=100)
    aliases_max: int = setting(100, "How many aliases an operation may have.", "aliases", ge=0, le=10_000)
    root_fields_max: int = setting(20, "How many fields an operation may ask of the root.", "fields", ge=1, le=1_000)
    directives_max: int = setting(100, "How many directives an operation may have.", "directives", ge=0, le=10_000)
    tokens_max: int = setting(10_000, "How many words and signs a document may have.", "tokens", ge=10, le=1_000_000)
    rate_window_seconds: float = setting(60, "In how long an emptied budget is full again.", "seconds", ge=1, le=86_400)
    rate_anonymous: int | None = setting(
        None,
        "The budget of an address from which operations of nobody in particular come; 0: without end. Unless set, "
        f"{PRODUCTION_RATES['rate_anonymous']} in production.",
        "points of cost",
        allowed="a whole number from 0",
        ge=0,
    )
    rate_authenticated: int | None = setting(
        None,
        "The budget of a known viewer; 0: without end. Unless set, "
        f"{PRODUCTION_RATES['rate_authenticated']} in production.",
        "points of cost",
        allowed="a whole number from 0",
        ge=0,
    )
    rate_router: int | None = setting(
        None,
        "The budget of all that comes through the router for nobody in particular; 0, or not set: without end.",
        "points of cost",
        allowed="a whole number from 0",
        ge=0,
    )
    response_cache_bytes: int = setting(
        0,
        "How much of whole answers that stay good for a while each process keeps; a Redis keeps all of them. 0: none "
        "is kept.",
        "bytes",
        ge=0,
    )
    trusted_proxies: Annotated[str, AfterValidator(_networks)] | None = setting(
        None,
        "The networks of proxies in front, believed for whom they forward.",
        allowed="networks such as 10.0.0.0/8, separated by commas",
    )
    forwarded_header: Annotated[Literal["x-forwarded-for", "forwarded"], BeforeValidator(lower)] = setting(
        "x-forwarded-for",
        "The header in which those proxies say for whom; the other one is not read, as it may be the client's own.",
    )

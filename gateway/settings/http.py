"""The settings of how a request gets in: where, what of it is taken, and what is open to everybody."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator

from gateway.settings.fields import Directory, lower, setting

Mode = Annotated[Literal["development", "production"], BeforeValidator(lower)]
Trust = Annotated[Literal["off", "log", "enforce"], BeforeValidator(lower)]
ORIGIN = re.compile(r"\*|https?://[^\s/,]+")
BY_MODE = "; if it is not set, in development but not in production"


def _origins(given: str) -> str:
    if not all(ORIGIN.fullmatch(one.strip()) for one in given.split(",")):
        raise ValueError("no origin")
    return given


Origins = Annotated[str, AfterValidator(_origins)]


class HttpSettings(BaseModel):
    """A part of the Settings."""

    host: str = setting("127.0.0.1", "The address to listen on.", min_length=1)
    port: int = setting(8000, "The port to listen on; 0 takes a free one.", ge=0, le=65_535)
    mode: Mode = setting(
        "development",
        "What the gateway is run for. Production closes what helps developers and attackers alike, and asks for the "
        "header that prevents cross-site requests; a setting of its own each can have it otherwise.",
    )
    introspection: bool | None = setting(None, f"Whether `__schema` and `__type` can be asked for{BY_MODE}.")
    service_sdl: bool | None = setting(
        None,
        "Whether the schema's text can be asked for as `_service { sdl }`, which a router needs that composes its "
        f"supergraph when it starts{BY_MODE}.",
    )
    graphiql: bool | None = setting(None, f"Whether browsers get GraphiQL at `/graphql`{BY_MODE}.")
    suggestions: bool | None = setting(
        None, f"Whether errors name what of the schema may have been meant or is missing{BY_MODE}."
    )
    error_causes: bool | None = setting(
        None,
        f"Whether errors of the engine are told as they are, with servers and files that they name{BY_MODE}.",
    )
    server_timing: bool | None = setting(None, f"Whether answers have the header `Server-Timing`{BY_MODE}.")
    federated_tracing: bool | None = setting(
        None, f"Whether a federated router is told how long fields took (ftv1){BY_MODE}."
    )
    csrf_prevention: bool | None = setting(
        None,
        "Whether a request that a browser sends to any site without asking first needs the header "
        "`Apollo-Require-Preflight` or `X-Apollo-Operation-Name`; if it is not set, in production but not in "
        "development.",
    )
    cors_origins: Origins | None = setting(
        None,
        "The origins whose pages may use this API from a browser; * for any.",
        allowed="http:// or https:// origins, separated by commas, or *",
    )
    body_bytes: int = setting(1_000_000, "How long the body of a request may be.", "bytes", ge=1_000, le=1_000_000_000)
    batch_max: int = setting(
        0, "How many operations one request may have as an array; 0: none.", "operations", ge=0, le=1_000
    )
    incremental_delivery: bool = setting(
        True, "Whether `@defer` and `@stream` are part of the schema, by which clients get an answer in parts."
    )
    compression: bool = setting(True, "Whether answers are compressed for clients that accept it.")
    compression_min_bytes: int = setting(
        1_024, "From which length on answers are compressed.", "bytes", ge=0, le=1_000_000_000
    )
    persisted_queries_bytes: int = setting(
        16_777_216,
        "How much of automatically persisted queries each process keeps; a Redis keeps all of them. "
        "0: such queries are not supported.",
        "bytes",
        ge=0,
    )
    persisted_queries_seconds: float = setting(
        86_400, "How long a Redis keeps a persisted query.", "seconds", ge=1, le=31_536_000
    )
    trusted_documents: Trust = setting(
        "off",
        "What is done with a document that is not in GATEWAY_TRUSTED_DOCUMENTS_DIR: nothing, a line in the log, or it "
        "is refused.",
    )
    trusted_documents_dir: Directory | None = setting(
        None, "The directory of the manifests (`*.json`) of documents that clients may send by their ids."
    )
    operations_max: int = setting(
        256, "How many requests each process executes at the same time.", "requests", ge=1, le=100_000
    )
    queue_max: int = setting(
        1_024, "How many more wait for that; what comes then is refused with 503.", "requests", ge=0, le=1_000_000
    )
    queue_seconds: float = setting(2.0, "How long one waits before it is refused with 503.", "seconds", gt=0, le=60)
    deadline_seconds: float = setting(
        10, "How long an operation may take; a client can lower it by X-Timeout-Seconds.", "seconds", gt=0, le=300
    )
    shutdown_seconds: int = setting(
        30, "How long running requests may still take when the server stops.", "seconds", ge=0, le=3_600
    )

    def shows(self, wish: bool | None) -> bool:
        """What a setting that goes by the mode comes to: open in development alone, unless it says otherwise."""
        return self.mode == "development" if wish is None else wish

    @property
    def prevents_csrf(self) -> bool:
        """Whether simple requests of browsers need a header that shows their good will."""
        return self.mode == "production" if self.csrf_prevention is None else self.csrf_prevention

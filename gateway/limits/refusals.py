"""Refusals of what is too much. Each says the limit, what was asked for, and what to do about it.

Refused
├── LimitExceeded           400: one operation, or the batch that it is in
│   ├── TokenLimitExceeded, DepthLimitExceeded, AliasLimitExceeded, RootFieldLimitExceeded,
│   │   DirectiveLimitExceeded, FieldLimitExceeded
│   └── CostLimitExceeded
└── RateLimited             429: all that came in some time
"""

from http import HTTPStatus

from gateway.refusals import Headers, Refused


class LimitExceeded(Refused):
    """More than any operation may have."""

    def __init__(self, message: str, *, limit: int, actual: int) -> None:
        super().__init__(message, limit=limit, actual=actual)


class TokenLimitExceeded(LimitExceeded):
    """Too many words and signs in a document. How many more than allowed is not known: reading ends there."""

    code = "TOKEN_LIMIT_EXCEEDED"


class DepthLimitExceeded(LimitExceeded):
    """Too many levels of fields."""

    code = "DEPTH_LIMIT_EXCEEDED"


class AliasLimitExceeded(LimitExceeded):
    """Too many aliases."""

    code = "ALIAS_LIMIT_EXCEEDED"


class RootFieldLimitExceeded(LimitExceeded):
    """Too many fields of the root."""

    code = "ROOT_FIELD_LIMIT_EXCEEDED"


class DirectiveLimitExceeded(LimitExceeded):
    """Too many directives."""

    code = "DIRECTIVE_LIMIT_EXCEEDED"


class FieldLimitExceeded(LimitExceeded):
    """Too many fields, counted with every use of a fragment."""

    code = "FIELD_LIMIT_EXCEEDED"


class CostLimitExceeded(LimitExceeded):
    """Too dear."""

    code = "COST_LIMIT_EXCEEDED"


class RateLimited(Refused):
    """The viewer has asked for as much as they may for now. `headers` say when there is more."""

    code = "RATE_LIMITED"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, message: str, headers: Headers, *, limit: int, actual: int, retry_after_seconds: int) -> None:
        super().__init__(message, headers, limit=limit, actual=actual, retryAfterSeconds=retry_after_seconds)

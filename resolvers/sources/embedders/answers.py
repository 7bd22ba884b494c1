"""What an endpoint for embeddings answers, read and judged."""

from http import HTTPStatus

import msgspec
import numpy as np

from resolvers.errors import SourceUnavailable
from resolvers.sources.embedding import Vectors

PASSING = frozenset({
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
})  # fmt: skip
"""What may be another time."""
QUOTED_CHARACTERS = 200
ADVICE = {
    HTTPStatus.UNAUTHORIZED: "set GATEWAY_EMBEDDER_API_KEY to a key that it takes",
    HTTPStatus.FORBIDDEN: "set GATEWAY_EMBEDDER_API_KEY to a key that may use this model",
    HTTPStatus.NOT_FOUND: "look whether GATEWAY_EMBEDDER has the right address and, behind #, the right model",
}


class NotNow(SourceUnavailable):
    """The endpoint cannot answer for now. `again_in_seconds` is when to ask it again, 0 if it did not say."""

    def __init__(self, message: str, again_in_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.again_in_seconds = again_in_seconds


class _Row(msgspec.Struct):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct):
    data: list[_Row]


READ = msgspec.json.Decoder(_Answer).decode


def vectors_in(url: str, content: bytes, count: int) -> Vectors:
    """The vectors of an answer, in the order of the texts. Raises SourceUnavailable for what was not asked."""
    try:
        rows = sorted(READ(content).data, key=lambda row: row.index)
    except msgspec.MsgspecError as error:
        raise SourceUnavailable(f"{url} did not answer with embeddings: {error}") from error
    if [row.index for row in rows] != list(range(count)):
        raise SourceUnavailable(f"{url} was asked for {count} embeddings and gave {len(rows)}")
    sizes = {len(row.embedding) for row in rows}
    if len(sizes) != 1 or 0 in sizes:
        raise SourceUnavailable(f"{url} gave vectors of the lengths {sorted(sizes)}")
    with np.errstate(over="ignore"):
        vectors = np.array([row.embedding for row in rows], dtype=np.float32)
    if not np.isfinite(vectors).all():
        raise SourceUnavailable(f"{url} gave vectors with numbers that are too large")
    return vectors


def refusal(url: str, status: int, content: bytes, retry_after: str | None) -> SourceUnavailable:
    """What an answer without embeddings means."""
    quoted = " ".join(content.decode(errors="replace").split())[:QUOTED_CHARACTERS]
    said = f"{url} answered {status}" + (f": {quoted}" if quoted else "")
    if status in PASSING:
        # A date, the other form of the header, is seldom sent; the pauses are then our own.
        again = float(retry_after) if retry_after is not None and retry_after.isdecimal() else 0.0
        return NotNow(said, again)
    advice = next((advice for known, advice in ADVICE.items() if known == status), None)
    return SourceUnavailable(f"{said}; {advice}" if advice else said)

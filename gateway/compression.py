"""Answers made shorter for clients that accept it (`Accept-Encoding`, RFC 9110, 12.5.3).

gzip by Intel's ISA-L: every client takes it, and it costs about an eighth of zlib's time, see ADR 53.
"""

from functools import lru_cache

from isal import igzip, isal_zlib

from gateway.accept import quality_of
from gateway.answers import Answer

ENCODING = (b"content-encoding", b"gzip")
LEVEL = 1
GZIP_BITS = 16 + isal_zlib.MAX_WBITS
"""zlib's sign for gzip's header and trailer, with the largest window."""
MOST_REMEMBERED = 256
LONGEST_REMEMBERED = 200
CONTENT_LENGTH = b"content-length"


class Flushed:
    """A body that is compressed as it comes: whoever reads has all that was given so far."""

    def __init__(self) -> None:
        self._stream = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, GZIP_BITS)

    def packed(self, part: bytes, *, is_last: bool) -> bytes:
        """The next bytes."""
        packed: bytes = self._stream.compress(part)
        return packed + self._stream.flush(isal_zlib.Z_FINISH if is_last else isal_zlib.Z_SYNC_FLUSH)


class Compression:
    """Compresses bodies of `min_bytes` and more."""

    def __init__(self, min_bytes: int) -> None:
        self._min_bytes = min_bytes

    def compressed(self, answer: Answer, accept_encoding: str) -> Answer:
        """The answer as the client wants it; as it is where that is not shorter."""
        if len(answer.body) < self._min_bytes or not accepts_gzip(accept_encoding):
            return answer
        body = igzip.compress(answer.body, LEVEL, mtime=0)
        if len(body) >= len(answer.body):
            return answer
        others = tuple(field for field in answer.headers if field[0] != CONTENT_LENGTH)
        return Answer(answer.status, (*others, ENCODING, (CONTENT_LENGTH, b"%d" % len(body))), body)

    def flushed(self, accept_encoding: str) -> Flushed | None:
        """What compresses an answer in parts, however short they are; None where the client does not want that."""
        return Flushed() if accepts_gzip(accept_encoding) else None


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client takes gzip, and does not like it less than no encoding at all."""
    known = len(accept_encoding) <= LONGEST_REMEMBERED
    return _remembered(accept_encoding) if known else _accepts_gzip(accept_encoding)


def _accepts_gzip(accept_encoding: str) -> bool:
    wanted = quality_of(accept_encoding, "gzip", "x-gzip", "*")
    return wanted is not None and wanted > 0 and wanted >= (quality_of(accept_encoding, "identity") or 0.0)


_remembered = lru_cache(MOST_REMEMBERED)(_accepts_gzip)

"""How long the parts of an answer took, for `Server-Timing` (https://www.w3.org/TR/server-timing/)."""

from time import perf_counter

from gateway.refusals import Headers

PARTS = ("read", "prepare", "execute")
"""Reading head and body; finding, parsing, validating and admitting; executing. `total` is all up to the response."""


class Timing:
    """The moments when a request came and when its parts were over, in their order."""

    __slots__ = ("_moments",)

    def __init__(self) -> None:
        self._moments = [perf_counter()]

    def done(self) -> None:
        """The next part is over."""
        self._moments.append(perf_counter())

    def headers(self) -> Headers:
        """The header field, with the parts that were done, in milliseconds."""
        moments = self._moments
        spent = [
            f"{name};dur={1_000 * (end - start):.2f}"
            for name, start, end in zip(PARTS, moments, moments[1:], strict=False)
        ]
        spent.append(f"total;dur={1_000 * (perf_counter() - moments[0]):.2f}")
        return ((b"server-timing", ", ".join(spent).encode()),)


class Untimed(Timing):
    """Takes no time itself, and tells none."""

    __slots__ = ()

    def __init__(self) -> None:
        """There is nothing to begin."""

    def done(self) -> None:
        """There is nothing to note."""

    def headers(self) -> Headers:
        return ()


UNTIMED = Untimed()

"""Numbers in headers: digits, perhaps with a point. Python takes `1_0`, `1e3`, `+1` and `infinity` for numbers too."""

import re

PLAIN = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")


def plain_number(text: str) -> float | None:
    """The number that a text is; None for any other text."""
    found = text.strip(" \t")
    return float(found) if PLAIN.fullmatch(found) else None

"""What was told before, so that a log has it once."""

from collections import OrderedDict

MOST_REMEMBERED = 10_000


class ToldOnce:
    """Remembers the names that were told last."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._told: OrderedDict[str, None] = OrderedDict()
        self._most = most

    def is_new(self, name: str) -> bool:
        """Whether a name was not told yet. From now on it is."""
        if name in self._told:
            self._told.move_to_end(name)
            return False
        self._told[name] = None
        if len(self._told) > self._most:
            self._told.popitem(last=False)
        return True

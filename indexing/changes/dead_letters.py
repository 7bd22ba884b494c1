"""The dead-letter stream of a Redis Stream: what can never be applied, where people look for it.

Who goes back in the stream of changes is given the same messages again. They are looked for here, and not put here
twice. A letter is written after its message, so that it is looked for from there on, and no further than LOOKED_AT
letters: a message that is here twice is better than a server that answers nobody.
"""

from itertools import chain

from indexing.changes.messages import Message
from indexing.changes.redis_calls import RedisCalls

DEAD = ":dead"
"""What the name of the dead-letter stream ends with."""
FIELD = b"change"
LOOKED_AT, LOOKED_AT_BYTES = 1_000, 2**24
"""How many letters are looked at for one, and how much text. By far the most are among the first."""
CLOCKS_APART_MILLISECONDS = 1_000
"""How far the clocks of the servers may be apart that number messages and letters."""
IS_THERE = """
local from, letters, bytes = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local function is_it(letter)
    -- Between the id and what the message has are the reason and the deliveries, which may be others by now.
    if letter[2] ~= ARGV[2] or #letter ~= #ARGV + 2 then return false end
    for at = 5, #ARGV do
        if letter[at + 2] ~= ARGV[at] then return false end
    end
    return true
end
while letters > 0 and bytes > 0 do
    local found = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 10)
    for _, entry in ipairs(found) do
        if is_it(entry[2]) then return 1 end
        for _, text in ipairs(entry[2]) do bytes = bytes - #text end
        from = '(' .. entry[1]
    end
    if #found < 10 then return 0 end
    letters = letters - 10
end
return 0
"""
"""Whether a message is in the dead-letter stream. As a script, so that no letter has to leave the server."""
OF_THE_MESSAGE = b"message:"
"""Stands in front of a message's own field whose name a letter needs itself."""


class DeadLetters:
    """The dead-letter stream of a stream.

    A letter has the fields `id`, `reason` and `deliveries`, and behind them all that its message has.
    """

    def __init__(self, calls: RedisCalls, stream: str) -> None:
        self._calls, self._client, self._stream = calls, calls.client, stream + DEAD

    def add(self, message: Message, reason: str) -> None:
        """Put a message there, unless it is there. Raises SourceUnavailable, and IndexingError when refused."""
        head = {b"id": message.id.encode(), b"reason": reason.encode(), b"deliveries": b"%d" % message.deliveries}
        content = _content(message, head)
        if not self._has(message, content):
            self._calls.run(self._client.xadd(self._stream, head | content))

    def _has(self, message: Message, content: dict[bytes, bytes]) -> bool:
        written_at, _, _ = message.id.partition("-")
        first = max(0, int(written_at) - CLOCKS_APART_MILLISECONDS)
        arguments = first, message.id, LOOKED_AT, LOOKED_AT_BYTES, *chain.from_iterable(content.items())
        return bool(self._calls.run(self._client.eval(IS_THERE, 1, self._stream, *arguments)))


def _content(message: Message, taken: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """The fields of a message, by names that are not taken."""
    change = () if message.change is None else ((FIELD, message.change),)
    found: dict[bytes, bytes] = {}
    for name, value in chain(change, message.others):
        free = name
        while free in taken or free in found:
            free = OF_THE_MESSAGE + free
        found[free] = value
    return found

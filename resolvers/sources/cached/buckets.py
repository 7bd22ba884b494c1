"""Budgets in the shared cache: token buckets, by a script that Redis runs as one step."""

from hashlib import sha256

from resolvers.sources.cached.guarded import Guarded
from resolvers.sources.rates import Budget, Taken

TAKE = """
local now = redis.call('TIME')
local at = now[1] + now[2] / 1000000
local points, seconds, cost, owed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local found = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = points
if found[1] and found[2] then
    left = math.min(points, tonumber(found[1]) + math.max(0, at - tonumber(found[2])) * points / seconds)
end
local taken = 0
if left >= math.min(cost, points) then
    taken, left = 1, left - cost
else
    left = math.min(left, math.max(left - owed, -points))
end
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.6f', at))
redis.call('PEXPIRE', KEYS[1], math.ceil(1000 * seconds * (points - left) / points) + 1000)
return {taken, string.format('%.6f', left)}
"""
"""The time is the server's, so that processes need not agree on one. A bucket that is full again expires."""


class RedisBuckets:
    """Budgets by name. Names go into keys as digests, since they may be long or secret."""

    def __init__(self, remote: Guarded, prefix: str) -> None:
        self._remote, self._prefix = remote, f"{prefix}:rate:"

    async def take(self, name: str, cost: int, owed: int, budget: Budget) -> Taken | None:
        """Take the cost, or what is owed; None while the cache does not answer."""
        key = f"{self._prefix}{sha256(name.encode()).hexdigest()}".encode()
        reply = await self._remote.run(TAKE, key, (budget.points, budget.seconds, cost, owed))
        if reply is None:
            return None
        is_taken, left = reply
        return Taken(bool(is_taken), float(left))

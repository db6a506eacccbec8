"""Token buckets: `rate` a second in the long run, `burst` at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from ipaddress import IPv6Address, ip_address
from time import monotonic


def household(address: str) -> str:
    """What one person can have of addresses: of IPv6, everybody has 2^64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return address


class Bucket:
    __slots__ = ("at", "burst", "level", "rate")

    def __init__(self, rate: float, burst: float, now: float | None = None) -> None:
        self.rate = rate
        self.burst = burst
        self.level = float(burst)
        self.at = monotonic() if now is None else now

    def take(self, n: float = 1, now: float | None = None) -> bool:
        """Take all of n or nothing. A refusal costs nothing, so trying again later is never punished."""
        if not self.holds(n, now):
            return False
        self.level -= n
        return True

    def spend(self, n: float, now: float | None = None) -> None:
        """Take n though it may hold less: it holds nothing more until that is made up for."""
        self.holds(0, now)
        self.level -= n

    def holds(self, n: float = 1, now: float | None = None) -> bool:
        now = monotonic() if now is None else now
        self.level = min(self.burst, self.level + max(0.0, now - self.at) * self.rate)
        self.at = now
        return n <= self.level


class Buckets:
    """A bucket a key. Past `most` keys the one used longest ago is forgotten, so memory has a bound."""

    def __init__(self, rate: float, burst: float, most: int = 10_000) -> None:
        self.rate = rate
        self.burst = burst
        self.most = most
        self.buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def take(self, key: Hashable, n: float = 1, now: float | None = None) -> bool:
        bucket = self.buckets.get(key)
        if bucket is None:
            bucket = self.buckets[key] = Bucket(self.rate, self.burst, now)
            if len(self.buckets) > self.most:
                self.buckets.popitem(last=False)
        self.buckets.move_to_end(key)
        return bucket.take(n, now)

    def holds(self, key: Hashable, n: float = 1, now: float | None = None) -> bool:
        bucket = self.buckets.get(key)
        return n <= self.burst if bucket is None else bucket.holds(n, now)

    def is_full(self, key: Hashable, now: float | None = None) -> bool:
        return self.holds(key, self.burst, now)

    def __len__(self) -> int:
        return len(self.buckets)

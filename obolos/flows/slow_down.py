"""Strangers who look something up by a number are slowed down: five tries in a quarter of an hour, then they wait.

Counted per address somebody comes from and per number that is asked for, so neither one machine that tries many numbers
nor many machines that try one get far. Kept are keyed hashes, which tell nothing without our key.
"""

import hashlib
import hmac
import ipaddress
import math
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from obolos.base.references import ticket_fold
from obolos.domain.audit.lookup_actions import MOST, WITHIN, count_try, free_at, uncount_try

__all__ = ["MOST", "WITHIN", "allow", "give_back", "wait_seconds"]

#: A household or a machine has this much of IPv6 to itself.
_V6_PREFIX = 64


def allow(address: str, *numbers: str, now: datetime) -> bool:
    """Count a try from `address` for what was typed; whether it may go on. Call it before anything is looked up."""
    return count_try(_keys(address, numbers), now=now)


def give_back(address: str, *numbers: str, now: datetime) -> None:
    """The try of that moment found something: it does not count, so people behind one address do not slow each other."""
    uncount_try(_keys(address, numbers), at=now)


def wait_seconds(address: str, *numbers: str, now: datetime) -> int:
    """How long until such a try may go on again; at least a second, at most `WITHIN`."""
    free = free_at(_keys(address, numbers), now=now)
    return max(1, min(math.ceil((free - now).total_seconds()), int(WITHIN.total_seconds()))) if free else 1


def _keys(address: str, numbers: Iterable[str]) -> tuple[str, ...]:
    return _hashed(f"address:{_network(address)}"), *(_hashed(f"number:{ticket_fold(number)}") for number in numbers)


def _network(address: str) -> str:
    """The address, of IPv6 only the part that its holder cannot change at will. What is no address is one of its own."""
    try:
        found = ipaddress.ip_address(address.strip().partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _V6_PREFIX), strict=False))
    return str(found)


def _hashed(text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"obolos look-up:{text}".encode(), hashlib.sha256).hexdigest()

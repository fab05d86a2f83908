"""Strangers who look something up by a number are slowed down: so many tries in a quarter of an hour, then they wait.
How many, settings say: five, unless many right people share an address (mobile networks).

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
from obolos.domain.audit.lookup_actions import WITHIN, count_try, free_at, uncount_try

__all__ = ["WITHIN", "allow", "allow_writing", "give_back", "is_another_slip", "wait_seconds", "wait_to_write"]

#: Messages about one debt by whoever holds it: more than anybody means to write, too few to bury a clerk.
MOST_WRITTEN = 20

#: Slips that one address finds by number without using up tries: nobody has to know a slip's plate to find it.
_FREE_SLIPS = 1
#: A household or a machine has this much of IPv6 to itself.
_V6_PREFIX = 64


def allow(address: str, *numbers: str, now: datetime) -> bool:
    """Count a try from `address` for what was typed; whether it may go on. Call it before anything is looked up."""
    return count_try(_limits(address, numbers), now=now)


def give_back(address: str, *numbers: str, now: datetime) -> None:
    """The try of that moment found something: it does not count, so people behind one address do not slow each other."""
    uncount_try(_keys(address, numbers), at=now)


def is_another_slip(address: str, slip: str, *, now: datetime) -> bool:
    """Whether this address has found so many other slips already that finding this one counts like a miss.

    The numbers on a pad follow one another: whoever finds one after the other is walking it.
    """
    network = _network(address)
    anew = count_try({_hashed(f"slip:{network}:{slip}"): 1}, now=now)
    return anew and not count_try({_hashed(f"slips:{network}"): _FREE_SLIPS}, now=now)


def wait_seconds(address: str, *numbers: str, now: datetime) -> int:
    """How long until such a try may go on again; at least a second, at most `WITHIN`."""
    return _seconds(free_at(_limits(address, numbers), now=now), now)


def allow_writing(subject: str, *, now: datetime) -> bool:
    """Count a message about what its writer holds; whether it may be sent. It is no guess, so no address pays for it."""
    return count_try(_written(subject), now=now)


def wait_to_write(subject: str, *, now: datetime) -> int:
    """How many seconds until another message about that may be sent; at least one."""
    return _seconds(free_at(_written(subject), now=now), now)


def _seconds(free: datetime | None, now: datetime) -> int:
    return max(1, min(math.ceil((free - now).total_seconds()), int(WITHIN.total_seconds()))) if free else 1


def _written(subject: str) -> dict[str, int]:
    return {_hashed(f"written:{subject}"): MOST_WRITTEN}


def _limits(address: str, numbers: Iterable[str]) -> dict[str, int]:
    own, *others = _keys(address, numbers)
    return dict.fromkeys(others, settings.OBOLOS_TRIES_PER_NUMBER) | {own: settings.OBOLOS_TRIES_PER_ADDRESS}


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

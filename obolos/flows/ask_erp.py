"""Ask several municipalities' financial systems at once, within one budget of time, and only those that may be asked.

A web thread takes one place outside for all of its questions (`base.outside`); the questions themselves wait in threads
of their own. A system that failed too often rests (`domain.debts.live`); then one question tries it. Whoever is not
asked, or does not answer in time, simply has no answer here: the caller goes on with the last-known amounts.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from obolos.adapters.erp.client import ErpClient, ErpUnavailable
from obolos.adapters.erp.debts import ASK_SECONDS, ErpContradicts, ErpDebts
from obolos.base.outside import ERP, place_outside
from obolos.base.tenancy import refuse_inside_transaction, tenancy
from obolos.domain.debts import live
from obolos.domain.payments.models import MerchantAccount
from obolos.flows.bank_accounts import open_password

log = structlog.get_logger(__name__)
#: Questions under way at once in one process, beyond which the budget runs out while waiting.
MOST_AT_ONCE = 24


@dataclass(frozen=True, slots=True)
class ErpAccess:
    """A municipality's financial system, ready to be spoken to. `holds`: it can keep amounts for an order."""

    client: ErpClient
    holds: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one question: an answer, or why there is none. `wrong`: it answered what cannot be believed."""

    answer: ErpDebts | None = None
    says: str = ""
    wrong: bool = False


Ask = Callable[[ErpClient], ErpDebts]

_kept: dict[int, tuple[int, ErpAccess | None]] = {}


def access_of(municipality_id: int, law_version: int) -> ErpAccess | None:
    """Access to a municipality's system, None when it has none. Opens a transaction of its own when not in memory."""
    kept = _kept.get(municipality_id)
    if kept is None or kept[0] != law_version:
        with tenancy(municipality=municipality_id):
            kept = _kept[municipality_id] = (law_version, read_access(municipality_id))
    return kept[1]


def read_access(municipality_id: int) -> ErpAccess | None:
    """As `access_of`, inside an open tenancy."""
    account = MerchantAccount.objects.filter(municipality_id=municipality_id, bank="ERP", active=True).first()
    if account is None or not account.public.get("base_url"):
        return None
    client = ErpClient(account.public["base_url"], open_password(municipality_id, account.sealed_password))
    return ErpAccess(client, account.public.get("holds") == "yes")


def may_ask(link: live.Link, *, now: datetime) -> bool:
    """Whether a system is to be asked now. After its rest, only for the one who claims the trial."""
    if link.resting(now):
        return False
    if not link.on_trial:
        return True
    with tenancy(municipality=link.municipality_id):
        return live.claim_trial(now=now)


def ask_all(questions: Mapping[int, tuple[ErpClient, Sequence[Ask]]]) -> dict[int, Answered]:
    """Ask each municipality its questions, one after the other, all municipalities at once, ASK_SECONDS in all.

    By municipality id; of several questions to one, the answers are put together and one failure is a failure of all.
    Without a free place outside nobody is asked and nothing is answered.
    """
    refuse_inside_transaction("a financial system")
    if not questions:
        return {}
    with place_outside(ERP) as free:
        if not free:
            log.warning("no place outside: last-known amounts", municipalities=len(questions))
            return {}
        until = time.monotonic() + ASK_SECONDS
        running = {town: askers().submit(_ask, client, asks, until) for town, (client, asks) in questions.items()}
        wait(running.values(), timeout=ASK_SECONDS + 0.1)
        found = {town: _of(future) for town, future in running.items()}
    return {town: one for town, one in found.items() if one is not None}


def _ask(client: ErpClient, asks: Sequence[Ask], until: float) -> ErpDebts:
    rows: list[Any] = []
    moments = []
    for ask in asks:
        if time.monotonic() >= until:
            raise ErpUnavailable("no answer in time")
        answer = ask(client)
        rows += answer.rows
        moments.append(answer.as_of)
    known = [moment for moment in moments if moment is not None]
    # Two questions may tell the same debt: the same row twice says nothing twice.
    return ErpDebts(tuple(dict.fromkeys(rows)), min(known, default=None))


def _of(future: Future[ErpDebts]) -> Answered | None:
    """The answer as far as there is one; None for a question that was never sent."""
    if future.cancel():
        return None
    try:
        return Answered(future.result(timeout=0))
    except (ErpUnavailable, TimeoutError) as error:
        return Answered(says=str(error) or "no answer in time")
    except ErpContradicts as error:
        return Answered(says=str(error), wrong=True)


class _Askers:
    """The threads of this process that wait for answers. A forked child has none of its parent's."""

    def __init__(self) -> None:
        self._made: ThreadPoolExecutor | None = None

    def pool(self) -> ThreadPoolExecutor:
        if self._made is None:
            self._made = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="erp")
        return self._made

    def start_anew(self) -> None:
        self._made = None


def askers() -> ThreadPoolExecutor:
    """The threads that wait for answers; whoever uses them holds a place outside."""
    return _askers.pool()


_askers = _Askers()
os.register_at_fork(after_in_child=_askers.start_anew)

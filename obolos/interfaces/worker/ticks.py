"""Ticks. procrastinate only wakes us; what is due is in our own tables, selected by `due_at <= now`.

Every tick is idempotent and holds a queueing lock, so a slow one is not stacked, and one that died is simply the next.
"""

from collections.abc import Callable
from typing import Any

import structlog
from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from obolos.flows.deliver import deliver_due
from obolos.flows.dias import alarm_unconfirmed, take_inbox
from obolos.flows.forget_buyers import forget_buyers
from obolos.flows.hold_debts import lift_holds
from obolos.flows.import_debts import run_waiting
from obolos.flows.match_slips import match_slips
from obolos.flows.notice_batches import expire_batches, run_batches
from obolos.flows.poll import poll_banks
from obolos.flows.read_changes import read_changes
from obolos.flows.remind import remind_due
from obolos.flows.return_places import return_places

log = structlog.get_logger(__name__)


def tick(name: str, cron: str) -> Callable[[Callable[[], Any]], Any]:
    """A periodic task that runs at most once at a time. In `cron` the sixth field, the last, counts seconds."""

    def declare(work: Callable[[], Any]) -> Any:
        def run(timestamp: int) -> None:
            work()

        run.__name__ = name
        task = app.task(name=name, queueing_lock=name, lock=name, pass_context=False)(run)
        return app.periodic(cron=cron)(task)

    return declare


@tick("deliver", "* * * * * */2")
def deliver() -> None:
    """Tell ERP and payers what is due."""
    deliver_due(now=timezone.now())


@tick("poll", "* * * * * */5")
def poll() -> None:
    """Ask banks about attempts whose turn has come."""
    poll_banks(now=timezone.now())


@tick("dias_inbox", "* * * * * */3")
def dias_inbox() -> None:
    """Read DIAS day files that arrived."""
    settings.OBOLOS_DIAS_INBOX.mkdir(parents=True, exist_ok=True)
    take_inbox(settings.OBOLOS_DIAS_INBOX, now=timezone.now())


@tick("imports", "* * * * * */2")
def imports() -> None:
    """Take in debts files that clerks uploaded."""
    run_waiting(now=timezone.now())


@tick("erp_changes", "*/5 * * * *")
def erp_changes() -> None:
    """Ask the municipalities' financial systems what changed."""
    read_changes(now=timezone.now())


@tick("remind", "* * * * * 20")
def remind() -> None:
    """Remind people of due dates."""
    remind_due(now=timezone.now())


@tick("places", "* * * * * */5")
def places() -> None:
    """Settle what was sold, and put back on sale what nobody paid for in time."""
    return_places(now=timezone.now())


@tick("erp_holds", "* * * * * */30")
def erp_holds() -> None:
    """Lift what the financial systems keep for orders that have ended."""
    lift_holds(now=timezone.now())


@tick("slips", "* * * * * */4")
def slips() -> None:
    """Move the money of slips to their fines."""
    match_slips(now=timezone.now())


@tick("notices", "* * * * * */3")
def notices() -> None:
    """Make the notices that staff asked for."""
    run_batches(now=timezone.now())


@tick("notices_expire", "41 3 * * *")
def notices_expire() -> None:
    """Forget batches of notices whose month is over."""
    expire_batches(now=timezone.now())


@tick("buyers_forget", "53 3 * * *")
def buyers_forget() -> None:
    """Forget addresses that guests and buyers left long ago."""
    forget_buyers(now=timezone.now())


@tick("dias_alarm", "17 7 * * *")
def dias_alarm() -> None:
    """Ask a person about online RF payments that no day file confirmed."""
    alarm_unconfirmed(now=timezone.now())


@tick("stalled", "* * * * *")
def stalled() -> None:
    """Give jobs of a killed worker back: every task here is idempotent."""

    async def retry() -> None:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
            await app.job_manager.retry_job(job)

    async_to_sync(retry)()

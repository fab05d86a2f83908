"""`remind`: make the reminders that are due and send them, as the worker does every minute; a trial may set the clock."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from obolos.base.dates import ATHENS, athens_now
from obolos.flows.deliver import deliver_due
from obolos.flows.remind import remind_due


class Command(BaseCommand):
    help = "Remind people of due dates now, by each municipality's rules."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", metavar="MOMENT", help="Athens wall time, 2026-12-08T10:00; only in a trial")

    def handle(self, *args: Any, at: str | None = None, **options: Any) -> None:
        """Say how many people were reminded or held out, and how many messages went out."""
        now = athens_now() if at is None else _moment(at)
        made = remind_due(now=now)
        sent = deliver_due(now=now)
        self.stdout.write(f"{made} reminders made, {sent} deliveries tried, as of {now:%Y-%m-%d %H:%M}.")


def _moment(text: str) -> datetime:
    if not settings.OBOLOS_DEMO:
        raise CommandError("--at sets the clock: it works only where OBOLOS_DEMO=1 is set.")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ATHENS)
    except ValueError as error:
        raise CommandError("write the moment like 2026-12-08T10:00") from error

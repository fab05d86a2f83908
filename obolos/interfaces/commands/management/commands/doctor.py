"""`doctor`: the effective settings, and each problem in one line with what to do. Ends non-zero on errors."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from obolos.base.dates import athens_now
from obolos.flows.doctor import Finding, Level, effective_settings, examine


class Command(BaseCommand):
    help = "Examine this installation: settings, database, walls, law, accounts, channels, backlog."
    #: A broken installation must still be examined.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print settings and findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print, then fail when something is wrong."""
        findings = examine(now=athens_now())
        if options["json"]:
            found = {"settings": effective_settings(), "findings": [asdict(one) for one in findings]}
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1))
        else:
            self._print(findings)
        errors = sum(one.level is Level.ERROR for one in findings)
        if errors:
            raise CommandError(f"to be put right: {errors} (see above).")

    def _print(self, findings: tuple[Finding, ...]) -> None:
        for name, value in effective_settings().items():
            self.stdout.write(f"{name:<26} {value}")
        self.stdout.write("")
        for one in findings:
            self.stdout.write(f"{one.level:<8} {one.subject}: {one.says}{'. ' + one.remedy if one.remedy else ''}")

"""`prove`: run the invariants on the current database, print rows examined per municipality, fail on a breach or on none."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from obolos.flows.prove import Finding, prove


class Command(BaseCommand):
    help = "Prove that every cent is in exactly one class."
    #: `make check` looks at the whole program; here that would only cost time.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = prove()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(one) for one in findings], ensure_ascii=False, indent=1))
        else:
            self._print(findings)
        broken = [one for one in findings if one.breaches]
        if broken:
            names = ", ".join(f"{one.proof}@{one.municipality}" for one in broken)
            raise CommandError(f"{len(broken)} proofs are broken: {names}")
        if not sum(one.examined for one in findings):
            raise CommandError("nothing was examined: no municipality has rows. That proves nothing.")

    def _print(self, findings: list[Finding]) -> None:
        for one in findings:
            mark = "BROKEN" if one.breaches else "ok"
            self.stdout.write(f"{one.municipality} {one.proof:<4} {mark:<6} {one.examined:>9} rows  {one.says}")
            for breach in one.breaches:
                self.stdout.write(f"     {breach}")
        self.stdout.write(f"{len(findings)} proofs, {sum(one.examined for one in findings)} rows examined")

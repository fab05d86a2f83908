"""`demo_data`: load the demo into an empty database, and print or keep its sign-ins."""

import argparse
import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from obolos.base.dates import athens_now
from obolos.flows.demo_data import NotEmpty, load_demo


class Command(BaseCommand):
    help = "Load three municipalities with invented people and debts into an empty database."
    #: `make demo` runs this on the way up; `make check` has looked at the program before.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--print", action="store_true", dest="show", help="print the sign-ins as JSON")

    def handle(self, *args: object, show: bool = False, **options: object) -> None:
        """Load and say so in one line; with --print the sign-ins, of an earlier loading too."""
        if not settings.OBOLOS_DEMO:
            raise CommandError("demo_data invents people and debts: it runs only where OBOLOS_DEMO=1 is set.")
        kept = settings.OBOLOS_VAR / "demo.json"
        try:
            sign_ins = load_demo(
                sandbox_url=settings.OBOLOS_SANDBOX_URL, keep_in=Path(settings.OBOLOS_VAR), now=athens_now()
            )
        except NotEmpty:
            if not show or not kept.exists():
                raise CommandError(
                    "the database has municipalities already: demo data are loaded into an empty one (make demo-reset)."
                ) from None
            sign_ins = json.loads(kept.read_text())
        if show:
            self.stdout.write(json.dumps(sign_ins, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(f"demo data loaded; sign-ins in {kept}")

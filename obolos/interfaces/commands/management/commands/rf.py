"""`rf check CODE`: whether a text is a DIAS RF code, and what its parts say. Ends non-zero when it is none."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from obolos.base.references import BadReference, rf_check, rf_format

WHY = {
    "SHAPE": "not RF followed by 23 digits",
    "LENGTH": "an RF code of DIAS has 25 characters",
    "CHECK_DIGITS": "the check digits are wrong: a digit was mistyped or two were swapped",
}


class Command(BaseCommand):
    help = "Look into RF codes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="check")
        check = verbs.add_parser("check", help="check a code and take it apart")
        check.add_argument("code", nargs="+", metavar="CODE", help="with or without blanks")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            parts = rf_check("".join(options["code"]))
        except BadReference as bad:
            raise CommandError(f"not a valid RF code: {WHY[bad.reason]}.") from bad
        free = parts.amount_digit in "89"
        self.stdout.write(f"{rf_format(parts.code)}: valid")
        self.stdout.write(f"  organisation {parts.organisation}")
        self.stdout.write(f"  amount digit {parts.amount_digit} ({'any amount' if free else 'bound to an amount'})")
        self.stdout.write(f"  free part {parts.free}")

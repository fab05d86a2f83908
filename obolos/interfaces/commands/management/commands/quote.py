"""`quote (--debt REF | --afm AFM) --on DATE`: what debts cost on a date, line by line with the rule and the reason."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from obolos.base.money import euro_plain
from obolos.base.references import BadReference, afm_clean
from obolos.domain.debts.rules.records import line_to_plain
from obolos.domain.debts.wording import explain
from obolos.flows.quote_debts import QuotedInstalment, quote_debt, quote_person


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a date: write yyyy-mm-dd") from error


class Command(BaseCommand):
    help = "Say what debts cost on a date, line by line. Any date gives the same answer for ever."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--debt", metavar="REF", help="a debt's id in the municipality's system")
        which.add_argument("--afm", metavar="AFM", help="everything open of a tax number")
        parser.add_argument("--on", type=_day, required=True, metavar="DATE", help="yyyy-mm-dd")
        parser.add_argument("--json", action="store_true", help="print as JSON, amounts in cents")

    def handle(self, *args: Any, **options: Any) -> None:
        on: date = options["on"]
        if options["debt"]:
            found = quote_debt(options["debt"], on=on)
        else:
            try:
                found = quote_person(afm_clean(options["afm"]), on=on)
            except BadReference as bad:
                raise CommandError("that is not a tax number.") from bad
        if not found:
            raise CommandError("nothing found.")
        if options["json"]:
            self.stdout.write(json.dumps([_plain(one) for one in found], ensure_ascii=False, indent=1))
            return
        for one in found:
            self._print(one, on)
        total = sum(one.quote.total_cents for one in found if one.quote and not one.withdrawn)
        self.stdout.write(f"{'total on ' + on.isoformat():<60} {euro_plain(total):>14}")

    def _print(self, one: QuotedInstalment, on: date) -> None:
        part = one.instalment
        snapshot = part.snapshot
        state = " (withdrawn)" if one.withdrawn else ""
        self.stdout.write(
            f"{one.municipality} {part.ext_id} {snapshot.number}/{snapshot.of} {part.rev_code} {snapshot.kind}, "
            f"due {snapshot.due_on}{state}"
        )
        if one.quote is None:
            self.stdout.write(f"  no quote: {one.missing}")
            return
        for line in one.quote.lines:
            why = explain(line, "en", on=on)
            self.stdout.write(f"  {line.rule:<6} {line.code:<20} {euro_plain(line.amount_cents):>31}  {why.sentence}")
            if why.small_print:
                self.stdout.write(f"{'':62}{why.small_print}")
        self.stdout.write(
            f"  {'sum':<27} {euro_plain(one.quote.total_cents):>31}  until {one.quote.valid_until or 'changed'}"
        )


def _plain(one: QuotedInstalment) -> dict[str, Any]:
    part, quote = one.instalment, one.quote
    return {
        "municipality": one.municipality,
        "ext_id": part.ext_id,
        "instalment": part.snapshot.number,
        "instalments": part.snapshot.of,
        "rev_code": part.rev_code,
        "kind": part.snapshot.kind,
        "due_on": part.snapshot.due_on.isoformat(),
        "withdrawn": one.withdrawn,
        "open_principal_cents": part.snapshot.open_principal_cents,
        "on": quote.on.isoformat() if quote else None,
        "effective_due_on": quote.effective_due_on.isoformat() if quote else None,
        "late": quote.late if quote else None,
        "total_cents": quote.total_cents if quote else None,
        "valid_until": quote.valid_until.isoformat() if quote and quote.valid_until else None,
        "lines": [
            line_to_plain(line) | {"el": explain(line, "el").sentence, "en": explain(line, "en").sentence}
            for line in quote.lines
        ]
        if quote
        else [],
        "missing": one.missing,
    }

"""`import_debts FILE`: import a debts file of a municipality's ERP, all of it or nothing, and print the report.

Ends with 0 when the file is imported (now or before), 1 when it is refused, 3 when it asks for --confirm-closing.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from obolos.base.dates import athens_now
from obolos.base.money import euro_plain
from obolos.domain.debts.debts_file import with_words
from obolos.flows.import_debts import Imported, Outcome, UnknownMunicipality, import_file

EXIT = {Outcome.DONE: 0, Outcome.ALREADY: 0, Outcome.REFUSED: 1, Outcome.ASKING: 3}
#: Defects printed for people; --json gives more, and both say how many there are.
PRINTED = 200


class Command(BaseCommand):
    help = "Import a debts file: all of it, or nothing and a report of every defect."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="{code}_DEBTS_{yyyymmdd}_{seq}.csv")
        parser.add_argument(
            "--municipality", default="", metavar="CODE", help="refuse a file of any other municipality"
        )
        parser.add_argument("--dry-run", action="store_true", help="check and say what would happen, write nothing")
        parser.add_argument(
            "--confirm-closing", action="store_true", help="let a FULL file close the debts that it leaves out"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--language", choices=("en", "el"), default="en", help="of the report (default: en)")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            done = import_file(
                path,
                path.name,
                now=athens_now(),
                code=options["municipality"],
                dry_run=options["dry_run"],
                confirm_closing=options["confirm_closing"],
            )
        except UnknownMunicipality as unknown:
            raise CommandError(f"{path.name}: there is no municipality {unknown.code!r} here.") from unknown
        except OperationalError as error:
            raise CommandError(f"{path.name}: nothing was written, the database said: {first_line(error)}") from error
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(_in_words(done.report), ensure_ascii=False, indent=1))
        else:
            for line in report_lines(done, options["language"]):
                self.stdout.write(line)
        if EXIT[done.outcome]:
            sys.exit(EXIT[done.outcome])


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def report_lines(done: Imported, language: str) -> list[str]:
    """The report for people, line by line."""
    report = done.report
    said = {
        Outcome.DONE: "would be imported" if report["dry_run"] else "imported",
        Outcome.ALREADY: "already imported, changes nothing",
        Outcome.REFUSED: "refused, nothing was written",
        Outcome.ASKING: "would close too much, nothing was written",
    }[done.outcome]
    lines = [f"{report['file']}: {said}"]
    lines.append(
        f"  municipality {report['municipality']}, {report['mode'] or '?'}, sequence {report['sequence']}, "
        f"made at {report['made_at'] or '?'}, {report['encoding'] or 'encoding unknown'}"
    )
    if "rows" in report:
        trailer = report["trailer"] or {"rows": "?", "principal_cents": None}
        lines.append(f"  rows {report['rows']} (trailer {trailer['rows']})")
        lines.append(
            f"  sum of principal {euro_plain(report['principal_cents'])} (trailer {_euro(trailer['principal_cents'])})"
        )
    if "new" in report.get("debts", {}):
        lines.append("  debts: " + ", ".join(f"{count} {what}" for what, count in report["debts"].items()))
    if "instalments" in report:
        lines.append("  instalments: " + ", ".join(f"{count} {what}" for what, count in report["instalments"].items()))
    for kind, count in report.get("worklist", {}).items():
        lines.append(f"  for the worklist: {count} {kind}")
    lines.extend(_findings(report["defects"], "defects", language))
    lines.extend(_findings(report["notes"], "notes", language))
    if done.outcome is Outcome.ASKING:
        lines.extend(_question(report["closing"]))
    return lines


def _question(closing: dict[str, Any]) -> list[str]:
    origins = ", ".join(f"{count} {origin}" for origin, count in closing["by_origin"].items())
    lines = [
        f"  It leaves out {closing['count']} of {closing['open_in_scope']} open debts in its scope ({origins}), "
        f"{euro_plain(closing['open_cents'])} euro open; importing it closes them."
    ]
    if closing["too_many"]:
        lines.append("  That is more than 2 % of them.")
    if closing["live_attempts"]:
        lines.append(f"  {closing['live_attempts']} of them are being paid by card just now.")
    if closing["unexpired_rf"]:
        lines.append(f"  {closing['unexpired_rf']} of them have an RF code that is still valid.")
    lines.append(f"  First of them: {', '.join(closing['ext_ids'][:5])}")
    lines.append("  If that is right, import it again with --confirm-closing.")
    return lines


def _findings(found: dict[str, Any], what: str, language: str) -> list[str]:
    if not found["count"]:
        return []
    lines = [f"  {found['count']} {what}:"]
    for one in found["shown"][:PRINTED]:
        where = f"line {one['line']}" if one["line"] else "file"
        column = f", {one['column']}" if one["column"] else ""
        value = f" «{one['value']}»" if one["value"] else ""
        lines.append(f"  {where}{column}{value}: {with_words(one)[language]} [{one['reason']}]")
    if found["count"] > PRINTED:
        lines.append(f"  and {found['count'] - min(PRINTED, len(found['shown']))} more; all by reason:")
        lines.extend(f"    {count:>8} {reason}" for reason, count in found["by_reason"].items())
    return lines


def _in_words(report: dict[str, Any]) -> dict[str, Any]:
    """The report with each finding's words in both languages."""
    told = dict(report)
    for part in ("defects", "notes"):
        told[part] = told[part] | {"shown": [with_words(one) for one in told[part]["shown"]]}
    return told


def _euro(cents: int | None) -> str:
    return "?" if cents is None else euro_plain(cents)

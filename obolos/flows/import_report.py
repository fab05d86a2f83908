"""The report of an import: plain JSON, stored with the file, shown by page and command. Amounts in integer cents."""

from dataclasses import asdict
from enum import StrEnum
from typing import Any

from obolos.base.dates import ATHENS
from obolos.domain.debts.debts_file import Findings, Reason, Survey
from obolos.domain.debts.intake import Closing, Counts, Written
from obolos.domain.payments.standing import AtStake


class Outcome(StrEnum):
    """What became of a file. ALREADY: imported before, nothing changed. ASKING: nothing written, confirm to go on."""

    DONE = "DONE"
    ALREADY = "ALREADY"
    REFUSED = "REFUSED"
    ASKING = "ASKING"


def head(seen: Survey, code: str, outcome: Outcome, dry_run: bool) -> dict[str, Any]:
    """The part of a report that a first look at the file gives."""
    header, trailer = seen.header, seen.trailer
    return {
        "outcome": outcome,
        "dry_run": dry_run,
        "file": seen.name,
        "municipality": code,
        "encoding": seen.encoding_label,
        "mode": header.mode if header else "",
        "scope": header.scope_text if header else "",
        "sequence": header.sequence if header else None,
        "made_at": header.made_at.astimezone(ATHENS).isoformat() if header else "",
        "sha256": seen.sha256,
        "trailer": {"rows": trailer.rows, "principal_cents": trailer.principal_cents} if trailer else None,
        "defects": findings(Findings()),
        "notes": findings(Findings()),
    }


def planned(counts: Counts, closing: Closing, stakes: AtStake) -> dict[str, Any]:
    """What becomes of the debts of the file, and of those that it leaves out."""
    by_verdict = asdict(counts) | {"closed": closing.count}
    question = {
        "count": closing.count,
        "open_in_scope": closing.open_in_scope,
        "open_cents": closing.open_cents,
        "by_origin": closing.by_origin,
        "live_attempts": stakes.live_attempts,
        "unexpired_rf": stakes.unexpired_rf,
        "too_many": closing.too_many,
        "ext_ids": list(closing.told),
    }
    return {"debts": by_verdict, "closing": question}


def done(written: Written, worklist: dict[str, int]) -> dict[str, Any]:
    """What was written."""
    instalments = {
        "new": written.instalments_new,
        "changed": written.instalments_changed,
        "withdrawn": written.instalments_withdrawn,
    }
    return {
        "instalments": instalments,
        "debtors": written.debtors,
        "entries": written.entries,
        "worklist": worklist,
    }


def told(report: dict[str, Any], outcome: Outcome, found: Findings, notes: Findings) -> dict[str, Any]:
    """The whole report: what is known so far, the outcome, defects and notes."""
    return report | {"outcome": outcome, "defects": findings(found), "notes": findings(notes)}


def findings(found: Findings) -> dict[str, Any]:
    """Findings, counted and shown."""
    return {"count": found.count, "by_reason": dict(sorted(found.by_reason.items())), "shown": found.as_plain()}


def failed(name: str) -> dict[str, Any]:
    """A report of a fault of ours."""
    found = Findings()
    found.add(0, "", "", Reason.INTERNAL)
    return {
        "outcome": Outcome.REFUSED, "file": name, "defects": findings(found), "notes": findings(Findings()),
    }  # fmt: skip

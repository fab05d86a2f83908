"""Day files as DIAS writes them, computed here anew, not with the product's own code."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 22)


def day_file(
    code: str,
    payments: Sequence[tuple[str, int]],
    *,
    payer: str = "ΜΑΡΚΑΚΗ ΕΛΕΝΗ",
    day: date = DAY,
    sequence: int = 1,
    at: datetime = AT,
) -> tuple[bytes, str]:
    """Content and name of a municipality's file: one line for each (RF code, cents)."""
    lines = [f"H;1;9{code};{day};{sequence}"]
    for number, (rf, cents) in enumerate(payments, 1):
        amount = f"{cents // 100}.{cents % 100:02d}"
        lines.append(f"rid{number};TX{sequence}{number};{rf};{amount};{at.isoformat()};ETHNGRAA;{payer};πληρωμή")
    body = ("\n".join(lines) + "\n").encode()
    total = sum(cents for _, cents in payments)
    trailer = f"T;{len(payments)};{total // 100}.{total % 100:02d};{hashlib.sha256(body).hexdigest()}\n"
    return body + trailer.encode(), f"DIAS_9{code}_{day:%Y%m%d}_{sequence}.csv"

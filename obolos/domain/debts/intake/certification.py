"""The claims on the books: what an import makes account 20 stand at, by revenue code.

Always, for every revenue code, the balance of account `20:<code>` equals `certified_cents`: the sum, over instalments
not withdrawn of certified and arranged debts of that code, of
principal − written off − collected elsewhere − collected by us − discounted by us.
Collections and discounts are posted where they are booked. An import posts the rest: the difference it makes to that
sum, one entry per file (or answer of the financial system) and revenue code, nothing where the difference is zero.
"""

from datetime import date, datetime

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.debts.intake.staging import run

_BALANCE = "i.principal_cents - i.written_off_cents - i.elsewhere_cents - i.collected_cents - i.discounted_cents"

_STANDING = f"""
INSERT INTO intake_owed (rev_code, cents)
SELECT d.rev_code, %(sign)s * sum(i.balance)
FROM intake_standing s
CROSS JOIN LATERAL (SELECT d.rev_code FROM debt d
                    WHERE d.id = s.debt_id AND d.kind IN ('CERTIFIED', 'ARRANGED') OFFSET 0) d
CROSS JOIN LATERAL (SELECT {_BALANCE} AS balance FROM instalment i
                    WHERE i.debt_id = s.debt_id AND NOT i.withdrawn OFFSET 0) i
GROUP BY d.rev_code
"""

#: Nothing of a new debt passed our ledger yet.
_NEW = """
INSERT INTO intake_owed (rev_code, cents)
SELECT s.rev_code, sum(t.principal_cents - t.written_off_cents - t.paid_cents)
FROM intake_apply a
JOIN staged_debt s ON s.line = a.line AND s.kind IN ('CERTIFIED', 'ARRANGED')
JOIN staged_part t ON t.debt_line = a.line
WHERE a.is_new
GROUP BY s.rev_code
"""

_POST = """
WITH owed AS (
    SELECT rev_code, sum(cents)::bigint AS cents FROM intake_owed GROUP BY rev_code HAVING sum(cents) <> 0
), made AS (
    INSERT INTO entry (municipality_id, key, kind, "on", booked_at)
    SELECT %(municipality)s, %(prefix)s || rev_code, 'CERTIFY', %(on)s, %(now)s FROM owed ORDER BY rev_code
    RETURNING id, key
)
INSERT INTO posting (municipality_id, entry_id, account, amount_cents)
SELECT %(municipality)s, m.id, side.account || o.rev_code, side.sign * o.cents
FROM owed o
JOIN made m ON m.key = %(prefix)s || o.rev_code
CROSS JOIN (VALUES ('20:', 1), ('30:', -1)) AS side (account, sign)
ORDER BY m.id, side.account
"""


def note_before() -> None:
    """Remember what the debts about to change stand at. Their instalments are locked by now."""
    run(_STANDING, {"sign": -1})


def post_difference(*, word: str, on: date, now: datetime) -> int:
    """Post what the import changed since `note_before`; how many entries that made."""
    run(_STANDING, {"sign": 1})
    run(_NEW, {})
    values = {"municipality": current_municipality(), "prefix": f"certify:{word}:", "on": on, "now": now}
    return run(_POST, values) // 2


def certified_cents() -> dict[str, int]:
    """What account 20 must stand at, by revenue code, from the instalments of the open unit of work's municipality."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT d.rev_code, sum({_BALANCE})::bigint FROM instalment i JOIN debt d ON d.id = i.debt_id "
            "WHERE i.municipality_id = %s AND d.kind IN ('CERTIFIED', 'ARRANGED') AND NOT i.withdrawn "
            f"GROUP BY d.rev_code HAVING sum({_BALANCE}) <> 0 ORDER BY d.rev_code",
            [current_municipality()],
        )
        return dict(cursor.fetchall())


def posted_cents() -> dict[str, int]:
    """What account 20 does stand at, by revenue code, without those that stand at nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT substr(account, 4), sum(amount_cents)::bigint FROM posting WHERE municipality_id = %s "
            "AND account LIKE '20:%%' GROUP BY account HAVING sum(amount_cents) <> 0 ORDER BY account",
            [current_municipality()],
        )
        return dict(cursor.fetchall())

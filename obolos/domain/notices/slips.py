"""Fine slips as rows: a slip with its suspense debt, what holders say, what was paid, how it ended.

Inside `tenancy(municipality=…)`. Whoever touches a slip and its debts locks the instalments first, then the slip.
A slip's suspense debt is nobody's and uncertified; what it asks for is fixed, or follows what its payer says and pays,
for as long as nothing is collected on it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from obolos.base.references import plate_fold
from obolos.base.tenancy import current_municipality
from obolos.domain.notices.models import SlipStatement


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip with its pad's terms and its suspense debt. `principal_cents` 0: nobody has said the amount yet."""

    id: int
    pad_id: int
    number: str
    debt_id: int
    instalment_id: int
    rev_code: str
    revenue_kind_id: int
    rf_code_id: int
    fixed_cents: int | None
    amounts: tuple[int, ...]
    valid_until: date
    made_at: datetime
    paid_at: datetime | None
    fine_id: int | None
    ended: str
    principal_cents: int
    open_cents: int
    collected_cents: int
    violation_on: date | None
    code: str
    rf: str

    @property
    def asks_amount(self) -> bool:
        """Whether its payer has to say what stands on it."""
        return self.fixed_cents is None and not self.principal_cents and not self.paid_at and not self.ended

    def admits(self, cents: int) -> bool:
        """Whether that may stand on it."""
        if self.fixed_cents is not None:
            return cents == self.fixed_cents
        return cents in self.amounts if self.amounts else 0 < cents <= MOST_CENTS


#: Municipalities give so many days from the violation before they certify a fine.
DAYS_TO_PAY = 60
#: More letters and digits than any plate has.
LONGEST_PLATE = 20
#: No fine of a municipality is larger: a typing error is.
MOST_CENTS = 1_000_000

_SLIP = """
SELECT s.id, s.pad_id, s.number, s.debt_id, i.id, d.rev_code, d.revenue_kind_id, s.rf_code_id, p.fixed_cents,
    p.amounts::text, p.valid_until, p.made_at, s.paid_at, s.fine_id, s.ended, i.principal_cents, i.open_cents,
    i.collected_cents, d.violation_on, coalesce(k.code, ''), r.code
FROM preissued_slip s
JOIN slip_pad p ON p.id = s.pad_id
JOIN debt d ON d.id = s.debt_id
JOIN instalment i ON i.debt_id = d.id
JOIN rf_code r ON r.id = s.rf_code_id
LEFT JOIN pay_code k ON k.municipality_id = s.municipality_id AND k.debt_id = s.debt_id
WHERE s.municipality_id = %s AND """


def slips(condition: str, *values: Any) -> list[Slip]:
    """Slips by a condition on `s`, with whatever else the statement joins."""
    with connection.cursor() as cursor:
        cursor.execute(_SLIP + condition, [current_municipality(), *values])
        return [Slip(*[*row[:9], tuple(json.loads(row[9])), *row[10:]]) for row in cursor.fetchall()]


def slip_by_id(slip_id: int, *, lock: bool = False) -> Slip | None:
    """One slip; `lock` holds it until the unit of work ends, after its instalments."""
    found = slips("s.id = %s" + (" FOR UPDATE OF s" if lock else ""), slip_id)
    return found[0] if found else None


def slip_of_debt(debt_id: int) -> Slip | None:
    """The slip whose suspense debt that is."""
    found = slips("s.debt_id = %s", debt_id)
    return found[0] if found else None


def slip_of_rf(rf_code_id: int) -> Slip | None:
    """The slip on which that RF code was printed."""
    found = slips("s.rf_code_id = %s", rf_code_id)
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class TypedFine:
    """A fine that the municipality's system told under a slip's number."""

    debt_id: int
    person_id: int | None
    plate_folded: str
    ticket_no: str
    violation_on: date | None
    open_cents: int


_FINES = """
SELECT d.id, d.person_id, d.plate_folded, d.ticket_no, d.violation_on,
    (SELECT coalesce(sum(i.open_cents), 0)::bigint FROM instalment i WHERE i.debt_id = d.id)
FROM debt d
WHERE d.municipality_id = %s AND d.origin IN ('ERP', 'DEMO') AND d.withdrawn_at IS NULL AND d.ticket_folded <> '' AND """


def fines_of(number: str) -> list[TypedFine]:
    """Fines with a slip's number that stand, oldest first."""
    return _fines("d.ticket_folded = %s ORDER BY d.id", number)


def fine_by_id(debt_id: int) -> TypedFine | None:
    """A fine that stands, whatever its number; None for any other debt."""
    found = _fines("d.id = %s", debt_id)
    return found[0] if found else None


def _fines(condition: str, value: int | str) -> list[TypedFine]:
    with connection.cursor() as cursor:
        cursor.execute(_FINES + condition, [current_municipality(), value])
        return [TypedFine(*row) for row in cursor.fetchall()]


def instalments_behind(rf_code_ids: Sequence[int]) -> list[int]:
    """Instalments that money against these codes may count for: of the slips' own debts and of fines typed in since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.id FROM preissued_slip s JOIN instalment i ON i.debt_id = s.debt_id WHERE s.municipality_id = %(m)s "
            "AND s.rf_code_id = ANY (%(codes)s::bigint[]) UNION SELECT i.id FROM preissued_slip s JOIN debt d "
            "ON d.municipality_id = s.municipality_id AND d.ticket_folded = s.number JOIN instalment i ON i.debt_id = d.id "
            "WHERE s.municipality_id = %(m)s AND s.rf_code_id = ANY (%(codes)s::bigint[])",
            {"m": current_municipality(), "codes": list(rf_code_ids)},
        )
        return [instalment_id for (instalment_id,) in cursor.fetchall()]


def state(slip: Slip, *, plate: str, cents: int | None, violation_on: date | None, now: datetime) -> None:
    """Keep what somebody says stands on a slip. An amount and a day go to its suspense debt while nothing is paid."""
    SlipStatement.objects.create(
        municipality_id=current_municipality(),
        slip_id=slip.id,
        plate_folded=plate_fold(plate)[:LONGEST_PLATE],
        amount_cents=cents,
        violation_on=violation_on,
        said_at=now,
    )
    if cents is not None and slip.fixed_cents is None:
        set_amount(slip, cents, violation_on)


def set_amount(slip: Slip, cents: int, violation_on: date | None) -> None:
    """What an unpaid suspense debt asks for, and the day that a discount counts from; nothing once money came."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE instalment SET principal_cents = %s, due_on = coalesce(%s::date + %s, due_on) WHERE id = %s "
            "AND collected_cents = 0 AND discounted_cents = 0 AND NOT withdrawn",
            [cents, violation_on, DAYS_TO_PAY, slip.instalment_id],
        )
        if cursor.rowcount:
            cursor.execute("UPDATE debt SET violation_on = %s WHERE id = %s", [violation_on, slip.debt_id])


def fit_to_lines(principals: Mapping[int, int]) -> bool:
    """Money has come for suspense debts whose amount was only said: what was ordered is what they ask for.

    `principals`: instalment → principal that the order's line closes. Only where nothing is collected yet.
    """
    told = [{"id": one, "cents": cents} for one, cents in principals.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE instalment i SET principal_cents = x.cents FROM jsonb_to_recordset(%s::jsonb) AS x (id bigint, "
            "cents bigint), debt d, preissued_slip s, slip_pad p WHERE i.id = x.id AND d.id = i.debt_id "
            "AND s.municipality_id = d.municipality_id AND s.debt_id = d.id AND p.id = s.pad_id AND p.fixed_cents IS NULL "
            "AND i.collected_cents = 0 AND NOT i.withdrawn AND i.principal_cents <> x.cents",
            [json.dumps(told)],
        )
        return bool(cursor.rowcount)


def note_paid(instalment_ids: Sequence[int], payment_id: int, *, now: datetime) -> bool:
    """A payment was booked: mark the slips it counted for. False when it counted for none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE preissued_slip s SET paid_at = coalesce(s.paid_at, %s) FROM instalment i WHERE i.id = ANY (%s::bigint[]) "
            "AND s.municipality_id = i.municipality_id AND s.debt_id = i.debt_id AND s.ended <> 'VOIDED' "
            "AND EXISTS (SELECT 1 FROM collection c "
            "WHERE c.payment_id = %s AND c.instalment_id = i.id)",
            [now, list(instalment_ids), payment_id],
        )
        return bool(cursor.rowcount)


def waiting_slips(count: int) -> list[Slip]:
    """Paid slips whose money has not found its fine, oldest first."""
    return slips("s.paid_at IS NOT NULL AND s.ended = '' ORDER BY s.paid_at, s.id LIMIT %s", count)


def end_slip(slip_id: int, *, ended: str, fine_id: int | None, now: datetime) -> bool:
    """The slip's story ends; its suspense debt asks for nothing any more. False when it had ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE preissued_slip SET ended = %s, ended_at = %s, fine_id = %s WHERE id = %s AND ended = '' "
            "RETURNING debt_id",
            [ended, now, fine_id, slip_id],
        )
        row = cursor.fetchone()
        if row:
            cursor.execute("UPDATE instalment SET withdrawn = true WHERE debt_id = %s", [row[0]])
    return bool(row)


@dataclass(frozen=True, slots=True)
class SlipPayment:
    """Money that came for a slip. `counted_cents` of it was ever counted for the slip's own debt, the rest nowhere."""

    payment_id: int
    channel: str
    cents: int
    counted_cents: int
    disposition: str
    paid_at: datetime


_PAYMENTS = """
SELECT p.id, p.channel, p.amount_cents, (SELECT coalesce(sum(c.amount_cents), 0)::bigint FROM collection c
    WHERE c.payment_id = p.id AND c.instalment_id = %(i)s AND c.amount_cents > 0), p.disposition, p.paid_at
FROM payment p WHERE p.municipality_id = %(m)s AND p.id IN (
    SELECT y.id FROM payment y WHERE y.municipality_id = %(m)s AND y.rf_code_id = %(rf)s
    UNION SELECT c.payment_id FROM collection c WHERE c.municipality_id = %(m)s AND c.instalment_id = %(i)s
    UNION SELECT y.id FROM order_line l JOIN payment y ON y.municipality_id = l.municipality_id AND y.order_id = l.order_id
    WHERE l.municipality_id = %(m)s AND l.instalment_id = %(i)s)
ORDER BY p.paid_at, p.id"""


def payments_for(slip: Slip) -> list[SlipPayment]:
    """All money that came for a slip: for its own debt, for its orders, under its RF code."""
    with connection.cursor() as cursor:
        cursor.execute(_PAYMENTS, {"m": current_municipality(), "i": slip.instalment_id, "rf": slip.rf_code_id})
        return [SlipPayment(*row) for row in cursor.fetchall()]

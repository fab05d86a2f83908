"""Pads of fine slips as rows: made whole, with their slips and suspense debts, and counted for staff.

Inside `tenancy(municipality=…)`. What becomes of a slip is told in `slips`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from obolos.base.references import slip_format, slip_number
from obolos.base.tenancy import current_municipality
from obolos.domain.notices.models import SlipPad

#: `debt.ext_id` of a suspense debt begins so; its origin says it for certain.
PREFIX = "SLIP:"


@dataclass(frozen=True, slots=True)
class NewPad:
    """A pad about to be made. `rev_code` is the revenue kind's code; `description` what its debts are called."""

    revenue_kind_id: int
    rev_code: str
    description: str
    label: str
    number: str
    slips: int
    fixed_cents: int | None
    amounts: tuple[int, ...]
    valid_until: date


_DEBTS = """
WITH x AS (
    SELECT * FROM jsonb_to_recordset(%(slips)s::jsonb) AS x (serial int, number text, printed text, rf text)
), d AS (
    INSERT INTO debt (municipality_id, revenue_kind_id, origin, ext_id, version, kind, rev_code, orig_code, description,
        ticket_no)
    SELECT %(m)s, %(kind)s, 'SLIP', 'SLIP:' || x.number, 1, 'UNCERTIFIED', %(rev)s, %(rev)s, %(description)s, x.printed
    FROM x ORDER BY x.serial RETURNING id, ext_id
), i AS (
    INSERT INTO instalment (municipality_id, debt_id, number, of, due_on, principal_cents, rf)
    SELECT %(m)s, d.id, 1, 1, %(until)s, coalesce(%(fixed)s::bigint, 0), '' FROM d ORDER BY d.id
), r AS (
    INSERT INTO rf_code (municipality_id, code, amount_cents, valid_until, issued_at)
    SELECT %(m)s, x.rf, %(fixed)s::bigint, %(until)s, %(now)s FROM x ORDER BY x.serial RETURNING id, code
)
INSERT INTO preissued_slip (municipality_id, pad_id, serial, number, debt_id, rf_code_id, ended)
SELECT %(m)s, %(pad)s, x.serial, x.number, d.id, r.id, ''
FROM x JOIN d ON d.ext_id = 'SLIP:' || x.number JOIN r ON r.code = x.rf ORDER BY x.serial
RETURNING debt_id"""


def make_pad(pad: NewPad, rf_codes: Sequence[str], *, by_user: int, now: datetime) -> tuple[int, list[int]]:
    """Write a pad with its slips, debts and RF codes; its id and its debts. IntegrityError when a number is taken."""
    row = SlipPad.objects.create(
        municipality_id=current_municipality(),
        revenue_kind_id=pad.revenue_kind_id,
        label=pad.label,
        number=pad.number,
        slips=pad.slips,
        fixed_cents=pad.fixed_cents,
        amounts=list(pad.amounts),
        valid_until=pad.valid_until,
        by_user=by_user,
        made_at=now,
    )
    told = []
    for serial, rf in enumerate(rf_codes, 1):
        number = slip_number(pad.number, serial)
        told.append({"serial": serial, "number": number, "printed": slip_format(number), "rf": rf})
    with connection.cursor() as cursor:
        cursor.execute(
            _DEBTS,
            {
                "m": current_municipality(), "pad": row.id, "kind": pad.revenue_kind_id, "rev": pad.rev_code,
                "description": pad.description[:200], "until": pad.valid_until, "fixed": pad.fixed_cents, "now": now,
                "slips": json.dumps(told),
            },
        )  # fmt: skip
        return row.id, [debt_id for (debt_id,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class PadRow:
    """A pad as staff see it."""

    id: int
    number: str
    label: str
    kind_el: str
    kind_en: str
    slips: int
    fixed_cents: int | None
    amounts: tuple[int, ...]
    valid_until: date
    made_at: datetime
    paid: int
    matched: int
    voided: int
    voided_at: datetime | None
    void_reason: str

    def name(self, language: str) -> str:
        """Its revenue kind, in «el» or «en»."""
        return self.kind_el if language == "el" else self.kind_en


def pads(pad_id: int | None = None, count: int = 50) -> list[PadRow]:
    """The newest pads, newest first; or one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.number, p.label, k.name_el, k.name_en, p.slips, p.fixed_cents, p.amounts::text, p.valid_until, "
            "p.made_at, (SELECT count(*) FROM preissued_slip s WHERE s.pad_id = p.id AND s.paid_at IS NOT NULL), "
            "(SELECT count(*) FROM preissued_slip s WHERE s.pad_id = p.id AND s.ended = 'MATCHED'), "
            "(SELECT count(*) FROM preissued_slip s WHERE s.pad_id = p.id AND s.ended = 'VOIDED'), p.voided_at, "
            "p.void_reason FROM slip_pad p "
            "JOIN revenue_kind k ON k.id = p.revenue_kind_id WHERE p.municipality_id = %s "
            "AND (%s::bigint IS NULL OR p.id = %s::bigint) ORDER BY p.id DESC LIMIT %s",
            [current_municipality(), pad_id, pad_id, count],
        )
        return [PadRow(*[*row[:7], tuple(json.loads(row[7])), *row[8:]]) for row in cursor.fetchall()]


#: Nobody used it: not paid, not decided, no fine bears its number, and nobody is paying it just now.
_UNUSED = """
s.municipality_id = %s AND s.pad_id = %s AND s.paid_at IS NULL AND s.ended = '' AND NOT EXISTS (
    SELECT 1 FROM debt d WHERE d.municipality_id = s.municipality_id AND d.ticket_folded = s.number
    AND d.origin IN ('ERP', 'DEMO') AND d.withdrawn_at IS NULL)
AND NOT EXISTS (
    SELECT 1 FROM order_line l JOIN payment_attempt a ON a.order_id = l.order_id
    WHERE l.municipality_id = s.municipality_id AND l.instalment_id = i.id AND a.state IN ('REDIRECTED', 'UNKNOWN'))"""


def unused_slips(pad_id: int) -> dict[int, int]:
    """Slips of a pad that nobody used, with the instalment of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.id, i.id FROM preissued_slip s JOIN instalment i ON i.debt_id = s.debt_id WHERE {_UNUSED} "
            "ORDER BY i.id",
            [current_municipality(), pad_id],
        )
        return dict(cursor.fetchall())


def lock_codes(slip_ids: Sequence[int]) -> None:
    """Hold the RF codes of slips until the unit of work ends: before their instalments, as DIAS does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM rf_code WHERE municipality_id = %s AND id IN (SELECT rf_code_id FROM preissued_slip "
            "WHERE id = ANY (%s::bigint[])) ORDER BY id FOR UPDATE",
            [current_municipality(), list(slip_ids)],
        )


def void_slips(pad_id: int, slip_ids: Sequence[int], *, now: datetime) -> int:
    """Declare slips void that are still unused; how many. Their instalments are locked already.

    What they ask for is nothing any more, and DIAS is told that their codes are void.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH s AS (UPDATE preissued_slip SET ended = 'VOIDED', ended_at = %s WHERE id IN (SELECT s.id "
            f"FROM preissued_slip s JOIN instalment i ON i.debt_id = s.debt_id WHERE {_UNUSED} "
            "AND s.id = ANY (%s::bigint[]) FOR UPDATE OF s) RETURNING debt_id, rf_code_id), "
            "i AS (UPDATE instalment SET withdrawn = true WHERE debt_id IN (SELECT debt_id FROM s)) "
            "UPDATE rf_code SET voided_at = %s WHERE id IN (SELECT rf_code_id FROM s) AND voided_at IS NULL",
            [now, current_municipality(), pad_id, list(slip_ids), now],
        )
        return int(cursor.rowcount)


def void_pad(pad_id: int, *, reason: str, by_user: int, now: datetime) -> bool:
    """Note on a pad that it is void; False when it was, or is not there."""
    pad = SlipPad.objects.filter(municipality_id=current_municipality(), id=pad_id, voided_at=None)
    return bool(pad.update(voided_at=now, voided_by=by_user, void_reason=reason))

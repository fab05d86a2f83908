"""Money that was counted against one debt moves to another, in the books and nowhere else.

Two entries for each payment: one takes back what it counted for and gives the money to where it waits, the other counts
it anew. Nothing is changed or deleted: both are written beside the first entry, and collections that take back stand
beside those that counted. The payment stays the same fact, whole.

Called inside one unit of work that holds the instalments of both debts, ascending by id. Keys: `out:<word>:<payment>`
and `in:<word>:<payment>`, so the same money moves once for the same reason, whoever asks again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.payments.booking import LineEffect, credits_of, pay_instalments


class NothingMoved(Exception):
    """The debt that the money was to move to has less open than that: nothing may be written."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What of one payment counts against one instalment: parts (component, code, cents), all of them above zero."""

    payment_id: int
    instalment_id: int
    evidence_key: str
    clearing: str
    paid_on: date
    paid_at: datetime
    parts: tuple[tuple[str, str, int], ...]

    @property
    def cents(self) -> int:
        """All money of it."""
        return sum(cents for _, _, cents in self.parts)


@dataclass(frozen=True, slots=True)
class Source:
    """The debt that money leaves: uncertified, so its principal was revenue from the first."""

    instalment_id: int
    rev_code: str


_COUNTED = """
SELECT p.id, c.instalment_id, p.evidence_key, CASE p.channel WHEN 'CARD' THEN '11:' ELSE '12:' END || p.provider,
    p.paid_on, p.paid_at, c.parts::text
FROM (SELECT payment_id, instalment_id, jsonb_agg(jsonb_build_array(component, code, cents)
          ORDER BY component <> 'PRINCIPAL', component, code) AS parts
      FROM (SELECT payment_id, instalment_id, component, code, sum(amount_cents)::bigint AS cents FROM collection
            WHERE municipality_id = %s AND instalment_id = %s GROUP BY 1, 2, 3, 4 HAVING sum(amount_cents) > 0) s
      GROUP BY payment_id, instalment_id) c
JOIN payment p ON p.id = c.payment_id
ORDER BY p.paid_at, p.id"""

_ENTRY = """
WITH e AS (
    INSERT INTO entry (municipality_id, key, kind, "on", booked_at, reverses_id)
    VALUES (%(m)s, %(key)s, %(kind)s, %(on)s, %(now)s,
        (SELECT f.id FROM entry f WHERE f.municipality_id = %(m)s AND f.key = %(reverses)s))
    RETURNING id
)
INSERT INTO posting (municipality_id, entry_id, account, amount_cents, instalment_id)
SELECT %(m)s, e.id, x.account, x.cents, x.instalment
FROM e, jsonb_to_recordset(%(postings)s::jsonb) AS x (account text, cents bigint, instalment bigint)"""

_COLLECT = """
INSERT INTO collection (municipality_id, payment_id, instalment_id, person_id, component, code, amount_cents)
SELECT %s, %s, x.instalment, i.person_id, x.component, x.code, x.cents
FROM jsonb_to_recordset(%s::jsonb) AS x (instalment bigint, component text, code text, cents bigint)
JOIN instalment i ON i.id = x.instalment"""

#: What an earlier payment left on the debt stays; the discount goes with the last of the money.
_GIVE_BACK = """
UPDATE instalment SET collected_cents = collected_cents - %(principal)s,
    discounted_cents = CASE WHEN collected_cents = %(principal)s THEN 0 ELSE discounted_cents END,
    added_collected_cents = greatest(0, added_collected_cents - %(added)s)
WHERE id = %(id)s AND collected_cents >= %(principal)s"""


def counted_on(instalment_id: int) -> list[Counted]:
    """What counts against an instalment now, payment by payment, in the order in which they were paid."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [current_municipality(), instalment_id])
        return [
            Counted(*[*row[:6], tuple((p[0], p[1], p[2]) for p in json.loads(row[6]))]) for row in cursor.fetchall()
        ]


def move(counted: Counted, source: Source, effects: Sequence[LineEffect], *, word: str, on: date, now: datetime) -> int:
    """Move what `effects` take of a payment's money to their instalments; the cents moved.

    Raises NothingMoved when one of them has less open by now: then the unit of work must not be committed.
    """
    cents = sum(effect.cash_cents for effect in effects)
    if not 0 < cents <= counted.cents or pay_instalments(effects) != {effect.instalment_id for effect in effects}:
        raise NothingMoved(counted.payment_id)
    back = _first(counted.parts, cents)
    given_back: dict[str, int] = {
        "id": source.instalment_id,
        "principal": sum(part for name, _, part in back if name == "PRINCIPAL"),
        "added": sum(part for name, _, part in back if name == "ADDED"),
    }
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, given_back)
        if cursor.rowcount != 1:
            raise NothingMoved(counted.payment_id)
    taken = LineEffect(
        instalment_id=source.instalment_id, kind="UNCERTIFIED", principal_cents=given_back["principal"],
        discount_cents=0, parts=back, added_given=False, surcharge_given=False, surcharged_months=0,
        surcharge_carried_cents=0, rev_code=source.rev_code,
    )  # fmt: skip
    out = [one | {"cents": -one["cents"]} for one in credits_of([taken])]
    _enter(counted, f"out:{word}", "REVERSAL", out, -cents, on, now)
    _enter(counted, f"in:{word}", "MOVE", credits_of(effects), cents, on, now)
    rows = [(source.instalment_id, name, code, -part) for name, code, part in back]
    rows += [(effect.instalment_id, name, code, part) for effect in effects for name, code, part in effect.parts]
    told = [dict(zip(("instalment", "component", "code", "cents"), row, strict=True)) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_COLLECT, [current_municipality(), counted.payment_id, json.dumps(told)])
    return cents


def _enter(
    counted: Counted, word: str, kind: str, postings: list[dict[str, Any]], cents: int, on: date, now: datetime
) -> None:
    """One entry: the money at the account where it waits, and what it counts for, or no longer counts for."""
    lines = [{"account": counted.clearing, "cents": cents, "instalment": None}, *postings]
    values: dict[str, Any] = {
        "m": current_municipality(), "key": f"{word}:{counted.payment_id}", "kind": kind, "on": on, "now": now,
        "reverses": f"pay:{counted.evidence_key}" if kind == "REVERSAL" else "", "postings": json.dumps(lines),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ENTRY, values)


def _first(parts: Sequence[tuple[str, str, int]], cents: int) -> tuple[tuple[str, str, int], ...]:
    """The first so many cents of some parts."""
    found = []
    for name, code, part in parts:
        if cents:
            found.append((name, code, min(part, cents)))
            cents -= min(part, cents)
    return tuple(found)

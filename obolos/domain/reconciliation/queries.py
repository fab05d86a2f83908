"""Reads for the staff of one municipality, over debts, payments, ledger and worklist. Inside that municipality's tenancy.

Searches go by equality or by range on stored, folded columns, so that indexes serve them under row-level security.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Found:
    """One thing a search found: a payer, an order or a debt, and the payer it leads to."""

    person_id: int | None
    name: str
    what: str
    order_id: int | None = None
    debts: int = 0
    open_cents: int = 0


def _rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())


def _dicts(sql: str, *values: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_DEBTOR = """
SELECT o.person_id, o.name, count(i.id) FILTER (WHERE i.open_cents > 0), coalesce(sum(i.open_cents), 0)::bigint
FROM debtor o LEFT JOIN instalment i ON i.person_id = o.person_id AND i.municipality_id = o.municipality_id
WHERE o.municipality_id = %s AND {} GROUP BY o.id ORDER BY o.name_folded LIMIT 50"""


def payers_by_afm(municipality_id: int, afm: str) -> list[Found]:
    """The debtor with that ΑΦΜ."""
    return [Found(r[0], r[1], "", None, r[2], r[3]) for r in _rows(_DEBTOR.format("o.afm = %s"), municipality_id, afm)]


def payers_by_name(municipality_id: int, folded: str) -> list[Found]:
    """Debtors whose folded name begins so, at most 50."""
    condition = "o.name_folded >= %s AND o.name_folded < %s"
    rows = _rows(_DEBTOR.format(condition), municipality_id, folded, folded + "\U0010ffff")
    return [Found(r[0], r[1], "", None, r[2], r[3]) for r in rows]


def debts_by(municipality_id: int, column: str, value: str) -> list[Found]:
    """Debts by folded ticket number, folded plate, or the ERP's own id."""
    assert column in {"ticket_folded", "plate_folded", "ext_id"}
    rows = _rows(
        f"SELECT d.person_id, o.name, d.description, coalesce(sum(i.open_cents), 0)::bigint FROM debt d "
        "JOIN debtor o ON o.id = d.debtor_id JOIN instalment i ON i.debt_id = d.id "
        f"WHERE d.municipality_id = %s AND d.{column} = %s GROUP BY d.id, o.id ORDER BY d.id LIMIT 50",
        municipality_id, value,
    )  # fmt: skip
    return [Found(r[0], r[1], r[2], None, 1, r[3]) for r in rows]


def orders_by_rf(municipality_id: int, code: str) -> list[Found]:
    """Our RF code's order, or the debts on whose notice the municipality printed the code."""
    rows = _rows(
        "SELECT o.person_id, o.payer_name, o.reference, o.id, o.amount_cents FROM rf_code r JOIN payment_order o "
        "ON o.id = r.order_id WHERE r.municipality_id = %s AND r.code = %s",
        municipality_id, code,
    )  # fmt: skip
    found = [Found(r[0], r[1], r[2], r[3], 0, r[4]) for r in rows]
    rows = _rows(
        "SELECT d.person_id, o.name, d.description, i.open_cents FROM instalment i JOIN debt d ON d.id = i.debt_id "
        "JOIN debtor o ON o.id = d.debtor_id WHERE i.municipality_id = %s AND i.rf = %s AND i.rf <> ''",
        municipality_id, code,
    )  # fmt: skip
    return found + [Found(r[0], r[1], r[2], None, 1, r[3]) for r in rows]


def orders_by_reference(municipality_id: int, reference: str) -> list[Found]:
    """The order with that printed reference."""
    rows = _rows(
        "SELECT person_id, payer_name, reference, id, amount_cents FROM payment_order WHERE municipality_id = %s "
        "AND reference = %s",
        municipality_id, reference,
    )  # fmt: skip
    return [Found(r[0], r[1], r[2], r[3], 0, r[4]) for r in rows]


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer as one municipality may see him."""

    person_id: int
    name: str
    afm: str
    email: str
    mobile: str
    debts: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    messages: list[dict[str, Any]]


def read_payer(municipality_id: int, person_id: int) -> Payer | None:
    """The payer's record, or None when he owes nothing here and never did."""
    debtor = _rows(
        "SELECT o.name, o.afm, p.email, p.mobile FROM debtor o JOIN person p ON p.id = o.person_id "
        "WHERE o.municipality_id = %s AND o.person_id = %s",
        municipality_id, person_id,
    )  # fmt: skip
    if not debtor:
        return None
    name, afm, email, mobile = debtor[0]
    return Payer(
        person_id=person_id,
        name=name,
        afm=afm,
        email=email,
        mobile=mobile,
        debts=_dicts(
            "SELECT d.ext_id, d.description, d.kind, d.rev_code, d.ticket_no, d.plate, i.number, i.of, i.due_on, "
            "i.principal_cents, i.written_off_cents, i.elsewhere_cents, i.collected_cents, i.discounted_cents, "
            "i.open_cents, i.withdrawn FROM instalment i JOIN debt d ON d.id = i.debt_id "
            "WHERE i.municipality_id = %s AND i.person_id = %s ORDER BY i.open_cents > 0 DESC, i.due_on LIMIT 500",
            municipality_id, person_id),
        orders=_dicts(
            "SELECT id, reference, means, state, amount_cents, created_at, valid_until FROM payment_order "
            "WHERE municipality_id = %s AND person_id = %s ORDER BY id DESC LIMIT 200", municipality_id, person_id),
        payments=_dicts(
            "SELECT id, order_id, channel, amount_cents, paid_at, disposition FROM payment WHERE municipality_id = %s "
            "AND person_id = %s ORDER BY paid_at DESC LIMIT 200", municipality_id, person_id),
        messages=_dicts(
            "SELECT m.channel, m.address, m.kind, m.title, m.sent_at FROM message m WHERE m.municipality_id = %s "
            "AND m.subject IN (SELECT 'order:' || id FROM payment_order WHERE municipality_id = %s AND person_id = %s "
            "UNION SELECT 'payment:' || id FROM payment WHERE municipality_id = %s AND person_id = %s) "
            "ORDER BY m.sent_at DESC LIMIT 100",
            municipality_id, municipality_id, person_id, municipality_id, person_id),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """A payment's whole story, from the order to the last delivery. Lists are in the order things happened."""

    order: dict[str, Any] | None
    lines: list[dict[str, Any]]
    attempts: list[dict[str, Any]]
    rf_codes: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    collections: list[dict[str, Any]]
    postings: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    worklist: list[dict[str, Any]]
    audit: list[dict[str, Any]]


def read_story(municipality_id: int, *, order_id: int | None = None, payment_id: int | None = None) -> Story | None:
    """The story of an order, or of a payment that has none. None when this municipality has no such thing."""
    order = None
    if order_id is not None:
        found = _dicts("SELECT * FROM payment_order WHERE municipality_id = %s AND id = %s", municipality_id, order_id)
        if not found:
            return None
        order = found[0]
        payments = _dicts(
            "SELECT * FROM payment WHERE municipality_id = %s AND order_id = %s ORDER BY id", municipality_id, order_id
        )
    else:
        payments = _dicts("SELECT * FROM payment WHERE municipality_id = %s AND id = %s", municipality_id, payment_id)
        if not payments:
            return None
    ids = [one["id"] for one in payments]
    lines = _dicts(
        "SELECT l.*, d.description, d.ext_id, d.person_id AS debtor_id, i.number, i.of FROM order_line l JOIN instalment i "
        "ON i.id = l.instalment_id JOIN debt d ON d.id = i.debt_id WHERE l.municipality_id = %s AND l.order_id = %s "
        "ORDER BY l.id", municipality_id, order_id,
    )  # fmt: skip
    for line in lines:
        line["parts"], line["quote"] = _json(line["parts"]), _json(line["quote"])
    attempts = _dicts(
        "SELECT id, reference, state, amount_cents, created_at, ticket_expires_at, next_query_at, queries, decided_at, "
        "reason, not_charged FROM payment_attempt WHERE municipality_id = %s AND order_id = %s ORDER BY id",
        municipality_id, order_id,
    )  # fmt: skip
    codes = _dicts("SELECT * FROM rf_code WHERE municipality_id = %s AND order_id = %s", municipality_id, order_id)
    return Story(
        order=order,
        lines=lines,
        attempts=attempts,
        rf_codes=codes,
        messages=_bank_messages(municipality_id, [a["id"] for a in attempts], [c["id"] for c in codes], ids),
        payments=payments,
        collections=_dicts(
            "SELECT c.*, d.description, i.number, i.of FROM collection c JOIN instalment i ON i.id = c.instalment_id "
            "JOIN debt d ON d.id = i.debt_id WHERE c.municipality_id = %s AND c.payment_id = ANY (%s::bigint[]) "
            "ORDER BY c.id", municipality_id, ids),
        postings=_dicts(
            "SELECT e.key, e.kind, e.on, e.booked_at, p.account, p.amount_cents FROM entry e JOIN posting p "
            "ON p.entry_id = e.id WHERE e.municipality_id = %s AND e.key IN (SELECT 'pay:' || evidence_key FROM payment "
            "WHERE id = ANY (%s::bigint[])) ORDER BY e.id, p.id", municipality_id, ids),
        deliveries=_dicts(
            "SELECT id, target, event, version, state, tries, created_at, due_at, done_at, answer, subject FROM delivery "
            "WHERE municipality_id = %s AND subject = ANY (%s::text[]) ORDER BY id",
            municipality_id, [f"order:{order_id}", *(f"payment:{one}" for one in ids)]),
        worklist=_dicts(
            "SELECT * FROM worklist_item WHERE municipality_id = %s AND subject = ANY (%s::text[]) ORDER BY id",
            municipality_id, [*(f"payment:{one}" for one in ids), *(f"attempt:{a['id']}" for a in attempts)]),
        audit=_dicts(
            "SELECT at, actor, actor_id, action, detail FROM audit_entry WHERE municipality_id = %s "
            "AND subject = ANY (%s::text[]) ORDER BY id",
            municipality_id, [f"order:{order_id}", *(f"payment:{one}" for one in ids)]),
    )  # fmt: skip


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _bank_messages(
    municipality_id: int, attempts: Sequence[int], codes: Sequence[int], payments: Sequence[int]
) -> list[dict[str, Any]]:
    found = _dicts(
        "SELECT m.provider, m.source, m.received_at, m.raw, m.decoded, r.verdict, r.disposition, r.reason "
        "FROM bank_result r JOIN bank_message m ON m.id = r.message_id WHERE r.municipality_id = %s "
        "AND (r.attempt_id = ANY (%s::bigint[]) OR r.rf_code_id = ANY (%s::bigint[]) "
        "OR r.payment_id = ANY (%s::bigint[])) ORDER BY m.id",
        municipality_id, list(attempts), list(codes), list(payments),
    )  # fmt: skip
    for one in found:
        one["decoded"] = _json(one["decoded"])
    return found


def open_questions(municipality_id: int) -> list[dict[str, Any]]:
    """What waits for a person, oldest first."""
    return _dicts(
        "SELECT w.id, w.kind, w.subject, w.amount_cents, w.reason, w.detail, w.opened_at, w.payment_id, p.order_id "
        "FROM worklist_item w LEFT JOIN payment p ON p.id = w.payment_id WHERE w.municipality_id = %s "
        "AND w.closed_at IS NULL ORDER BY w.opened_at LIMIT 1000",
        municipality_id,
    )


PAYMENT_COLUMNS = (
    "payment",
    "paid_at",
    "paid_on",
    "channel",
    "amount",
    "disposition",
    "reference",
    "payer",
    "bank_ref",
    "rf",
)


def payments_between(municipality_id: int, first: date, last: date) -> Iterator[tuple[Any, ...]]:
    """Payments by legal date, both included, as rows of PAYMENT_COLUMNS; amounts in cents."""
    yield from _rows(
        "SELECT p.id, p.paid_at, p.paid_on, p.channel, p.amount_cents, p.disposition, coalesce(o.reference, ''), "
        "coalesce(nullif(o.payer_name, ''), p.payer), p.bank_txn, coalesce(r.code, '') FROM payment p "
        "LEFT JOIN payment_order o ON o.id = p.order_id LEFT JOIN rf_code r ON r.id = p.rf_code_id "
        "WHERE p.municipality_id = %s AND p.paid_on BETWEEN %s AND %s ORDER BY p.paid_at, p.id",
        municipality_id, first, last,
    )  # fmt: skip


def day_sums(municipality_id: int, on: date) -> list[dict[str, Any]]:
    """What came in on a legal date, by channel."""
    return _dicts(
        "SELECT channel, count(*)::int AS payments, sum(amount_cents)::bigint AS cents FROM payment "
        "WHERE municipality_id = %s AND paid_on = %s GROUP BY channel ORDER BY channel",
        municipality_id, on,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contact:
    """Where an order's messages go, and how often they were sent again today."""

    order_id: int
    email: str
    mobile: str
    phase: str
    payment_id: int | None
    sent_again: int


def contact_of_order(municipality_id: int, order_id: int, *, since: datetime) -> Contact | None:
    """The contact on file of an order's payer: what the order holds, else what the person confirmed since."""
    rows = _rows(
        "SELECT o.id, coalesce(nullif(o.email, ''), p.email, ''), coalesce(nullif(o.mobile, ''), p.mobile, ''), o.state, "
        "(SELECT max(x.id) FROM payment x WHERE x.order_id = o.id), (SELECT count(*) FROM delivery d "
        "WHERE d.municipality_id = o.municipality_id AND d.version > 1 AND d.created_at > %s AND (d.subject = 'order:' || o.id "
        "OR d.subject IN (SELECT 'payment:' || x.id FROM payment x WHERE x.order_id = o.id))) "
        "FROM payment_order o LEFT JOIN person p ON p.id = o.person_id WHERE o.municipality_id = %s AND o.id = %s",
        since, municipality_id, order_id,
    )  # fmt: skip
    return Contact(*rows[0]) if rows else None

"""Worlds and words for crowds and victims: many debts of one payer, messages that count, and what must hold after."""

import hashlib
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from obolos.base.tenancy import tenancy
from obolos.domain.people.models import Person
from obolos.flows.demo_data.inhabitants import Inhabitant, with_check_digit
from obolos.flows.demo_data.rows import write_debts
from obolos.flows.order_status import order_view
from obolos.flows.show_debts import Chosen, debts_of
from tests.support.world import (
    ELENI,
    NOW,
    Town,
    certified,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

SOON = NOW + timedelta(minutes=2)
ORG = "99084"
EMAIL = "eleni@citizens.example"
_numbers = itertools.count(1)


def town_of(debts: int, *, cents: int = 5_000, email: str = EMAIL) -> Town:
    """A town in which Eleni owes that many debts, and wants to be written to."""
    town = make_town([certified(cents + number) for number in range(debts)])
    if email:
        write_to(town.people[ELENI], email)
    return town


def crowded_town(people: int, debts_each: int = 24) -> tuple[Town, list[int]]:
    """A town with many people who owe a few debts each, and their ids: nobody's list is long to read."""
    town = make_town([])
    numbers = [with_check_digit(f"1{number:07d}") for number in range(1, people + 1)]
    crowd = [Inhabitant(afm, "Ζήσης Γεώργιος", "N", ("9084",)) for afm in numbers]
    owed = [certified(5_000 + number, afm=afm) for afm in numbers for number in range(debts_each)]
    with tenancy(municipality=town.id):
        write_debts(random.Random(2), crowd, owed, on=NOW.date(), now=NOW)
    ids = rows(town, "SELECT person_id FROM debtor WHERE afm = ANY (%s::text[]) ORDER BY 1", numbers)
    return town, [person for (person,) in ids]


def write_to(person: int, email: str) -> None:
    """Let a person be written to."""
    with tenancy(person=person):
        Person.objects.filter(id=person).update(email=email)


def debts_in(town: Town, person: int = 0) -> list[Chosen]:
    """Every open debt of Eleni, or of another, as a choice of its own."""
    view = debts_of(person or town.people[ELENI], now=NOW)
    return [Chosen(row.instalment_id) for group in view.groups for row in group.rows]


def card_order(town: Town, *chosen: Chosen, person: int = 0) -> str:
    """An order of Eleni's by card; needs a bank that is ready."""
    return order_by_card(person or town.people[ELENI], chosen)


def rf_order(town: Town, *chosen: Chosen, person: int = 0) -> tuple[str, str, int]:
    """An order of Eleni's by RF: public id, code, cents."""
    order = order_by_rf(person or town.people[ELENI], chosen)
    view = order_view(order, now=NOW)
    return order, view.rf, view.amount_cents


def paid_return(town: Town, order: str) -> dict[str, str]:
    """The bank's signed «paid» for an order, with numbers of its own."""
    number = f"{next(_numbers):07d}"
    return signed_return(reference_of(town, order), SupportReferenceID=number, TransactionId=number)


def declined_return(town: Town, order: str) -> dict[str, str]:
    """The bank's signed «declined» for an order."""
    number = f"{next(_numbers):07d}"
    return signed_return(
        reference_of(town, order), StatusFlag="Failure", ResponseCode="12", ApprovalCode="", SupportReferenceID=number,
        TransactionId=number,
    )  # fmt: skip


def question(*payments: tuple[str, int]) -> dict[str, Any]:
    """DIAS' question about payments (RF code, cents) in its own JSON, as `answer_online` takes it."""
    payload = [
        {
            "RID": f"R{number}", "ActorID": ORG, "TransactionID": f"T{number}", "RI_MID": rf,
            "PaidAmount": f"{cents // 100}.{cents % 100:02d}", "PaymentDtTm": NOW.isoformat(),
            "DebtorName": "ΜΑΡΚΑΚΗ ΕΛΕΝΗ",
        }
        for (rf, cents), number in zip(payments, _numbers, strict=False)
    ]  # fmt: skip
    return {
        "request": {"Env": "TEST", "MsgType": "DPG_ONRequest", "IncomingPayments": payload},
        "user": "dias-9084",
        "password": "demo-dias-9084",
    }


def day_file(*payments: tuple[str, int], txn: Sequence[str] = ()) -> dict[str, str]:
    """A day file of payments (RF code, cents) with a number of its own, as `take_day_file` takes it."""
    sequence, day = next(_numbers), NOW.date()
    lines = [
        f"F{sequence}-{row};{txn[row] if txn else f'FT{sequence}-{row}'};{rf};{cents // 100}.{cents % 100:02d};"
        f"{day}T12:00:00+02:00;PIRBGRAA;ΜΑΡΚΑΚΗ ΕΛΕΝΗ;\n"
        for row, (rf, cents) in enumerate(payments)
    ]
    body = f"H;1;{ORG};{day};{sequence}\n" + "".join(lines)
    total = sum(cents for _, cents in payments)
    trailer = f"T;{len(lines)};{total // 100}.{total % 100:02d};{hashlib.sha256(body.encode()).hexdigest()}\n"
    return {"content": body + trailer, "name": f"DIAS_{ORG}_{day:%Y%m%d}_{sequence}.csv"}


def debts_file(folder: Path, sequence: int, versions: Sequence[tuple[str, int, int]]) -> Path:
    """A delta of the municipality's system: new versions (ext_id, version, principal in cents) of Eleni's debts."""
    parts = [
        f"{ext_id};{version};{ELENI};Μαρκάκη Ελένη;N;CERTIFIED;00.0311.0001;00.0311.0001;2026;1;1;1/2026;δοκιμή;"
        f"2026-01-10;2026-12-15;1;1;{cents // 100}.{cents % 100:02d};;;;0.00;0.00;;;;\n"
        for ext_id, version, cents in versions
    ]
    body = f"H;1;9084;DELTA;*;{sequence};{NOW.isoformat()}\n" + "".join(parts)
    total = sum(cents for _, _, cents in versions)
    trailer = f"T;{len(parts)};{total // 100}.{total % 100:02d};{hashlib.sha256(body.encode()).hexdigest()}\n"
    path = folder / f"9084_DEBTS_{NOW:%Y%m%d}_{sequence}.csv"
    path.write_text(body + trailer)
    return path


def booked(town: Town, order: str) -> tuple[int, int, int]:
    """(payments of an order, their entries, their deliveries to the ERP)."""
    payments = "FROM payment p JOIN payment_order o ON o.id = p.order_id"
    return (
        one(town, f"SELECT count(*) {payments} WHERE o.public_id = %s", order),
        one(town, f"SELECT count(*) {payments} JOIN entry e ON e.key = 'pay:' || p.evidence_key "
                  "WHERE o.public_id = %s", order),
        one(town, f"SELECT count(*) {payments} JOIN delivery d ON d.subject = 'payment:' || p.id AND d.target = 'ERP' "
                  "WHERE o.public_id = %s", order),
    )  # fmt: skip


def dispositions(town: Town, *orders: str) -> list[str]:
    """What became of the money of some orders, payment by payment, sorted."""
    with tenancy(municipality=town.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.disposition FROM payment p JOIN payment_order o ON o.id = p.order_id "
            "WHERE o.public_id = ANY (%s::text[]) ORDER BY 1",
            [list(orders)],
        )
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def another_session(town: Town) -> Iterator[psycopg.Cursor[Any]]:
    """A second connection as the application, in the town's context, rolled back at the end."""
    options = settings.DATABASES["default"]
    with psycopg.connect(
        host=options["HOST"], port=options["PORT"], user=options["USER"], password=options["PASSWORD"],
        dbname=options["NAME"],
    ) as raw, raw.cursor() as cursor:  # fmt: skip
        cursor.execute("SELECT set_config('obolos.municipality', %s, true)", [str(town.id)])
        yield cursor
        raw.rollback()


def until_somebody_waits(cursor: psycopg.Cursor[Any]) -> None:
    """Return when another session of this database waits for a lock; AssertionError when none does."""
    deadline = time.monotonic() + 10
    pause = threading.Event()
    while time.monotonic() < deadline:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
        if cursor.fetchone() != (0,):
            return
        pause.wait(0.01)
    raise AssertionError("nobody waits for a lock")


def as_json(value: Any) -> str:
    """A stable text of a value, to compare many answers."""
    return json.dumps(value, sort_keys=True, default=str)

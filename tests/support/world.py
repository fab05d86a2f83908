"""A small world for flow tests: municipalities made ready, people with debts, and a bank's signed answers.

The bank's hash is computed here anew, from the protocol, not with the product's own code.
"""

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from django.db import connection

from obolos.adapters.banks.contract import Started
from obolos.adapters.banks.piraeus import Piraeus
from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.models import Municipality
from obolos.flows.demo_data import SIGNED
from obolos.flows.demo_data.inhabitants import Inhabitant
from obolos.flows.demo_data.places import PLACES, SWITCHES, accounts_of
from obolos.flows.demo_data.rows import write_debts
from obolos.flows.demo_data.shapes import DemoDebt, Part
from obolos.flows.enrol import enrol
from obolos.flows.pay import pay_by_card, pay_by_rf, rf_legs
from obolos.flows.show_debts import Chosen, Payer, basket_of, debts_of

TICKET = "4236ece6142b4639925eb6f80217122f"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ELENI, GIORGOS = "038836853", "123456783"


@dataclass(frozen=True)
class Town:
    """A municipality that is ready, and its people by ΑΦΜ."""

    id: int
    code: str
    people: dict[str, int]


def make_town(
    debts: Sequence[DemoDebt], *, code: str = "9084", now: datetime = NOW, sandbox_url: str = "http://127.0.0.1:9"
) -> Town:
    """Enrol one municipality and write debts of Eleni and Giorgos in it."""
    place = next(place for place in PLACES if place.municipality.code == code)
    known = Municipality.objects.filter(code=code).values_list("id", flat=True).first()
    town = known or enrol(
        place.municipality, accounts=accounts_of(code, sandbox_url), signed=SIGNED, switches=SWITCHES, now=now
    )
    people = [Inhabitant(ELENI, "Μαρκάκη Ελένη", "N", (code,)), Inhabitant(GIORGOS, "Ζήσης Γεώργιος", "N", (code,))]
    with tenancy(municipality=town):
        write_debts(Random(1), people, debts, on=athens_date(now), now=now)
        with connection.cursor() as cursor:
            cursor.execute("SELECT afm, person_id FROM debtor")
            ids = dict(cursor.fetchall())
    return Town(town, code, ids)


def certified(
    cents: int, due_on: date = date(2026, 12, 15), *, rev_code: str = "00.0311.0001", afm: str = ELENI, code: str = "9084",
    parts: Sequence[Part] = (),
) -> DemoDebt:  # fmt: skip
    """A certified debt, in one part unless given."""
    return DemoDebt(
        code=code, afm=afm, kind="CERTIFIED", rev_code=rev_code, year=2026, detail="δοκιμή",
        parts=tuple(parts) or (Part(due_on, cents),), certified_on=date(2026, 1, 10),
    )  # fmt: skip


def fine(cents: int, *, violation_on: date = date(2026, 11, 1), afm: str = ELENI, code: str = "9084") -> DemoDebt:
    """An uncertified traffic fine."""
    return DemoDebt(
        code=code, afm=afm, kind="UNCERTIFIED", rev_code="00.1512.0001", year=2026, detail="κλήση",
        parts=(Part(violation_on + timedelta(days=60), cents),), violation_on=violation_on, ticket_no="2026-1",
        plate="ΙΝΑ-1234",
    )  # fmt: skip


def everything(person_id: int, now: datetime = NOW) -> list[Chosen]:
    """All a person may pay, whole."""
    view = debts_of(person_id, now=now)
    return [
        Chosen(row.instalment_id) for group in view.groups for row in group.rows if row.blocked in {"", "PREVIOUS_INSTALMENT"}
    ]  # fmt: skip


def order_by_card(person_id: int, chosen: Sequence[Chosen] = (), *, now: datetime = NOW, token: str = "") -> str:
    """An order and an attempt at the bank, on purpose even beside another one; needs `bank_says_ready`."""
    picked = list(chosen) or everything(person_id, now)
    basket = basket_of(debts_of(person_id, now=now), picked, now=now)
    return pay_by_card(
        payer=Payer(person_id=person_id), chosen=picked, expected_cents=basket.legs[0].amount_cents,
        form_token=token or uuid.uuid4().hex, language="el", visit="v",
        told=[line.row.in_progress for line in basket.legs[0].lines], now=now,
    )  # fmt: skip


def order_by_rf(person_id: int, chosen: Sequence[Chosen] = (), *, now: datetime = NOW) -> str:
    """An order with an RF code."""
    picked = list(chosen) or everything(person_id, now)
    basket = basket_of(debts_of(person_id, now=now), picked, now=now)
    return pay_by_rf(
        payer=Payer(person_id=person_id), chosen=picked, expected_cents=sum(leg.amount_cents for leg in rf_legs(basket)),
        form_token=uuid.uuid4().hex, language="el", visit="v", now=now,
    )  # fmt: skip


def bank_says_ready(monkeypatch: Any) -> None:
    """The bank gives its ticket without being asked over the network."""
    monkeypatch.setattr(Piraeus, "start", lambda self, account, charge: Started(TICKET, 1800))


def rows(town: Town, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of a query in the town's context."""
    with tenancy(municipality=town.id), connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())


def one(town: Town, sql: str, *values: Any) -> Any:
    """The single value of a query in the town's context."""
    return rows(town, sql, *values)[0][0]


def reference_of(town: Town, public_id: str) -> str:
    """The attempt reference of an order."""
    return str(
        one(
            town,
            "SELECT a.reference FROM payment_attempt a JOIN payment_order o ON o.id = a.order_id WHERE o.public_id = %s",
            public_id,
        )
    )


def signed_return(reference: str, code: str = "9084", **changes: str) -> dict[str, str]:
    """A post-back of Piraeus as its manual describes it, with the HMAC over the eleven signed values."""
    values = {
        "SupportReferenceID": "0364629", "ResultCode": "0", "ResultDescription": "", "StatusFlag": "Success",
        "ResponseCode": "00", "ResponseDescription": "Approved", "LanguageCode": "el-GR", "MerchantReference": reference,
        "TransactionDateTime": "22/11/2026 12:00:05", "TransactionId": "77001", "CardType": "1", "PackageNo": "0001",
        "ApprovalCode": "389700", "RetrievalRef": "1", "AuthStatus": "01", "Parameters": "", "PaymentMethod": "CARD",
    } | changes  # fmt: skip
    signed = [
        TICKET, f"99{code}", "14", reference, values["ApprovalCode"], values["Parameters"], values["ResponseCode"],
        values["SupportReferenceID"], values["AuthStatus"], values["PackageNo"], values["StatusFlag"],
    ]  # fmt: skip
    digest = hmac.new(TICKET.encode(), ";".join(signed).encode(), hashlib.sha256)
    return values | {"HashKey": digest.hexdigest().upper()}


def counts(town: Town) -> dict[str, int]:
    """Rows of every table that money touches: equal before and after means nothing was written."""
    tables = (
        "payment_order", "order_line", "payment_attempt", "rf_code", "bank_message", "bank_result", "payment", "collection",
        "entry", "posting", "delivery", "worklist_item", "audit_entry", "funnel_event",
    )  # fmt: skip
    return {table: one(town, f"SELECT count(*) FROM {table}") for table in tables}


def broken_proofs() -> list[str]:
    """Every invariant that does not hold, with its first breach."""
    from obolos.flows.prove import prove

    return [f"{one.proof}: {one.breaches[0]}" for one in prove() if one.breaches]

"""Telling the ERP and the payer: at least once on the wire, once in effect, and money never waits for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from obolos.adapters.erp.client import ErpAnswer, ErpClient, ErpStatus, ErpUnavailable
from obolos.adapters.messaging.views import BadMessage, EmailView, NotSent, SmsView
from obolos.base.tenancy import current, tenancy
from obolos.domain.payments.models import MerchantAccount
from obolos.domain.people.models import Person
from obolos.flows import deliver
from obolos.flows.deliver import GIVE_UP, LEASE, deliver_due, wait_after
from obolos.flows.doctor import Level
from obolos.flows.doctor.municipalities import examine_municipalities
from obolos.flows.hear_bank import hear_return
from obolos.flows.order_status import order_view
from obolos.flows.show_debts import Chosen
from obolos.flows.worklist import worklist
from tests.support.world import (
    ELENI,
    NOW,
    Town,
    bank_says_ready,
    broken_proofs,
    certified,
    everything,
    fine,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
SOON = NOW + timedelta(minutes=2)


@dataclass
class Outside:
    """The ERP, the mail server and the SMS gateway: what they were told, and how they take it."""

    payments: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    letters: list[EmailView] = field(default_factory=list)
    texts: list[SmsView] = field(default_factory=list)
    erp: Callable[[str], ErpAnswer] = lambda _key: ErpAnswer(ErpStatus.POSTED, "A-17", "", "{}")
    channel: Callable[[], None] = lambda: None

    def post(self, payload: dict[str, Any], idempotency_key: str) -> ErpAnswer:
        assert current() is None, "spoken to inside a transaction"
        self.payments.append((idempotency_key, dict(payload)))
        return self.erp(idempotency_key)

    def mail(self, view: EmailView, sender: str) -> None:
        assert current() is None, "spoken to inside a transaction"
        self.channel()
        self.letters.append(view)

    def sms(self, view: SmsView, gateway: object) -> None:
        assert current() is None, "spoken to inside a transaction"
        self.channel()
        self.texts.append(view)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Outside:
    bank_says_ready(monkeypatch)
    found = Outside()
    monkeypatch.setattr(ErpClient, "post_payment", found.post)
    monkeypatch.setattr(deliver, "send_email", found.mail)
    monkeypatch.setattr(deliver, "send_sms", found.sms)
    return found


def failing(error: Exception) -> Callable[[], Any]:
    """An outside that fails so."""

    def fail(*_words: object) -> Any:
        raise error

    return fail


def contacts(town: Town, *, email: str = "", mobile: str = "") -> None:
    """What Eleni confirmed."""
    with tenancy(person=town.people[ELENI]):
        Person.objects.filter(id=town.people[ELENI]).update(email=email, mobile=mobile)


def paid(town: Town, *chosen: Chosen, **changes: str) -> str:
    """An order that was paid by card."""
    order = order_by_card(town.people[ELENI], chosen or everything(town.people[ELENI]))
    hear_return("PIRAEUS", signed_return(reference_of(town, order), town.code, **changes), now=SOON)
    return order


def states(town: Town) -> list[tuple[Any, ...]]:
    """Target, event, state and tries of every delivery, in order."""
    return rows(town, "SELECT target, event, state, tries FROM delivery ORDER BY id")


def test_the_erp_is_told_a_payment_line_by_line_in_cents_and_its_word_is_kept(outside: Outside) -> None:
    town = make_town([certified(18_000, date(2026, 9, 30)), fine(3_000)])
    paid(town)
    assert deliver_due(now=SOON) == 1
    ((key, told),) = outside.payments
    payment = one(town, "SELECT id FROM payment")
    assert f"payment-{payment}-" in key.replace(":", "-")
    assert {(line["component"], line["rev_code"], line["amount"]) for line in told["lines"]} == {
        ("PRINCIPAL", "00.0311.0001", 18_000), ("SURCHARGE", "00.1511.0001", 263), ("PRINCIPAL", "00.1512.0001", 3_000),
    }  # fmt: skip
    assert sum(line["amount"] for line in told["lines"]) == one(town, "SELECT amount_cents FROM payment") == 21_263
    assert {line["ext_id"] for line in told["lines"]} == {"9084-D000001", "9084-D000002"}
    assert (told["channel"], told["rf"], told["value_date"]) == ("CARD", None, "2026-11-22")
    assert told["bank_ref"] == one(town, "SELECT reference FROM payment_attempt")
    assert states(town) == [("ERP", "PAID", "SENT", 1)]
    assert one(town, "SELECT answer ->> 'receipt_no' FROM delivery") == "A-17"
    assert one(town, "SELECT erp_acked_at FROM payment") == SOON
    assert deliver_due(now=SOON + timedelta(days=1)) == 0


def test_an_erp_that_is_down_hears_the_same_words_under_the_same_key_later(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    paid(town)
    outside.erp = failing(ErpUnavailable("timed out"))
    assert deliver_due(now=SOON) == 1
    assert states(town) == [("ERP", "PAID", "PENDING", 1)]
    assert one(town, "SELECT erp_acked_at FROM payment") is None
    assert deliver_due(now=SOON + timedelta(seconds=5)) == 0
    # Meanwhile the world goes on; the words were fixed at the first try.
    with tenancy(municipality=town.id):
        from obolos.domain.payments.models import Payment

        Payment.objects.update(bank_txn="told later", payer="ΑΛΛΟΣ")
    outside.erp = Outside.erp
    assert deliver_due(now=SOON + timedelta(seconds=20)) == 1
    assert outside.payments[0] == outside.payments[1]
    assert states(town) == [("ERP", "PAID", "SENT", 2)]
    assert one(town, "SELECT erp_acked_at FROM payment") == SOON + timedelta(seconds=20)
    assert broken_proofs() == []


def test_an_erp_that_takes_its_time_has_acknowledged(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    paid(town)
    outside.erp = lambda _key: ErpAnswer(ErpStatus.PENDING, None, "", "{}")
    deliver_due(now=SOON)
    assert states(town) == [("ERP", "PAID", "SENT", 1)]
    assert one(town, "SELECT erp_acked_at IS NOT NULL FROM payment")


def test_an_erp_that_refuses_makes_a_question_for_a_person_and_is_not_asked_again(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    paid(town)
    outside.erp = lambda _key: ErpAnswer(ErpStatus.REFUSED, None, "closed year", "{}")
    deliver_due(now=SOON)
    assert states(town) == [("ERP", "PAID", "REFUSED", 1)]
    payment = one(town, "SELECT id FROM payment")
    assert rows(town, "SELECT kind, subject, amount_cents, detail ->> 'reason' FROM worklist_item") == [
        ("ERP_REFUSED", f"payment:{payment}", 0, "closed year")
    ]
    assert one(town, "SELECT erp_acked_at FROM payment") is None
    assert deliver_due(now=SOON + timedelta(days=40)) == 0
    assert broken_proofs() == []


def test_after_thirty_days_of_silence_it_is_parked_and_a_person_is_asked(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    paid(town)
    outside.erp = failing(ErpUnavailable("no route"))
    now, tries = SOON, 0
    while states(town)[0][2] == "PENDING":
        tries += deliver_due(now=now)
        now += timedelta(hours=4)
    assert now - SOON > GIVE_UP
    assert 60 < tries < 200
    assert rows(town, "SELECT kind, reason FROM worklist_item") == [("ERP_REFUSED", "PARKED")]


def test_a_payer_gets_the_proof_by_e_mail_once_and_we_remember_what_we_wrote(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    contacts(town, email="eleni@citizens.example", mobile="+306900000001")
    order = paid(town)
    deliver_due(now=SOON)
    (letter,) = outside.letters
    assert (letter.to, letter.language) == ("eleni@citizens.example", "el")
    assert letter.button
    assert letter.button.url.endswith(f"/pay/{order}/")
    assert "50,00" in letter.lead
    (pdf,) = [one for one in letter.attachments if one.media_type == "application/pdf"]
    assert pdf.content.startswith(b"%PDF-1.")
    assert outside.texts == []  # the address is enough
    assert rows(town, "SELECT channel, address, kind FROM message") == [("email", "eleni@citizens.example", "PAID")]
    assert states(town) == [("ERP", "PAID", "SENT", 1), ("PAYER_EMAIL", "PAID", "SENT", 1)]
    assert deliver_due(now=SOON + timedelta(days=1)) == 0


def test_a_payer_with_a_mobile_only_gets_a_text_in_capitals_without_a_link(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    contacts(town, mobile="+306900000001")
    paid(town)
    deliver_due(now=SOON)
    (text,) = outside.texts
    assert text.to == "+306900000001"
    assert "50,00" in text.text
    assert "http" not in text.text
    words, _, domain = text.text.rpartition(" ")
    assert words.upper() == words
    assert domain.startswith("localhost")
    assert len(text.text) <= 160
    assert outside.letters == []


def test_an_rf_code_goes_to_both_contacts_with_its_amount_and_last_day(outside: Outside) -> None:
    town = make_town([certified(50_000, date(2026, 9, 30))])
    contacts(town, email="eleni@citizens.example", mobile="+306900000001")
    order_by_rf(town.people[ELENI])
    code = one(town, "SELECT code FROM rf_code")
    deliver_due(now=SOON)
    (letter,), (text,) = outside.letters, outside.texts
    said = f"{letter.lead} {letter.rows} {letter.paragraphs}".replace(" ", "").replace("\u00a0", "")
    assert code in said
    assert "507,30" in said
    assert [one.media_type.partition(";")[0] for one in letter.attachments] == ["text/calendar"]
    assert code in text.text.replace(" ", "")
    assert "507,30" in text.text
    assert outside.payments == []


def test_a_channel_that_is_down_touches_no_money_and_is_tried_again(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    contacts(town, email="eleni@citizens.example")
    paid(town)
    outside.channel = failing(NotSent("connection refused"))
    deliver_due(now=SOON)
    assert states(town) == [("ERP", "PAID", "SENT", 1), ("PAYER_EMAIL", "PAID", "PENDING", 1)]
    assert one(town, "SELECT count(*) FROM message") == 0
    assert one(town, "SELECT disposition FROM payment") == "APPLIED"
    outside.channel = Outside.channel
    deliver_due(now=SOON + timedelta(minutes=1))
    assert len(outside.letters) == 1
    assert states(town)[1] == ("PAYER_EMAIL", "PAID", "SENT", 2)


@pytest.mark.parametrize("error", [NotSent("no such user", retry=False), BadMessage("two parts")])
def test_what_can_never_be_sent_is_not_tried_for_ever(outside: Outside, error: Exception) -> None:
    town = make_town([certified(5_000)])
    contacts(town, mobile="+306900000001")
    paid(town)
    outside.channel = failing(error)
    deliver_due(now=SOON)
    assert states(town)[1] == ("PAYER_SMS", "PAID", "REFUSED", 1)
    assert deliver_due(now=SOON + timedelta(days=1)) == 0


def test_what_happened_first_is_told_first_wherever_its_row_lies(outside: Outside) -> None:
    town = make_town([certified(5_000), certified(6_000), certified(7_000)])
    for number, row in enumerate(everything(town.people[ELENI])):
        paid(town, row, SupportReferenceID=f"10{number}")
    payments = [f"obolos-{town.id}-erp-payment-{number}-paid-1" for (number,) in rows(town, "SELECT id FROM payment")]
    # Written anew, the first lies behind the others. A large table is read as it lies, which a small one is made to be.
    sql = "UPDATE delivery SET due_at = due_at + interval '1 second' WHERE id = (SELECT min(id) FROM delivery)"
    assert len(rows(town, sql + " RETURNING id")) == 1
    as_it_lies = (
        "SELECT set_config('enable_' || way, %s, false) FROM unnest('{nestloop,mergejoin,indexscan}'::text[]) way"
    )
    try:
        rows(town, as_it_lies, "off")
        assert deliver_due(now=SOON + timedelta(minutes=1)) == 3
    finally:
        rows(town, as_it_lies, "on")
    assert [key for key, _ in outside.payments] == sorted(payments)


def test_a_fault_of_ours_in_one_delivery_holds_up_no_other(outside: Outside) -> None:
    here = make_town([certified(5_000), certified(6_000)])
    there = make_town([certified(7_000, code="9083")], code="9083")
    mine = everything(here.people[ELENI])
    by_town = {row: one(here, "SELECT count(*) FROM instalment WHERE id = %s", row.instalment_id) for row in mine}
    for number, row in enumerate(row for row in mine if by_town[row]):
        paid(here, row, SupportReferenceID=f"10{number}")
    paid(there, *[row for row in mine if not by_town[row]])
    broken: list[str] = []

    def trip(key: str) -> ErpAnswer:
        if not broken:
            broken.append(key)
        if key in broken:
            raise ZeroDivisionError("our own fault")
        return Outside.erp(key)

    outside.erp = trip
    assert deliver_due(now=SOON) == 3
    assert sorted(state for town in (here, there) for _, _, state, _ in states(town)) == ["PENDING", "SENT", "SENT"]
    outside.erp = Outside.erp
    assert deliver_due(now=SOON + timedelta(minutes=1)) == 1
    assert {state for town in (here, there) for _, _, state, _ in states(town)} == {"SENT"}


def test_a_fault_of_ours_is_asked_about_at_once_until_it_is_mended(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    contacts(town, email="eleni@citizens.example")
    paid(town)
    outside.channel = failing(ValueError("a fault"))
    outside.erp = failing(ValueError("another"))
    asked = (
        "SELECT subject, reason, detail ->> 'target' FROM worklist_item WHERE kind = 'NOT_DELIVERED' AND closed_at {}"
    )
    for later in (0, 1):
        deliver_due(now=SOON + timedelta(minutes=later))
        assert rows(town, asked.format("IS NULL")) == [
            (f"payment:{one(town, 'SELECT id FROM payment')}", "INTERNAL_ERROR", "ERP")
        ]
    (question,) = [row for row in worklist(municipality_id=town.id).questions if row.kind == "NOT_DELIVERED"]
    assert question.order_id == one(town, "SELECT id FROM payment_order")
    assert [found.says for found in examine_municipalities(now=SOON) if found.level is Level.ERROR] == [
        "deliveries that a fault of ours holds back: 2"
    ]
    outside.erp = Outside.erp
    deliver_due(now=SOON + timedelta(minutes=5))
    assert len(rows(town, asked.format("IS NULL"))) == 1
    outside.channel = Outside.channel
    deliver_due(now=SOON + timedelta(minutes=15))
    assert rows(town, asked.format("IS NULL")) == []
    assert len(rows(town, asked.format("IS NOT NULL"))) == 1
    assert [state for _, _, state, _ in states(town)] == ["SENT", "SENT"]


def test_a_code_that_cannot_be_told_leads_to_its_order(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    contacts(town, mobile="+306900000001")
    order_by_rf(town.people[ELENI])
    outside.channel = failing(ValueError("a fault"))
    deliver_due(now=SOON)
    (question,) = worklist(municipality_id=town.id).questions
    assert (question.kind, question.order_id) == ("NOT_DELIVERED", one(town, "SELECT id FROM payment_order"))


def test_money_that_counted_for_nothing_is_told_to_the_payer_and_not_to_the_erp(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    contacts(town, email="eleni@citizens.example")
    chosen = everything(town.people[ELENI])
    orders = [order_by_card(town.people[ELENI], chosen) for _ in range(2)]
    for number, order in enumerate(orders):
        hear_return("PIRAEUS", signed_return(reference_of(town, order), SupportReferenceID=str(number)), now=SOON)
    assert [row[:2] for row in states(town)] == [("ERP", "PAID"), ("PAYER_EMAIL", "PAID"), ("PAYER_EMAIL", "PAID")]
    deliver_due(now=SOON)
    assert len(outside.payments) == 1
    counted, uncounted = sorted(outside.letters, key=lambda letter: len(letter.rows), reverse=True)
    title = order_view(orders[0], now=SOON).lines[0].title_el
    assert title in dict(counted.rows).values()
    assert counted.heading == "Η πληρωμή ολοκληρώθηκε"
    assert title not in dict(uncounted.rows).values()
    assert uncounted.heading == "Λάβαμε την πληρωμή σας"
    assert any("Μην πληρώσετε ξανά" in words for words in uncounted.paragraphs)
    assert not any("Δεν χρειάζεται άλλη ενέργεια" in words for words in uncounted.paragraphs)
    assert all(letter.attachments for letter in outside.letters)


def test_what_a_dead_worker_claimed_comes_back_when_its_lease_is_over(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    paid(town)
    assert len(deliver._claim(town.id, SOON)) == 1
    assert deliver_due(now=SOON + LEASE - timedelta(seconds=1)) == 0
    assert deliver_due(now=SOON + LEASE) == 1
    assert states(town) == [("ERP", "PAID", "SENT", 2)]


def test_a_worker_that_was_overtaken_takes_back_nothing(outside: Outside) -> None:
    """One hangs past its lease, another tells in its place; then the first comes back with a failure."""
    town = make_town([certified(5_000)])
    paid(town)
    (slow,) = deliver._claim(town.id, SOON)
    assert deliver_due(now=SOON + LEASE) == 1
    for late in ("PENDING", "REFUSED"):
        deliver._finish(slow, deliver._Ending(late, {"error": "timed out"}), SOON + LEASE)
    assert states(town) == [("ERP", "PAID", "SENT", 2)]
    assert one(town, "SELECT count(*) FROM worklist_item") == 0
    assert one(town, "SELECT answer ->> 'receipt_no' FROM delivery") == "A-17"


def test_without_an_erp_account_it_waits_for_one(outside: Outside) -> None:
    town = make_town([certified(5_000)])
    paid(town)
    with tenancy(municipality=town.id):
        MerchantAccount.objects.filter(bank="ERP").update(active=False)
    deliver_due(now=SOON)
    assert outside.payments == []
    assert states(town) == [("ERP", "PAID", "PENDING", 1)]
    with tenancy(municipality=town.id):
        MerchantAccount.objects.filter(bank="ERP").update(active=True)
    deliver_due(now=SOON + timedelta(minutes=1))
    assert states(town) == [("ERP", "PAID", "SENT", 2)]


def test_waiting_doubles_from_fifteen_seconds_to_eight_hours_between_half_and_whole() -> None:
    assert [wait_after(tries, 1.0) for tries in (1, 2, 3)] == [timedelta(seconds=s) for s in (15, 30, 60)]
    assert wait_after(1, 0.0) == timedelta(seconds=7.5)
    assert wait_after(12, 1.0) == wait_after(10_000, 1.0) == timedelta(hours=8)
    assert wait_after(10_000, 0.0) == timedelta(hours=4)

"""A municipality in which everything has happened once, to a person of its own: what isolation and catalogue tests need.

Whatever would give its people away is collected in `secrets`: none of it may ever reach anybody else.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random

from obolos.adapters.dias.online import IncomingPayment, OnlineRequest
from obolos.base.tenancy import tenancy
from obolos.domain.clearances.actions import NewClearance, issue_clearance
from obolos.domain.messages.models import Message
from obolos.domain.notices.actions import pay_codes_for
from obolos.domain.notices.batches import Choice
from obolos.domain.offerings.models import CertificateKind
from obolos.domain.people.models import ContactCode, Person, Role
from obolos.domain.reminders.actions import NewReminder, add_reminder, save_policy
from obolos.domain.reminders.models import Arm
from obolos.domain.reminders.queries import policy_of
from obolos.flows.admit_staff import NewStaff, admit_staff
from obolos.flows.demo_data.inhabitants import Inhabitant, with_check_digit
from obolos.flows.demo_data.rows import write_debts
from obolos.flows.demo_data.shapes import DemoDebt, Part
from obolos.flows.dias import answer_online, take_day_file
from obolos.flows.dress_door import BrandingText, dress, publish
from obolos.flows.guest import CODE, Held
from obolos.flows.hear_bank import hear_return
from obolos.flows.import_debts import import_file
from obolos.flows.inquire import inquire
from obolos.flows.issue_certificates import issue
from obolos.flows.match_slips import match_slips
from obolos.flows.notice_batches import plan_of, run_batches, start_notices
from obolos.flows.notices import make_notice
from obolos.flows.order_status import order_view
from obolos.flows.return_places import return_places
from obolos.flows.sell import sell_certificate
from obolos.flows.show_debts import Chosen, debts_of
from obolos.flows.slips import find_slip, make_pad, slip_kinds
from tests.support.pictures import png
from tests.support.sales import buy, buyer, make_certificate, make_event
from tests.support.world import (
    NOW,
    Town,
    certified,
    make_town,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

SOON = NOW + timedelta(minutes=2)


@dataclass(frozen=True)
class LivedIn:
    """A municipality with one debtor of its own, orders of every kind by name, staff by role."""

    town: Town
    person: int
    afm: str
    orders: dict[str, str]
    staff: dict[str, int]
    secrets: tuple[str, ...]


def live_in(code: str, name: str, *, folder: Path) -> LivedIn:
    """Let it all happen in the municipality `code` to a person of that name. Needs a bank that is ready."""
    town = make_town([], code=code)
    afm = with_check_digit(f"1{code}{len(name):03d}")
    person = _debts(town, afm, name)
    email, mobile = f"p{code}@citizens.example", f"+30690000{code}"
    with tenancy(person=person):
        Person.objects.filter(id=person).update(email=email, mobile=mobile, name=name, seen_at=NOW)
        ContactCode.objects.create(
            person_id=person, channel="email", address=email, code_hash="0" * 64, created_at=NOW,
            expires_at=NOW + timedelta(minutes=10),
        )  # fmt: skip
    view = debts_of(person, now=NOW)
    free = iter([Chosen(row.instalment_id) for group in view.groups for row in group.rows])
    orders = _orders(town, person, free)
    _dias(town, code, orders)
    _files(town, code, afm, name, folder)
    _door(town)
    _clearance(town, person, afm, name)
    _held(town, code)
    _sales(town, code)
    _paper(town, afm, code, folder)
    with tenancy(municipality=town.id):
        save_policy(policy_of())
        owed = [row.instalment_id for group in view.groups for row in group.rows][-1:]
        add_reminder(NewReminder(person, NOW.date(), -7, "EMAIL", Arm.TOLD, owed, amount_cents=100), now=NOW)
        Message.objects.create(
            municipality_id=town.id, channel="email", address=email, kind="PAID", subject="payment:1", title="Απόδειξη",
            text=f"{name}: πληρώθηκε", sent_at=NOW,
        )  # fmt: skip
    staff = {
        role: admit_staff(
            town.id, NewStaff(f"{role.lower()}-of-{code}", f"Υπάλληλος {code}", role, "!", "JBSWY3DPEHPK3PXP"), now=NOW
        )
        for role in Role
    }
    secrets = [afm, name, email, mobile.removeprefix("+30"), f"ΚΡΦ{code}", f"ΜΥΣΤ-{code}", f"κρυφή οδός {code}"]
    secrets += [f"buyer{code}@citizens.example", f"κρυφή αίτηση {code}"]
    secrets += [f"driver{code}@citizens.example", f"κρυφό μήνυμα {code}"]
    for sql in (
        "SELECT reference FROM payment_order",
        "SELECT public_id FROM payment_order",
        "SELECT reference FROM payment_attempt",
        "SELECT public_id FROM purchase",
        "SELECT code FROM ticket",
        "SELECT code FROM rf_code",
        "SELECT code FROM clearance",
        "SELECT code FROM pay_code",
        "SELECT reference FROM inquiry",
    ):
        secrets += [str(one) for (one,) in rows(town, sql)]
    return LivedIn(town, person, afm, orders, staff, tuple(secrets))


def _paper(town: Town, afm: str, code: str, folder: Path) -> None:
    """A notice, a batch with its file, and a pad of slips paid at a bank: one is asked about, one has found its fine."""
    debtor = int(rows(town, "SELECT id FROM debtor WHERE afm = %s", afm)[0][0])
    make_notice(debtor, municipality_id=town.id, language="el", by_user=1, now=NOW)
    plan = plan_of(Choice(min_cents=1), municipality_id=town.id)
    start_notices(plan.choice, expected=plan.reach, municipality_id=town.id, language="el", by_user=1, now=NOW)
    run_batches(now=NOW)
    make_pad(
        municipality_id=town.id, kind_id=slip_kinds(municipality_id=town.id)[0].id, label=f"κρυφή οδός {code}", count=2,
        fixed_cents=2_000, amounts=[], by_user=1, now=NOW,
    )  # fmt: skip
    slips = rows(
        town, "SELECT s.number, r.code FROM preissued_slip s JOIN rf_code r ON r.id = s.rf_code_id ORDER BY s.id"
    )
    for number, rf in slips:
        assert find_slip(number, f"ΚΡΦ{code}", now=NOW)
        paid = IncomingPayment(
            rid=f"S{number}", organisation=f"9{code}", bank_txn=f"TS{number}", rf=rf, amount_cents=2_000, paid_at=NOW,
            booked_on=None, debtor_name="", debtor_bank="", remittance="", line_of_business="", created_at=None,
        )  # fmt: skip
        answer_online(OnlineRequest("TEST", (paid,)), user=f"dias-{code}", password=f"demo-dias-{code}", now=NOW)
    driver = with_check_digit(f"2{code}000")
    row = (
        f"{code}-0000002;1;{driver};Οδηγός Κλήσεως;N;UNCERTIFIED;00.1512.0001;00.1512.0001;2026;;;;κλήση;;2027-01-20;1;1;"
        f"20.00;;;;0.00;0.00;;{slips[0][0]};ΚΡΦ{code};2026-11-22\n"
    )
    body = f"H;1;{code};DELTA;*;2;{NOW.isoformat()}\n{row}"
    path = folder / f"{code}_DEBTS_{NOW:%Y%m%d}_2.csv"
    path.write_text(f"{body}T;1;20.00;{hashlib.sha256(body.encode()).hexdigest()}\n")
    assert import_file(path, path.name, now=NOW).outcome == "DONE"
    match_slips(now=NOW + timedelta(days=60))


def _debts(town: Town, afm: str, name: str) -> int:
    code = town.code
    owed: Sequence[DemoDebt] = [
        *(certified(5_000 + number, afm=afm, code=code) for number in range(8)),
        DemoDebt(
            code=code, afm=afm, kind="UNCERTIFIED", rev_code="00.1512.0001", year=2026, detail=f"κρυφή οδός {code}",
            parts=(Part(NOW.date() + timedelta(days=20), 8_000),), violation_on=NOW.date(), ticket_no=f"ΜΥΣΤ-{code}",
            plate=f"ΚΡΦ{code}",
        ),
    ]  # fmt: skip
    with tenancy(municipality=town.id):
        write_debts(Random(3), [Inhabitant(afm, name, "N", (code,))], owed, on=NOW.date(), now=NOW)
    return int(rows(town, "SELECT person_id FROM debtor WHERE afm = %s", afm)[0][0])


def _orders(town: Town, person: int, free: Iterator[Chosen]) -> dict[str, str]:
    def card(row: Chosen) -> str:
        return order_by_card(person, [row])

    def code() -> str:
        return order_by_rf(person, [next(free)])

    paid, declined, waiting, rival = (next(free) for _ in range(4))
    orders = {
        "paid": card(paid), "declined": card(declined), "waiting": card(waiting), "rival": card(rival),
        "other rival": card(rival), "code": code(), "code paid": code(),
        "code in file": code(),
    }  # fmt: skip
    for name in ("paid", "rival", "other rival"):
        number = uuid.uuid4().hex[:7]
        reply = signed_return(reference_of(town, orders[name]), town.code, SupportReferenceID=number)
        hear_return("PIRAEUS", reply, now=SOON)
    refusal = signed_return(
        reference_of(town, orders["declined"]), town.code, StatusFlag="Failure", ResponseCode="12", ApprovalCode=""
    )
    hear_return("PIRAEUS", refusal, now=SOON)
    return orders


def _dias(town: Town, code: str, orders: dict[str, str]) -> None:
    asked, filed = order_view(orders["code paid"], now=NOW), order_view(orders["code in file"], now=NOW)
    payment = IncomingPayment(
        rid=f"R{code}", organisation=f"9{code}", bank_txn=f"T{code}", rf=asked.rf, amount_cents=asked.amount_cents,
        paid_at=NOW, booked_on=None, debtor_name="", debtor_bank="PIRBGRAA", remittance="", line_of_business="",
        created_at=None,
    )  # fmt: skip
    answer_online(OnlineRequest("TEST", (payment,)), user=f"dias-{code}", password=f"demo-dias-{code}", now=NOW)
    day, cents = NOW.date(), (filed.amount_cents, 1_234)
    body = f"H;1;9{code};{day};1\n" + "".join(
        f"F{number};FT{code}{number};{rf};{amount // 100}.{amount % 100:02d};{day}T12:00:00+02:00;PIRBGRAA;;\n"
        for number, (rf, amount) in enumerate(zip((filed.rf, "RF64900120120000000004711"), cents, strict=True))
    )
    total = sum(cents)
    trailer = f"T;2;{total // 100}.{total % 100:02d};{hashlib.sha256(body.encode()).hexdigest()}\n"
    take_day_file((body + trailer).encode(), f"DIAS_9{code}_{day:%Y%m%d}_1.csv", now=NOW)


def _clearance(town: Town, person: int, afm: str, name: str) -> None:
    with tenancy(municipality=town.id):
        issue_clearance(
            NewClearance(
                person_id=person, form_token="c" * 32, holder=name, afm=afm, valid_until=NOW.date() + timedelta(days=900),
                debts_as_of=NOW, named=(), unapplied_cents=0, undecided=0,
            ),
            now=NOW,
        )  # fmt: skip


def _held(town: Town, code: str) -> None:
    """Every debt has a pay code, and somebody wrote about the fine."""
    debts = [number for (number,) in rows(town, "SELECT id FROM debt ORDER BY ticket_no DESC, id")]
    with tenancy(municipality=town.id):
        pay_codes_for(debts, now=NOW)
    held = Held(town.id, (debts[0],), CODE)
    words = f"κρυφό μήνυμα {code}"
    inquire(
        held, kind="OBJECTION", text=words, email=f"driver{code}@citizens.example", language="el", form_token="i" * 32, now=NOW
    )  # fmt: skip


def _door(town: Town) -> None:
    look = BrandingText(head="#7a1f2b", accent="#2a79c4", phone="26510 00001", hours_el="8:00 έως 14:00")
    dress(look, emblem=png(colour=town.code.encode()[:3]), municipality_id=town.id, by_user=1, now=NOW)
    publish(seen_at=NOW, municipality_id=town.id, by_user=1, now=SOON)


def _files(town: Town, code: str, afm: str, name: str, folder: Path) -> None:
    row = (
        f"{code}-0000001;1;{afm};{name};N;CERTIFIED;00.0311.0001;00.0311.0001;2026;1;1;1/2026;κρυφή οδός {code};"
        "2026-01-10;2026-12-15;1;1;70.00;;;;0.00;0.00;;;;\n"
    )
    body = f"H;1;{code};DELTA;*;1;{NOW.isoformat()}\n{row}"
    trailer = f"T;1;70.00;{hashlib.sha256(body.encode()).hexdigest()}\n"
    path = folder / f"{code}_DEBTS_{NOW:%Y%m%d}_1.csv"
    path.write_text(body + trailer)
    import_file(path, path.name, now=NOW)


def _sales(town: Town, code: str) -> None:
    """Somebody bought the last tickets of an event and a certificate that is not on sale any more."""
    who = replace(buyer(), email=f"buyer{code}@citizens.example")
    event = make_event(town, capacity=2, starts_at=NOW + timedelta(days=3_650), title=f"Συναυλία {code}")
    kind = make_certificate(town)
    sold = [
        buy(town, event, 2, who=who),
        sell_certificate(
            kind.id, f"κρυφή αίτηση {code}", kind.price_cents, replace(who, form_token=uuid.uuid4().hex),
            municipality_id=town.id, now=NOW,
        ),
    ]  # fmt: skip
    for one in sold:
        reply = signed_return(reference_of(town, one.order), code, SupportReferenceID=uuid.uuid4().hex[:7])
        hear_return("PIRAEUS", reply, now=SOON)
    return_places(now=SOON)
    asked = rows(town, "SELECT id FROM purchase WHERE certificate_id IS NOT NULL")[0][0]
    issue(asked, content=b"%PDF-1.7", note="", municipality_id=town.id, by_user=1, now=SOON)
    with tenancy(municipality=town.id):
        CertificateKind.objects.update(offered=False)

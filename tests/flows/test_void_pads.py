"""A pad that was lost or stolen: its unused slips are void for good, whoever pays all the same is in the books."""

import re
import threading

import pytest
from django.core import mail
from django.db import DatabaseError, connection, connections
from django.test import Client

from obolos.adapters.dias.online import Rejection
from obolos.base.references import rf_format, slip_format
from obolos.base.tenancy import tenancy
from obolos.flows.deliver import deliver_due
from obolos.flows.dias import take_day_file
from obolos.flows.genuine import look_up
from obolos.flows.order_status import order_view
from obolos.flows.pay import pay_by_rf
from obolos.flows.show_debts import Chosen, NotPayable, Payer, debts_held
from obolos.flows.slip_pads import CannotVoid, PadUnknown, pad_pdf, pad_to_void, void_pad
from obolos.flows.slips import find_slip, slip_held
from obolos.flows.worklist import worklist
from tests.flows.test_slips import (
    LATER,
    PLATE,
    arrive,  # noqa: F401
    ask_dias,
    back,
    card,
    numbers,
    pad,
    rf_of,
    say,
    town,  # noqa: F401
)
from tests.reliability.stories import day_file
from tests.support.world import NOW, Town, broken_proofs, counts, make_town, one, rows

pytestmark = pytest.mark.usefixtures("db_clean")


def void(town: Town, pad_id: int, reason: str = "STOLEN") -> int:  # noqa: F811
    """The pad is void; how many slips."""
    return void_pad(pad_id, reason=reason, municipality_id=town.id, by_user=7, now=LATER)


def endings(town: Town) -> list[str]:  # noqa: F811
    """How the slips ended, in their order."""
    return [ended for (ended,) in rows(town, "SELECT ended FROM preissued_slip ORDER BY id")]


def test_only_what_nobody_used_becomes_void(town: Town, arrive) -> None:  # noqa: F811
    made = pad(town, count=4)
    paid, typed_in, being_paid, unused = numbers(town)
    back(town, card(town, say(town, paid, 4_000), "a"))
    arrive((typed_in, "ΙΝΑ-1234", 4_000))
    order = card(town, say(town, being_paid, 4_000), "b")
    assert pad_to_void(made, municipality_id=town.id)[1] == 1
    assert void(town, made) == 1
    assert endings(town) == ["", "", "", "VOIDED"]
    assert rows(town, "SELECT void_reason, voided_by, voided_at FROM slip_pad") == [("STOLEN", 7, LATER)]
    assert rows(town, "SELECT actor_id, subject, detail::text FROM audit_entry WHERE action = 'slips.voided'") == [
        (7, f"slip_pad:{made}", '{"slips": 1, "reason": "STOLEN"}')
    ]
    assert back(town, order) == "APPLIED", "who stood at the bank keeps what he paid for"
    assert ask_dias(rf_of(town, typed_in), 4_000, "R2") is None, "a fine is a fine"
    found = find_slip(unused, PLATE, now=LATER)
    assert found is not None
    assert (found.void, found.asks_amount) == (True, False)
    assert broken_proofs() == []


def test_a_void_slip_is_refused_at_the_bank_and_money_that_comes_anyway_names_it(town: Town) -> None:  # noqa: F811
    made = pad(town, count=1)
    number = numbers(town)[0]
    debt = say(town, number, 4_000)
    void(town, made)
    with pytest.raises((NotPayable, IndexError)):
        card(town, debt)
    assert ask_dias(rf_of(town, number), 4_000) is Rejection.TOO_LATE
    file = day_file((rf_of(town, number), 4_000))
    assert take_day_file(file["content"].encode(), file["name"], now=LATER) == {"UNAPPLIED": 1}
    found = worklist(municipality_id=town.id)
    assert [(one.kind, one.amount_cents, found.slips[one.id][0].number) for one in found.questions] == [
        ("UNAPPLIED", 4_000, number)
    ]
    assert found.slips[found.questions[0].id][0].ended == "VOIDED"
    assert broken_proofs() == []


@pytest.mark.parametrize("reason", ["", "BORED", "lost"])
def test_without_a_reason_of_the_list_nothing_happens(town: Town, reason: str) -> None:  # noqa: F811
    made = pad(town)
    before = counts(town)
    with pytest.raises(CannotVoid, match="REASON"):
        void(town, made, reason)
    assert counts(town) == before
    assert endings(town) == [""] * 3


def test_twice_is_once_and_a_used_up_pad_stays(town: Town) -> None:  # noqa: F811
    made = pad(town, count=1)
    assert void(town, made) == 1
    before = counts(town)
    with pytest.raises(CannotVoid, match="NOTHING"):
        void(town, made, "LOST")
    used = pad(town, count=1)
    assert ask_dias(rf_of(town, numbers(town)[-1]), 4_000) is None
    with pytest.raises(CannotVoid, match="NOTHING"):
        void(town, used)
    assert rows(town, "SELECT void_reason FROM slip_pad ORDER BY id") == [("STOLEN",), ("",)]
    assert counts(town)["audit_entry"] - before["audit_entry"] < 4
    with pytest.raises(PadUnknown):
        pad_pdf(made, municipality_id=town.id, language="el", by_user=1, now=LATER)


def test_of_another_municipality_no_pad_is_reached(town: Town) -> None:  # noqa: F811
    made = pad(town)
    other = make_town([], code="9083")
    with pytest.raises(PadUnknown):
        void_pad(made, reason="LOST", municipality_id=other.id, by_user=1, now=LATER)
    assert endings(town) == [""] * 3


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE preissued_slip SET ended = '', ended_at = NULL WHERE ended = 'VOIDED'",
        "UPDATE preissued_slip SET paid_at = now() WHERE ended = 'VOIDED'",
        "UPDATE preissued_slip SET ended = 'VOIDED', ended_at = now() WHERE paid_at IS NOT NULL",
        "UPDATE preissued_slip SET ended = 'VOIDED' WHERE ended = '' AND paid_at IS NULL",
        "UPDATE slip_pad SET voided_at = NULL, voided_by = NULL, void_reason = '' WHERE voided_at IS NOT NULL",
        "UPDATE slip_pad SET void_reason = 'LOST' WHERE voided_at IS NOT NULL",
        "UPDATE slip_pad SET void_reason = 'LOST' WHERE voided_at IS NULL",
        "UPDATE slip_pad SET voided_at = now(), voided_by = 1, void_reason = 'BORED' WHERE voided_at IS NULL",
    ],
)
def test_postgresql_itself_keeps_what_is_void_and_what_is_not(town: Town, sql: str) -> None:  # noqa: F811
    void(town, pad(town, count=1))
    pad(town, count=2)
    assert ask_dias(rf_of(town, numbers(town)[-1]), 4_000) is None
    with pytest.raises(DatabaseError), tenancy(municipality=town.id), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_payment_and_a_voiding_at_the_same_moment_one_of_them_wins(town: Town) -> None:  # noqa: F811
    """Whichever comes first, the slip is paid or void and never both, and no one is stuck."""
    for turn in range(6):
        made = pad(town, count=1)
        rf, gate, said = rf_of(town, numbers(town)[-1]), threading.Barrier(2), {}

        def pay(rf: str = rf, gate: threading.Barrier = gate, said: dict = said, turn: int = turn) -> None:
            gate.wait()
            said["bank"] = ask_dias(rf, 4_000, f"T{turn}")
            connections.close_all()

        def declare(made: int = made, gate: threading.Barrier = gate, said: dict = said) -> None:
            gate.wait()
            try:
                said["void"] = void(town, made)
            except CannotVoid as refused:
                said["void"] = refused.reason
            connections.close_all()

        people = [threading.Thread(target=one) for one in (pay, declare)]
        for person in people:
            person.start()
        for person in people:
            person.join(20)
        ended, paid = rows(town, "SELECT ended, paid_at IS NOT NULL FROM preissued_slip ORDER BY id DESC LIMIT 1")[0]
        assert (said["bank"], said["void"], ended, paid) in {
            (None, "NOTHING", "", True), (Rejection.TOO_LATE, 1, "VOIDED", False),
        }  # fmt: skip
    assert broken_proofs() == []


def test_who_holds_a_void_slip_knows(town: Town) -> None:  # noqa: F811
    void(town, pad(town, count=1))
    debt = one(town, "SELECT debt_id FROM preissued_slip")
    held = slip_held(debt, municipality_id=town.id)
    assert held is not None
    assert held.void
    assert NOW < LATER


def test_is_it_genuine_says_that_it_is_void(town: Town) -> None:  # noqa: F811
    made = pad(town, count=1)
    printed = rows(
        town,
        "SELECT s.number, r.code, p.code FROM preissued_slip s JOIN rf_code r ON r.id = s.rf_code_id "
        "JOIN pay_code p ON p.debt_id = s.debt_id",
    )[0]

    def told() -> list[str]:
        return [found.state for text in printed if (found := look_up(text, address="203.0.113.9", now=LATER))]

    assert told() == ["ISSUED", "OPEN", "OPEN"]
    void(town, made)
    assert told() == ["VOID", "VOID", "VOID"]


def code_of(town: Town, debt: int) -> tuple[str, str]:  # noqa: F811
    """A guest's own order by RF for a slip's debt, and its code."""
    row = debts_held([debt], municipality_id=town.id, now=NOW).groups[0].rows[0]
    order = pay_by_rf(
        payer=Payer(municipality_id=town.id, debt_ids=(debt,), email="guest@citizens.example"),
        chosen=[Chosen(row.instalment_id)], expected_cents=row.amount_cents, form_token="r" * 20, language="el", visit="v",
        now=NOW,
    )  # fmt: skip
    return order, order_view(order, now=NOW).rf


def words(path: str, **posted: str) -> str:
    """What a page says, in English."""
    client = Client()
    client.cookies["obolos_language"] = "en"
    answer = client.post(path, posted) if posted else client.get(path)
    return re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())


@pytest.mark.parametrize("own", [False, True], ids=["the printed code", "a guest's own code"])
def test_money_for_a_void_slip_is_told_as_that_to_everybody(town: Town, own: bool) -> None:  # noqa: F811
    made = pad(town, count=1)
    number = numbers(town)[0]
    debt = say(town, number, 4_000)
    order, rf = code_of(town, debt) if own else ("", rf_of(town, number))
    void(town, made)
    assert ask_dias(rf, 4_000) is Rejection.TOO_LATE
    path = f"/k/{one(town, 'SELECT code FROM pay_code')}/"
    before = words(path)
    assert "If an officer gave it to you" in before
    assert "Money came" not in before
    asked = look_up(rf, address="203.0.113.9", now=LATER)
    assert asked is not None
    assert (asked.state, asked.paid_on) == ("VOID", None)
    file = day_file((rf, 4_000))
    assert take_day_file(file["content"].encode(), file["name"], now=LATER) == {"UNAPPLIED": 1}
    assert rows(town, "SELECT kind, reason FROM worklist_item") == [("UNAPPLIED", "SLIP_VOID")]
    for text in (rf, one(town, "SELECT code FROM pay_code")):
        found = look_up(text, address="203.0.113.9", now=LATER)
        assert found is not None
        assert (found.state, found.paid_on) == ("VOID", NOW.date()), text
        said = words("/genuine/", c=text)
        assert "it does not count, because the slip is void" in said
        assert "was paid on" not in said
    after = words(path)
    assert "Money came for it on" in after
    assert "call 26510 00084" in after
    if own:
        assert order_view(order, now=LATER).ending == "MONEY_FOR_VOID"
        assert "had declared this ticket void" in words(f"/pay/{order}/")
    assert broken_proofs() == []


def test_a_second_payment_of_a_slip_is_no_unknown_reference(town: Town) -> None:  # noqa: F811
    pad(town, count=1)
    number = numbers(town)[0]
    back(town, card(town, say(town, number, 4_000)))
    file = day_file((rf_of(town, number), 4_000))
    assert take_day_file(file["content"].encode(), file["name"], now=LATER) == {"UNAPPLIED": 1}
    assert rows(town, "SELECT kind, reason FROM worklist_item") == [("UNAPPLIED", "DEBT_CLOSED_MEANWHILE")]


def test_who_holds_a_code_of_his_own_for_a_void_slip_is_written_to_once(town: Town) -> None:  # noqa: F811
    made = pad(town, count=2)
    first, second = numbers(town)
    _, rf = code_of(town, say(town, first, 4_000))
    deliver_due(now=NOW)
    mail.outbox.clear()
    void(town, made)
    deliver_due(now=LATER)
    (letter,) = mail.outbox
    assert letter.to == ["guest@citizens.example"]
    text = str(letter.body).replace("\u00a0", " ")
    assert slip_format(first) in letter.subject
    for words in (rf_format(rf), "δεν πληρώνεται πια", "τα χρήματα δεν χάνονται", "26510 00084"):
        assert words in text, words
    assert slip_format(second) not in text
    deliver_due(now=LATER)
    assert len(mail.outbox) == 1


def test_who_has_paid_before_the_letter_goes_gets_another(town: Town) -> None:  # noqa: F811
    made = pad(town, count=1)
    _, rf = code_of(town, say(town, numbers(town)[0], 4_000))
    deliver_due(now=NOW)
    mail.outbox.clear()
    void(town, made)
    file = day_file((rf, 4_000))
    take_day_file(file["content"].encode(), file["name"], now=LATER)
    deliver_due(now=LATER)
    (letter,) = mail.outbox
    assert "Δεν καταλογίστηκαν σε οφειλή: 40,00 €" in str(letter.body).replace("\u00a0", " ")

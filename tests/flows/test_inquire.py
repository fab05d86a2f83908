"""Somebody objects to a debt he holds, or says that it is not his; the municipality hears it and answers."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from obolos.adapters.messaging.mail import compose
from obolos.adapters.messaging.views import EmailView
from obolos.base.tenancy import tenancy
from obolos.domain.notices.actions import pay_codes_for
from obolos.flows import deliver
from obolos.flows.deliver import deliver_due
from obolos.flows.guest import Held, held_by_code, held_view
from obolos.flows.inquire import (
    LONGEST,
    NoInquiry,
    NothingSaid,
    answer_inquiry,
    ended_about,
    inquire,
    inquiries_of,
    read_inquiry,
    told_reference,
)
from obolos.flows.show_debts import debts_of
from tests.support.world import ELENI, GIORGOS, NOW, Town, certified, counts, fine, make_town, one, rows

pytestmark = pytest.mark.usefixtures("db_clean")
STAFF = 7


@pytest.fixture
def town() -> Town:
    """Eleni's fine, and a fee of Giorgos."""
    return make_town([fine(6_000), certified(5_000, afm=GIORGOS)])


@pytest.fixture
def held(town: Town) -> Held:
    """The fine, held by its code."""
    debt = one(town, "SELECT id FROM debt WHERE ticket_no <> ''")
    with tenancy(municipality=town.id):
        code = pay_codes_for([debt], now=NOW)[debt]
    return held_by_code(code)


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[EmailView]:
    """What would leave by e-mail."""
    sent: list[EmailView] = []
    monkeypatch.setattr(deliver, "send_email", lambda view, *_: sent.append(view))
    return sent


def write(held: Held, **changes: Any) -> str:
    """Object, unless said otherwise."""
    values = {
        "kind": "OBJECTION", "text": "Το σήμα είχε πέσει.", "email": "driver@example.gr", "language": "el",
        "form_token": "a" * 32, "now": NOW,
    }  # fmt: skip
    return inquire(held, **(values | changes))


def test_it_is_kept_confirmed_by_letter_and_noted(town: Town, held: Held, letters: list[EmailView]) -> None:
    reference = write(held)
    assert reference.startswith("IN-")
    [view] = inquiries_of(municipality_id=town.id)
    assert (view.row.reference, view.row.kind, view.title_el) == (reference, "OBJECTION", "Κλήση 2026-1")
    deliver_due(now=NOW)
    [letter] = letters
    assert letter.to == "driver@example.gr"
    text = compose(letter, "no-reply@obolos.example").body
    assert reference in text
    assert "Το σήμα είχε πέσει." in text
    assert "Μαρκάκη" not in text
    assert rows(town, "SELECT actor, action FROM audit_entry WHERE subject LIKE 'inquiry:%%'") == [
        ("GUEST", "inquiry.opened")
    ]
    assert told_reference(held, reference) == reference
    assert told_reference(Held(town.id, (held.debt_ids[0] + 1,), "CODE"), reference) == ""


def test_the_answer_goes_by_letter_and_closes_it_once(town: Town, held: Held, letters: list[EmailView]) -> None:
    write(held)
    [view] = inquiries_of(municipality_id=town.id)
    later = NOW + timedelta(hours=1)
    asked = {"municipality_id": town.id, "by_user": STAFF, "now": later}
    answer_inquiry(view.row.id, answer="Έχετε δίκιο.\nΗ κλήση ακυρώνεται.", **asked)
    with pytest.raises(NoInquiry):
        answer_inquiry(view.row.id, answer="Άλλη απάντηση", **asked)
    deliver_due(now=later)
    assert [letter.subject.split(":")[0] for letter in letters] == [
        "Λάβαμε το μήνυμά σας", f"Απάντηση στο μήνυμά σας {view.row.reference}"
    ]  # fmt: skip
    assert letters[1].said == ("Έχετε δίκιο.", "Η κλήση ακυρώνεται.")
    text = compose(letters[1], "no-reply@obolos.example").body
    assert text.index("Η απάντηση του δήμου:\n\nΈχετε δίκιο.\n\nΗ κλήση ακυρώνεται.") < text.index("Το μήνυμά σας")
    assert inquiries_of(municipality_id=town.id) == []
    assert inquiries_of(municipality_id=town.id, state="CLOSED")[0].row.closed_by == STAFF
    audited = rows(town, "SELECT action, actor_id FROM audit_entry WHERE subject LIKE 'inquiry:%%' ORDER BY id")
    assert audited[-1] == ("inquiry.answered", STAFF)


@pytest.mark.parametrize(
    ("language", "subject", "why", "ask"),
    [
        ("el", "Έκλεισε το μήνυμά σας", "Ελέγξαμε την οφειλή και δεν αλλάζει.", "δώστε τον κωδικό IN-"),
        ("en", "Your message", "We have checked the debt, and it does not change.", "give the reference IN-"),
    ],
)
def test_closing_it_without_an_answer_tells_its_writer_why(
    town: Town, held: Held, letters: list[EmailView], language: str, subject: str, why: str, ask: str
) -> None:
    reference = write(held, kind="NOT_MINE", text="", language=language)
    assert ended_about(held) is None
    [view] = inquiries_of(municipality_id=town.id)
    answer_inquiry(view.row.id, closing="STANDS", municipality_id=town.id, by_user=STAFF, now=NOW)
    deliver_due(now=NOW)
    letter = letters[-1]
    assert letter.subject.startswith(subject)
    text = compose(letter, "no-reply@obolos.example").body
    assert why in text
    assert ask in text
    assert letter.button
    assert held_by_code(letter.button.url.split("/k/")[1].strip("/")) == held
    ended = ended_about(held)
    assert ended
    assert (ended.reference, ended.at, ended.why(language)) == (reference, NOW, why)
    assert one(town, "SELECT action FROM audit_entry ORDER BY id DESC LIMIT 1") == "inquiry.put_aside"


def test_without_an_address_the_debts_page_still_says_it(town: Town, held: Held, letters: list[EmailView]) -> None:
    write(held, email="", kind="NOT_MINE", text="")
    [view] = inquiries_of(municipality_id=town.id)
    answer_inquiry(view.row.id, closing="CORRECTED", municipality_id=town.id, by_user=STAFF, now=NOW)
    deliver_due(now=NOW)
    assert letters == []
    ended = ended_about(held)
    assert ended
    assert ended.why("en") == "The debt has been corrected."


@pytest.mark.parametrize("closing", ["", "BECAUSE"])
def test_it_is_not_closed_without_an_answer_and_without_a_reason(town: Town, held: Held, closing: str) -> None:
    write(held)
    before = counts(town)
    with pytest.raises(NothingSaid):
        answer_inquiry(
            one(town, "SELECT id FROM inquiry"),
            answer=" ",
            closing=closing,
            municipality_id=town.id,
            by_user=STAFF,
            now=NOW,
        )
    assert counts(town) == before
    assert one(town, "SELECT state FROM inquiry") == "OPEN"


def test_the_debt_shows_it_until_it_is_answered(town: Town, held: Held) -> None:
    def objected() -> tuple[bool, list[bool], list[bool]]:
        mine = debts_of(town.people[ELENI], now=NOW)
        others = debts_of(town.people[GIORGOS], now=NOW)
        return (
            held_view(held, now=NOW).objected,
            [row.objected for group in mine.groups for row in group.rows],
            [row.objected for group in others.groups for row in group.rows],
        )

    assert objected() == (False, [False], [False])
    write(held)
    assert objected() == (True, [True], [False])
    [view] = inquiries_of(municipality_id=town.id)
    answer_inquiry(view.row.id, answer="Όχι.", municipality_id=town.id, by_user=STAFF, now=NOW)
    assert objected() == (False, [False], [False])


def test_an_objection_says_why_and_a_long_one_is_cut(town: Town, held: Held) -> None:
    before = counts(town)
    with pytest.raises(NothingSaid):
        write(held, text=" \n ")
    assert counts(town) == before
    assert one(town, "SELECT count(*) FROM inquiry") == 0
    write(held, text="x" * (LONGEST + 5))
    assert one(town, "SELECT length(text) FROM inquiry") == LONGEST


def test_the_same_form_is_one_inquiry_also_at_once(town: Town, held: Held) -> None:
    told: list[str] = []
    start = threading.Barrier(6)

    def send() -> None:
        start.wait()
        try:
            told.append(write(held))
        finally:
            connections.close_all()

    crowd = [threading.Thread(target=send) for _ in range(6)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=30)
    assert len(told) == 6
    assert len(set(told)) == 1
    assert one(town, "SELECT count(*) FROM inquiry") == 1
    assert one(town, "SELECT count(*) FROM delivery WHERE subject LIKE 'inquiry:%%'") == 1


def test_another_municipality_neither_reads_nor_answers_it(town: Town, held: Held) -> None:
    write(held)
    number = one(town, "SELECT id FROM inquiry")
    elsewhere = make_town([fine(4_000, code="9083")], code="9083")
    assert inquiries_of(municipality_id=elsewhere.id) == []
    with pytest.raises(NoInquiry):
        read_inquiry(number, municipality_id=elsewhere.id, by_user=STAFF, now=NOW)
    with pytest.raises(NoInquiry):
        answer_inquiry(number, answer="x", municipality_id=elsewhere.id, by_user=STAFF, now=NOW)
    assert one(town, "SELECT state FROM inquiry") == "OPEN"


def test_looking_at_one_is_noted(town: Town, held: Held) -> None:
    write(held)
    number = one(town, "SELECT id FROM inquiry")
    view = read_inquiry(number, municipality_id=town.id, by_user=STAFF, now=NOW)
    assert view.debtor_id == one(town, "SELECT id FROM debtor WHERE afm = %s", ELENI)
    assert one(town, "SELECT action FROM audit_entry ORDER BY id DESC LIMIT 1") == "inquiry.viewed"

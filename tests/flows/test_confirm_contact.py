"""Confirming a contact: codes that cannot be guessed or read back, and that cost no fortune in messages."""

import re
import threading
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection

from obolos.adapters.messaging.views import NotSent
from obolos.base.tenancy import current, tenancy
from obolos.domain.people.actions import NEXT_AFTER, PER_DAY, TRIES, VALID
from obolos.domain.people.models import ContactCode
from obolos.flows import confirm_contact as flow
from obolos.flows.confirm_contact import (
    BadAddress,
    TooSoon,
    WrongCode,
    confirm_contact,
    contact_of,
    remove_contact,
    send_contact_code,
)
from tests.support.world import ELENI, GIORGOS, NOW, certified, make_town, order_by_rf, rows

pytestmark = pytest.mark.usefixtures("db_clean")

EMAIL, MOBILE = "eleni@citizens.example", "+306940000000"


@pytest.fixture
def people() -> dict[str, int]:
    return make_town([certified(5_000), certified(5_000, afm=GIORGOS)]).people


@pytest.fixture
def eleni(people: dict[str, int]) -> int:
    return people[ELENI]


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts of the SMS that left, none of them inside a transaction."""
    sent: list[str] = []

    def send(view, _gateway):
        assert current() is None
        sent.append(view.text)

    monkeypatch.setattr(flow, "send_sms", send)
    return sent


def ask(person_id: int, channel: str = "email", address: str = EMAIL, *, now: datetime = NOW) -> str:
    return send_contact_code(person_id=person_id, channel=channel, address=address, language="el", now=now)


def type_in(person_id: int, code: str, channel: str = "email", *, now: datetime = NOW) -> str:
    return confirm_contact(person_id=person_id, channel=channel, code=code, now=now)


def sent_code() -> str:
    return re.search(r"\b\d{6}\b", mail.outbox[-1].body)[0]


def wrong_code() -> str:
    return "000000" if sent_code() != "000000" else "000001"


def test_an_address_counts_only_when_its_code_was_typed(eleni):
    assert ask(eleni, address=" Eleni@CITIZENS.example ") == "Eleni@citizens.example"
    before = contact_of(eleni, now=NOW)
    assert (before.email, before.waiting_email) == ("", "Eleni@citizens.example")
    assert type_in(eleni, f" {sent_code()[:3]} {sent_code()[3:]}\n") == "Eleni@citizens.example"
    after = contact_of(eleni, now=NOW)
    assert (after.email, after.waiting_email, after.mobile) == ("Eleni@citizens.example", "", "")


def test_a_mobile_number_counts_in_its_international_form(eleni, texts):
    assert ask(eleni, "sms", "694 000 0000") == MOBILE
    assert type_in(eleni, re.search(r"\d{6}", texts[0])[0], "sms") == MOBILE
    assert contact_of(eleni, now=NOW).mobile == MOBILE


def test_a_code_counts_once(eleni):
    ask(eleni)
    type_in(eleni, sent_code())
    with pytest.raises(WrongCode) as wrong:
        type_in(eleni, sent_code())
    assert wrong.value.left == 0


def test_a_code_is_of_one_person_and_one_channel(people, texts):
    ask(people[ELENI])
    with pytest.raises(WrongCode):
        type_in(people[GIORGOS], sent_code())
    with pytest.raises(WrongCode):
        type_in(people[ELENI], sent_code(), "sms")
    ask(people[GIORGOS], address="giorgos@citizens.example")
    assert contact_of(people[ELENI], now=NOW).waiting_email == EMAIL


def test_codes_end_after_ten_minutes(eleni):
    ask(eleni)
    assert contact_of(eleni, now=NOW + VALID - timedelta(seconds=1)).waiting_email == EMAIL
    assert contact_of(eleni, now=NOW + VALID).waiting_email == ""
    with pytest.raises(WrongCode) as wrong:
        type_in(eleni, sent_code(), now=NOW + VALID)
    assert wrong.value.left == 0


def test_five_tries_and_no_more(eleni):
    ask(eleni)
    for left in range(TRIES - 1, -1, -1):
        with pytest.raises(WrongCode) as wrong:
            type_in(eleni, wrong_code())
        assert wrong.value.left == left
    with pytest.raises(WrongCode):
        type_in(eleni, sent_code())
    assert contact_of(eleni, now=NOW).waiting_email == ""


def test_guessing_at_once_buys_no_further_tries(eleni):
    ask(eleni)
    guess, ready, left = wrong_code(), threading.Barrier(12), []

    def try_it() -> None:
        ready.wait(10)
        try:
            type_in(eleni, guess)
        except WrongCode as wrong:
            left.append(wrong.left)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(left, reverse=True)[: TRIES - 1] == [4, 3, 2, 1]
    assert left.count(0) == 12 - (TRIES - 1)
    with tenancy(person=eleni):
        assert ContactCode.objects.get().tries == TRIES


def test_only_the_newest_code_counts(eleni):
    ask(eleni)
    first = sent_code()
    ask(eleni, now=NOW + NEXT_AFTER)
    if first != sent_code():
        with pytest.raises(WrongCode):
            type_in(eleni, first, now=NOW + NEXT_AFTER)
    assert type_in(eleni, sent_code(), now=NOW + NEXT_AFTER) == EMAIL


def test_the_next_code_is_waited_for_whatever_the_address(eleni, texts):
    ask(eleni, "sms", "6940000000")
    with pytest.raises(TooSoon) as wait:
        ask(eleni, "sms", "6950000000", now=NOW + timedelta(seconds=15))
    assert 0 < wait.value.seconds <= 31
    assert len(texts) == 1
    ask(eleni, now=NOW + timedelta(seconds=15))  # the other channel is free


def test_a_day_has_a_most_of_messages(eleni, texts):
    for number in range(PER_DAY):
        ask(eleni, "sms", f"69400000{number:02}", now=NOW + number * NEXT_AFTER)
    with pytest.raises(TooSoon) as wait:
        ask(eleni, "sms", "6940000099", now=NOW + timedelta(hours=3))
    assert wait.value.seconds > 20 * 3600
    assert len(texts) == PER_DAY
    ask(eleni, "sms", "6940000099", now=NOW + timedelta(days=1, seconds=1))


def test_two_requests_at_once_send_one_message(eleni, texts):
    ready, refused = threading.Barrier(6), []

    def send() -> None:
        ready.wait(10)
        try:
            ask(eleni, "sms", "6940000000")
        except TooSoon as wait:
            refused.append(wait)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(texts), len(refused)) == (1, 5)


def test_a_code_whose_message_never_left_is_void(eleni, monkeypatch):
    codes: list[str] = []

    def down(view, _sender):
        codes.append(re.search(r"\b\d{6}\b", view.subject)[0])
        raise NotSent("down")

    monkeypatch.setattr(flow, "send_email", down)
    with pytest.raises(NotSent):
        ask(eleni)
    assert contact_of(eleni, now=NOW).waiting_email == ""
    with pytest.raises(WrongCode):
        type_in(eleni, codes[0])


def test_codes_cannot_be_read_back_from_the_database(eleni):
    ask(eleni)
    with tenancy(person=eleni):
        kept = ContactCode.objects.get()
    assert re.fullmatch(r"[0-9a-f]{64}", kept.code_hash)
    assert sent_code() not in f"{kept.code_hash} {kept.address}"


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("email", ""), ("email", "eleni"), ("email", "eleni@localhost"), ("email", "a@b@c.gr"), ("email", "a b@c.gr"),
        ("email", "a@c.gr\nBcc: x@y.gr"), ("email", "a@-c.gr"), ("email", "a@c..gr"), ("email", f"{'a' * 65}@c.gr"),
        ("email", "<b>@c.gr"), ("sms", "2651000000"), ("sms", "+12125550100"), ("sms", "694"), ("fax", "1"), ("", ""),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_before_anything_happens(eleni, texts, channel, address):
    with pytest.raises(BadAddress):
        ask(eleni, channel, address)
    assert not mail.outbox
    assert not texts
    with tenancy(person=eleni):
        assert not ContactCode.objects.exists()


def test_a_contact_is_forgotten_with_the_code_that_waits(eleni):
    ask(eleni)
    type_in(eleni, sent_code())
    later = NOW + NEXT_AFTER
    ask(eleni, address="other@citizens.example", now=later)
    remove_contact(person_id=eleni, channel="email", now=later)
    assert contact_of(eleni, now=later).email == ""
    with pytest.raises(WrongCode):
        type_in(eleni, sent_code(), now=later)
    with pytest.raises(BadAddress):
        remove_contact(person_id=eleni, channel="fax", now=later)


def test_confirming_and_removing_is_on_record_without_the_address(texts):
    town = make_town([certified(5_000)])
    eleni = town.people[ELENI]
    remove_contact(person_id=eleni, channel="email", now=NOW)  # there was none
    ask(eleni)
    with pytest.raises(WrongCode):
        type_in(eleni, wrong_code())
    type_in(eleni, sent_code())
    remove_contact(person_id=eleni, channel="email", now=NOW)
    found = rows(
        town, "SELECT actor, actor_id, action, detail::text FROM audit_entry WHERE actor = 'CITIZEN' ORDER BY id"
    )
    assert found == [
        ("CITIZEN", eleni, "contact.confirmed", '{"channel": "email"}'),
        ("CITIZEN", eleni, "contact.removed", '{"channel": "email"}'),
    ]


def test_orders_follow_an_address_that_changes_and_forget_one_that_is_removed(texts):
    town = make_town([certified(5_000)])
    eleni = town.people[ELENI]
    ask(eleni)
    type_in(eleni, sent_code())
    order_by_rf(eleni, now=NOW)
    assert rows(town, "SELECT email, mobile FROM payment_order") == [(EMAIL, "")]
    later = NOW + NEXT_AFTER
    ask(eleni, address="other@citizens.example", now=later)
    type_in(eleni, sent_code(), now=later)
    assert rows(town, "SELECT email, mobile FROM payment_order") == [("other@citizens.example", "")]
    remove_contact(person_id=eleni, channel="email", now=later)
    assert rows(town, "SELECT email, mobile FROM payment_order") == [("", "")]

"""A code or proof goes out again to the contact on file and nowhere else, seldom, once per click, on record."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from obolos.base.tenancy import tenancy
from obolos.domain.deliveries.models import Target
from obolos.domain.people.models import Person
from obolos.flows.deliver import deliver_due
from obolos.flows.hear_bank import hear_return
from obolos.flows.resend import BETWEEN, DAY, PER_DAY, CannotResend, NoSuchOrder, Refusal, resend
from tests.support.world import (
    ELENI,
    NOW,
    Town,
    bank_says_ready,
    broken_proofs,
    certified,
    counts,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
STAFF = 77
EMAIL, SMS = Target.PAYER_EMAIL, Target.PAYER_SMS


@pytest.fixture
def town() -> Town:
    """Eleni owes 50.00 and has confirmed an e-mail address and a mobile."""
    made = make_town([certified(5_000)])
    reach(made.people[ELENI], "eleni@citizens.example", "+306900000001")
    return made


def reach(person: int, email: str, mobile: str) -> None:
    with tenancy(person=person):
        Person.objects.filter(id=person).update(email=email, mobile=mobile)


def again(town: Town, public_id: str, target: Target = EMAIL, *, now=NOW):
    order_id = one(town, "SELECT id FROM payment_order WHERE public_id = %s", public_id)
    return resend(order_id, target=target, municipality_id=town.id, by_user=STAFF, now=now)


def refused(town: Town, public_id: str, target: Target = EMAIL, *, now=NOW) -> Refusal:
    before = counts(town)
    with pytest.raises(CannotResend) as caught:
        again(town, public_id, target, now=now)
    assert counts(town) == before
    return caught.value.reason


def test_a_code_goes_to_what_the_payer_has_confirmed_by_now(town, monkeypatch):
    order = order_by_rf(town.people[ELENI])
    reach(town.people[ELENI], "new@citizens.example", "+306900000002")
    sent = again(town, order)
    assert (sent.what, sent.target, sent.to) == ("CODE", "PAYER_EMAIL", "n•••@citizens.example")
    letters = []
    monkeypatch.setattr("obolos.flows.deliver.send_email", lambda view, sender: letters.append(view.to))
    monkeypatch.setattr("obolos.flows.deliver.send_sms", lambda view, gateway: letters.append(view.to))
    deliver_due(now=NOW)
    assert sorted(letters) == ["+306900000001", "eleni@citizens.example", "new@citizens.example"]
    assert rows(town, "SELECT target, version, state FROM delivery ORDER BY id") == [
        ("PAYER_EMAIL", 1, "SENT"), ("PAYER_SMS", 1, "SENT"), ("PAYER_EMAIL", 2, "SENT"),
    ]  # fmt: skip


def test_a_proof_goes_out_once_money_came_and_the_books_stay_whole(town, monkeypatch):
    bank_says_ready(monkeypatch)
    order = order_by_card(town.people[ELENI])
    assert refused(town, order) is Refusal.NOTHING_TO_SEND
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=NOW)
    sent = again(town, order, SMS)
    assert (sent.what, sent.to) == ("PROOF", "•••001")
    assert rows(town, "SELECT target, event, version FROM delivery WHERE version > 1") == [("PAYER_SMS", "PAID", 2)]
    assert broken_proofs() == []


def test_never_twice_a_minute_and_five_times_a_day(town):
    order = order_by_rf(town.people[ELENI])
    for number in range(PER_DAY):
        again(town, order, SMS if number % 2 else EMAIL, now=NOW + number * BETWEEN)
        if number == 0:
            assert refused(town, order, SMS, now=NOW + timedelta(seconds=59)) is Refusal.JUST_SENT
    last = NOW + (PER_DAY - 1) * BETWEEN
    assert refused(town, order, now=last + BETWEEN) is Refusal.OFTEN_ENOUGH
    assert refused(town, order, SMS, now=last + timedelta(hours=23)) is Refusal.OFTEN_ENOUGH
    assert again(town, order, now=NOW + DAY + timedelta(seconds=1)).to == "e•••@citizens.example"


def test_clicks_at_once_send_once(town):
    order = order_by_rf(town.people[ELENI])

    def click(_: int) -> bool:
        try:
            again(town, order)
        except CannotResend:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as clicks:
        assert sum(clicks.map(click, range(8))) == 1
    assert one(town, "SELECT count(*) FROM delivery WHERE version > 1") == 1


def test_nobody_without_contact_or_valid_code_is_written_to(town):
    order = order_by_rf(town.people[ELENI])
    until = one(town, "SELECT valid_until FROM rf_code")
    assert refused(town, order, now=NOW + ((until - NOW.date()).days + 1) * DAY) is Refusal.NOTHING_TO_SEND
    silent = make_town([certified(5_000)], code="9083")
    reach(silent.people[ELENI], "", "")
    assert refused(silent, order_by_rf(silent.people[ELENI])) is Refusal.NO_CONTACT


def test_another_municipalitys_order_does_not_exist(town):
    order = order_by_rf(town.people[ELENI])
    order_id = one(town, "SELECT id FROM payment_order WHERE public_id = %s", order)
    abroad = make_town([], code="9083")
    with pytest.raises(NoSuchOrder):
        resend(order_id, target=EMAIL, municipality_id=abroad.id, by_user=STAFF, now=NOW)


def test_each_is_on_record_with_a_masked_address(town):
    order = order_by_rf(town.people[ELENI])
    again(town, order)
    ((user, detail),) = rows(town, "SELECT actor_id, detail::text FROM audit_entry WHERE action = 'message.resent'")
    assert user == STAFF
    assert "e•••@citizens.example" in detail
    assert "eleni" not in detail

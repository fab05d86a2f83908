"""Every reference that we print leads staff to the right page, however it is typed, and nobody else's staff anywhere."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings

from obolos.base.references import slip_format
from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.actions import note_debts_as_of
from obolos.domain.people.models import Role
from obolos.flows.clear import issue
from obolos.flows.guest import held_by_code
from obolos.flows.hear_bank import hear_return
from obolos.flows.inquire import inquire
from obolos.flows.notices import make_notice
from tests.flows.test_slips import numbers, pad, rf_of
from tests.interfaces.office.conftest import NOW, SignIn
from tests.support.sales import ask_for, buy, make_certificate, make_event
from tests.support.world import ELENI, GIORGOS, Town, everything, one, order_by_card, reference_of, rows, signed_return

Made = Callable[[Town], tuple[str, str]]


def debtor(town: Town, afm: str = ELENI) -> str:
    """Path of a payer's record."""
    return f"/office/payers/{one(town, 'SELECT id FROM debtor WHERE afm = %s', afm)}/"


def order(town: Town) -> str:
    """Path of the story of the only order."""
    return f"/office/orders/{one(town, 'SELECT id FROM payment_order')}/"


def pay_here(town: Town, afm: str) -> str:
    """Somebody's order by card for what he owes in this town alone."""
    here = {one for (one,) in rows(town, "SELECT id FROM instalment")}
    chosen = [one for one in everything(town.people[afm], NOW) if one.instalment_id in here]
    return order_by_card(town.people[afm], chosen, now=NOW)


def an_order(town: Town) -> tuple[str, str]:
    """OB-…"""
    pay_here(town, ELENI)
    return one(town, "SELECT reference FROM payment_order"), order(town)


def a_notice(town: Town) -> tuple[str, str]:
    """EI-…"""
    eleni = one(town, "SELECT id FROM debtor WHERE afm = %s", ELENI)
    make_notice(eleni, municipality_id=town.id, language="el", by_user=1, now=NOW)
    return one(town, "SELECT reference FROM notice"), debtor(town)


def a_pay_code(town: Town) -> tuple[str, str]:
    """What stands on a notice beside a debt."""
    a_notice(town)
    return one(town, "SELECT code FROM pay_code ORDER BY id LIMIT 1"), debtor(town)


def a_link(town: Town) -> tuple[str, str]:
    """The address in a QR."""
    return f"{settings.OBOLOS_PORTAL_URL}/k/{a_pay_code(town)[0]}/", debtor(town)


def tickets(town: Town) -> tuple[str, str]:
    """EV-…"""
    buy(town, make_event(town), 2, now=NOW)
    return one(town, "SELECT reference FROM purchase"), order(town)


def a_ticket(town: Town) -> tuple[str, str]:
    """The code of one place."""
    tickets(town)
    code = one(town, "SELECT code FROM ticket ORDER BY id LIMIT 1")
    return code, f"/office/door/{code}/"


def a_certificate(town: Town) -> tuple[str, str]:
    """PI-…"""
    ask_for(town, make_certificate(town), now=NOW)
    return one(town, "SELECT reference FROM purchase"), order(town)


def a_message(town: Town) -> tuple[str, str]:
    """IN-…"""
    held = held_by_code(a_pay_code(town)[0])
    assert held is not None
    inquire(held, kind="NOT_MINE", text="Δεν είναι δικό μου", email="a@citizens.example", language="el", form_token="x" * 20,
            now=NOW)  # fmt: skip
    return rows(town, "SELECT reference, id FROM inquiry")[0][
        0
    ], f"/office/inquiries/{one(town, 'SELECT id FROM inquiry')}/"


def a_clearance(town: Town) -> tuple[str, str]:
    """BE-…"""
    public = pay_here(town, GIORGOS)
    hear_return("PIRAEUS", signed_return(reference_of(town, public)), now=NOW + timedelta(seconds=30))
    with tenancy(municipality=town.id):
        note_debts_as_of(moment=NOW)
    code = issue(person_id=town.people[GIORGOS], slug="ioannina", form_token="t" * 20, now=NOW + timedelta(minutes=1))
    return f"BE-{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}", debtor(town, GIORGOS)


def a_slip(town: Town) -> tuple[str, str]:
    """A number of a pad."""
    pad(town, count=1)
    return slip_format(numbers(town)[0]), f"/office/slips/{one(town, 'SELECT id FROM preissued_slip')}/"


def a_slip_s_rf(town: Town) -> tuple[str, str]:
    """An RF code that no money came for yet."""
    _, path = a_slip(town)
    return rf_of(town, numbers(town)[0]), path


def a_slip_s_code(town: Town) -> tuple[str, str]:
    """What its QR holds."""
    _, path = a_slip(town)
    return one(town, "SELECT code FROM pay_code"), path


EVERY = (an_order, a_notice, a_pay_code, a_link, tickets, a_ticket, a_certificate, a_message, a_clearance, a_slip,
         a_slip_s_rf, a_slip_s_code)  # fmt: skip


@pytest.mark.parametrize("make", EVERY)
def test_it_leads_to_its_page_however_it_is_typed_and_only_at_home(
    town: Town, elsewhere: Town, staff: SignIn, make: Made
) -> None:
    printed, path = make(town)
    client, stranger = staff(town), staff(elsewhere)
    spaced = " ".join(printed) if "/" not in printed else f"  {printed}\n"
    ways = (
        [printed, spaced] if "/" in printed else [printed, spaced, printed.lower(), printed.replace("-", " ").lower()]
    )
    for typed in ways:
        assert client.post("/office/search/", {"q": typed}).url == path, typed
        assert stranger.post("/office/search/", {"q": typed}).url == "/office/search/", typed
    assert client.get(path).status_code == 200
    assert "Δεν βρέθηκε τίποτα" in stranger.get("/office/search/").content.decode()


def test_a_message_leads_a_cashier_to_the_payer_it_is_about(town: Town, staff: SignIn) -> None:
    printed, _ = a_message(town)
    cashier = staff(town, Role.CASHIER)
    assert cashier.post("/office/search/", {"q": printed}).url == debtor(town)


def test_a_cashier_reads_a_slip_and_decides_nothing(town: Town, staff: SignIn) -> None:
    printed, path = a_slip(town)
    cashier = staff(town, Role.CASHIER)
    assert cashier.post("/office/search/", {"q": printed}).url == path
    page = cashier.get(path).content.decode()
    assert slip_format(numbers(town)[0]) in page
    assert f"{path}leave/" not in page
    assert cashier.post(f"{path}leave/").status_code == 403


def test_free_tickets_lead_to_their_event_those_who_may_open_it(town: Town, staff: SignIn) -> None:
    event = make_event(town)
    rows(town, "UPDATE price_class SET price_cents = 0 RETURNING id")
    buy(town, event, 1, now=NOW)
    printed = one(town, "SELECT reference FROM purchase")
    assert staff(town).post("/office/search/", {"q": printed}).url == f"/office/events/{event.pk}/"
    cashier = staff(town, Role.CASHIER)
    told = cashier.get(cashier.post("/office/search/", {"q": printed}).url).content.decode()
    assert "ο ρόλος σας" in told

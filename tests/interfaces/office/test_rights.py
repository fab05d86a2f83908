"""Who may open what: each role its pages, nobody another municipality's rows, nothing personal in an address."""

import re

import pytest
from django.test import Client

from tests.interfaces.office.conftest import SignIn, today
from tests.support.world import ELENI, Town, one, order_by_card, order_by_rf, reference_of, rows, signed_return

ROLES = ("CLERK", "CASHIER", "FINANCE", "ADMIN")
EVERYBODY = frozenset(ROLES)
PAGES = {
    "/office/": EVERYBODY,
    "/office/search/": EVERYBODY,
    "/office/worklist/": EVERYBODY - {"CASHIER"},
    "/office/export/": {"FINANCE", "ADMIN"},
    "/office/export/?form=csv": {"FINANCE", "ADMIN"},
    "/office/import/": {"CLERK", "ADMIN"},
    "/office/kinds/": {"ADMIN"},
}
ORDER, DEBTOR, PAYMENT, FILE = "/office/orders/{}/", "/office/payers/{}/", "/office/payments/{}/", "/office/import/{}/"


def paid_order(town: Town) -> tuple[int, int]:
    """(order, payment) of Eleni in that town, paid by card."""
    public_id = order_by_card(town.people[ELENI])
    Client().post("/callbacks/piraeus/success/", signed_return(reference_of(town, public_id), town.code))
    return tuple(rows(town, "SELECT order_id, id FROM payment ORDER BY id DESC LIMIT 1")[0])


def debtor_of(town: Town) -> int:
    return int(one(town, "SELECT id FROM debtor WHERE afm = %s", ELENI))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_pages_and_no_others(town: Town, staff: SignIn, role: str) -> None:
    client = staff(town, role)
    for page, roles in PAGES.items():
        answer = client.get(page)
        assert answer.status_code == (403 if role not in roles else 302 if "search" in page else 200), page
        if role not in roles:
            assert "Δεν επιτρέπεται στον ρόλο σας" in answer.content.decode()
            assert client.post(page).status_code in {403, 405}, page
    shown = client.get("/office/").content.decode()
    for page, roles in PAGES.items():
        if page.count("/") == 3 and "search" not in page and "?" not in page:
            assert (f'href="{page}"' in shown) == (role in roles), f"the menu and {page}"


def test_strangers_are_sent_to_the_sign_in(town: Town) -> None:
    client = Client()
    for page in [*PAGES, ORDER.format(1), DEBTOR.format(1), PAYMENT.format(1), FILE.format(1)]:
        for answer in (client.get(page), client.post(page)):
            assert answer.status_code == 302, page
            assert answer.url.startswith("/office/account/login/"), page


def test_a_citizen_s_session_opens_nothing(town: Town) -> None:
    client = Client()
    session = client.session
    session.update({"person_id": town.people[ELENI], "visit": "0" * 32})
    session.save()
    client.cookies["obolos_session"] = session.session_key
    assert client.get("/office/").status_code == 302


def test_another_municipality_s_rows_are_not_there(town: Town, elsewhere: Town, staff: SignIn) -> None:
    order, payment = paid_order(elsewhere)
    theirs = staff(elsewhere, "ADMIN")
    assert theirs.get(ORDER.format(order)).status_code == 200, "the ids are real"
    ours = staff(town, "ADMIN")
    pages = [ORDER.format(order), f"/office/orders/{order}/proof.pdf", PAYMENT.format(payment)]
    for page in [*pages, DEBTOR.format(debtor_of(elsewhere)), FILE.format(999)]:
        answer = ours.get(page)
        assert answer.status_code == 404, page
        assert "ΜΑΡΚΑΚΗ" not in answer.content.decode().upper()
    assert ours.post(f"/office/orders/{order}/resend/", {"target": "PAYER_EMAIL"}).status_code == 404
    assert one(elsewhere, "SELECT count(*) FROM delivery WHERE version > 1") == 0
    reference = one(elsewhere, "SELECT reference FROM payment_order WHERE id = %s", order)
    for text in (reference, reference_of_rf(elsewhere), "9083-"):
        ours.post("/office/search/", {"q": text})
        assert "Δεν βρέθηκε τίποτα" in ours.get("/office/search/").content.decode(), text
    home = ours.get("/office/").content.decode()
    assert reference not in home
    csv = b"".join(ours.get(f"/office/export/?form=csv&from={today()}&to={today()}").streaming_content)  # type: ignore[attr-defined]
    assert reference not in csv.decode()


def reference_of_rf(town: Town) -> str:
    """A fresh RF code of Giorgos in that town."""
    order_by_rf(next(person for afm, person in town.people.items() if afm != ELENI))
    return str(one(town, "SELECT code FROM rf_code ORDER BY id DESC LIMIT 1"))


def test_another_municipality_s_kinds_cannot_be_switched(town: Town, elsewhere: Town, staff: SignIn) -> None:
    kinds = [row[0] for row in rows(elsewhere, "SELECT id FROM revenue_kind")]
    before = rows(elsewhere, "SELECT id, online, guest, partial, card, rf FROM revenue_kind ORDER BY id")
    ours = staff(town, "ADMIN")
    form = {f"was{kind}": "11111" for kind in kinds}
    ours.post("/office/kinds/", form)
    assert rows(elsewhere, "SELECT id, online, guest, partial, card, rf FROM revenue_kind ORDER BY id") == before


def test_no_afm_in_any_address(town: Town, staff: SignIn) -> None:
    order, payment = paid_order(town)
    client = staff(town, "ADMIN")
    found = client.post("/office/search/", {"q": ELENI})
    assert found.status_code == 302
    pages = ["/office/", found.url, ORDER.format(order), PAYMENT.format(payment), "/office/worklist/"]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        addresses = re.findall(r'(?:href|action|src)="([^"]*)"', answer.content.decode())
        assert addresses
        assert not [address for address in [page, *addresses] if ELENI in address]


def test_every_look_at_a_person_is_noted(town: Town, staff: SignIn) -> None:
    order, _ = paid_order(town)
    client = staff(town, "CASHIER")
    client.post("/office/search/", {"q": "Μαρκάκη"})
    client.get(DEBTOR.format(debtor_of(town)))
    client.get(ORDER.format(order))
    noted = rows(town, "SELECT action, subject FROM audit_entry WHERE actor = 'STAFF' ORDER BY id")
    actions = [action for action, _ in noted]
    assert [actions.count(one) for one in ("payer.searched", "payer.seen", "payment.seen")] == [1, 1, 1]
    assert not [subject for _, subject in noted if ELENI in subject or "ΜΑΡΚΑΚΗ" in subject.upper()]

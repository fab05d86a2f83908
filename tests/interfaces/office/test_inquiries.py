"""What people wrote about debts, before staff: who may read it, answering once, nothing of elsewhere."""

import pytest

from obolos.domain.people.models import Role
from obolos.flows.guest import CODE, Held
from obolos.flows.inquire import inquire
from tests.interfaces.office.conftest import NOW, SignIn
from tests.support.world import Town, one


@pytest.fixture
def written(town: Town) -> int:
    """An objection to Eleni's fine; its id."""
    debt = one(town, "SELECT id FROM debt WHERE ticket_no <> ''")
    inquire(
        Held(town.id, (debt,), CODE), kind="OBJECTION", text="Δεν ήμουν <b>εκεί</b>.", email="driver@example.gr",
        language="el", form_token="i" * 32, now=NOW,
    )  # fmt: skip
    return int(one(town, "SELECT id FROM inquiry"))


def test_a_clerk_reads_answers_and_closes(town: Town, written: int, staff: SignIn) -> None:
    clerk = staff(town)
    reference = one(town, "SELECT reference FROM inquiry")
    assert reference in clerk.get("/office/inquiries/").content.decode()
    page = clerk.get(f"/office/inquiries/{written}/").content.decode()
    assert "Δεν ήμουν &lt;b&gt;εκεί&lt;/b&gt;." in page
    assert "Μαρκάκη" not in page, "her record is one press away, and notes who looked"
    answer = clerk.post(f"/office/inquiries/{written}/", {"answer": "Έχετε δίκιο."})
    assert answer["Location"] == f"/office/inquiries/{written}/"
    assert "Έχετε δίκιο." in clerk.get(answer["Location"]).content.decode()
    assert reference not in clerk.get("/office/inquiries/").content.decode()
    assert reference in clerk.get("/office/inquiries/?state=closed").content.decode()
    again = clerk.post(f"/office/inquiries/{written}/", {"answer": "Άλλη."})
    assert again["Location"] == "/office/inquiries/"
    assert one(town, "SELECT answer FROM inquiry") == "Έχετε δίκιο."


def test_what_waits_is_counted_on_the_first_page_and_in_the_menu(town: Town, written: int, staff: SignIn) -> None:
    clerk = staff(town)
    home = clerk.get("/office/").content.decode()
    assert '<a href="/office/inquiries/">Μηνύματα (1)</a>' in home
    assert '<a href="/office/inquiries/">Μηνύματα για οφειλές</a>: <strong class="ob-num">1</strong>' in home
    assert "Δεν εκκρεμεί τίποτα" not in home
    clerk.post(f"/office/inquiries/{written}/", {"aside": "1", "closing": "STANDS"})
    assert "(1)</a>" not in clerk.get("/office/").content.decode()
    finance = staff(town, Role.FINANCE).get("/office/").content.decode()
    assert "/office/inquiries/" not in finance


def test_an_empty_answer_is_asked_for_and_closing_says_why(town: Town, written: int, staff: SignIn) -> None:
    admin = staff(town, Role.ADMIN)
    address = f"/office/inquiries/{written}/"
    assert admin.post(address, {"answer": " "}).status_code == 422
    unsaid = admin.post(address, {"aside": "1", "closing": ""})
    assert unsaid.status_code == 422
    assert "Επιλέξτε γιατί κλείνει" in unsaid.content.decode()
    assert one(town, "SELECT state FROM inquiry") == "OPEN"
    assert "Όσα απαντήσετε πηγαίνουν στο driver@example.gr." in admin.get(address).content.decode()
    admin.post(address, {"aside": "1", "closing": "PAPERS"})
    assert (one(town, "SELECT state FROM inquiry"), one(town, "SELECT closing FROM inquiry")) == ("CLOSED", "PAPERS")
    assert one(town, "SELECT count(*) FROM delivery WHERE event = 'INQUIRY_CLOSED'") == 1
    closed = admin.get(address).content.decode()
    assert "Χρειαζόμαστε έγγραφα από εσάς" in closed
    assert "Η απάντηση πηγαίνει" not in closed
    assert "Όσα απαντήσετε" not in closed
    assert "Ότι έκλεισε, και γιατί, στάλθηκε στο driver@example.gr." in closed


@pytest.mark.parametrize("role", [Role.CASHIER, Role.FINANCE])
def test_others_may_not(town: Town, written: int, staff: SignIn, role: Role) -> None:
    client = staff(town, role)
    assert client.get("/office/inquiries/").status_code == 403
    assert client.post(f"/office/inquiries/{written}/", {"answer": "x"}).status_code == 403
    assert one(town, "SELECT state FROM inquiry") == "OPEN"


def test_nothing_of_elsewhere(town: Town, elsewhere: Town, written: int, staff: SignIn) -> None:
    stranger = staff(elsewhere)
    assert stranger.get(f"/office/inquiries/{written}/").status_code == 404
    stranger.post(f"/office/inquiries/{written}/", {"answer": "x"})
    assert one(town, "SELECT state FROM inquiry") == "OPEN"
    assert one(town, "SELECT reference FROM inquiry") not in stranger.get("/office/inquiries/").content.decode()

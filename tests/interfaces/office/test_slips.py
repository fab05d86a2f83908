"""Slips before staff: money that came again names its slip; a story says where a slip's money went."""

import json
import re

import pytest
from django.test import Client

from obolos.base.references import slip_format
from obolos.domain.people.models import Role
from obolos.flows.dias import take_day_file
from obolos.flows.match_slips import match_by_hand, match_slips
from obolos.flows.payment_proof import proof_view
from obolos.flows.slip_pads import void_pad
from tests.flows.test_slips import LATER as WHEN
from tests.flows.test_slips import arrive, ask_dias, numbers, pad, paid_slip, rf_of  # noqa: F401
from tests.interfaces.office.conftest import SignIn
from tests.reliability.stories import day_file
from tests.support.world import Town, make_town, one, rows


@pytest.fixture
def town() -> Town:
    """Ioannina, where nobody owes anything."""
    return make_town([])


def again(town: Town, number: str, cents: int = 4_000) -> int:
    """A day file says that the RF code of a slip was paid; the payment."""
    file = day_file((rf_of(town, number), cents))
    take_day_file(file["content"].encode(), file["name"], now=WHEN)
    return int(one(town, "SELECT max(id) FROM payment"))


def page(client, path: str, language: str = "el") -> str:
    """A page as text on one line."""
    answer = client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.parametrize("before", ["CARD", "RF"])
def test_money_that_came_a_second_time_names_the_slip_and_its_pad(town: Town, staff: SignIn, before: str) -> None:
    if before == "CARD":
        number = paid_slip(town)
    else:
        pad(town, count=1)
        number = numbers(town)[0]
        assert ask_dias(rf_of(town, number), 4_000) is None
        again(town, number)  # which confirms the one that DIAS had asked about
    payment = again(town, number)
    slip, pad_number = rows(town, "SELECT s.id, p.number FROM preissued_slip s JOIN slip_pad p ON p.id = s.pad_id")[0]
    client = staff(town)
    for path in ("/office/worklist/?kind=UNAPPLIED", f"/office/payments/{payment}/"):
        text = page(client, path)
        for told in (f'href="/office/slips/{slip}/"', slip_format(number), pad_number, "Δημοτική Αστυνομία"):
            assert told in text, (path, told)
        assert "δεν έχει έρθει ακόμη" in text
    assert f'href="/office/payments/{payment}/"' in page(client, f"/office/slips/{slip}/")


def test_when_its_fine_is_there_the_payer_is_linked_too(town: Town, staff: SignIn, arrive) -> None:  # noqa: F811
    number = paid_slip(town)
    arrive((number, "ΙΝΑ-1234", 4_000))
    assert match_slips(now=WHEN) == 1
    payment = again(town, number)
    debtor = one(town, "SELECT id FROM debtor WHERE afm = '038836853'")
    client = staff(town)
    listed = page(client, "/office/worklist/?kind=UNAPPLIED")
    assert f'href="/office/payers/{debtor}/"' in listed
    assert "Μαρκάκη" not in listed, "the worklist shows questions, not people"
    told = page(client, f"/office/payments/{payment}/")
    assert f'<a href="/office/payers/{debtor}/">Μαρκάκη Ελένη</a>' in told
    seen = rows(
        town, "SELECT detail FROM audit_entry WHERE action = 'payment.seen' AND subject = %s", f"payment:{payment}"
    )
    assert [json.loads(detail) for (detail,) in seen] == [{"debtor": None, "owners": [debtor]}], (
        "whoever was named was looked at"
    )


def test_another_municipality_s_slips_stay_there(town: Town, elsewhere: Town, staff: SignIn) -> None:
    again(town, paid_slip(town))
    assert "/office/slips/" not in page(staff(elsewhere), "/office/worklist/")


@pytest.mark.parametrize(("language", "words"), [
    ("el", "40,00 € μεταφέρθηκαν από την κλήση"), ("en", "€40.00 moved from slip"),
])  # fmt: skip
def test_a_slip_matched_by_hand_says_where_its_money_went(
    town: Town, staff: SignIn, arrive, language: str, words: str  # noqa: F811
) -> None:  # fmt: skip
    number = paid_slip(town)
    arrive(("77-1", "ΡΗΖ-7777", 4_000))
    slip = one(town, "SELECT id FROM preissued_slip")
    fine = one(town, "SELECT id FROM debt WHERE ext_id = '9084-F0'")
    assert match_by_hand(slip, fine, municipality_id=town.id, by_user=1, now=WHEN) == 4_000
    order, public = rows(town, "SELECT id, public_id FROM payment_order")[0]
    client = staff(town, Role.CLERK)
    for path in (f"/office/slips/{slip}/", f"/office/orders/{order}/"):
        text = page(client, path, language)
        moved = text[text.index(words) :][:200]
        assert slip_format(number) in moved
        assert "77-1" in moved
    whole = page(client, f"/office/orders/{order}/", language)
    assert whole.count("12:DIAS") + whole.count("11:PIRAEUS") == 3, "booked, taken back, booked anew"
    proof = proof_view(public, now=WHEN, language=language)
    assert [(line.amount_cents, *(part.amount_cents for part in line.components)) for line in proof.lines] == [
        (4_000, 4_000)
    ]
    assert any(slip_format(number) in detail for line in proof.lines for detail in line.details)


def test_a_clerk_declares_a_pad_void_and_its_payers_read_it(town: Town, elsewhere: Town, staff: SignIn) -> None:
    made = pad(town, count=3)
    client, path = staff(town), f"/office/slips/pads/{made}/void/"
    stranger = staff(elsewhere)
    assert stranger.get(path).status_code == 404
    assert stranger.post(path, {"reason": "LOST"}).status_code == 404
    for role in (Role.CASHIER, Role.FINANCE):
        assert staff(town, role).post(path, {"reason": "LOST"}).status_code == 403
    assert path in page(client, "/office/slips/")
    assert "3 αχρησιμοποίητες κλήσεις ακυρώνονται" in page(client, path)
    refused = client.post(path, {"reason": "BORED"})
    assert refused.status_code == 422
    assert "Επιλέξτε τον λόγο" in refused.content.decode()
    assert one(town, "SELECT count(*) FROM preissued_slip WHERE ended <> ''") == 0
    done = client.post(path, {"reason": "STOLEN"}).url
    assert done == f"/office/slips/?void={made}"
    assert "ακυρώθηκε: 3 κλήσεις δεν πληρώνονται πια" in page(client, done)
    assert "δεν πληρώνονται πια" not in page(stranger, done)
    listed = page(client, "/office/slips/")
    assert "δεν πληρώνονται πια" not in listed
    assert "κλάπηκε, 3 κλήσεις" in listed
    assert f"/office/slips/pads/{made}.pdf" not in listed
    assert client.get(f"/office/slips/pads/{made}.pdf").status_code == 404
    assert client.post(path, {"reason": "LOST"}).status_code == 422
    slip = one(town, "SELECT min(id) FROM preissued_slip")
    assert "άκυρη μαζί με το μπλοκ" in page(client, f"/office/slips/{slip}/")


def test_money_for_a_slip_that_was_declared_void_says_so_where_a_person_decides(town: Town, staff: SignIn) -> None:
    made = pad(town, count=1)
    number = numbers(town)[0]
    void_pad(made, reason="LOST", municipality_id=town.id, by_user=1, now=WHEN)
    payment = again(town, number)
    client = staff(town)
    for path in ("/office/worklist/?kind=UNAPPLIED", f"/office/payments/{payment}/"):
        text = page(client, path)
        assert slip_format(number) in text, path
        assert "ακυρώθηκε μαζί με το μπλοκ" in text, path
        assert "δεν έχει έρθει ακόμη" not in text, path


def test_a_new_pad_is_confirmed_and_its_csv_names_the_possible_amounts(town: Town, staff: SignIn) -> None:
    client = staff(town)
    kind = one(town, "SELECT id FROM revenue_kind WHERE code = '00.1512.0001'")
    fields = {"kind": str(kind), "count": "2", "how": "some", "amounts": "20 / 40", "label": ""}
    done = client.post("/office/slips/", fields).url
    made, number = rows(town, "SELECT id, number FROM slip_pad")[0]
    assert done == f"/office/slips/?made={made}"
    text = page(client, done)
    assert f"Το μπλοκ {number} δημιουργήθηκε: 2 κλήσεις." in text
    csv = b"".join(client.get(f"/office/slips/pads/{made}.csv")).decode("utf-8-sig").splitlines()  # type: ignore[call-overload]
    assert [line.split(";" if ";" in line else ",")[1:3] for line in csv] == [
        ["amount", "possible_amounts"], ["", "20.00 / 40.00"], ["", "20.00 / 40.00"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "words"), [("el", "Ο δήμος έχει ακυρώσει αυτή την κλήση"), ("en", "declared void by the municipality")]
)
def test_the_holder_of_a_void_slip_reads_so_and_whom_to_call(town: Town, language: str, words: str) -> None:
    made = pad(town, count=1)
    code = one(town, "SELECT code FROM pay_code")
    guest = Client()
    assert guest.get(f"/slip/{code}/").status_code == 200
    void_pad(made, reason="LOST", municipality_id=town.id, by_user=1, now=WHEN)
    assert guest.get(f"/slip/{code}/").url == f"/k/{code}/"
    assert guest.post(f"/slip/{code}/", {"amount": "40"}).url == f"/k/{code}/"
    text = page(guest, f"/k/{code}/", language)
    assert words in text
    assert one(town, "SELECT phone FROM municipality WHERE id = %s", town.id) in text
    assert text.count(one(town, "SELECT phone FROM municipality WHERE id = %s", town.id) + "</a>") == 1
    assert 'name="means"' not in text
    assert f"/k/{code}/object/" not in text
    assert f"/k/{code}/not-mine/" not in text
    assert "πληρώθηκε" not in text
    assert (
        guest.post(f"/k/{code}/", {"means": "card", "expected_cents": "4000", "form_token": "a" * 32}).status_code
        == 409
    )
    assert rows(town, "SELECT 1 FROM payment_order") == []

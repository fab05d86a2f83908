"""Whoever paid a slip before its fine came: promised nothing that may turn out false, and told once what became of it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from obolos.base.references import slip_format
from obolos.flows.deliver import deliver_due
from obolos.flows.match_slips import leave_slip, match_by_hand, match_slips
from obolos.flows.pay import pay_by_card
from obolos.flows.show_debts import Chosen, Payer, debts_held
from tests.flows.test_slips import (  # noqa: F401 - a fixture among them
    LATER,
    arrive,
    ask_dias,
    back,
    fine_of,
    numbers,
    pad,
    paid_slip,
    rf_of,
    say,
)
from tests.support.world import NOW, Town, bank_says_ready, broken_proofs, make_town, one, rows

pytestmark = pytest.mark.usefixtures("db_clean")
AFTER = LATER + timedelta(minutes=1)
NO_BREAK = "\u00a0"


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """Ioannina, with a bank that is ready."""
    bank_says_ready(monkeypatch)
    return make_town([])


def order_of(town: Town, *, email: str = "guest@citizens.example", language: str = "el", cents: int = 2_000) -> str:
    """A slip of a new pad, found and paid by card; its order."""
    pad(town, count=1)
    debt = say(town, numbers(town)[-1], cents)
    row = debts_held([debt], municipality_id=town.id, now=NOW).groups[0].rows[0]
    order = pay_by_card(
        payer=Payer(municipality_id=town.id, debt_ids=(debt,), email=email), chosen=[Chosen(row.instalment_id)],
        expected_cents=cents, form_token="t" * 20, language=language, visit="v", now=NOW,
    )  # fmt: skip
    assert back(town, order) == "APPLIED"
    return order


def page(path: str, language: str = "el") -> str:
    """A page as a guest reads it, on one line."""
    answer = Client().get(path, headers={"accept-language": language})
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().replace(NO_BREAK, " ").split())


def code_of(town: Town) -> str:
    return str(one(town, "SELECT k.code FROM pay_code k JOIN preissued_slip s ON s.debt_id = k.debt_id"))


def letters() -> list[str]:
    """Subject and text of every letter, on one line."""
    return [f"{one.subject} {' '.join(one.body.replace(NO_BREAK, ' ').split())}" for one in mail.outbox]


@pytest.mark.parametrize(
    ("language", "waits", "never"),
    [
        ("el", "Πληρώσατε όσα δηλώσατε. Όταν ο δήμος καταχωρίσει την κλήση, σας γράφουμε αν μένει κάτι.",
         ("Δεν χρειάζεται άλλη ενέργεια", "Δεν μένει τίποτα")),
        ("en", "You paid what you declared. When the municipality has typed the ticket in, we write to you whether "
         "anything is left.", ("nothing else", "nothing left")),
    ],
)  # fmt: skip
def test_before_the_fine_comes_nobody_says_that_nothing_is_left(
    town: Town,
    language: str,
    waits: str,
    never: tuple[str, ...],
) -> None:
    order = order_of(town, language=language)
    deliver_due(now=NOW)
    [letter] = letters()
    for text in (letter, page(f"/pay/{order}/", language), page(f"/k/{code_of(town)}/", language)):
        assert waits in text
        for words in never:
            assert words not in text


def test_who_left_no_address_is_told_to_look_there(town: Town) -> None:
    order = order_of(town, email="")
    for path in (f"/pay/{order}/", f"/k/{code_of(town)}/"):
        assert "Όταν ο δήμος καταχωρίσει την κλήση, ελέγξτε εδώ αν μένει κάτι." in page(path)
        assert "σας γράφουμε" not in page(path)


@pytest.mark.parametrize("language", ["el", "en"])
def test_with_a_rest_the_payer_reads_what_was_paid_and_what_is_left(town: Town, arrive, language: str) -> None:  # noqa: F811
    order = order_of(town, language=language)
    number = numbers(town)[0]
    reference = one(town, "SELECT reference FROM payment_order")
    arrive((slip_format(number), "ΙΝΑ-1234", 4_000))
    assert match_slips(now=LATER) == 0
    slip = one(town, "SELECT id FROM preissued_slip")
    asked = page(f"/k/{code_of(town)}/", language)
    assert ("Μόλις αποφασιστεί, σας γράφουμε" if language == "el" else "We write to you what was decided") in asked
    match_by_hand(slip, fine_of(town)[0], municipality_id=town.id, by_user=1, now=LATER)
    deliver_due(now=AFTER)
    deliver_due(now=AFTER + timedelta(days=1))
    told = [text for text in letters() if slip_format(number) in text and reference in text]
    assert len(told) == 2, "the proof, and once what became of it"
    assert ("άλλη ενέργεια" if language == "el" else "nothing else") not in told[0]
    letter = told[1]
    html = str(mail.outbox[-1].alternatives[0][0])
    words = (
        ("20,00 € στον Δήμο", "μέτρησαν για την κλήση", "Μένουν 20,00 €, πληρωτέα έως")
        if language == "el"
        else ("€20.00 to the Municipality", "were counted for ticket", "€20.00 is left, due")
    )
    for one_of in (*words, f"/k/{code_of(town)}/"):
        assert one_of in letter
    assert f'lang="{language}"' in html
    assert f"/k/{code_of(town)}/" in html
    for path in (f"/k/{code_of(town)}/", f"/pay/{order}/"):
        shown = page(path, language)
        for one_of in ("40,00 €", "20,00 €") if language == "el" else ("€40.00", "€20.00"):
            assert one_of in shown
        assert reference in shown
        assert ("μένουν" if language == "el" else "left €20.00") in shown
    assert broken_proofs() == []


def test_matched_by_itself_the_letter_says_that_nothing_is_left(town: Town, arrive) -> None:  # noqa: F811
    number = paid_slip(town)
    arrive((slip_format(number), "ΙΝΑ-1234", 4_000))
    assert match_slips(now=LATER) == 1
    assert match_slips(now=LATER) == 0
    deliver_due(now=AFTER)
    letter = letters()[-1]
    assert "40,00 € στον Δήμο Ιωαννιτών μέτρησαν για την κλήση" in letter
    assert "Δεν μένει τίποτα να πληρώσετε για αυτή την κλήση." in letter
    assert one(town, "SELECT count(*) FROM delivery WHERE event = 'SLIP_MATCHED'") == 1
    shown = page(f"/k/{code_of(town)}/")
    assert "δεν μένει τίποτα να πληρώσετε" in shown
    assert "πληρώθηκαν 40,00 €" in shown


def test_what_the_fine_did_not_take_is_named(town: Town, arrive) -> None:  # noqa: F811
    number = paid_slip(town)
    arrive((number, "ΡΗΖ-7777", 2_500))
    match_slips(now=LATER)
    slip = one(town, "SELECT id FROM preissued_slip")
    match_by_hand(slip, fine_of(town)[0], municipality_id=town.id, by_user=1, now=LATER)
    deliver_due(now=AFTER)
    letter = letters()[-1]
    assert "25,00 € στον Δήμο" in letter
    assert "Για την κλήση δεν χρειάστηκαν: 15,00 €." in letter


def test_money_that_is_left_where_it_is_is_told_too(town: Town, arrive) -> None:  # noqa: F811
    number = paid_slip(town)
    arrive((number, "ΡΗΖ-7777", 8_000))
    match_slips(now=LATER)
    slip = one(town, "SELECT id FROM preissued_slip")
    assert leave_slip(slip, municipality_id=town.id, by_user=1, now=LATER)
    deliver_due(now=AFTER)
    letter = letters()[-1]
    assert f"μένουν όπως πληρώθηκαν, για την κλήση {slip_format(number)}" in letter
    assert "Δεν μένει τίποτα" not in letter
    assert "Δεν χρειάζεται άλλη ενέργεια" not in letter
    shown = page(f"/k/{code_of(town)}/")
    assert "μένει όπως έγινε" in shown
    assert "Δεν μένει τίποτα" not in shown


def test_who_paid_at_a_bank_is_written_to_by_nobody(town: Town, arrive) -> None:  # noqa: F811
    pad(town, count=1)
    number = numbers(town)[0]
    assert ask_dias(rf_of(town, number), 4_000) is None
    assert "ελέγξτε εδώ" in page(f"/k/{code_of(town)}/")
    arrive((number, "ΙΝΑ-1234", 4_000))
    assert match_slips(now=LATER) == 1
    assert rows(town, "SELECT 1 FROM delivery WHERE target = 'PAYER_EMAIL'") == []

"""The proof says what the money did: as asked, less, more, twice, late, or for a debt that was closed meanwhile."""

import io
import re
from datetime import date, timedelta
from random import Random

import pypdf
import pytest

from obolos.adapters.documents.proof import render_proof
from obolos.adapters.documents.views import ProofView
from obolos.base.tenancy import tenancy
from obolos.domain.debts.models import Instalment
from obolos.flows.dias import take_day_file
from obolos.flows.hear_bank import hear_return
from obolos.flows.order_status import NothingToProve, order_view
from obolos.flows.payment_proof import _by_instalment, proof_of, proof_view
from obolos.flows.show_debts import Chosen
from tests.support.dias import day_file
from tests.support.world import (
    ELENI,
    NOW,
    Town,
    bank_says_ready,
    broken_proofs,
    certified,
    everything,
    fine,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
LATER = NOW + timedelta(hours=3)


@pytest.fixture(autouse=True)
def _bank(monkeypatch: pytest.MonkeyPatch) -> None:
    bank_says_ready(monkeypatch)


def text_of(pdf: bytes) -> str:
    """The text layer, on one line."""
    pages = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf), strict=True).pages)
    return re.sub(r"\s+", " ", pages.replace("\u200b", "").replace("\u00a0", " "))


def day_of(town: Town, rf: str, *cents: int, sequence: int = 1) -> None:
    """A day file that says that these amounts were paid under one code."""
    take_day_file(*day_file(town.code, [(rf, one) for one in cents], sequence=sequence), now=LATER)


def pay_card(town: Town, order: str, **changes: str) -> None:
    """The bank says that an order's attempt was paid."""
    hear_return("PIRAEUS", signed_return(reference_of(town, order), town.code, **changes), now=LATER)


def right(town: Town, order: str, language: str = "el") -> ProofView:
    """The proof of an order, after seeing that it says just what the books say."""
    view = proof_view(order, now=LATER, language=language)
    number = one(town, "SELECT id FROM payment_order WHERE public_id = %s", order)
    paid = one(town, "SELECT sum(amount_cents)::bigint FROM payment WHERE order_id = %s", number)
    counted = rows(
        town,
        "SELECT sum(c.amount_cents)::bigint FROM collection c JOIN payment p ON p.id = c.payment_id "
        "WHERE p.order_id = %s GROUP BY c.instalment_id ORDER BY c.instalment_id",
        number,
    )
    assert view.amount_cents == paid == sum(one.amount_cents for one in view.payments)
    assert [line.amount_cents for line in view.lines] == [cents for (cents,) in counted]
    assert all(sum(part.amount_cents for part in line.components) == line.amount_cents for line in view.lines)
    assert view.uncounted_cents == paid - sum(cents for (cents,) in counted) >= 0
    text = text_of(render_proof(view))
    assert ("Χωρίς καταλογισμό σε οφειλή" in text or "Not counted against a debt" in text) == bool(view.uncounted_cents)
    return view


def test_less_than_asked_shows_what_was_paid_of_the_debt() -> None:
    town = make_town([certified(5_000)])
    order = order_by_rf(town.people[ELENI])
    day_of(town, order_view(order, now=NOW).rf, 3_000)
    view = right(town, order)
    assert (view.amount_cents, view.uncounted_cents) == (3_000, 0)
    assert [line.amount_cents for line in view.lines] == [3_000]
    assert "Πληρώσατε 30,00 €" in text_of(proof_of(order, now=LATER))


def test_more_than_asked_says_that_the_rest_counted_against_nothing() -> None:
    town = make_town([certified(5_000)])
    order = order_by_rf(town.people[ELENI])
    day_of(town, order_view(order, now=NOW).rf, 5_750)
    view = right(town, order)
    assert (view.amount_cents, view.uncounted_cents) == (5_750, 750)
    text = text_of(proof_of(order, now=LATER))
    assert "Χωρίς καταλογισμό σε οφειλή" in text
    assert "το τακτοποιεί ο δήμος" in text
    assert "7,50 €" in text
    right(town, order, "en")


def test_one_code_paid_twice_lists_both_payments_with_their_moments() -> None:
    town = make_town([certified(5_000)])
    order = order_by_rf(town.people[ELENI])
    day_of(town, order_view(order, now=NOW).rf, 5_000, 5_000)
    view = right(town, order)
    assert (view.amount_cents, view.uncounted_cents, len(view.payments)) == (10_000, 5_000, 2)
    text = text_of(proof_of(order, now=LATER))
    assert "1η πληρωμή 22 Νοεμβρίου 2026, 11:30 · 50,00 €" in text
    assert "2η πληρωμή 22 Νοεμβρίου 2026, 11:30 · 50,00 €" in text


def test_money_that_was_not_counted_is_never_said_to_have_paid_the_debt() -> None:
    town = make_town([certified(5_000)])
    person = town.people[ELENI]
    (chosen,) = everything(person)
    first, second = order_by_card(person, [chosen]), order_by_card(person, [chosen])
    pay_card(town, first)
    pay_card(town, second, ApprovalCode="111111")
    assert right(town, first).uncounted_cents == 0
    view = right(town, second)
    assert (view.lines, view.uncounted_cents) == ((), 5_000)
    paid_by = view_title(town, first)
    text = text_of(proof_of(second, now=LATER))
    assert paid_by not in text
    assert paid_by in text_of(proof_of(first, now=LATER))
    assert "Δεν χρειάζεται άλλη ενέργεια" not in text
    assert "Μην πληρώσετε ξανά" in text


def view_title(town: Town, order: str) -> str:
    """What the first line of an order is called."""
    return order_view(order, now=LATER).lines[0].title_el


def test_a_proof_reads_the_same_after_the_bank_told_its_own_number() -> None:
    town = make_town([certified(5_000)])
    order = order_by_card(town.people[ELENI])
    pay_card(town, order)
    before = proof_of(order, now=LATER)
    with tenancy(municipality=town.id):
        from obolos.domain.payments.models import Payment

        Payment.objects.update(bank_txn="1795326849", confirmed_at=LATER)
    assert proof_of(order, now=LATER + timedelta(days=1)) == before
    assert "389700" in text_of(before)
    assert "1795326849" not in text_of(before)


def test_without_money_there_is_no_proof() -> None:
    town = make_town([certified(5_000)])
    with pytest.raises(NothingToProve):
        proof_of(order_by_rf(town.people[ELENI]), now=LATER)


def _closed(town: Town, random: Random) -> None:
    """One of the debts is closed, or partly paid at the cash desk, while somebody pays; without its posting."""
    with tenancy(municipality=town.id):
        chosen = random.choice(list(Instalment.objects.order_by("id")))
        left = chosen.principal_cents - chosen.collected_cents - chosen.discounted_cents
        chosen.elsewhere_cents = max(0, random.choice([left, left // 2]))
        chosen.save(update_fields=["elsewhere_cents"])


@pytest.mark.parametrize("seed", range(24))
def test_whatever_comes_the_proof_adds_up_and_says_what_the_books_say(seed: int) -> None:
    random = Random(seed)
    town = make_town(
        [
            *(certified(random.randint(500, 90_000), date(2026, random.randint(3, 12), 15)) for _ in range(3)),
            fine(random.randint(2_000, 9_000)),
        ]
    )
    person = town.people[ELENI]
    picked = random.sample(everything(person), k=random.randint(1, 4))
    orders = [(order_by_rf if random.random() < 0.6 else order_by_card)(person, _whole(picked)) for _ in range(2)]
    closed = random.random() < 0.5
    if closed:
        _closed(town, random)
    for sequence, order in enumerate(orders, 1):
        view = order_view(order, now=NOW)
        if view.rf:
            amounts = [_near(view.amount_cents, random) for _ in range(random.choice([1, 1, 2]))]
            day_of(town, view.rf, *amounts, sequence=sequence)
        else:
            pay_card(town, order)
    for order in orders:
        assert right(town, order, random.choice(["el", "en"])).amount_cents == order_view(order, now=LATER).paid_cents
    assert closed or broken_proofs() == []


def test_a_debt_whose_money_moved_on_has_no_line_of_nothing() -> None:
    parts = [
        (1, "PRINCIPAL", "", 1_000),
        (1, "SURCHARGE", "", -1_000),
        (2, "PRINCIPAL", "", 700),
        (2, "COSTS", "", 300),
    ]
    found = _by_instalment(parts)
    assert [(counted.instalment_id, counted.cents) for counted in found] == [(2, 1_000)]


def _near(asked: int, random: Random) -> int:
    """The amount asked, or less, or more."""
    less, more = max(1, asked - random.randint(1, asked)), asked + random.randint(1, 5_000)
    return random.choice([asked, asked, less, more])


def _whole(picked: list[Chosen]) -> list[Chosen]:
    return sorted(picked, key=lambda one: one.instalment_id)

"""A fine for which money may have come on a slip, and a debt under objection: on notices, in reminders, in the record."""

import io
from collections.abc import Callable

import pypdf
import pytest

from obolos.base.references import rf_format, slip_format
from obolos.base.tenancy import tenancy
from obolos.domain.people.models import Person
from obolos.domain.reminders.queries import due_now
from obolos.flows.guest import CODE, Held
from obolos.flows.inquire import inquire
from obolos.flows.match_slips import leave_slip, match_slips
from obolos.flows.notices import NothingOwed, make_notice, notice_pdf
from obolos.flows.payer_record import payer_record
from tests.flows.test_slips import LATER, fine_of, paid_slip
from tests.flows.test_slips import arrive as arrive  # noqa: PLC0414 - a fixture
from tests.flows.test_slips import town as town  # noqa: PLC0414 - a fixture
from tests.support.world import Town, one, rows

pytestmark = pytest.mark.usefixtures("db_clean")
Arrive = Callable[..., None]


@pytest.fixture
def asked(town: Town, arrive: Arrive) -> tuple[str, int]:
    """A slip paid with 40 €, whose fine came with 80 €: (its number as printed, its debtor)."""
    number = slip_format(paid_slip(town))
    arrive((number, "ΙΝΑ-1234", 8_000))
    match_slips(now=LATER)
    return number, int(one(town, "SELECT debtor_id FROM debt WHERE id = %s", fine_of(town)[0]))


def notice(town: Town, debtor: int, language: str = "el") -> str:
    """The text of a new notice."""
    made = make_notice(debtor, municipality_id=town.id, language=language, by_user=1, now=LATER)
    pdf = notice_pdf(made, municipality_id=town.id, by_user=1, now=LATER)[1]
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf), strict=True).pages)
    return " ".join(text.split())


def test_a_notice_names_a_fine_that_may_be_paid_and_asks_for_the_rest(
    town: Town, arrive: Arrive, asked: tuple[str, int]
) -> None:
    number, debtor = asked
    arrive((number, "ΙΝΑ-1234", 8_000), ("77-1", "ΙΝΑ-1234", 6_000))
    fine, other = fine_of(town)[0], fine_of(town, "9084-F1")[0]
    codes = (
        "SELECT i.debt_id FROM rf_code r JOIN order_line l ON l.order_id = r.order_id "
        "JOIN instalment i ON i.id = l.instalment_id"
    )
    text = notice(town, debtor)
    assert f"Κλήση {number}" in text
    assert "Αν είναι δική σας, μην πληρώσετε ξανά." in text
    assert "Σύνολο σήμερα 60,00" in text
    assert "80,00" not in text
    assert [debt for (debt,) in rows(town, f"{codes} WHERE l.person_id IS NOT NULL")] == [other]
    printed = one(town, "SELECT code FROM pay_code WHERE debt_id = %s", other)
    assert rf_format(printed) in text
    assert text.index("77-1") < text.index(number), "what is asked for stands first"
    assert "If it was yours, do not pay again." in notice(town, debtor, "en")
    # Once a clerk has decided that the money was for something else, it is asked for like any other.
    leave_slip(one(town, "SELECT id FROM preissued_slip"), municipality_id=town.id, by_user=1, now=LATER)
    assert "μην πληρώσετε ξανά" not in notice(town, debtor)
    assert {debt for (debt,) in rows(town, codes)} >= {fine, other}


def test_there_is_no_notice_of_nothing_but_a_fine_that_may_be_paid(town: Town, asked: tuple[str, int]) -> None:
    with pytest.raises(NothingOwed):
        make_notice(asked[1], municipality_id=town.id, language="el", by_user=1, now=LATER)
    assert one(town, "SELECT count(*) FROM notice") == 0


def test_the_record_marks_it_and_says_how_much_of_the_sum_it_is(
    town: Town, arrive: Arrive, asked: tuple[str, int]
) -> None:
    number, debtor = asked
    arrive((number, "ΙΝΑ-1234", 8_000), ("77-1", "ΙΝΑ-1234", 6_000))
    record = payer_record(debtor, municipality_id=town.id, by_user=1, now=LATER)
    marked = {one_.ext_id: (one_.by_slip, one_.objected) for one_ in record.open_debts}
    assert marked == {"9084-F0": (True, False), "9084-F1": (False, False)}
    today = {one_.ext_id: one_.today_cents for one_ in record.open_debts}
    assert record.by_slip_cents == today["9084-F0"]


def test_a_debt_under_objection_is_asked_for_with_a_remark(town: Town, arrive: Arrive) -> None:
    arrive(("77-1", "ΙΝΑ-1234", 6_000), ("77-2", "ΙΝΑ-1234", 6_000))
    debt = fine_of(town)[0]
    debtor = one(town, "SELECT debtor_id FROM debt WHERE id = %s", debt)
    inquire(
        Held(town.id, (debt,), CODE), kind="OBJECTION", text="Δεν ήμουν εκεί.", email="", language="el",
        form_token="f" * 32, now=LATER,
    )  # fmt: skip
    record = payer_record(debtor, municipality_id=town.id, by_user=1, now=LATER)
    assert {one_.ext_id: one_.objected for one_ in record.open_debts} == {"9084-F0": True, "9084-F1": False}
    text = notice(town, debtor)
    assert text.count("Σε ένσταση.") == 1
    assert one(town, "SELECT count(*) FROM rf_code r JOIN payment_order o ON o.id = r.order_id") == 2


def test_a_reminder_leaves_it_out_and_asks_for_the_rest_of_the_day(
    town: Town, arrive: Arrive, asked: tuple[str, int]
) -> None:
    arrive((asked[0], "ΙΝΑ-1234", 8_000), ("77-1", "ΙΝΑ-1234", 6_000))
    due = [
        day for (day,) in rows(town, "SELECT DISTINCT due_on FROM instalment WHERE open_cents > 0 AND person_id > 0")
    ]
    person = one(town, "SELECT person_id FROM debtor WHERE id = %s", asked[1])
    with tenancy(person=person):
        Person.objects.filter(id=person).update(email="eleni@citizens.example")

    def reminded() -> set[int]:
        with tenancy(municipality=town.id):
            found = due_now(days=-7, channel="EMAIL", due=due, most=10)
        return {instalment for candidate in found for instalment in candidate.instalment_ids}

    of_debt = "SELECT id FROM instalment WHERE debt_id = %s"
    fine, other = (one(town, of_debt, fine_of(town, ext)[0]) for ext in ("9084-F0", "9084-F1"))
    assert reminded() == {other}
    leave_slip(one(town, "SELECT id FROM preissued_slip"), municipality_id=town.id, by_user=1, now=LATER)
    assert reminded() == {fine, other}

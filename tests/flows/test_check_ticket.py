"""The entrance: what each ticket is told, and that it lets in one person once."""

from datetime import timedelta

import pytest

from obolos.base.tenancy import tenancy
from obolos.domain.offerings.actions import use_ticket
from obolos.domain.offerings.models import Event
from obolos.flows.check_ticket import Verdict, check_ticket, code_of, let_in
from obolos.flows.hear_bank import hear_return
from obolos.flows.return_places import return_places
from obolos.flows.run_events import call_off
from tests.support.sales import buy, make_event
from tests.support.world import NOW, Town, bank_says_ready, counts, make_town, one, reference_of, rows, signed_return

pytestmark = pytest.mark.usefixtures("db_clean")
EVENING = NOW + timedelta(days=10)
STAFF = 7


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town whose bank is ready."""
    bank_says_ready(monkeypatch)
    return make_town([])


@pytest.fixture
def event(town: Town) -> Event:
    """An evening in ten days."""
    return make_event(town)


def paid_ticket(town: Town, event: Event) -> str:
    """The code of a paid ticket."""
    order = buy(town, event, 1).order
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=NOW)
    return str(one(town, "SELECT code FROM ticket"))


def test_it_lets_one_person_in_once_and_says_when(town: Town, event: Event) -> None:
    code = paid_ticket(town, event)
    looked = check_ticket(code, municipality_id=town.id, event_id=event.id, now=EVENING)
    assert looked.verdict is Verdict.VALID
    assert looked.good
    assert one(town, "SELECT checked_at FROM ticket") is None
    first = let_in(code, municipality_id=town.id, event_id=event.id, by_user=STAFF, now=EVENING)
    again = let_in(code, municipality_id=town.id, event_id=event.id, by_user=8, now=EVENING + timedelta(minutes=5))
    assert (first.verdict, again.verdict) == (Verdict.ENTERED, Verdict.USED)
    assert again.ticket
    assert again.ticket.checked_at == EVENING
    assert rows(town, "SELECT checked_at, checked_by FROM ticket") == [(EVENING, STAFF)]
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'ticket.used'") == 1


@pytest.mark.parametrize(
    ("before", "verdict"),
    [
        ("nothing", Verdict.UNPAID),
        ("released", Verdict.RELEASED),
        ("cancelled", Verdict.CANCELLED),
        ("other event", Verdict.OTHER_EVENT),
        ("other day", Verdict.OTHER_DAY),
        ("other town", Verdict.UNKNOWN),
    ],
)
def test_whoever_may_not_come_in_is_told_why_and_nothing_changes(
    town: Town, event: Event, before: str, verdict: Verdict
) -> None:
    here, at, now = town, event.id, EVENING
    if before in {"nothing", "released"}:
        buy(town, event, 1)
        code = str(one(town, "SELECT code FROM ticket"))
    else:
        code = paid_ticket(town, event)
    if before == "released":
        return_places(now=NOW + timedelta(hours=1))
    elif before == "cancelled":
        call_off(event.id, municipality_id=town.id, by_user=STAFF, now=NOW)
    elif before == "other event":
        at = make_event(town, title="Θέατρο").id
    elif before == "other day":
        now = EVENING - timedelta(days=2)
    elif before == "other town":
        here = make_town([], code="9083")
        at = make_event(here).id
    rights = counts(here)
    assert check_ticket(code, municipality_id=here.id, event_id=at, now=now).verdict is verdict
    assert let_in(code, municipality_id=here.id, event_id=at, by_user=STAFF, now=now).verdict is verdict
    assert one(town, "SELECT checked_at FROM ticket") is None
    assert counts(here) == rights


def test_money_that_is_not_all_there_is_not_paid(town: Town, event: Event) -> None:
    buy(town, event, 1, means="rf")
    rows(town, "UPDATE instalment SET collected_cents = 1000 RETURNING id")
    code = str(one(town, "SELECT code FROM ticket"))
    assert check_ticket(code, municipality_id=town.id, event_id=None, now=EVENING).verdict is Verdict.UNPAID
    assert let_in(code, municipality_id=town.id, event_id=None, by_user=STAFF, now=EVENING).verdict is Verdict.UNPAID
    with tenancy(municipality=town.id):
        assert not use_ticket(code, by_user=STAFF, now=EVENING), "the statement itself asks the money"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("7K2M 94QX 8ABC DEFG", "7K2M94QX8ABCDEFG"),
        ("7k2m-94qx-8abc-defg", "7K2M94QX8ABCDEFG"),
        ("http://localhost:8000/office/door/7K2M94QX8ABCDEFG/", "7K2M94QX8ABCDEFG"),
        ("7K2M94QX8ABCDEF", ""),
        ("", ""),
        ("ΑΒΓΔ", ""),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str, code: str) -> None:
    assert code_of(typed) == code

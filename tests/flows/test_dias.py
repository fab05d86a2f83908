"""DIAS asks and tells: online questions, day files, and what each does to the books."""

import hashlib
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta

import pytest

from obolos.adapters.dias.day_file import BadDayFile
from obolos.adapters.dias.online import IncomingPayment, OnlineRequest, Rejection, read_request
from obolos.flows.dias import NotDias, alarm_unconfirmed, answer_online, take_day_file
from obolos.flows.order_status import order_view
from obolos.flows.show_debts import debts_of
from obolos.interfaces.callbacks import views as callbacks
from tests.support.world import (
    ELENI,
    NOW,
    broken_proofs,
    certified,
    counts,
    everything,
    make_town,
    one,
    order_by_rf,
    rows,
)

pytestmark = pytest.mark.usefixtures("db_clean")
ORG = "99084"


def question(rf: str, cents: int, *, rid: str = "R1", txn: str = "T1", paid_at: datetime = NOW) -> OnlineRequest:
    payment = IncomingPayment(
        rid=rid, organisation=ORG, bank_txn=txn, rf=rf, amount_cents=cents, paid_at=paid_at, booked_on=None,
        debtor_name="ΜΑΡΚΑΚΗ ΕΛΕΝΗ", debtor_bank="PIRBGRAA", remittance="", line_of_business="", created_at=None,
    )  # fmt: skip
    return OnlineRequest("TEST", (payment,))


def ask(request: OnlineRequest, now: datetime = NOW):
    (decision,) = answer_online(request, user="dias-9084", password="demo-dias-9084", now=now)
    return decision.rejection


def day_file(*lines: str, day: date = date(2026, 11, 22), sequence: int = 1) -> tuple[bytes, str]:
    cents = sum(round(float(line.split(";")[3]) * 100) for line in lines)
    body = f"H;1;{ORG};{day};{sequence}\n" + "".join(f"{line}\n" for line in lines)
    raw = body.encode()
    trailer = f"T;{len(lines)};{cents / 100:.2f};{hashlib.sha256(raw).hexdigest()}\n"
    return raw + trailer.encode(), f"DIAS_{ORG}_{day:%Y%m%d}_{sequence}.csv"


def line(rf: str, amount: str, *, rid: str = "R1", txn: str = "T1", paid_at: str = "2026-11-22T12:00:00+02:00") -> str:
    return f"{rid};{txn};{rf};{amount};{paid_at};PIRBGRAA;ΜΑΡΚΑΚΗ ΕΛΕΝΗ;"


@pytest.fixture
def town():
    return make_town([certified(5_000), certified(50_000, date(2026, 9, 30))])


@pytest.fixture
def paid_for(town):
    """An RF order for the debt of 50.00 alone: (public id, RF code)."""
    person = town.people[ELENI]
    small = next(
        row.instalment_id
        for group in debts_of(person, now=NOW).groups
        for row in group.rows
        if row.amount_cents == 5_000
    )
    from obolos.flows.show_debts import Chosen

    order = order_by_rf(person, [Chosen(small)])
    return order, order_view(order, now=NOW).rf


def test_an_accepted_question_is_booked_and_the_file_confirms_it(town, paid_for):
    order, rf = paid_for
    assert ask(question(rf, 5_000)) is None
    view = order_view(order, now=NOW)
    assert (view.phase, view.applied_cents) == ("PAID", 5_000)
    assert one(town, "SELECT confirmed_at FROM payment") is None
    content, name = day_file(line(rf, "50.00"))
    assert take_day_file(content, name, now=NOW) == {"CONFIRMED": 1}
    assert one(town, "SELECT count(*) FROM payment") == 1
    assert one(town, "SELECT confirmed_at FROM payment") == NOW
    assert one(town, "SELECT sum(amount_cents)::bigint FROM posting WHERE account = '12:DIAS'") == 5_000
    assert broken_proofs() == []


def test_the_same_question_gets_the_same_answer_and_another_one_is_told_of_the_duplicate(town, paid_for):
    _, rf = paid_for
    assert ask(question(rf, 5_000)) is None
    before = counts(town)
    assert ask(question(rf, 5_000)) is None
    assert counts(town) == before
    assert ask(question(rf, 5_000, rid="R2", txn="T2")) is Rejection.DUPLICATE
    assert ask(question(rf, 5_000, rid="R2", txn="T2")) is Rejection.DUPLICATE
    assert one(town, "SELECT count(*) FROM payment") == 1
    assert broken_proofs() == []


@pytest.mark.parametrize(
    ("change", "rejection"),
    [
        ({"cents": 5_001}, Rejection.WRONG_AMOUNT),
        ({"rf": "RF64900120120000000004711"}, Rejection.UNKNOWN_CODE),
        ({"rf": "nonsense"}, Rejection.UNKNOWN_CODE),
        ({"paid_at": NOW + timedelta(days=40)}, Rejection.TOO_LATE),
        ({"paid_at": datetime(1, 1, 2, tzinfo=UTC)}, Rejection.TOO_LATE),
        ({"paid_at": NOW - timedelta(days=2)}, Rejection.TOO_LATE),
        ({"paid_at": NOW + timedelta(hours=3)}, Rejection.TOO_LATE),
    ],
    ids=["wrong amount", "unknown code", "no code", "expired", "year one", "before the code was issued", "tomorrow"],
)
def test_a_question_is_refused_while_money_has_not_moved(town, paid_for, change, rejection):
    _, rf = paid_for
    asked = {"rf": rf, "cents": 5_000, "paid_at": NOW} | change
    before = counts(town)
    assert ask(question(asked["rf"], asked["cents"], paid_at=asked["paid_at"])) is rejection
    after = counts(town)
    assert {name for name in after if after[name] != before[name]} == {"bank_message", "bank_result"}
    assert broken_proofs() == []


def test_a_code_whose_debt_was_paid_another_way_is_refused(town, paid_for):
    _, rf = paid_for
    from django.db import connection

    from obolos.base.tenancy import tenancy

    with tenancy(municipality=town.id), connection.cursor() as cursor:
        cursor.execute("UPDATE instalment SET elsewhere_cents = principal_cents WHERE principal_cents = 5000")
    assert ask(question(rf, 5_000)) is Rejection.DUPLICATE
    assert one(town, "SELECT count(*) FROM payment") == 0


@pytest.mark.parametrize(
    "sql",
    ["UPDATE debt SET withdrawn_at = now()", "UPDATE instalment SET withdrawn = true WHERE principal_cents = 5000"],
)
def test_a_code_whose_debt_the_municipality_withdrew_is_void_and_not_paid(town, paid_for, sql):
    _, rf = paid_for
    rows(town, f"{sql} RETURNING id")
    rows(town, "UPDATE instalment SET withdrawn = true WHERE principal_cents = 5000 RETURNING id")
    assert ask(question(rf, 5_000)) is Rejection.TOO_LATE
    assert one(town, "SELECT count(*) FROM payment") == 0


def test_wrong_credentials_learn_nothing_and_write_nothing(town, paid_for):
    _, rf = paid_for
    before = counts(town)
    for user, password in (("dias-9084", "wrong"), ("dias-9083", "demo-dias-9084"), ("", "")):
        with pytest.raises(NotDias):
            answer_online(question(rf, 5_000), user=user, password=password, now=NOW)
    assert counts(town) == before


def test_a_file_is_news_unknown_wrong_and_repeated_money_is_kept_for_a_person(town, paid_for):
    order, rf = paid_for
    content, name = day_file(
        line(rf, "50.00", rid="R1", txn="T1"),
        line(rf, "50.00", rid="R2", txn="T2"),
        line("RF64900120120000000004711", "12.34", rid="R3", txn="T3"),
    )
    endings = take_day_file(content, name, now=NOW)
    assert endings == {"APPLIED": 1, "UNAPPLIED": 2}
    assert sorted(rows(town, "SELECT amount_cents, reason FROM worklist_item WHERE kind = 'UNAPPLIED'")) == [
        (1_234, "UNKNOWN_REFERENCE"),
        (5_000, "DEBT_CLOSED_MEANWHILE"),
    ]
    assert order_view(order, now=NOW).phase == "PAID"
    assert broken_proofs() == []
    # The same file again, under the same or another name, changes nothing.
    before = counts(town)
    assert take_day_file(content, name, now=NOW) == {"FILE_SEEN_BEFORE": 1}
    assert counts(town) == before


def test_a_bank_transaction_in_two_files_counts_once(town, paid_for):
    _, rf = paid_for
    take_day_file(*day_file(line(rf, "50.00")), now=NOW)
    endings = take_day_file(*day_file(line(rf, "50.00"), sequence=2), now=NOW)
    assert endings == {"CONFIRMED": 1}
    assert one(town, "SELECT count(*) FROM payment") == 1
    assert broken_proofs() == []


@pytest.mark.parametrize(
    ("amount", "applied", "unapplied"), [("49.99", 4_999, 0), ("50.01", 5_000, 1), ("100.00", 5_000, 5_000)]
)
def test_a_file_amount_that_differs_is_counted_as_far_as_it_goes(town, paid_for, amount, applied, unapplied):
    order, rf = paid_for
    take_day_file(*day_file(line(rf, amount)), now=NOW)
    view = order_view(order, now=NOW)
    assert (view.applied_cents, view.unapplied_cents) == (applied, unapplied)
    assert broken_proofs() == []


def test_late_money_counts_at_the_amounts_of_its_own_day_and_the_rest_stays_open(town):
    # The pattern of X41–X43: 500.00 due 30/9/2026, RF asked on 22/11 for 507.30 until 30/11, paid on 1/12.
    person = town.people[ELENI]
    late = next(row for group in debts_of(person, now=NOW).groups for row in group.rows if row.overdue)
    from obolos.flows.show_debts import Chosen

    order = order_by_rf(person, [Chosen(late.instalment_id)])
    view = order_view(order, now=NOW)
    assert (view.amount_cents, view.valid_until) == (50_730, date(2026, 11, 30))
    december = line(view.rf, "507.30", paid_at="2026-12-01T09:00:00+02:00")
    take_day_file(*day_file(december, day=date(2026, 12, 1)), now=NOW + timedelta(days=9))
    # n = 3 months begun: 2.19 % → 10.95, needed 510.95 (R21, R12): 507.30 × 500/510.95 = 496.43 principal.
    parts = dict(rows(town, "SELECT component, amount_cents FROM collection"))
    assert parts == {"PRINCIPAL": 49_643, "SURCHARGE": 1_087}
    assert one(town, "SELECT open_cents FROM instalment WHERE principal_cents = 50000") == 357
    assert broken_proofs() == []


def test_the_day_the_payer_paid_counts_not_the_day_of_the_file(town):
    person = town.people[ELENI]
    from obolos.flows.show_debts import Chosen

    late = next(row for group in debts_of(person, now=NOW).groups for row in group.rows if row.overdue)
    order = order_by_rf(person, [Chosen(late.instalment_id)])
    rf = order_view(order, now=NOW).rf
    on_time = line(rf, "507.30", paid_at="2026-11-30T23:59:00+02:00")
    take_day_file(*day_file(on_time, day=date(2026, 12, 1)), now=NOW + timedelta(days=9))
    assert one(town, "SELECT open_cents FROM instalment WHERE principal_cents = 50000") == 0
    assert order_view(order, now=NOW).phase == "PAID"


def test_a_broken_file_writes_nothing(town, paid_for):
    _, rf = paid_for
    content, name = day_file(line(rf, "50.00"), line(rf, "60.00", rid="R2", txn="T2"))
    before = counts(town)
    for cut in (0, 1, 20, len(content) // 2, len(content) - 70, len(content) - 2):
        with pytest.raises(BadDayFile):
            take_day_file(content[:cut], name, now=NOW)
    with pytest.raises(BadDayFile):
        take_day_file(content.replace(b"60.00", b"61.00"), name, now=NOW)
    assert counts(town) == before


def test_accepted_money_that_no_file_confirms_becomes_a_question(town, paid_for):
    _, rf = paid_for
    ask(question(rf, 5_000))
    assert alarm_unconfirmed(now=NOW + timedelta(days=1)) == 0
    assert alarm_unconfirmed(now=datetime(2026, 11, 26, 9, tzinfo=UTC)) == 1
    assert alarm_unconfirmed(now=datetime(2026, 11, 27, 9, tzinfo=UTC)) == 1
    assert rows(town, "SELECT kind, reason FROM worklist_item") == [("DIAS_UNCONFIRMED", "NO_DAY_FILE_LINE")]
    assert broken_proofs() == []


def test_an_rf_of_everything_is_one_code_for_one_municipality(town):
    order = order_by_rf(town.people[ELENI], everything(town.people[ELENI]))
    view = order_view(order, now=NOW)
    assert view.amount_cents == 55_730
    assert len(view.rf) == 25
    assert view.rf[4:9] == ORG
    assert rows(town, "SELECT target FROM delivery ORDER BY 1") == []


def test_the_same_question_number_with_other_content_is_not_the_same_question(town, paid_for):
    _, rf = paid_for
    assert ask(question(rf, 5_000)) is None
    before = counts(town)
    assert ask(question(rf, 100)) is Rejection.DUPLICATE
    assert ask(question("RF64900120120000000004711", 5_000)) is Rejection.DUPLICATE
    assert counts(town) == before


def test_a_file_line_with_an_impossible_date_is_booked_on_the_file_s_day_and_asks_a_person(town, paid_for):
    _, rf = paid_for
    take_day_file(*day_file(line(rf, "50.00", paid_at="1999-01-01T12:00:00+02:00")), now=NOW)
    assert rows(town, "SELECT paid_on FROM payment") == [(date(2026, 11, 22),)]
    assert rows(town, "SELECT reason FROM worklist_item") == [("IMPLAUSIBLE_DATE",)]
    assert broken_proofs() == []


def test_who_calls_is_asked_before_what_is_said(town, paid_for, client, monkeypatch):
    read: list[bytes] = []
    monkeypatch.setattr(callbacks, "read_request", lambda body: read.append(body) or read_request(body))
    before = counts(town)

    def call(user: str, password: str, body: bytes = b"not even JSON"):
        basic = b64encode(f"{user}:{password}".encode()).decode()
        return client.post(
            "/callbacks/dias/online/",
            body,
            content_type="application/json",
            headers={"Authorization": f"Basic {basic}"},
        )

    for user, password in (("dias-9084", "wrong"), ("nobody", "demo-dias-9084"), ("dias-9084", ""), ("\x00", "x")):
        assert call(user, password).status_code == 401
    assert read == []
    assert call("dias-9084", "demo-dias-9084").status_code == 400
    assert len(read) == 1
    assert counts(town) == before

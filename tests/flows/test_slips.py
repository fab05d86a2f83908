"""Slips paid before their fine is typed in: found, paid in every way, matched when the fine arrives, or asked about."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from obolos.adapters.dias.online import IncomingPayment, OnlineRequest, Rejection
from obolos.base.periods import month_of
from obolos.base.references import slip_format, slip_number_valid
from obolos.base.tenancy import tenancy
from obolos.domain.payments.queries import payment_for_erp
from obolos.flows.dias import answer_online, take_day_file
from obolos.flows.hear_bank import hear_return
from obolos.flows.import_debts import import_file
from obolos.flows.match_slips import CannotMatch, leave_slip, match_by_hand, match_slips
from obolos.flows.pay import pay_by_card
from obolos.flows.remind import leg_of
from obolos.flows.show_debts import Chosen, NotPayable, Payer, debts_held, debts_of
from obolos.flows.slips import BadPad, BadStatement, find_slip, make_pad, slip_held, slip_kinds, state_slip
from obolos.flows.uptake import Shares, uptake_of
from tests.reliability.stories import day_file
from tests.support.world import (
    NOW,
    Town,
    bank_says_ready,
    broken_proofs,
    counts,
    make_town,
    one,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
LATER = NOW + timedelta(hours=1)
PLATE = "INA1234"
FINE_KIND = "00.1512.0001"


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """Ioannina, with a bank that is ready."""
    bank_says_ready(monkeypatch)
    return make_town([])


def pad(town: Town, *, fixed: int | None = None, amounts: Sequence[int] = (), count: int = 3) -> int:
    """A pad of slips for traffic fines."""
    kind = next(one.id for one in slip_kinds(municipality_id=town.id) if one.code == FINE_KIND)
    return make_pad(
        municipality_id=town.id, kind_id=kind, label="Δημοτική Αστυνομία", count=count, fixed_cents=fixed,
        amounts=amounts, by_user=1, now=NOW,
    )  # fmt: skip


def numbers(town: Town) -> list[str]:
    """The numbers of all slips."""
    return [number for (number,) in rows(town, "SELECT number FROM preissued_slip ORDER BY id")]


def rf_of(town: Town, number: str) -> str:
    """The RF code on a slip."""
    return str(
        one(
            town,
            "SELECT r.code FROM preissued_slip s JOIN rf_code r ON r.id = s.rf_code_id WHERE s.number = %s",
            number,
        )
    )


def say(town: Town, number: str, cents: int | None, plate: str = PLATE, on: date | None = None) -> int:
    """Find a slip by number and plate, say what stands on it; its suspense debt."""
    found = find_slip(number, plate, now=NOW)
    assert found is not None
    if cents is not None:
        state_slip(found.slip_id, municipality_id=town.id, cents=cents, violation_on=on, plate=plate, now=NOW)
    return int(one(town, "SELECT debt_id FROM preissued_slip WHERE number = %s", number))


def card(town: Town, debt: int, token: str = "a") -> str:
    """A guest's order by card for a slip's debt."""
    view = debts_held([debt], municipality_id=town.id, now=NOW)
    row = view.groups[0].rows[0]
    return pay_by_card(
        payer=Payer(municipality_id=town.id, debt_ids=(debt,), email="guest@citizens.example"),
        chosen=[Chosen(row.instalment_id)], expected_cents=row.amount_cents, form_token=token * 20, language="el",
        visit=f"v{token}", now=NOW,
    )  # fmt: skip


def back(town: Town, order: str) -> str:
    """The bank's signed «paid»."""
    number = f"{abs(hash(order)) % 10**7:07d}"
    reply = signed_return(reference_of(town, order), SupportReferenceID=number, TransactionId=number)
    return hear_return("PIRAEUS", reply, now=NOW).disposition


def paid_slip(town: Town, cents: int = 4_000, plate: str = PLATE) -> str:
    """A slip of a new pad, paid by card; its number."""
    pad(town, count=1)
    number = numbers(town)[-1]
    assert back(town, card(town, say(town, number, cents, plate), token=number[:1])) == "APPLIED"
    return number


def ask_dias(rf: str, cents: int, rid: str = "R1") -> Rejection | None:
    """DIAS' question."""
    payment = IncomingPayment(
        rid=rid, organisation="99084", bank_txn=f"T{rid}", rf=rf, amount_cents=cents, paid_at=NOW, booked_on=None,
        debtor_name="", debtor_bank="PIRBGRAA", remittance="", line_of_business="", created_at=None,
    )  # fmt: skip
    request = OnlineRequest("TEST", (payment,))
    return answer_online(request, user="dias-9084", password="demo-dias-9084", now=NOW)[0].rejection


@pytest.fixture
def arrive(town: Town, tmp_path: Path):
    """A debts file brings fines: (ticket number, plate, cents, …)."""
    sequence = iter(range(1, 100))

    def bring(*fines: tuple[str, str, int], ext: str = "F", certified: bool = False) -> None:
        number = next(sequence)
        kind = "CERTIFIED" if certified else "UNCERTIFIED"
        lines = [
            f"9084-{ext}{place};1;038836853;Μαρκάκη Ελένη;N;{kind};{FINE_KIND};{FINE_KIND};2026;;;;Κλήση;"
            f"{'2026-11-22' if certified else ''};2027-01-20;1;1;{cents // 100}.{cents % 100:02d};;;;0.00;0.00;;"
            f"{ticket};{plate};2026-11-21\n"
            for place, (ticket, plate, cents) in enumerate(fines)
        ]
        path = tmp_path / f"9084_DEBTS_20261122_{number}.csv"
        path.write_text(debts_file_text(number, lines, sum(cents for *_, cents in fines)))
        assert import_file(path, path.name, now=LATER).outcome == "DONE"

    return bring


def debts_file_text(sequence: int, lines: Sequence[str], cents: int) -> str:
    """A delta of the municipality's system."""
    import hashlib

    body = f"H;1;9084;DELTA;*;{sequence};{LATER.isoformat()}\n" + "".join(lines)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f"{body}T;{len(lines)};{cents // 100}.{cents % 100:02d};{digest}\n"


def ending(town: Town, number: str) -> tuple[str, int]:
    """(how a slip ended, cents that are still collected on its own debt)."""
    return rows(
        town,
        "SELECT s.ended, i.collected_cents FROM preissued_slip s JOIN instalment i ON i.debt_id = s.debt_id "
        "WHERE s.number = %s",
        number,
    )[0]


def question(town: Town) -> list[tuple[str, int]]:
    """Open questions about slips: (reason, cents)."""
    return rows(town, "SELECT reason, amount_cents FROM worklist_item WHERE kind = 'SLIP' AND closed_at IS NULL")


def fine_of(town: Town, ext_id: str = "9084-F0") -> tuple[int, int, int, int]:
    """(debt, open, collected, discounted) of a fine."""
    return rows(
        town,
        "SELECT d.id, i.open_cents, i.collected_cents, i.discounted_cents FROM debt d JOIN instalment i "
        "ON i.debt_id = d.id WHERE d.ext_id = %s",
        ext_id,
    )[0]


def test_a_pad_has_numbers_that_cannot_be_mistyped_codes_and_debts_that_ask_for_nothing_yet(town: Town) -> None:
    pad(town, count=5)
    found = numbers(town)
    assert len(set(found)) == 5
    assert all(slip_number_valid(number) for number in found)
    assert one(town, "SELECT count(*) FROM pay_code") == 5
    assert one(town, "SELECT count(*) FROM rf_code WHERE substr(code, 10, 1) = '8' AND order_id IS NULL") == 5
    assert one(town, "SELECT sum(open_cents)::bigint FROM instalment") == 0
    assert broken_proofs() == []


@pytest.mark.parametrize(
    ("given", "reason"), [({"count": 0}, "SLIPS"), ({"count": 501}, "SLIPS"), ({"fixed": 0}, "AMOUNTS"),
                          ({"amounts": [-1]}, "AMOUNTS"), ({"fixed": 2_000, "amounts": [4_000]}, "AMOUNTS")]
)  # fmt: skip
def test_a_pad_that_makes_no_sense_is_not_made(town: Town, given: dict, reason: str) -> None:
    before = counts(town)
    with pytest.raises(BadPad) as refused:
        pad(town, **given)
    assert refused.value.reason == reason
    assert counts(town) == before


def test_a_slip_is_found_by_its_number_with_a_plate_and_asks_what_stands_on_it(town: Town) -> None:
    pad(town, amounts=[2_000, 4_000])
    number = numbers(town)[0]
    found = find_slip(number, PLATE, now=NOW)
    assert found is not None
    assert (found.asks_amount, found.amounts, found.paid) == (True, (2_000, 4_000), False)
    assert find_slip(number, "", now=NOW) is None
    assert find_slip(number[:8] + str((int(number[8]) + 1) % 10), PLATE, now=NOW) is None
    with pytest.raises(BadStatement):
        state_slip(found.slip_id, municipality_id=town.id, cents=3_000, violation_on=None, plate="", now=NOW)
    with pytest.raises(BadStatement):
        state_slip(
            found.slip_id, municipality_id=town.id, cents=2_000, violation_on=date(2026, 11, 23), plate="", now=NOW
        )
    debt = say(town, number, 4_000)
    view = debts_held([debt], municipality_id=town.id, now=NOW)
    assert view.total_cents == 4_000
    assert view.groups[0].rows[0].due_on > NOW.date() + timedelta(days=365), "nobody said the day"
    say(town, number, 2_000, on=date(2026, 11, 22))
    assert debts_held([debt], municipality_id=town.id, now=NOW).groups[0].rows[0].due_on == date(2027, 1, 21)
    assert slip_held(debt, municipality_id=town.id).asks_amount is False


def test_paid_by_card_before_the_fine_comes_it_counts_for_the_fine_when_it_comes(town: Town, arrive) -> None:
    number = paid_slip(town)
    assert ending(town, number) == ("", 4_000)
    assert match_slips(now=NOW) == 0
    assert one(town, "SELECT count(*) FROM delivery WHERE target = 'ERP' AND due_at > %s", NOW + timedelta(days=1)) == 1
    assert question(town) == []
    arrive((slip_format(number), "ΙΝΑ-1234", 4_000))
    assert match_slips(now=LATER) == 1
    assert ending(town, number) == ("MATCHED", 0)
    _debt, left, collected, _ = fine_of(town)
    assert (left, collected) == (0, 4_000)
    assert one(town, "SELECT due_at FROM delivery WHERE target = 'ERP'") == LATER
    with tenancy(municipality=town.id):
        told = payment_for_erp(one_payment(town))
    assert [(line["ext_id"], line["amount"]) for line in told["lines"]] == [("9084-F0", 4_000)]
    assert question(town) == []
    assert match_slips(now=LATER) == 0
    assert broken_proofs() == []


def one_payment(town: Town) -> int:
    """The only payment; inside the town's unit of work."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM payment")
        return int(cursor.fetchone()[0])


def test_a_certified_fine_is_paid_off_the_receivable(town: Town, arrive) -> None:
    number = paid_slip(town)
    arrive((number, "ΙΝΑ1234", 4_000), certified=True)
    assert match_slips(now=LATER) == 1
    assert fine_of(town)[1:3] == (0, 4_000)
    assert one(town, f"SELECT sum(amount_cents)::bigint FROM posting WHERE account = '20:{FINE_KIND}'") == 0
    assert broken_proofs() == []


def test_by_rf_at_a_bank_any_amount_that_may_stand_on_it_is_taken_once(town: Town, arrive) -> None:
    pad(town, amounts=[2_000, 4_000])
    number = numbers(town)[0]
    rf = rf_of(town, number)
    before = counts(town)
    assert ask_dias(rf, 3_000) is Rejection.WRONG_AMOUNT
    after = counts(town)
    assert {name for name in after if after[name] != before[name]} == {"bank_message", "bank_result"}
    assert ask_dias(rf, 4_000, "R2") is None
    assert ask_dias(rf, 4_000, "R2") is None
    assert ask_dias(rf, 4_000, "R3") is Rejection.DUPLICATE
    assert ending(town, number) == ("", 4_000)
    assert broken_proofs() == []
    arrive((number, "ΡΗΖ-9999", 4_000))
    assert match_slips(now=LATER) == 1, "nobody said a plate, so none differs"
    assert fine_of(town)[1] == 0
    assert broken_proofs() == []


def test_by_rf_of_a_fixed_amount_only_that_is_taken(town: Town) -> None:
    pad(town, fixed=2_000)
    rf = rf_of(town, numbers(town)[0])
    assert rf[9] != "8"
    assert ask_dias(rf, 4_000) is Rejection.WRONG_AMOUNT
    assert ask_dias(rf, 2_000, "R2") is None
    assert broken_proofs() == []


def test_a_day_file_s_line_for_a_slip_is_taken_even_when_it_was_paid_before(town: Town) -> None:
    number = paid_slip(town)
    rf = rf_of(town, number)
    file = day_file((rf, 4_000))
    assert take_day_file(file["content"].encode(), file["name"], now=LATER) == {"UNAPPLIED": 1}
    pad(town)
    fresh = day_file((rf_of(town, numbers(town)[-1]), 1_500))
    assert take_day_file(fresh["content"].encode(), fresh["name"], now=LATER) == {"APPLIED": 1}
    assert broken_proofs() == []


def test_the_code_of_a_slip_opens_the_fine_from_when_it_is_there(town: Town, arrive) -> None:
    pad(town)
    number = numbers(town)[0]
    code = one(
        town, "SELECT k.code FROM pay_code k JOIN preissued_slip s ON s.debt_id = k.debt_id WHERE s.number = %s", number
    )
    rf = rf_of(town, number)
    own = one(town, "SELECT id FROM obolos_find_pay_code(%s)", code)
    arrive((number, "ΙΝΑ-1234", 4_000))
    assert one(town, "SELECT id FROM obolos_find_pay_code(%s)", code) == fine_of(town)[0] != own
    assert find_slip(number, PLATE, now=LATER) is None, "the fine is found, by its own plate"
    assert ask_dias(rf, 2_000) is Rejection.WRONG_AMOUNT
    assert ask_dias(rf, 4_000, "R2") is None
    assert fine_of(town)[1] == 0
    assert broken_proofs() == []


def test_a_fine_that_arrives_while_its_slip_is_being_paid_gets_the_money(town: Town, arrive) -> None:
    pad(town, count=1)
    number = numbers(town)[0]
    order = card(town, say(town, number, 4_000))
    arrive((number, "ΙΝΑ-1234", 4_000))
    assert match_slips(now=LATER) == 0
    assert back(town, order) == "APPLIED"
    assert match_slips(now=LATER) == 1
    assert fine_of(town)[1] == 0
    assert broken_proofs() == []


def test_a_slip_closes_for_no_cent(town: Town) -> None:
    pad(town, count=2)
    number, other = numbers(town)
    with pytest.raises(BadStatement) as refused:
        say(town, number, 499)
    assert refused.value.reason == "LEAST"
    assert ask_dias(rf_of(town, number), 1) is Rejection.WRONG_AMOUNT
    assert one(town, "SELECT count(*) FROM slip_statement") == 0
    assert one(town, "SELECT count(*) FROM preissued_slip WHERE paid_at IS NOT NULL") == 0
    say(town, number, 500)
    assert ask_dias(rf_of(town, other), 500, "R2") is None


def test_who_pays_is_right_about_what_stands_on_it(town: Town) -> None:
    pad(town, count=1)
    number = numbers(town)[0]
    order = card(town, say(town, number, 4_000))
    say(town, number, 2_000, "ΡΗΖ-1")
    assert back(town, order) == "APPLIED"
    assert ending(town, number) == ("", 4_000)
    assert broken_proofs() == []


def test_a_slip_paid_twice_counts_once_and_the_rest_is_asked_about(town: Town) -> None:
    pad(town, count=1)
    debt = say(town, numbers(town)[0], 4_000)
    first, second = card(town, debt, "a"), card(town, debt, "b")
    assert [back(town, first), back(town, second)] == ["APPLIED", "UNAPPLIED"]
    assert broken_proofs() == []


@pytest.mark.parametrize(
    ("fines", "reason"),
    [
        ([("ΡΗΖ-7777", 4_000)], "PLATE_DIFFERS"),
        ([("ΙΝΑ-1234", 8_000)], "AMOUNT_DIFFERS"),
        ([("ΙΝΑ-1234", 2_000)], "AMOUNT_DIFFERS"),
        ([("ΙΝΑ-1234", 4_000), ("ΙΝΑ-1234", 4_000)], "TWO_FINES"),
    ],
)
def test_what_does_not_agree_is_asked_about_once_and_moves_nothing(town: Town, arrive, fines, reason: str) -> None:
    number = paid_slip(town)
    arrive(*((number, plate, cents) for plate, cents in fines))
    before = counts(town)
    assert [match_slips(now=LATER) for _ in range(3)] == [0, 0, 0]
    assert question(town) == [(reason, 4_000)]
    after = counts(town)
    assert {name for name in after if after[name] != before[name]} == {"worklist_item"}
    assert ending(town, number) == ("", 4_000)
    assert broken_proofs() == []


def test_a_fine_that_was_paid_meanwhile_is_asked_about(town: Town, arrive) -> None:
    number = paid_slip(town)
    arrive((number, "ΙΝΑ-1234", 4_000))
    view = debts_held([fine_of(town)[0]], municipality_id=town.id, now=NOW)
    order = pay_by_card(
        payer=Payer(municipality_id=town.id, debt_ids=(fine_of(town)[0],)),
        chosen=[Chosen(view.groups[0].rows[0].instalment_id)], expected_cents=4_000, form_token="z" * 20, language="el",
        now=NOW,
    )  # fmt: skip
    assert back(town, order) == "APPLIED"
    assert match_slips(now=LATER) == 0
    assert question(town) == [("FINE_CLOSED", 4_000)]
    slip = one(town, "SELECT id FROM preissued_slip")
    with pytest.raises(CannotMatch):
        match_by_hand(slip, fine_of(town)[0], municipality_id=town.id, by_user=1, now=LATER)
    assert leave_slip(slip, municipality_id=town.id, by_user=1, now=LATER)
    assert question(town) == []
    assert ending(town, number) == ("LEFT", 4_000)
    assert broken_proofs() == []


@pytest.mark.parametrize(("fine", "moved", "left"), [(8_000, 4_000, 0), (2_500, 2_500, 1_500)])
def test_by_hand_as_much_moves_as_the_fine_takes(town: Town, arrive, fine: int, moved: int, left: int) -> None:
    number = paid_slip(town)
    arrive((number, "ΡΗΖ-7777", fine))
    match_slips(now=LATER)
    slip = one(town, "SELECT id FROM preissued_slip")
    before = uptake_of(month_of(NOW.date()), municipality_id=town.id, now=LATER).total.now
    assert match_by_hand(slip, fine_of(town)[0], municipality_id=town.id, by_user=1, now=LATER) == moved
    after = uptake_of(month_of(NOW.date()), municipality_id=town.id, now=LATER).total.now
    assert before == after == Shares(ours=1, ours_cents=4_000), "a move is no collection, whole or in part"
    assert ending(town, number) == ("MATCHED", left)
    assert fine_of(town)[1:3] == (fine - moved, moved)
    assert question(town) == ([("LEFT_OVER", left)] if left else [])
    with tenancy(municipality=town.id):
        told = payment_for_erp(one_payment(town))
    assert [(line["ext_id"], line["amount"]) for line in told["lines"]] == [("9084-F0", moved)]
    with pytest.raises(CannotMatch):
        match_by_hand(slip, fine_of(town)[0], municipality_id=town.id, by_user=1, now=LATER)
    assert broken_proofs() == []


def test_a_fine_that_never_comes_is_asked_about_after_a_month(town: Town) -> None:
    paid_slip(town)
    assert match_slips(now=NOW + timedelta(days=29)) == 0
    assert question(town) == []
    match_slips(now=NOW + timedelta(days=31))
    assert question(town) == [("FINE_MISSING", 4_000)]


def test_a_plate_named_after_the_payment_puts_nothing_right(town: Town, arrive) -> None:
    number = paid_slip(town)
    arrive((number, "ΡΗΖ-7777", 4_000))
    match_slips(now=LATER)
    assert question(town) == [("PLATE_DIFFERS", 4_000)]
    assert find_slip(number, "PHZ7777", now=LATER) is None, "the fine is found by its plate"
    assert one(town, "SELECT count(*) FROM slip_statement") == 1
    assert match_slips(now=LATER) == 0
    slip = one(town, "SELECT id FROM preissued_slip")
    assert match_by_hand(slip, fine_of(town)[0], municipality_id=town.id, by_user=1, now=LATER)
    assert question(town) == []
    assert broken_proofs() == []


def test_money_of_another_municipality_s_slip_is_not_reached(town: Town) -> None:
    other = make_town([], code="9083")
    number = paid_slip(town)
    slip = one(town, "SELECT id FROM preissued_slip WHERE number = %s", number)
    with pytest.raises(CannotMatch):
        match_by_hand(slip, 1, municipality_id=other.id, by_user=1, now=LATER)
    assert not leave_slip(slip, municipality_id=other.id, by_user=1, now=LATER)
    assert ending(town, number) == ("", 4_000)


def halve(town: Town) -> None:
    """The law lets a fine of this town be paid by half within ten days of the violation."""
    from django.db import connection

    from obolos.domain.debts.models import DiscountWindow

    kind = one(town, "SELECT id FROM revenue_kind WHERE code = %s", FINE_KIND)
    with tenancy(municipality=town.id), connection.cursor() as cursor:
        DiscountWindow.objects.create(
            municipality_id=town.id, kind_id=kind, event="VIOLATION", days=10, factor_bp=5_000, legal_basis="δοκιμή",
            proposed_by="a", approved_by="b",
        )  # fmt: skip
        cursor.execute("UPDATE municipality SET law_version = law_version + 1 WHERE id = %s", [town.id])


def test_half_is_paid_within_its_days_and_counts_as_of_the_day_it_was_paid(town: Town, arrive) -> None:
    halve(town)
    pad(town, count=1)
    number = numbers(town)[0]
    debt = say(town, number, 4_000, on=date(2026, 11, 22))
    assert debts_held([debt], municipality_id=town.id, now=NOW).total_cents == 2_000
    assert back(town, card(town, debt)) == "APPLIED"
    arrive((number, "ΙΝΑ-1234", 4_000))
    assert match_slips(now=NOW + timedelta(days=25)) == 1, "the fine came after its ten days, the money within them"
    assert fine_of(town)[1:] == (0, 2_000, 2_000)
    assert ending(town, number) == ("MATCHED", 0)
    assert broken_proofs() == []


def test_half_at_a_bank_is_taken_and_whole_of_a_discounted_fine_is_asked_about(town: Town, arrive) -> None:
    halve(town)
    pad(town, count=2, amounts=[4_000])
    first, second = numbers(town)
    assert ask_dias(rf_of(town, first), 2_000, "R1") is None
    assert ask_dias(rf_of(town, second), 4_000, "R2") is None
    arrive((first, "ΙΝΑ-1", 4_000), (second, "ΙΝΑ-2", 4_000))
    assert match_slips(now=LATER) == 1
    assert (ending(town, first), ending(town, second)) == (("MATCHED", 0), ("", 4_000))
    assert question(town) == [("AMOUNT_DIFFERS", 4_000)]
    slip = one(town, "SELECT id FROM preissued_slip WHERE number = %s", second)
    assert match_by_hand(slip, fine_of(town, "9084-F1")[0], municipality_id=town.id, by_user=1, now=LATER) == 2_000
    assert question(town) == [("LEFT_OVER", 2_000)]
    assert broken_proofs() == []


@pytest.mark.parametrize(("plate", "cents"), [("ΡΗΖ-7777", 4_000), ("ΙΝΑ-1234", 8_000)])
def test_a_fine_that_came_different_is_not_asked_for_as_if_nobody_had_paid(
    town: Town, arrive, plate: str, cents: int
) -> None:
    number = paid_slip(town)
    arrive((slip_format(number), plate, cents), ("77-1", plate, cents))
    match_slips(now=LATER)
    fine, other = fine_of(town)[0], fine_of(town, "9084-F1")[0]
    person = one(town, "SELECT person_id FROM debt WHERE id = %s", fine)
    marks = []
    for view in (debts_of(person, now=LATER), debts_held([fine, other], municipality_id=town.id, now=LATER)):
        found = {row.debt_id: row for group in view.groups for row in group.rows}
        marks.append([(found[one].by_slip, found[one].under_way) for one in (fine, other)])
        assert not found[fine].preselected
    assert marks == [[(True, True), (False, False)]] * 2
    with pytest.raises(NotPayable) as refused:
        leg_of(person, [found[fine].instalment_id], municipality_id=town.id, now=LATER)
    assert refused.value.reason == "BUSY", "no reminder is sent"
    assert leg_of(person, [found[other].instalment_id], municipality_id=town.id, now=LATER)
    slip = one(town, "SELECT id FROM preissued_slip")
    assert leave_slip(slip, municipality_id=town.id, by_user=1, now=LATER)
    assert not any(row.by_slip for group in debts_of(person, now=LATER).groups for row in group.rows)

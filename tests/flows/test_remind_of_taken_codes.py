"""Who took an RF code is reminded of that code, or of none: never sent a second one beside it."""

from datetime import date, timedelta

import pytest

from obolos.base.references import rf_format
from obolos.base.wording import long_date
from obolos.flows.deliver import deliver_due
from obolos.flows.demo_data.shapes import DemoDebt, Part
from obolos.flows.pay import pay_by_rf
from obolos.flows.remind import remind_due
from obolos.flows.show_debts import Chosen, Payer, debts_held
from tests.flows.test_remind import DAY_BEFORE, DUE, ENROLLED, WEEK_BEFORE, Post, reachable, ruled, ticks
from tests.flows.test_remind import post as post  # noqa: PLC0414 - a fixture
from tests.support.world import ELENI, Town, certified, everything, fine, make_town, one, order_by_rf, rows

pytestmark = pytest.mark.usefixtures("db_clean")
TAKEN = ENROLLED + timedelta(days=1)


def reminding(*debts: DemoDebt) -> Town:
    """A town that reminds Eleni."""
    town = make_town(debts, now=ENROLLED)
    reachable(town)
    ruled(town)
    return town


def codes(town: Town) -> list[str]:
    """All codes that there are."""
    return [code for (code,) in rows(town, "SELECT code FROM rf_code ORDER BY id")]


def test_her_own_code_for_just_this_is_the_one_in_the_reminders(post: Post) -> None:
    town = reminding(certified(7_848, DUE))
    order_by_rf(town.people[ELENI], now=TAKEN)
    [code] = codes(town)
    until = one(town, "SELECT valid_until FROM rf_code")
    assert ticks(WEEK_BEFORE, DAY_BEFORE) == [1, 1]
    assert codes(town) == [code]
    letter = next(one_ for one_ in post.letters if one_.subject.startswith("Λήγει"))
    values = dict(letter.rows)
    assert rf_format(code) in values.values()
    assert long_date(until, "el") in values.values()
    assert code in post.texts[-1].text


def test_a_code_for_more_than_what_is_due_leaves_the_link_alone(post: Post) -> None:
    town = reminding(certified(11_250, parts=[Part(DUE, 6_250), Part(date(2027, 2, 15), 5_000)]))
    person = town.people[ELENI]
    order_by_rf(person, everything(person, TAKEN), now=TAKEN)
    [code] = codes(town)
    assert ticks(WEEK_BEFORE, DAY_BEFORE) == [1, 1]
    assert codes(town) == [code], "no other code is given"
    letter = next(one_ for one_ in post.letters if one_.subject.startswith("Λήγει"))
    assert letter.button is not None
    assert "/debts/?d=" in letter.button.url
    assert "RF" not in " ".join(word for row in letter.rows for word in row)
    assert "RF" not in post.texts[-1].text


def test_a_code_taken_between_making_and_sending_is_the_only_one(post: Post) -> None:
    town = reminding(certified(7_848, DUE))
    assert remind_due(now=WEEK_BEFORE) == 1
    [ours] = codes(town)
    order_by_rf(town.people[ELENI], now=WEEK_BEFORE)
    hers = codes(town)[-1]
    deliver_due(now=WEEK_BEFORE + timedelta(minutes=1))
    letter = next(one_ for one_ in post.letters if one_.subject.startswith("Λήγει"))
    assert rf_format(hers) in dict(letter.rows).values()
    assert rf_format(ours) not in str(letter.rows)


def test_a_strangers_code_is_not_told_and_no_other_is_given(post: Post) -> None:
    town = reminding(fine(6_000, violation_on=DUE - timedelta(days=60)))
    debt = one(town, "SELECT id FROM debt")
    [row] = debts_held([debt], municipality_id=town.id, now=TAKEN).groups[0].rows
    pay_by_rf(
        payer=Payer(municipality_id=town.id, debt_ids=(debt,)), chosen=[Chosen(row.instalment_id)],
        expected_cents=row.amount_cents, form_token="s" * 32, language="el", now=TAKEN,
    )  # fmt: skip
    [code] = codes(town)
    assert ticks(WEEK_BEFORE) == [1]
    assert codes(town) == [code]
    letter = next(one_ for one_ in post.letters if one_.subject.startswith("Λήγει"))
    assert "RF" not in str(letter.rows)


def test_once_her_code_is_over_she_is_given_one_again(post: Post) -> None:
    town = reminding(certified(7_848, DUE))
    order_by_rf(town.people[ELENI], now=TAKEN)
    rows(town, "UPDATE payment_order SET state = 'EXPIRED' RETURNING id")
    ticks(WEEK_BEFORE)
    assert len(codes(town)) == 2

"""Uptake: every figure from a seeded history whose numbers are known, counted here by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from obolos.base.periods import month_of, period_of
from obolos.base.tenancy import tenancy
from obolos.domain.debts import elsewhere
from obolos.domain.reminders.actions import NewReminder, add_reminder
from obolos.flows.hear_bank import hear_return
from obolos.flows.import_debts import import_file
from obolos.flows.show_debts import Chosen, debts_of
from obolos.flows.uptake import Funnel, Left, MeansFunnel, Shares, uptake_of
from obolos.flows.uptake_advice import advice_on
from tests.support.debts_files import CLEANING, FINE, WATER, debt, row, write
from tests.support.visits import walk
from tests.support.world import (
    ELENI,
    GIORGOS,
    NOW,
    bank_says_ready,
    broken_proofs,
    certified,
    fine,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("db_clean")
NOVEMBER = month_of(NOW.date())
SOON = NOW + timedelta(minutes=2)
THEN = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 10, 8, 0, tzinfo=UTC)
RETURNED = ("returned", "card", 90)


def declined(reason):
    return ("left", "card", 91, {"reason": reason})


#: How many visits went which way: (steps, in November, in October).
HISTORY = (
    ([("opened", "portal", 0)], 40, 20),
    ([("opened", "portal", 0), ("chosen", "portal", 30)], 12, 5),
    ([("opened", "portal", 0), ("chosen", "portal", 30), ("started", "card", 60)], 7, 3),
    ([("opened", "portal", 0), ("chosen", "portal", 30), ("started", "card", 60), RETURNED, declined("DECLINED")], 9, 4),
    ([("opened", "portal", 0), ("chosen", "portal", 30), ("started", "card", 60), RETURNED, ("paid", "card", 108)], 51, 22),
    # paid without coming back: we asked the bank
    ([("opened", "portal", 0), ("chosen", "portal", 30), ("started", "card", 60), ("paid", "card", 300)], 3, 0),
    ([("opened", "portal", 0), ("chosen", "portal", 30), ("started", "rf", 60, {"until": "2026-11-30"})], 6, 0),
    ([("opened", "portal", 0), ("chosen", "portal", 30), ("started", "rf", 60, {"until": "2026-11-15"})], 4, 2),
    ([("opened", "portal", 0), ("chosen", "portal", 30), ("started", "rf", 60, {"until": "2026-11-30"}),
      ("paid", "rf", 2 * 86_400)], 15, 8),
    # the card was declined, then the code was paid a day later
    ([("opened", "portal", 0), ("chosen", "portal", 30), ("started", "card", 60), RETURNED, declined("TECHNICAL"),
      ("started", "rf", 200, {"until": "2026-11-30"}), ("paid", "rf", 86_400)], 2, 0),
    ([("opened", "guest", 0)], 10, 4),
    ([("found", "guest", 0), ("opened", "guest", 5), ("chosen", "guest", 40), ("started", "card", 45), RETURNED,
      ("paid", "card", 80)], 33, 10),
    ([("opened", "guest", 0), ("chosen", "guest", 10), ("started", "card", 20), RETURNED, declined("DECLINED")], 5, 1),
    # paid too late to count for the visit
    ([("opened", "guest", 0), ("chosen", "guest", 10), ("started", "rf", 20, {"until": "2026-11-14"}),
      ("paid", "rf", 31 * 86_400)], 1, 0),
)  # fmt: skip


@pytest.fixture
def town(monkeypatch):
    bank_says_ready(monkeypatch)
    return make_town([])


@pytest.fixture
def walked(town):
    for steps, now, before in HISTORY:
        walk(town, steps, count=now, at=THEN)
        walk(town, steps, count=before, at=OCTOBER)
    return town


def test_the_funnel_is_counted_to_the_visit(walked):
    found = uptake_of(NOVEMBER, municipality_id=walked.id, now=NOW)
    portal, guest = Funnel("portal", 149, 109, 97, 71), Funnel("guest", 49, 39, 39, 33)
    assert found.funnels == (Funnel("", 198, 148, 136, 104), portal, guest)
    assert found.funnel_before == Funnel("", 79, 55, 50, 40)
    assert found.means == (
        MeansFunnel("card", started=110, returned=100, expired=0, paid=87),
        MeansFunnel("rf", started=28, returned=0, expired=5, paid=17),
    )


def test_where_people_leave_and_why(walked):
    found = uptake_of(NOVEMBER, municipality_id=walked.id, now=NOW)
    assert found.left == (
        Left("SEEN", 40, 10), Left("CHOSEN", 12, 0), Left("BANK", 7, 0), Left("RETURNED", 9, 5), Left("RF_OPEN", 6, 0),
        Left("RF_EXPIRED", 4, 1),
    )  # fmt: skip
    assert sum(one.count for one in found.left) + found.funnels[0].paid == found.funnels[0].opened
    assert [(one.word, one.count, one.count_before) for one in found.reasons] == [
        ("DECLINED", 14, 5),
        ("TECHNICAL", 2, 0),
    ]
    later = uptake_of(NOVEMBER, municipality_id=walked.id, now=NOW + timedelta(days=20))
    assert {one.where: one.count for one in later.left}["RF_EXPIRED"] == 11
    assert [(one.rule, one.count, one.whole) for one in advice_on(found)] == [("LEFT_SEEN", 50, 88)]


def test_the_median_time_by_way(walked):
    found = uptake_of(NOVEMBER, municipality_id=walked.id, now=NOW)
    times = {(one.path, one.means): (one.count, one.seconds) for one in found.times}
    assert times == {
        ("", ""): (104, 108.0), ("", "card"): (87, 108.0), ("", "rf"): (17, 172_800.0), ("portal", "card"): (54, 108.0),
        ("portal", "rf"): (17, 172_800.0), ("guest", "card"): (33, 80.0),
    }  # fmt: skip
    assert found.median_before is not None
    assert (found.median_before.count, found.median_before.seconds) == (40, 108.0)


def test_a_visit_counts_in_the_period_in_which_it_began(town):
    """Midnight in Athens parts the months; what comes after belongs to the visit's own month."""
    midnight = datetime(2026, 10, 31, 22, 0, tzinfo=UTC)
    steps = [("opened", "portal", 0), ("chosen", "portal", 30), ("started", "rf", 60), ("paid", "rf", 86_400)]
    walk(town, steps, count=1, at=midnight - timedelta(seconds=30))
    walk(town, steps, count=1, at=midnight)
    found = uptake_of(NOVEMBER, municipality_id=town.id, now=NOW)
    assert (found.funnels[0], found.funnel_before) == (Funnel("", 1, 1, 1, 1), Funnel("", 1, 1, 1, 1))
    year = uptake_of(period_of("2026"), municipality_id=town.id, now=NOW)
    assert year.funnels[0] == Funnel("", 2, 2, 2, 2)


def put(folder, lines, sequence, now, made_at, **options):
    path = write(folder, lines, sequence=sequence, made_at=made_at, **options)
    assert str(import_file(path, path.name, now=now).outcome) == "DONE"


def test_what_was_collected_elsewhere_is_known_by_day_and_kind(town, tmp_path):
    first = [
        row("A", paid="30.00"), row("B"), *debt("C", 3), row("D", rev_code=CLEANING, orig_code=CLEANING),
    ]  # fmt: skip
    put(tmp_path, first, 1, THEN, "2026-11-10T03:00:00+02:00")
    # What stood there when we were told first is of an unknown time.
    assert rows(town, 'SELECT "on", sum(count), sum(cents), sum(first_cents) FROM collected_elsewhere GROUP BY 1') == [
        (THEN.date(), 0, 0, 3_000)
    ]
    grown = debt("C", 3, version="2")
    grown[0]["paid"], grown[1]["paid"] = "100.00", "40.00"
    second = [
        row("A", version="2", paid="80.00"), *grown, row("E", paid="100.00"),
        row("D", rev_code=CLEANING, orig_code=CLEANING, version="2", written_off="50.00"),
        row("F", rev_code="00.1512.0001", orig_code=FINE, paid="20.00", kind="CERTIFIED"),
    ]  # fmt: skip
    put(tmp_path, second, 2, NOW, "2026-11-20T03:00:00+02:00")
    # A grew by 50, C by 100 and 40, E is new with 100: four instalments of water. F's kind was never told of before.
    put(tmp_path, [row("A", version="3", paid="60.00")], 3, NOW + timedelta(days=1), "2026-11-23T03:00:00+02:00")
    with tenancy(municipality=town.id):
        kinds = {code: kind for kind, code in rows_inside("SELECT id, code FROM revenue_kind")}
        told = {
            one.revenue_kind_id: one
            for one in elsewhere.collected_elsewhere(
                first=date(2026, 10, 1),
                middle=date(2026, 11, 1),
                last=date(2026, 11, 30),
            )
        }
        part = {one.revenue_kind_id: (one.count, one.cents, one.count_before, one.cents_before)
                for one in elsewhere.collected_elsewhere(
                    first=date(2026, 11, 1), middle=date(2026, 11, 21),
                    last=date(2026, 11, 30))}  # fmt: skip
    assert (told[kinds[WATER]].count, told[kinds[WATER]].cents) == (4 - 1, 29_000 - 2_000)
    assert (told[kinds[CLEANING]].count, told[kinds[CLEANING]].cents) == (0, 0)
    assert (told[kinds[FINE]].count, told[kinds[FINE]].cents) == (0, 0)
    assert part[kinds[WATER]] == (-1, -2_000, 4, 29_000)
    assert one(town, "SELECT sum(first_cents) FROM collected_elsewhere") == 5_000
    assert broken_proofs() == []


def rows_inside(sql):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_our_own_acknowledged_money_is_not_elsewhere(town, tmp_path):
    """What the ERP counts as paid because we told it so is ours, and only ours."""
    made = "2026-11-20T03:00:00+02:00"
    put(tmp_path, [row("A", afm=ELENI), row("B", afm=ELENI)], 1, NOW - timedelta(hours=3), made)
    person = town.people.get(ELENI) or one(town, "SELECT person_id FROM debtor LIMIT 1")
    chosen = [found for group in debts_of(person, now=NOW).groups for found in group.rows][:1]
    order = order_by_card(person, [Chosen(chosen[0].instalment_id)])
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=SOON)
    with tenancy(municipality=town.id):
        from obolos.domain.payments.models import Payment

        Payment.objects.update(erp_acked_at=SOON)
    put(tmp_path, [row("A", afm=ELENI, version="2", paid="100.00"), row("B", afm=ELENI, version="2", paid="25.00")],
        2, NOW + timedelta(days=1), "2026-11-23T11:00:00+02:00")  # fmt: skip
    assert rows(town, "SELECT sum(count), sum(cents) FROM collected_elsewhere") == [(1, 2_500)]


def test_digital_share_by_kind_and_ways(monkeypatch, tmp_path):
    bank_says_ready(monkeypatch)
    town = make_town([certified(18_000), fine(6_000), certified(5_000, afm=GIORGOS), certified(4_000, afm=GIORGOS)])
    eleni, giorgos = town.people[ELENI], town.people[GIORGOS]
    # Eleni pays both of hers at once by card; Giorgos one by RF code, later counted as waiting only.
    hear_return("PIRAEUS", signed_return(reference_of(town, order_by_card(eleni))), now=SOON)
    order_by_rf(giorgos)
    with tenancy(municipality=town.id):
        kinds = {code: kind for kind, code in rows_inside("SELECT id, code FROM revenue_kind")}
        for code, count, cents, on in (
            (CLEANING, 3, 30_000, "2026-11-05"), (FINE, 1, 2_000, "2026-11-06"), (CLEANING, 2, 9_000, "2026-10-31"),
            (CLEANING, 7, 9_000, "2026-12-01"),
        ):  # fmt: skip
            elsewhere.note_change(
                revenue_kind_id=kinds[code], count=count, cents=cents, on=date.fromisoformat(on), source="erp:1",
                now=NOW,
            )  # fmt: skip
    found = uptake_of(NOVEMBER, municipality_id=town.id, now=NOW)
    by_code = {one.kind.code: one for one in found.kinds if one.kind}
    fine_principal = one(
        town, "SELECT sum(amount_cents) FROM collection WHERE component = 'PRINCIPAL' AND code = %s", FINE
    )
    assert by_code[CLEANING].now == Shares(1, 3, 18_000, 30_000)
    assert by_code[CLEANING].before == Shares(0, 2, 0, 9_000)
    assert by_code[FINE].now == Shares(1, 1, fine_principal, 2_000)
    assert found.total.now == Shares(2, 4, 18_000 + fine_principal, 32_000)
    assert found.total.now.by_count == pytest.approx(2 / 6)
    assert [(way.channel, way.path, way.count, way.cents) for way in found.ways] == [
        ("CARD", "portal", 1, 18_000 + fine_principal)
    ]
    assert found.elsewhere_since == date(2026, 10, 31)


def remembered(town, *, person_id, arm, at, due_on=date(2026, 11, 20), days=-7, paid_at=None, instalment=0):
    """A reminder as the tick writes it, and a payment of its debt as booking writes it."""
    with tenancy(municipality=town.id):
        add_reminder(
            NewReminder(
                person_id=person_id, due_on=due_on, days=days, channel="EMAIL", arm=arm, instalment_ids=[instalment]
            ),
            now=at,
        )
        if paid_at:
            from django.db import connection

            with connection.cursor() as cursor:
                cursor.execute(
                    "WITH p AS (INSERT INTO payment (municipality_id, evidence_key, channel, provider, amount_cents, paid_at, "
                    "paid_on, booked_at, disposition) VALUES (%s, %s, 'CARD', 'PIRAEUS', 100, %s, %s, %s, 'APPLIED') "
                    "RETURNING id) INSERT INTO collection (municipality_id, payment_id, instalment_id, component, code, "
                    "amount_cents) SELECT %s, id, %s, 'PRINCIPAL', 'x', 100 FROM p",
                    [town.id, f"x:{person_id}:{days}:{paid_at}", paid_at, paid_at.date(), paid_at, town.id, instalment],
                )


def test_the_effect_of_reminders_against_those_held_out(monkeypatch):
    """70 reminded, 56 paid; 80 held out, 48 paid: Newcombe's own example, 0.2000 from 0.0524 to 0.3339."""
    bank_says_ready(monkeypatch)
    town = make_town([certified(18_000) for _ in range(157)])
    instalments = iter([row[0] for row in rows(town, "SELECT id FROM instalment ORDER BY id")])
    at, week = THEN - timedelta(days=3), timedelta(days=7)
    people = iter(range(1, 1_000))

    def group(arm, *, paid, unpaid):
        for number in range(paid + unpaid):
            paid_at = at + week - timedelta(seconds=1) if number < paid else None
            remembered(town, person_id=next(people), arm=arm, at=at, paid_at=paid_at, instalment=next(instalments))

    group("TOLD", paid=56, unpaid=13)
    group("HELD_OUT", paid=48, unpaid=32)
    late = next(people)
    remembered(
        town, person_id=late, arm="TOLD", at=at, paid_at=at + week, instalment=next(instalments)
    )  # a second late
    # A second reminder of the same person counts no second time, nor does one whose first was in the month before.
    remembered(town, person_id=1, arm="TOLD", at=at + week, days=-1, instalment=next(instalments))
    before = next(people)
    remembered(town, person_id=before, arm="TOLD", at=OCTOBER, instalment=next(instalments))
    remembered(town, person_id=before, arm="TOLD", at=at, days=-1, paid_at=at, instalment=next(instalments))
    # Skipped ones are in neither group; whose days are not over is only told.
    remembered(town, person_id=next(people), arm="SKIPPED", at=at, instalment=next(instalments))
    remembered(
        town,
        person_id=next(people),
        arm="HELD_OUT",
        at=NOW - timedelta(days=6),
        paid_at=NOW,
        instalment=next(instalments),
    )
    effect = uptake_of(NOVEMBER, municipality_id=town.id, now=NOW).effect
    assert (effect.told.people, effect.told.paid, effect.told.waiting) == (70, 56, 0)
    assert (effect.held_out.people, effect.held_out.paid, effect.held_out.waiting) == (80, 48, 1)
    gap = effect.difference
    assert gap is not None
    assert [round(value, 4) for value in (gap.value, gap.low, gap.high)] == [0.2, 0.0524, 0.3339]
    assert gap.certain


def test_of_too_few_nothing_is_told(town):
    found = uptake_of(NOVEMBER, municipality_id=town.id, now=NOW)
    assert (found.effect.told.people, found.effect.held_out.people, found.effect.difference) == (0, 0, None)
    assert not found.reminders_on

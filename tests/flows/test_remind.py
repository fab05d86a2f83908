"""Reminders, told by a fixed clock over days: who hears what, when, and who does not."""

import json
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, connections

from obolos.adapters.messaging.mail import compose
from obolos.adapters.messaging.views import EmailView, NotSent, SmsView
from obolos.base.dates import ATHENS
from obolos.base.references import rf_check
from obolos.base.tenancy import current, tenancy
from obolos.domain.people.models import Person
from obolos.domain.reminders.actions import BadRules, Rule, RulesChanged
from obolos.domain.reminders.models import ReminderPolicy
from obolos.domain.reminders.rules import is_held_out
from obolos.flows import deliver
from obolos.flows.deliver import deliver_due
from obolos.flows.dias import answer_online
from obolos.flows.hear_bank import hear_return
from obolos.flows.import_debts import import_file
from obolos.flows.remind import remind_due
from obolos.flows.set_reminders import policy_for, set_policy
from obolos.flows.stop_reminders import NoSuchLink, person_of_link, stop_url, want_reminders
from obolos.flows.switch_kinds import Change, kinds_of, switch_kinds
from obolos.flows.uptake import uptake_of
from tests.support.debts_files import row, write
from tests.support.world import (
    ELENI,
    GIORGOS,
    Town,
    bank_says_ready,
    broken_proofs,
    certified,
    counts,
    everything,
    make_town,
    one,
    order_by_card,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
DUE = date(2026, 12, 15)  # a Tuesday
ENROLLED = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
RULES = (Rule(-7, "EMAIL", True), Rule(-1, "SMS", True), Rule(3, "EMAIL", True))


def athens(month: int, day: int, hour: int = 10, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ATHENS).astimezone(UTC)


WEEK_BEFORE, DAY_BEFORE, AFTER = athens(12, 8), athens(12, 14), athens(12, 18)


@dataclass
class Post:
    """The mail server and the SMS gateway: what they were given."""

    letters: list[EmailView] = field(default_factory=list)
    texts: list[SmsView] = field(default_factory=list)
    down: bool = False

    def mail(self, view: EmailView, sender: str) -> None:
        assert current() is None, "spoken to inside a transaction"
        if self.down:
            raise NotSent("down")
        self.letters.append(view)

    def sms(self, view: SmsView, gateway: object) -> None:
        assert current() is None, "spoken to inside a transaction"
        self.texts.append(view)


@pytest.fixture(autouse=True)
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    bank_says_ready(monkeypatch)
    found = Post()
    monkeypatch.setattr(deliver, "send_email", found.mail)
    monkeypatch.setattr(deliver, "send_sms", found.sms)
    return found


def reachable(
    town: Town, afm: str = ELENI, *, email: str = "eleni@citizens.example", mobile: str = "+306940000000"
) -> int:
    person = town.people[afm]
    with tenancy(person=person):
        Person.objects.filter(id=person).update(email=email, mobile=mobile, name="Μαρκάκη Ελένη")
    return person


def ruled(town: Town, *, rules: tuple[Rule, ...] = RULES, held_out: int = 0, **changes: object) -> None:
    """Reminders on; nobody held out unless asked for."""
    before = policy_for(municipality_id=town.id)
    wanted = replace(before, on=True, rules=rules, held_out_percent=held_out, **changes)  # type: ignore[arg-type]
    set_policy(wanted, municipality_id=town.id, by_user=1, now=ENROLLED)


def ticks(*moments: datetime) -> list[int]:
    """Remind, then deliver, at each moment."""
    made = []
    for now in moments:
        made.append(remind_due(now=now))
        deliver_due(now=now)
    return made


def arms(town: Town) -> list[tuple[int, str]]:
    return rows(town, "SELECT days, arm FROM reminder ORDER BY id")


def told(town: Town) -> list[tuple[str, str]]:
    """State and reason of every reminder's delivery."""
    return rows(
        town, "SELECT state, coalesce(answer ->> 'reason', '') FROM delivery WHERE event = 'REMINDER' ORDER BY id"
    )


def test_a_debt_is_reminded_of_by_each_rule_once_and_in_its_time(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    reachable(town)
    ruled(town)
    assert ticks(athens(12, 7, 12), athens(12, 8, 8, 59)) == [0, 0]
    assert ticks(athens(12, 8, 9), athens(12, 8, 9, 1), athens(12, 9), athens(12, 13, 12)) == [1, 0, 0, 0]
    (letter,) = post.letters
    assert letter.to == "eleni@citizens.example"
    assert letter.subject == "Λήγει σε 7 ημέρες: 78,48\u00a0€ στον Δήμο Ιωαννιτών"
    assert letter.lead == "Μαρκάκη Ελένη, 78,48\u00a0€ στον Δήμο Ιωαννιτών: πληρώστε έως 15 Δεκεμβρίου 2026."
    assert ticks(athens(12, 14, 9, 30), athens(12, 14, 19)) == [1, 0]
    (text,) = post.texts
    assert text.to == "+306940000000"
    assert "78,48 EUR" in text.text
    assert "15/12/2026" in text.text
    assert ticks(athens(12, 15), athens(12, 16), athens(12, 17), athens(12, 18), athens(12, 19)) == [0, 0, 0, 1, 0]
    assert post.letters[1].subject.startswith("Έληξε πριν από 3 ημέρες: ")
    assert arms(town) == [(-7, "TOLD"), (-1, "TOLD"), (3, "TOLD")]
    assert told(town) == [("SENT", "")] * 3
    assert broken_proofs() == []


def test_the_letter_is_whole(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    person = reachable(town)
    ruled(town)
    ticks(WEEK_BEFORE)
    message = compose(post.letters[0], "pay@obolos.example").message()
    plain, html, calendar = [part for part in message.walk() if part.get_content_maintype() != "multipart"]
    code = one(town, "SELECT code FROM rf_code")
    text = plain.get_payload(decode=True).decode()
    for needed in ("Μαρκάκη Ελένη", "78,48\u00a0€", "15 Δεκεμβρίου 2026", code[:4], stop_url(person)):
        assert needed in text, needed
    assert text.count("http") == 2  # the button, and the link that stops reminders
    assert html.get_payload(decode=True).decode().count("<a ") == 2
    assert message["List-Unsubscribe"] == f"<{stop_url(person)}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert b"DTSTART;VALUE=DATE:20261215" in calendar.get_payload(decode=True)
    rf_check(code)


def test_the_code_in_a_reminder_can_be_paid_and_ends_the_reminding(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    reachable(town)
    ruled(town)
    ticks(WEEK_BEFORE, DAY_BEFORE)
    assert rows(town, "SELECT valid_until, amount_cents FROM rf_code") == [(DUE, 7_848)]  # both carry the same code
    code = one(town, "SELECT code FROM rf_code")
    assert code in post.texts[0].text
    assert rows(town, "SELECT step FROM funnel_event") == []
    assert rows(town, "SELECT actor, action FROM audit_entry WHERE action = 'order.made'") == [("SYSTEM", "order.made")]
    assert rows(town, "SELECT event FROM delivery WHERE event = 'RF_ISSUED'") == []
    paid_by_rf(town, code, 7_848, DAY_BEFORE)
    assert ticks(AFTER) == [0]
    assert [(way.channel, way.path, way.count) for way in uptake_in_december(town).ways] == [("RF", "reminder", 1)]
    assert broken_proofs() == []


def paid_by_rf(town: Town, code: str, cents: int, now: datetime) -> None:
    from obolos.adapters.dias.online import IncomingPayment, OnlineRequest

    payment = IncomingPayment(
        rid="R1", organisation=f"9{town.code}", bank_txn="T1", rf=code, amount_cents=cents, paid_at=now, booked_on=None,
        debtor_name="", debtor_bank="PIRBGRAA", remittance="", line_of_business="", created_at=None,
    )  # fmt: skip
    answer_online(
        OnlineRequest("TEST", (payment,)), user=f"dias-{town.code}", password=f"demo-dias-{town.code}", now=now
    )
    assert one(town, "SELECT count(*) FROM payment") == 1


def uptake_in_december(town: Town):  # type: ignore[no-untyped-def]
    from obolos.base.periods import period_of

    december = period_of("2026-12")
    assert december is not None
    return uptake_of(december, municipality_id=town.id, now=athens(12, 31))


def test_paid_between_making_and_sending_is_not_sent(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    person = reachable(town)
    ruled(town)
    assert remind_due(now=WEEK_BEFORE) == 1
    order = order_by_card(person, now=WEEK_BEFORE)
    hear_return("PIRAEUS", signed_return(reference_of(town, order)), now=WEEK_BEFORE + timedelta(minutes=1))
    deliver_due(now=WEEK_BEFORE + timedelta(minutes=2))
    assert told(town) == [("REFUSED", "PAID_MEANWHILE")]
    assert [letter.heading for letter in post.letters if "Υπενθύμιση" in letter.heading] == []


def test_nobody_is_reminded_of_what_is_being_paid(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    person = reachable(town)
    ruled(town)
    order_by_card(person, everything(person, WEEK_BEFORE), now=WEEK_BEFORE)
    assert ticks(WEEK_BEFORE + timedelta(minutes=1)) == [0]
    assert (arms(town), post.letters) == ([], [])


def test_what_cannot_be_paid_online_is_not_reminded_of(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    reachable(town)
    ruled(town)
    kind = next(row for row in kinds_of(municipality_id=town.id) if row.code == "00.0311.0001")
    off = Change(kind.id, kind.switches, replace(kind.switches, online=False))
    switch_kinds([off], municipality_id=town.id, by_user=1, now=ENROLLED)
    assert ticks(WEEK_BEFORE) == [0]
    assert arms(town) == []


def test_all_that_is_due_on_a_day_is_one_reminder(post: Post) -> None:
    town = make_town([certified(7_848, DUE), certified(1_000, DUE), certified(5_000, date(2026, 12, 20))], now=ENROLLED)
    reachable(town)
    ruled(town)
    assert ticks(WEEK_BEFORE) == [1]
    assert one(town, "SELECT amount_cents FROM reminder") == 8_848
    assert one(town, "SELECT count(*) FROM reminder_line") == 2
    assert one(town, "SELECT amount_cents FROM rf_code") == 8_848
    assert post.letters[0].button is not None
    assert "/debts/?d=" in post.letters[0].button.url


def test_one_debt_that_guests_may_pay_leads_straight_to_it(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    reachable(town)
    ruled(town)
    kind = next(row for row in kinds_of(municipality_id=town.id) if row.code == "00.0311.0001")
    guests = Change(kind.id, kind.switches, replace(kind.switches, guest=True))
    switch_kinds([guests], municipality_id=town.id, by_user=1, now=ENROLLED)
    ticks(WEEK_BEFORE)
    assert post.letters[0].button is not None
    assert post.letters[0].button.url.endswith(f"/k/{one(town, 'SELECT code FROM pay_code')}")


def test_the_municipalitys_own_printed_code_goes_first(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    reachable(town)
    ruled(town)
    with tenancy(municipality=town.id):
        from obolos.domain.debts.models import Instalment

        Instalment.objects.update(rf="RF64900120120000000004711")
    ticks(WEEK_BEFORE)
    assert "RF64 9001 2012 0000 0000 0471 1" in dict(post.letters[0].rows).values()
    assert one(town, "SELECT count(*) FROM rf_code") == 0


def test_no_contact_no_wish_no_reminder(post: Post) -> None:
    town = make_town([certified(7_848, DUE), certified(3_000, DUE, afm=GIORGOS)], now=ENROLLED)
    person = reachable(town)
    ruled(town)
    want_reminders(person_id=person, wanted=False, now=ENROLLED)
    assert ticks(WEEK_BEFORE) == [0]  # Giorgos never confirmed an address
    want_reminders(person_id=person, wanted=True, now=WEEK_BEFORE)
    assert remind_due(now=WEEK_BEFORE) == 1
    want_reminders(person_id=person, wanted=False, now=WEEK_BEFORE)
    deliver_due(now=WEEK_BEFORE)
    assert told(town) == [("REFUSED", "OPTED_OUT")]
    assert post.letters == []


def changes(town: Town) -> list[tuple[str, int, str, str, dict]]:
    """What a municipality has on record of people's own changes."""
    found = rows(town, "SELECT actor, actor_id, action, subject, detail FROM audit_entry WHERE subject LIKE 'debtor:%%' "
                 "AND actor = 'CITIZEN' ORDER BY id")  # fmt: skip
    return [(*row[:4], json.loads(row[4])) for row in found]


def test_to_stop_reminders_and_to_want_them_again_is_on_record_wherever_the_person_is_known() -> None:
    town, other = (
        make_town([certified(7_848, DUE)], now=ENROLLED),
        make_town([certified(100, code="9083")], code="9083"),
    )
    person = reachable(town)
    assert other.people[ELENI] == person
    for wanted, by_link in ((False, True), (False, True), (True, False), (True, False)):
        want_reminders(person_id=person, wanted=wanted, by_link=by_link, now=ENROLLED)
    for place in (town, other):
        debtor = f"debtor:{one(place, 'SELECT id FROM debtor WHERE person_id = %s', person)}"
        assert changes(place) == [
            ("CITIZEN", person, "reminders.stopped", debtor, {"by_link": True}),
            ("CITIZEN", person, "reminders.resumed", debtor, {"by_link": False}),
        ], "twice is as once"
        assert "@" not in str(rows(place, "SELECT detail::text FROM audit_entry"))


def test_a_person_may_note_nothing_else_and_nowhere_else() -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    other = make_town([certified(100, afm=GIORGOS, code="9083")], code="9083")
    person, debtor = town.people[ELENI], one(town, "SELECT id FROM debtor WHERE person_id = %s", town.people[ELENI])
    forged = one(other, "SELECT id FROM debtor WHERE person_id <> %s", person)
    sql = (
        "INSERT INTO audit_entry (municipality_id, at, actor, actor_id, action, subject, detail) "
        "VALUES (%s, now(), %s, %s, %s, %s, '{}')"
    )
    for values in (
        (town.id, "STAFF", person, "reminders.stopped", f"debtor:{debtor}"),
        (town.id, "CITIZEN", person + 1, "reminders.stopped", f"debtor:{debtor}"),
        (town.id, "CITIZEN", person, "payment.booked", f"debtor:{debtor}"),
        (town.id, "CITIZEN", person, "reminders.stopped", f"debtor:{debtor + 1}"),
        (other.id, "CITIZEN", person, "reminders.stopped", f"debtor:{forged}"),
    ):
        with pytest.raises(ProgrammingError, match="row-level security"), tenancy(person=person):  # noqa: SIM117
            with connection.cursor() as cursor:
                cursor.execute(sql, values)


def test_the_link_that_stops_reminders_cannot_be_made_up() -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    token = stop_url(town.people[ELENI]).partition("?p=")[2]
    assert person_of_link(token) == town.people[ELENI]
    other = f"{town.people[GIORGOS]}-{token.partition('-')[2]}"
    for made_up in (other, token[:-1], token + "0", token.upper(), "", "1", "1-", "0-" + "0" * 40, "١-" + "0" * 40):
        with pytest.raises(NoSuchLink):
            person_of_link(made_up)


def test_reminders_that_wait_for_the_night_to_pass_go_out_in_the_morning(post: Post) -> None:
    """Made at 20:29 on Saturday before the clock goes back; the mail server is down until 20:31."""
    town = make_town([certified(7_848, date(2026, 10, 31))], now=ENROLLED)
    reachable(town)
    ruled(town)
    saturday = datetime(2026, 10, 24, 17, 29, tzinfo=UTC)
    assert remind_due(now=saturday) == 1
    post.down = True
    deliver_due(now=saturday)
    post.down = False
    for minutes in range(1, 36 * 60, 20):
        deliver_due(now=saturday + timedelta(minutes=minutes))
    assert (post.letters, told(town)) == ([], [("PENDING", "QUIET_HOURS")])
    assert one(town, "SELECT due_at FROM delivery WHERE event = 'REMINDER'") == datetime(2026, 10, 26, 7, 0, tzinfo=UTC)
    deliver_due(now=datetime(2026, 10, 26, 7, 0, tzinfo=UTC))
    assert [letter.subject[:19] for letter in post.letters] == ["Λήγει σε 7 ημέρες: "]


def test_a_reminder_that_could_not_leave_for_days_never_leaves(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    reachable(town)
    ruled(town)
    post.down = True
    ticks(WEEK_BEFORE)
    post.down = False
    deliver_due(now=WEEK_BEFORE + timedelta(days=2, minutes=1))
    assert (post.letters, told(town)) == ([], [("REFUSED", "TOO_LATE")])


def test_a_sunday_is_made_up_for_on_monday(post: Post) -> None:
    """Seven days before Sunday 20 December is a Sunday; Monday the 14th reminds."""
    town = make_town([certified(7_848, date(2026, 12, 20))], now=ENROLLED)
    reachable(town)
    ruled(town)
    assert ticks(athens(12, 13), athens(12, 14)) == [0, 1]
    assert arms(town) == [(-7, "TOLD")]


def test_held_out_people_are_written_down_and_not_written_to(post: Post) -> None:
    town = make_town([certified(7_848, DUE), certified(3_000, DUE, afm=GIORGOS)], now=ENROLLED)
    people = [reachable(town), reachable(town, GIORGOS, email="g@citizens.example")]
    ruled(town, held_out=50)
    salt = next(salt for salt in map(str, range(99)) if [is_held_out(salt, one, 50) for one in people] == [True, False])
    with tenancy(municipality=town.id):
        ReminderPolicy.objects.update(salt=salt)
    ticks(WEEK_BEFORE)
    assert dict(rows(town, "SELECT person_id, arm FROM reminder")) == {people[0]: "HELD_OUT", people[1]: "TOLD"}
    assert [letter.to for letter in post.letters] == ["g@citizens.example"]
    assert one(town, "SELECT count(*) FROM rf_code") == 1
    assert one(town, "SELECT count(*) FROM reminder_line") == 2
    assert ticks(DAY_BEFORE) == [2]
    assert [arm for _, arm in arms(town)].count("HELD_OUT") == 2  # the same person, for ever


def test_two_workers_make_one_reminder(post: Post) -> None:
    town = make_town([certified(1_000 + cents, DUE) for cents in range(3)], now=ENROLLED)
    reachable(town)
    ruled(town)
    start, made = threading.Barrier(4), []

    def work() -> None:
        start.wait(timeout=20)
        try:
            made.append(remind_due(now=WEEK_BEFORE))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert sum(made) == 1
    for table in ("reminder", "rf_code", "payment_order"):
        assert one(town, f"SELECT count(*) FROM {table}") == 1, table
    deliver_due(now=WEEK_BEFORE)
    assert len(post.letters) == 1


def test_municipalities_remind_by_their_own_rules_and_nobody_twice(post: Post) -> None:
    here = make_town([certified(7_848, DUE)], now=ENROLLED)
    there = make_town([certified(2_000, DUE, code="9083")], code="9083", now=ENROLLED)
    reachable(here)
    ruled(here)
    assert ticks(WEEK_BEFORE) == [1]
    ruled(there, rules=(Rule(-1, "EMAIL", True), Rule(-7, "EMAIL", False)))
    assert ticks(WEEK_BEFORE, DAY_BEFORE) == [0, 2]
    assert (arms(here), arms(there)) == ([(-7, "TOLD"), (-1, "TOLD")], [(-1, "TOLD")])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"send_from": time(8)}, "HOURS"),
        ({"send_until": time(21)}, "HOURS"),
        ({"send_from": time(12), "send_until": time(12)}, "HOURS"),
        ({"held_out_percent": 51}, "HELD_OUT"),
        ({"held_out_percent": -1}, "HELD_OUT"),
        ({"rules": (Rule(-61, "EMAIL", True),)}, "DAYS"),
        ({"rules": (Rule(-7, "EMAIL", True), Rule(-7, "SMS", True))}, "TWICE"),
        ({"rules": tuple(Rule(day, "EMAIL", True) for day in range(13))}, "TOO_MANY"),
    ],
)
def test_rules_that_cannot_be_are_refused_and_nothing_is_written(changes: dict[str, object], reason: str) -> None:
    town = make_town([], now=ENROLLED)
    before = counts(town)
    wanted = replace(policy_for(municipality_id=town.id), **changes)  # type: ignore[arg-type]
    with pytest.raises(BadRules, match=reason):
        set_policy(wanted, municipality_id=town.id, by_user=1, now=ENROLLED)
    assert counts(town) == before
    assert one(town, "SELECT count(*) FROM reminder_policy") == 0


def test_whoever_saves_an_older_page_is_told() -> None:
    town = make_town([], now=ENROLLED)
    first = policy_for(municipality_id=town.id)
    assert (first.on, first.version, first.held_out_percent) == (False, 0, 10)
    set_policy(replace(first, on=True), municipality_id=town.id, by_user=1, now=ENROLLED)
    with pytest.raises(RulesChanged):
        set_policy(replace(first, held_out_percent=5), municipality_id=town.id, by_user=2, now=ENROLLED)
    second = policy_for(municipality_id=town.id)
    set_policy(replace(second, held_out_percent=5), municipality_id=town.id, by_user=2, now=ENROLLED)
    with pytest.raises(RulesChanged):
        set_policy(replace(second, held_out_percent=7), municipality_id=town.id, by_user=1, now=ENROLLED)
    assert policy_for(municipality_id=town.id).held_out_percent == 5
    saved = rows(town, "SELECT actor_id, detail FROM audit_entry WHERE action = 'reminders.changed' ORDER BY id")
    assert [actor for actor, _ in saved] == [1, 2]
    assert '"held_out_percent": 5' in str(saved[1][1]).replace("'", '"')


def test_nothing_is_sent_before_an_administrator_says_so(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    reachable(town)
    assert ticks(WEEK_BEFORE, DAY_BEFORE, AFTER) == [0, 0, 0]
    assert (arms(town), post.letters, post.texts) == ([], [], [])


def test_switched_off_between_making_and_sending(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    reachable(town)
    ruled(town)
    remind_due(now=WEEK_BEFORE)
    set_policy(
        replace(policy_for(municipality_id=town.id), on=False), municipality_id=town.id, by_user=1, now=WEEK_BEFORE
    )
    deliver_due(now=WEEK_BEFORE)
    assert told(town) == [("REFUSED", "SWITCHED_OFF")]


def test_a_code_that_only_a_reminder_gave_does_not_make_a_full_file_ask(post: Post, tmp_path: Path) -> None:
    town = make_town([certified(7_848, DUE), certified(1_000, DUE, afm=GIORGOS)], now=ENROLLED)
    reachable(town)
    ruled(town)
    ticks(WEEK_BEFORE)
    path = write(tmp_path, [row("9084-new")], mode="FULL", made_at=WEEK_BEFORE.isoformat())
    closing = import_file(path, path.name, now=WEEK_BEFORE, dry_run=True).report["closing"]
    assert (closing["count"], closing["unexpired_rf"], one(town, "SELECT count(*) FROM rf_code")) == (2, 0, 1)


def test_another_amount_than_was_reminded_of_is_not_sent(post: Post) -> None:
    town = make_town([certified(7_848, DUE)], now=ENROLLED)
    reachable(town)
    ruled(town)
    remind_due(now=WEEK_BEFORE)
    with tenancy(municipality=town.id):
        from obolos.domain.debts.models import Instalment

        Instalment.objects.update(written_off_cents=1_000)
    deliver_due(now=WEEK_BEFORE)
    assert (told(town), post.letters) == ([("REFUSED", "AMOUNT_CHANGED")], [])

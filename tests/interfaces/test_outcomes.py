"""Every outcome that the catalogue knows is reached by making the simulated outside do it, and read in both languages.

The product's views and flows run here, the bank and DIAS in the sandbox over HTTP; the clock is ours.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from obolos.adapters.banks import piraeus
from obolos.base.dates import athens_date
from obolos.flows.dias import take_inbox
from obolos.flows.order_status import order_view
from obolos.flows.pay import pay_by_rf, rf_legs
from obolos.flows.poll import poll_banks
from obolos.flows.run_events import call_off
from obolos.flows.show_debts import Chosen, Payer, basket_of, debts_held, debts_of
from obolos.flows.slip_pads import void_pad
from obolos.flows.slips import make_pad, slip_kinds
from obolos.interfaces.portal.outcomes import CATALOGUE, Charged
from tests.support.sales import buy, buyer, make_event
from tests.support.stacks import Sandbox
from tests.support.world import ELENI, Town, certified, counts, make_town, one, reference_of, rows

pytestmark = pytest.mark.usefixtures("db_clean")
CENTS = 18_000


@dataclass
class Story:
    """A citizen with one debt, his browser, the outside, and a clock that a story moves."""

    town: Town
    client: Client
    sandbox: Sandbox
    now: datetime

    @property
    def debt(self) -> int:
        """What he owes, as the page lists it."""
        return one(self.town, "SELECT min(id) FROM instalment")

    def form(self, means: str = "card", cents: int = CENTS) -> dict[str, Any]:
        """What the method page would send."""
        token = f"{means}{self.now:%Y%m%d%H%M%S%f}".ljust(20, "0")
        told = [order for (order,) in rows(self.town, "SELECT public_id FROM payment_order")]
        return {"d": self.debt, "means": means, "expected_cents": cents, "form_token": token, "told": told}

    def begin(self, means: str = "card") -> str:
        """Choose the debt and the means; the order."""
        answer = self.client.post("/pay/", self.form(means))
        assert answer.status_code == 303, answer.content.decode()[:600]
        return re.fullmatch(r"/pay/([0-9a-z]+)/(bank/)?", answer["Location"])[1]  # type: ignore[index]

    def at_bank(self, outcome: str, order: str = "") -> str:
        """Pay an order by card, or do at the bank what else can be done; where the browser then is."""
        order = order or self.begin()
        told = self.sandbox.post("bank/pay", reference=reference_of(self.town, order), outcome=outcome)
        path = f"/pay/{order}/"
        for post in told if isinstance(told, list) else [told] if told else []:
            send = self.client.get if post["method"] == "GET" else self.client.post
            path = send(post["url"].replace(settings.OBOLOS_PORTAL_URL, ""), post["fields"])["Location"]
        return path

    def asked(self, outcome: str) -> str:
        """As `at_bank`, after the poller has asked."""
        path = self.at_bank(outcome)
        self.later(minutes=2)
        poll_banks(now=self.now)
        return path

    def later(self, **much: float) -> None:
        """Let time pass."""
        self.now += timedelta(**much)

    def code(self, when: datetime) -> tuple[str, date]:
        """An RF order made then, and its last day."""
        payer = Payer(person_id=self.town.people[ELENI])
        chosen = [Chosen(self.debt)]
        basket = basket_of(debts_of(self.town.people[ELENI], now=when), chosen, now=when)
        order = pay_by_rf(
            payer=payer, chosen=chosen, expected_cents=sum(leg.amount_cents for leg in rf_legs(basket)),
            form_token=f"{when:%Y%m%d%H%M%S%f}", language="el", now=when,
        )  # fmt: skip
        return order, basket.legs[0].valid_until

    def by_file(self, order: str, cents: int, *, on: date | None = None) -> str:
        """Money for an order's RF code, told by DIAS' day file only."""
        view = order_view(order, now=self.now)
        paid = datetime.combine(on, datetime.min.time(), UTC) + timedelta(hours=9) if on else self.now
        amount = f"{cents // 100}.{cents % 100:02d}"
        self.sandbox.post("dias/pay", rf=view.rf, amount=amount, by="file", paid_at=paid.isoformat(), force=True)
        self.sandbox.post("dias/day-file")
        take_inbox(settings.OBOLOS_DIAS_INBOX, now=self.now)
        return f"/pay/{order}/"


def _paid_twice(story: Story) -> str:
    """Two orders for one debt, both paid."""
    first = story.begin()
    story.later(seconds=1)
    second = story.begin()
    story.at_bank("approve", first)
    return story.at_bank("approve", second)


def _paid_meanwhile(story: Story) -> str:
    """Somebody else pays the debt while this payer's page at the bank is open."""
    first = story.begin()
    story.later(seconds=1)
    second = story.begin()
    story.at_bank("approve", first)
    return f"/pay/{second}/"


def _too_much(story: Story) -> str:
    order = story.begin("rf")
    return story.by_file(order, CENTS + 500)


def _too_little(story: Story) -> str:
    order = story.begin("rf")
    return story.by_file(order, CENTS - 500)


def _for_void_slip(story: Story) -> str:
    """A guest's code for a slip whose pad is declared void before his bank tells of the money."""
    kind = next(one.id for one in slip_kinds(municipality_id=story.town.id))
    pad = make_pad(
        municipality_id=story.town.id, kind_id=kind, label="", count=1, fixed_cents=4_000, amounts=(), by_user=1,
        now=story.now,
    )  # fmt: skip
    debt = one(story.town, "SELECT debt_id FROM preissued_slip")
    (row,) = debts_held([debt], municipality_id=story.town.id, now=story.now).groups[0].rows
    order = pay_by_rf(
        payer=Payer(municipality_id=story.town.id, debt_ids=(debt,)), chosen=[Chosen(row.instalment_id)],
        expected_cents=row.amount_cents, form_token="v" * 20, language="el", now=story.now,
    )  # fmt: skip
    void_pad(pad, reason="LOST", municipality_id=story.town.id, by_user=1, now=story.now)
    return story.by_file(order, row.amount_cents)


def _called_off(story: Story) -> str:
    """A guest's code for places at an event that is cancelled before he pays."""
    event = make_event(story.town, now=story.now)
    order = buy(story.town, event, 1, who=buyer(means="rf"), now=story.now).order
    call_off(event.id, municipality_id=story.town.id, by_user=1, now=story.now)
    return f"/pay/{order}/"


def _late_code(story: Story) -> str:
    order, last = story.code(story.now)
    story.now = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=3)
    return story.by_file(
        order, order_view(order, now=story.now).amount_cents, on=athens_date(story.now) - timedelta(days=1)
    )


def _at_its_last_day(story: Story) -> str:
    order, last = story.code(story.now)
    story.now = datetime.combine(last, datetime.min.time(), UTC) + timedelta(hours=9)
    return f"/pay/{order}/"


def _after_its_last_day(story: Story) -> str:
    path = _at_its_last_day(story)
    story.later(days=1)
    return path


def _long(story: Story) -> str:
    path = story.at_bank("abandon")
    story.later(minutes=11)
    return path


def _gave_up(story: Story) -> str:
    """Never paid: the bank says twice, after the ticket's time, that it knows no sale."""
    path = story.at_bank("abandon")
    for minutes in (45, 20, 70):
        story.later(minutes=minutes)
        poll_banks(now=story.now)
    return path


def _never_told(story: Story) -> str:
    """A month of questions without a final answer."""
    story.sandbox.post("faults", actor="bank", fault="follow_up_no_answer", times=1000)
    path = story.at_bank("decline")
    for hours in [0.1] * 6 + [1] * 60 + [24] * 35:
        story.later(hours=hours)
        poll_banks(now=story.now)
    return path


def _refused(fault: str) -> Callable[[Story], Any]:
    def story_of(story: Story) -> Any:
        story.sandbox.post("faults", actor="bank", fault=fault, times=1)
        return story.client.post("/pay/", story.form())

    return story_of


def _gone(story: Story) -> Any:
    """A guest's try again after somebody else has paid the debt."""
    story.at_bank("decline_signed")
    failed = one(story.town, "SELECT public_id FROM payment_order ORDER BY id DESC LIMIT 1")
    story.later(seconds=1)
    story.at_bank("approve")
    one(story.town, "UPDATE payment_order SET person_id = NULL WHERE public_id = %s RETURNING id", failed)
    return story.client.post(f"/pay/{failed}/retry/", {"form_token": "t" * 20})


def _not_by_rf(story: Story) -> Any:
    one(story.town, "UPDATE revenue_kind SET rf = false WHERE code = '00.0311.0001' RETURNING id")
    one(story.town, "UPDATE municipality SET law_version = law_version + 1 WHERE id = %s RETURNING id", story.town.id)
    return story.client.post("/pay/", story.form("rf"))


def _paid_by_card_meanwhile(story: Story) -> Any:
    order = story.begin("rf")
    story.later(seconds=1)
    story.at_bank("approve")
    one(story.town, "UPDATE payment_order SET person_id = NULL WHERE means = 'CARD' RETURNING id")
    return f"/pay/{order}/"


def _partly_paid_meanwhile(story: Story) -> Any:
    order = story.begin("rf")
    one(story.town, "UPDATE instalment SET elsewhere_cents = 100 RETURNING id")
    return f"/pay/{order}/"


def _used_before(story: Story) -> Any:
    story.client.post("/pay/", story.form("rf"))
    return story.client.post("/pay/", story.form("rf") | {"means": "card"})


def _under_way(story: Story) -> Any:
    story.begin()
    return story.client.get(f"/pay/?d={story.debt}")


#: Cause → what brings it about; gives the page's path, or the page itself.
STORIES: dict[str, Callable[[Story], Any]] = {
    "PAID": lambda story: story.at_bank("approve"),
    "PAID_LATE": _late_code,
    "PAID_LESS": _too_little,
    "MONEY_TOO_MUCH": _too_much,
    "MONEY_WITHOUT_DEBT": _paid_twice,
    "MONEY_FOR_VOID": _for_void_slip,
    "AT_BANK": lambda story: story.at_bank("abandon"),
    "LEFT_BANK": lambda story: story.at_bank("cancel"),
    "CHECKING": lambda story: story.at_bank("bad_hash"),
    "TRANSFER": lambda story: story.at_bank("delay"),
    "LONG_WAIT": _long,
    "PAID_MEANWHILE": _paid_meanwhile,
    "DECLINED": lambda story: story.at_bank("decline_signed"),
    "DECLINED_FUNDS": lambda story: story.asked("insufficient_funds"),
    "DECLINED_LIMIT": lambda story: story.asked("over_limit"),
    "DECLINED_EXPIRED_CARD": lambda story: story.asked("expired_card"),
    "DECLINED_CARD_DETAILS": lambda story: story.asked("wrong_card_number"),
    "DECLINED_SECURITY_CODE": lambda story: story.asked("wrong_security_code"),
    "DECLINED_BLOCKED": lambda story: story.asked("blocked_card"),
    "DECLINED_NOT_PERMITTED": lambda story: story.asked("not_permitted"),
    "DECLINED_SUSPECTED": lambda story: story.asked("suspected_fraud"),
    "DECLINED_TRIES": lambda story: story.asked("too_many_tries"),
    "DECLINED_ISSUER_DOWN": lambda story: story.asked("issuer_down"),
    "DECLINED_NOT_AUTHENTICATED": lambda story: story.at_bank("not_authenticated"),
    "DECLINED_INVALID": lambda story: story.asked("technical_failure"),
    "NOT_FOUND": _gave_up,
    "NO_FINAL_ANSWER": _never_told,
    "RF_OPEN": lambda story: f"/pay/{story.begin('rf')}/",
    "RF_LAST_DAY": _at_its_last_day,
    "RF_CLOSED": _paid_by_card_meanwhile,
    "RF_CHANGED": _partly_paid_meanwhile,
    "EXPIRED": _after_its_last_day,
    "EVENT_CANCELLED": _called_off,
    "BANK_DOWN": _refused("ticket_timeout"),
    "BANK_REFUSED": _refused("ticket_refused"),
    "AMOUNT": lambda story: story.client.post("/pay/", story.form(cents=CENTS - 1)),
    "GONE": _gone,
    "MEANS": _not_by_rf,
    "FORM_USED": _used_before,
    "UNDER_WAY": _under_way,
}
#: Nothing was begun by these, so nothing may be written.
UNBEGUN = {"BANK_DOWN", "BANK_REFUSED", "AMOUNT", "MEANS"}


@pytest.fixture
def story(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Story:
    """Eleni owes 180.00 due in ten days; her browser is signed in; views look at the story's clock."""
    now = datetime.now(UTC).replace(microsecond=0)
    debt = certified(CENTS, athens_date(now) + timedelta(days=10))
    town = make_town([debt], now=now - timedelta(days=90), sandbox_url=sandbox.address)
    client = Client()
    session = client.session
    session.update({"person_id": town.people[ELENI], "name": "ΜΑΡΚΑΚΗ ΕΛΕΝΗ", "visit": "0" * 32})
    session.set_expiry(timedelta(days=400))
    session.save()
    client.cookies["obolos_session"] = session.session_key
    told = Story(town, client, sandbox, now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: told.now)
    monkeypatch.setattr(piraeus, "TICKET_SECONDS", 1.0)
    return told


def test_every_cause_has_its_story() -> None:
    assert set(STORIES) == set(CATALOGUE)
    assert len(CATALOGUE) >= 30
    assert {one.charged for one in CATALOGUE.values()} == set(Charged)
    texts = [(str(one.why), str(one.next_step)) for one in CATALOGUE.values()]
    assert all(why and step for why, step in texts)


@pytest.mark.parametrize("cause", list(STORIES))
def test_the_outside_does_it_and_the_page_says_so(story: Story, cause: str) -> None:
    before = counts(story.town)
    found = STORIES[cause](story)
    pages = {}
    if isinstance(found, str):
        for language in ("en", "el"):
            story.client.cookies["obolos_language"] = language
            pages[language] = story.client.get(found).content.decode()
    else:
        assert found.status_code in {200, 409, 422, 503}
        pages["el"] = found.content.decode()
    if cause in UNBEGUN:
        assert counts(story.town) == before
    expected = CATALOGUE[cause]
    for language, page in pages.items():
        told = dict(re.findall(r'data-(cause|charged)="(\w+)"', page))
        assert told == {"cause": cause, "charged": str(expected.charged)}, page[:200]
        shown = re.sub(r"<[^>]+>|\s+", " ", page)
        claims = ("Δεν χρεωθήκατε", "Δεν χρεώθηκε τίποτα", "You were not charged", "Nothing was charged")
        if expected.charged is Charged.NO:
            assert any(claim in shown for claim in claims), (cause, language)
        elif expected.charged is Charged.YES:
            assert not any(claim in shown for claim in claims), (cause, language)
        if cause not in {"PAID", "RF_OPEN", "RF_LAST_DAY", "AMOUNT", "UNDER_WAY"}:  # their pages say it in other words
            with translation.override(language):
                assert str(expected.why) in shown.replace("&#x27;", "'")

"""A certificate of no debt: issued at once, refused whole with every reason, one for each press, honest about the rest."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connections

from obolos.base.tenancy import tenancy
from obolos.domain.municipalities.actions import note_debts_as_of
from obolos.domain.payments.models import Payment
from obolos.domain.people.models import Person
from obolos.flows.clear import (
    BadRule,
    ClearanceUnknown,
    Refused,
    Rule,
    certificate_of,
    certificates_of,
    change_rule,
    drawn,
    issue,
    rule_of,
)
from tests.support.world import (
    ELENI,
    GIORGOS,
    NOW,
    Town,
    bank_says_ready,
    certified,
    counts,
    fine,
    make_town,
    one,
    order_by_card,
    rows,
)

pytestmark = pytest.mark.usefixtures("db_clean")
TOKEN = "a" * 32
TOLD = NOW - timedelta(hours=3)


def town_with(*debts: object) -> Town:
    town = make_town(list(debts))  # type: ignore[arg-type]
    with tenancy(municipality=town.id):
        note_debts_as_of(moment=TOLD)
    for person in town.people.values():
        with tenancy(person=person):
            Person.objects.filter(id=person).update(name="ΜΑΡΚΑΚΗ ΕΛΕΝΗ")
    return town


def ask(town: Town, *, token: str = TOKEN, afm: str = ELENI) -> str:
    return issue(person_id=town.people[afm], slug="ioannina", form_token=token, now=NOW)


def written(town: Town) -> dict[str, int]:
    return counts(town) | {"clearance": one(town, "SELECT count(*) FROM clearance")}


def test_somebody_without_debts_gets_it_at_once() -> None:
    town = town_with(certified(18_000, date(2026, 1, 31), afm=GIORGOS))
    code = ask(town)
    certificate = certificate_of(town.people[ELENI], code, now=NOW)
    row = certificate.row
    assert (row.holder, row.afm, row.issued_at) == ("ΜΑΡΚΑΚΗ ΕΛΕΝΗ", ELENI, NOW)
    assert (row.debts_as_of, row.valid_until, row.named) == (TOLD, date(2026, 12, 22), ())
    assert (row.unapplied_cents, row.undecided) == (0, 0)
    assert drawn(certificate, language="el").startswith(b"%PDF")
    assert rows(town, "SELECT action, actor, actor_id FROM audit_entry WHERE action LIKE 'clearance%%'") == [
        ("clearance.issued", "CITIZEN", town.people[ELENI])
    ]


def test_every_open_debt_in_the_way_is_told_and_nothing_is_written() -> None:
    late, hidden, ticket = (
        certified(18_000, date(2026, 10, 31)),
        certified(9_000, date(2026, 10, 31), rev_code="00.0115.0001"),
        fine(6_000),
    )
    town = town_with(late, hidden, ticket, certified(5_000, date(2026, 12, 31)))
    before = written(town)
    with pytest.raises(Refused) as refused:
        ask(town)
    decision = refused.value.decision
    assert sorted(str(why) for why, _ in decision.blocking) == ["OVERDUE", "OVERDUE", "UNCERTIFIED"]
    assert {amount.title_el.split(",")[0] for _, amount in decision.blocking} >= {"Κλήση 2026-1"}
    assert [amount.cents for amount in decision.named] == [5_000]
    assert written(town) == before


def test_what_is_not_due_is_named_in_the_certificate_or_in_the_way_as_the_municipality_says() -> None:
    town = town_with(certified(5_000, date(2026, 12, 31)))
    certificate = certificate_of(town.people[ELENI], ask(town), now=NOW)
    assert [(line.cents, line.due_on) for line in certificate.row.named] == [(5_000, date(2026, 12, 31))]
    change_rule(Rule(not_due_blocks=True, valid_days=10), municipality_id=town.id, by_user=1, now=NOW)
    with pytest.raises(Refused) as refused:
        ask(town, token="b" * 32)
    assert [str(why) for why, _ in refused.value.decision.blocking] == ["NOT_DUE"]


def test_the_same_form_is_one_certificate_and_each_form_another() -> None:
    town = town_with()
    first = ask(town)
    assert ask(town) == first
    assert ask(town, token="b" * 32) != first
    assert ask(town, afm=GIORGOS) != first
    assert one(town, "SELECT count(*) FROM clearance") == 3
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'clearance.issued'") == 3


def test_pressing_twice_at_once_is_one_certificate() -> None:
    town = town_with()
    codes: list[str] = []
    start = threading.Barrier(6)

    def press() -> None:
        start.wait()
        try:
            codes.append(ask(town))
        finally:
            connections.close_all()

    pressing = [threading.Thread(target=press) for _ in range(6)]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join(timeout=30)
    assert len(codes) == 6
    assert len(set(codes)) == 1
    assert one(town, "SELECT count(*) FROM clearance") == 1
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'clearance.issued'") == 1


def test_loose_money_and_undecided_payments_are_not_in_the_way_and_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    bank_says_ready(monkeypatch)
    town = town_with(certified(5_000, date(2026, 12, 31)))
    person = town.people[ELENI]
    order_by_card(person)
    with tenancy(municipality=town.id):
        Payment.objects.create(
            municipality_id=town.id, evidence_key="card:1:loose", person_id=person, channel="CARD", provider="PIRAEUS",
            amount_cents=2_500, paid_at=NOW, paid_on=NOW.date(), booked_at=NOW, disposition="UNAPPLIED",
        )  # fmt: skip
    row = certificate_of(person, ask(town), now=NOW).row
    assert (row.unapplied_cents, row.undecided) == (2_500, 1)


def test_old_news_certify_nothing() -> None:
    town = make_town([])
    with pytest.raises(Refused) as refused:
        ask(town)
    assert refused.value.decision.refused == "NEVER_TOLD"
    with tenancy(municipality=town.id):
        note_debts_as_of(moment=NOW - timedelta(days=40))
    with pytest.raises(Refused) as refused:
        ask(town)
    assert refused.value.decision.refused == "OLD_NEWS"
    change_rule(Rule(known_within_days=60), municipality_id=town.id, by_user=1, now=NOW)
    assert ask(town)
    change_rule(Rule(offered=False), municipality_id=town.id, by_user=1, now=NOW)
    with pytest.raises(Refused) as refused:
        ask(town, token="c" * 32)
    assert refused.value.decision.refused == "NOT_OFFERED"


def test_certificates_are_their_holders_alone_and_end_by_their_date() -> None:
    town = town_with()
    code = ask(town)
    with pytest.raises(ClearanceUnknown):
        certificate_of(town.people[GIORGOS], code, now=NOW)
    assert certificates_of(town.people[GIORGOS], now=NOW) == ()
    mine = town.people[ELENI]
    assert [certificate.current for certificate in certificates_of(mine, now=NOW + timedelta(days=30))] == [True]
    assert [certificate.current for certificate in certificates_of(mine, now=NOW + timedelta(days=31))] == [False]
    with pytest.raises(ClearanceUnknown):
        issue(person_id=mine, slug="nowhere", form_token=TOKEN, now=NOW)


def test_the_rule_is_the_municipalitys_and_each_change_is_noted() -> None:
    town = town_with()
    assert rule_of(town.id) == Rule()
    for days in (0, 366):
        for bad in (Rule(valid_days=days), Rule(known_within_days=days)):
            with pytest.raises(BadRule):
                change_rule(bad, municipality_id=town.id, by_user=1, now=NOW)
    change_rule(Rule(valid_days=60), municipality_id=town.id, by_user=1, now=NOW)
    change_rule(Rule(valid_days=60), municipality_id=town.id, by_user=1, now=NOW)
    assert certificate_of(town.people[ELENI], ask(town), now=NOW).row.valid_until == date(2027, 1, 21)
    noted = rows(town, "SELECT detail->'before'->>'valid_days', detail->'after'->>'valid_days' FROM audit_entry "
                       "WHERE action = 'clearance.rule_changed'")  # fmt: skip
    assert noted == [("30", "60")]

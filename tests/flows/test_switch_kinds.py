"""Switches of revenue kinds hold from the next page on, together or not at all, and say who turned them."""

import pytest

from obolos.flows.show_debts import NotPayable, basket_of, debts_of
from obolos.flows.switch_kinds import (
    Change,
    ChangedMeanwhile,
    KindUnknown,
    NoMeans,
    Switches,
    kinds_of,
    switch_kinds,
)
from tests.support.world import ELENI, NOW, Town, certified, everything, make_town, rows

pytestmark = pytest.mark.usefixtures("db_clean")
STAFF = 77


@pytest.fixture
def town() -> Town:
    """Eleni owes a cleaning fee."""
    return make_town([certified(18_000)])


def kind_of(town: Town, code: str = "00.0311.0001"):
    return next(kind for kind in kinds_of(municipality_id=town.id) if kind.code == code)


def switch(town: Town, *changes: Change):
    return switch_kinds(changes, municipality_id=town.id, by_user=STAFF, now=NOW)


def test_a_kind_switched_off_cannot_be_paid_on_the_next_page(town):
    chosen = everything(town.people[ELENI])
    kind = kind_of(town)
    switch(town, Change(kind.id, kind.switches, Switches(online=False, card=True, rf=True)))
    view = debts_of(town.people[ELENI], now=NOW)
    assert [row.blocked for row in view.groups[0].rows] == ["NOT_ONLINE"]
    with pytest.raises(NotPayable):
        basket_of(view, chosen, now=NOW)
    kind = kind_of(town)
    switch(town, Change(kind.id, kind.switches, Switches(online=True, card=False, rf=True)))
    leg = basket_of(debts_of(town.people[ELENI], now=NOW), chosen, now=NOW).legs[0]
    assert (leg.card, leg.rf) == (False, True)
    kind = kind_of(town)
    switch(town, Change(kind.id, kind.switches, Switches(partial=not kind.switches.partial)))
    (row,) = debts_of(town.people[ELENI], now=NOW).groups[0].rows
    assert row.partial_ok is not kind.switches.partial


def test_each_change_is_on_record_before_and_after(town):
    kind = kind_of(town)
    wanted = Switches(online=False, guest=True, partial=False, card=True, rf=False)
    assert [row.code for row in switch(town, Change(kind.id, kind.switches, wanted))] == [kind.code]
    ((user, subject, before, after),) = rows(
        town, "SELECT actor_id, subject, detail -> 'before' ->> 'online', detail -> 'after' ->> 'online' FROM audit_entry "
              "WHERE action = 'kind.switched'",
    )  # fmt: skip
    assert (user, subject, before, after) == (STAFF, f"kind:{kind.id}", "true", "false")


def test_what_stays_is_not_written(town):
    kind = kind_of(town)
    version = rows(town, "SELECT law_version FROM municipality WHERE id = %s", town.id)
    assert switch(town, Change(kind.id, kind.switches, kind.switches)) == ()
    assert rows(town, "SELECT law_version FROM municipality WHERE id = %s", town.id) == version
    assert rows(town, "SELECT 1 FROM audit_entry WHERE action = 'kind.switched'") == []


def test_online_without_any_means_is_refused_whole(town):
    first, second = kinds_of(municipality_id=town.id)[:2]
    with pytest.raises(NoMeans) as refused:
        switch(
            town,
            Change(first.id, first.switches, Switches(online=False)),
            Change(second.id, second.switches, Switches(online=True, card=False, rf=False)),
        )
    assert refused.value.kind_ids == (second.id,)
    assert kinds_of(municipality_id=town.id)[0].switches == first.switches


def test_what_somebody_else_switched_meanwhile_is_not_overwritten(town):
    kind = kind_of(town)
    other = next(row for row in kinds_of(municipality_id=town.id) if row.id != kind.id)
    switch(town, Change(kind.id, kind.switches, Switches(online=False)))
    with pytest.raises(ChangedMeanwhile) as overtaken:
        switch(
            town,
            Change(other.id, other.switches, Switches(online=False)),
            Change(kind.id, kind.switches, Switches(rf=False)),
        )
    assert overtaken.value.kind_ids == (kind.id,)
    assert kind_of(town).switches == Switches(online=False)
    assert kind_of(town, other.code).switches == other.switches
    assert len(rows(town, "SELECT 1 FROM audit_entry WHERE action = 'kind.switched'")) == 1


def test_another_municipalitys_kind_does_not_exist(town):
    abroad = make_town([], code="9083")
    kind = kind_of(town)
    with pytest.raises(KindUnknown):
        switch(abroad, Change(kind.id, kind.switches, Switches(online=False)))
    assert kind_of(town).switches == kind.switches

"""A municipality is made ready as a whole or not at all, by the law as shipped, its secrets sealed to it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, ProgrammingError, connection

from obolos.base import crypto
from obolos.base.tenancy import tenancy
from obolos.domain.audit.models import AuditEntry
from obolos.domain.debts import law_actions, rules
from obolos.domain.debts.law import Law, law_of
from obolos.domain.debts.law_actions import OnePersonOnly, Signatures, Switches
from obolos.domain.debts.law_defaults import KEDE, KINDS
from obolos.domain.debts.models import RevenueKind, SurchargeRate
from obolos.domain.municipalities.models import CalendarDay, Municipality
from obolos.domain.payments.models import MerchantAccount
from obolos.domain.people.models import Role, StaffMember
from obolos.domain.people.staff_actions import appoint_staff
from obolos.flows.bank_accounts import open_password, read_account
from obolos.flows.demo_data.places import IOANNINA, ZITSA, accounts_of
from obolos.flows.enrol import CannotEnrol, NewMunicipality, enrol

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SIGNED = Signatures("Μαρία", "Νίκος")


def enrolled(municipality: NewMunicipality = IOANNINA.municipality, switches: dict[str, Switches] | None = None) -> int:
    accounts = accounts_of(municipality.code, "http://127.0.0.1:8100")
    return enrol(municipality, accounts=accounts, signed=SIGNED, switches=switches, now=NOW)


def law_in(municipality_id: int) -> Law:
    version = Municipality.objects.get(id=municipality_id).law_version
    with tenancy(municipality=municipality_id):
        return law_of(municipality_id, version)


def test_the_law_in_force_is_the_law_as_shipped(db_clean: None) -> None:
    law = law_in(enrolled())
    stored = {kind.code: kind for kind in law.kinds.values()}
    assert set(stored) == {kind.rules.code for kind in KINDS}
    for kind in KINDS:
        assert replace(stored[kind.rules.code].rules, versions=()) == replace(kind.rules, versions=())
        assert stored[kind.rules.code].guest == kind.guest_payable


def test_switches_override_what_a_kind_starts_with(db_clean: None) -> None:
    law = law_in(enrolled(switches={"00.0115.0001": Switches(online=False), "00.0112.0001": Switches(card=False)}))
    stored = {kind.code: kind for kind in law.kinds.values()}
    assert not stored["00.0115.0001"].online
    assert not stored["00.0112.0001"].card
    assert stored["00.0112.0001"].rf
    assert stored["00.0311.0001"].online
    assert stored["00.0311.0001"].card


def test_r1_local_feasts_close_their_own_municipality_only(db_clean: None) -> None:
    here, there = law_in(enrolled()).calendar, law_in(enrolled(ZITSA.municipality)).calendar
    assert here.next_working_day(date(2025, 1, 17)) == date(2025, 1, 20)
    assert there.next_working_day(date(2025, 1, 17)) == date(2025, 1, 17)
    for calendar in (here, there):
        assert calendar.next_working_day(date(2026, 4, 10)) == date(2026, 4, 14)
        assert (calendar.first_year, calendar.last_year) == (2000, 2040)


def test_secrets_are_sealed_to_their_municipality(db_clean: None) -> None:
    one, other = enrolled(), enrolled(ZITSA.municipality)
    with tenancy(municipality=one):
        account = read_account(one)
        assert account.credentials.password == "demo-piraeus-9084"
        assert account.credentials.base_url == "http://127.0.0.1:8100/piraeus"
        rows = list(MerchantAccount.objects.all())
    assert {row.bank for row in rows} == {"PIRAEUS", "DIAS", "ERP"}
    for row in rows:
        assert "demo-" not in row.sealed_password
        assert "demo-" not in str(row.public).replace("9084", "")
        with pytest.raises(crypto.CannotOpen):
            open_password(other, row.sealed_password)


def test_enrolling_is_audited_without_secrets(db_clean: None) -> None:
    municipality_id = enrolled()
    with tenancy(municipality=municipality_id):
        entry = AuditEntry.objects.get(action="municipality.enrolled")
    assert entry.subject == f"municipality:{municipality_id}"
    assert entry.detail["signed"] == {"proposed_by": "Μαρία", "approved_by": "Νίκος"}
    assert "demo-" not in str(entry.detail)


def test_a_code_that_is_taken_changes_nothing(db_clean: None) -> None:
    first = enrolled()
    with pytest.raises(CannotEnrol, match="9084 is there already"):
        enrolled(replace(IOANNINA.municipality, slug="other", dias_code="11111"))
    assert list(Municipality.objects.values_list("id", flat=True)) == [first]
    with tenancy(municipality=first + 1):
        assert not CalendarDay.objects.filter(municipality_id=first + 1).exists()


@pytest.mark.parametrize(
    "wrong", [{"afm": "123456789"}, {"dias_code": "1234"}, {"dias_code": "١٢٣٤٥"}, {"dias_code": "12345\n"}]
)
def test_numbers_that_cannot_be_right_are_refused(db_clean: None, wrong: dict[str, str]) -> None:
    with pytest.raises(CannotEnrol):
        enrolled(replace(IOANNINA.municipality, **wrong))
    assert not Municipality.objects.exists()


def test_two_different_people_stand_behind_a_law_row(db_clean: None) -> None:
    with pytest.raises(OnePersonOnly):
        Signatures("Μαρία", "Μαρία")
    with pytest.raises(OnePersonOnly):
        Signatures("Μαρία", "")
    municipality_id = enrolled()
    with tenancy(municipality=municipality_id):
        rate = SurchargeRate.objects.filter(municipality_id=municipality_id).earliest("id")
    rate.id, rate.from_on, rate.approved_by = None, date(2030, 1, 1), rate.proposed_by
    with pytest.raises(IntegrityError, match="two_people"), tenancy(municipality=municipality_id):
        rate.save(force_insert=True)


def test_a_law_row_is_never_edited(db_clean: None) -> None:
    municipality_id = enrolled()
    with pytest.raises((IntegrityError, ProgrammingError)), tenancy(municipality=municipality_id):
        SurchargeRate.objects.filter(municipality_id=municipality_id).update(percent=Decimal(0))


def test_rates_that_leave_a_gap_are_refused(db_clean: None) -> None:
    municipality_id = enrolled()
    first, second = KEDE.rates
    for gap in ((first,), (first, replace(second, from_on=date(2014, 2, 1)))):
        scheme = rules.SurchargeScheme("GAP", gap)
        with pytest.raises(ValueError, match="gap"), tenancy(municipality=municipality_id):
            law_actions.adopt_schemes(schemes=[scheme], signed=SIGNED)


def test_a_switched_kind_holds_from_the_next_reading_on(db_clean: None) -> None:
    municipality_id = enrolled()
    before = law_in(municipality_id)
    kind = next(kind for kind in before.kinds.values() if kind.code == "00.0311.0001")
    with tenancy(municipality=municipality_id):
        was, now = law_actions.switch_kind(kind_id=kind.id, switches=Switches(online=False, rf=False))
    assert was == Switches(partial=True)
    assert now == Switches(online=False, rf=False)
    after = law_in(municipality_id)
    assert after.version > before.version
    assert not after.kinds[kind.id].online


def test_nobody_switches_a_kind_of_another_municipality(db_clean: None) -> None:
    one, other = enrolled(), enrolled(ZITSA.municipality)
    kind_id = next(iter(law_in(other).kinds))
    with pytest.raises(law_actions.KindUnknown), tenancy(municipality=one):
        law_actions.switch_kind(kind_id=kind_id, switches=Switches(online=False))
    with tenancy(municipality=one):
        assert not RevenueKind.objects.filter(id=kind_id).update(online=False)


def test_staff_are_appointed_inside_their_municipality_only(db_clean: None) -> None:
    one, other = enrolled(), enrolled(ZITSA.municipality)
    user = get_user_model().objects.create(username="somebody")
    with tenancy(municipality=one):
        appoint_staff(user_id=user.pk, role=Role.CLERK)
    foreign = get_user_model().objects.create(username="another")
    with pytest.raises(ProgrammingError, match="row-level security"), tenancy(municipality=one):
        StaffMember.objects.create(user_id=foreign.pk, municipality_id=other, role=Role.ADMIN)
    with tenancy(municipality=other):
        assert not StaffMember.objects.filter(user_id=user.pk).update(role=Role.ADMIN)
    with pytest.raises(ProgrammingError, match="row-level security"):
        StaffMember.objects.create(user_id=foreign.pk, municipality_id=one, role=Role.ADMIN)
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM staff_member")

"""The demo is the same for the same day, valid on every day, complete for whoever tries it, and right in the books."""

import json
import stat
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from launch.codes import totp
from obolos.base.dates import athens_date
from obolos.base.references import afm_valid
from obolos.base.tenancy import tenancy
from obolos.domain.debts import rules
from obolos.domain.debts.law import law_of
from obolos.domain.debts.law_defaults import KINDS
from obolos.domain.debts.models import Debt, DebtsFile, Instalment, RevenueKind
from obolos.domain.debts.queries import open_instalments_of
from obolos.domain.municipalities.models import Municipality
from obolos.domain.offerings.queries import all_events, certificates
from obolos.domain.people.models import Debtor, Person, StaffMember
from obolos.flows.demo_data import NotEmpty, demo_world, load_demo
from obolos.flows.demo_data.debts import PLAN_INSTALMENTS
from obolos.flows.demo_data.fines import FINE
from obolos.flows.demo_data.inhabitants import with_check_digit
from obolos.flows.demo_data.personas import ELENI, GIORGOS, KAFE, PERSONAS
from obolos.flows.demo_data.places import PLACES
from obolos.flows.demo_data.sign_ins import STAFF
from obolos.flows.prove import prove
from obolos.flows.show_debts import debts_of

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ON = athens_date(NOW)

#: Revenue codes of the debts files that are imported on top of the demo.
CODES_OF_FILES = {
    "00.0111.0001", "00.0311.0001", "00.0321.0001", "00.0413.0001", "00.0441.0001", "00.0451.0001", "00.0452.0001",
    "00.0461.0001", "00.1512.0001", "00.3221.0311",
}  # fmt: skip


@dataclass(frozen=True)
class Demo:
    """A loaded demo: ids of municipalities by code, sign-ins, the folder they are kept in."""

    ids: dict[str, int]
    sign_ins: Mapping[str, Any]
    folder: Path


@pytest.fixture
def demo(db_clean: None, tmp_path: Path, settings: Settings) -> Demo:
    """A small demo, loaded for real; only its passwords are hashed in a hurry."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    sign_ins = load_demo(sandbox_url="http://127.0.0.1:8100", keep_in=tmp_path, now=NOW, people=200, debts=900)
    return Demo(dict(Municipality.objects.values_list("code", "id")), sign_ins, tmp_path)


def person_id(demo: Demo, afm: str) -> int:
    with tenancy(municipality=demo.ids["9084"]):
        return Person.objects.get(afm=afm).pk


def test_the_same_day_gives_the_same_demo() -> None:
    assert demo_world(ON, people=80, debts=300) == demo_world(ON, people=80, debts=300)


def test_the_whole_demo_has_its_people_and_debts() -> None:
    world = demo_world(ON)
    assert len(world.people) == 2_000
    assert len(world.debts) == 12_000
    assert all(afm_valid(person.afm) for person in world.people)
    assert len({person.afm for person in world.people}) == 2_000
    owing = {(debt.afm, debt.code) for debt in world.debts}
    assert owing == {(person.afm, code) for person in world.people for code in person.codes}
    assert {person.type for person in world.people} == {"N", "L"}
    assert {debt.kind for debt in world.debts} == {"CERTIFIED", "ARRANGED", "UNCERTIFIED"}
    kinds = Counter(debt.rev_code for debt in world.debts)
    assert len(kinds) >= 10
    assert set(kinds) <= {kind.rules.code for kind in KINDS}
    assert min(Counter(debt.code for debt in world.debts).values()) > 2_000
    parts = [part for debt in world.debts for part in debt.parts]
    for some in (
        [part for part in parts if part.due_on < ON and part.open_cents],
        [part for part in parts if ON <= part.due_on <= ON + timedelta(days=30)],
        [part for part in parts if part.surcharge_cents],
        [part for part in parts if part.added_cents],
        [part for part in parts if 0 < part.elsewhere_cents < part.principal_cents],
        [part for part in parts if part.written_off_cents],
    ):
        assert len(some) > 50


@pytest.mark.parametrize("on", [date(2024, 2, 29), date(2026, 1, 31), date(2026, 12, 31), date(2031, 3, 1)])
def test_every_day_is_a_day_for_a_demo(on: date) -> None:
    world = demo_world(on, people=150, debts=900)
    for debt in world.debts:
        assert debt.certified_on is None or debt.certified_on <= debt.parts[0].due_on
        assert (debt.certified_on is None) == (debt.kind == "UNCERTIFIED")
        assert [part.due_on for part in debt.parts] == sorted({part.due_on for part in debt.parts})
        for part in debt.parts:
            assert part.principal_cents > 0
            assert part.elsewhere_cents + part.written_off_cents <= part.principal_cents
            assert part.due_on > date(2005, 3, 1)
            assert part.surcharge_as_of is None or part.surcharge_as_of <= on


def test_r9_fines_follow_the_regime_of_their_violation() -> None:
    found: dict[str, set[int]] = {"half in ten days": set(), "halved by law": set(), "since 2025": set()}
    for debt in demo_world(ON).debts:
        if debt.rev_code != FINE or debt.violation_on is None:
            continue
        assert debt.ticket_no
        assert debt.plate
        if debt.violation_on <= date(2018, 3, 30):
            regime = "half in ten days"
        else:
            regime = "halved by law" if debt.violation_on < date(2025, 9, 13) else "since 2025"
        found[regime].add(debt.parts[0].principal_cents)
    assert found == {"half in ten days": {8_000}, "halved by law": {4_000, 1_000}, "since 2025": {3_000, 15_000}}


def test_plans_have_24_instalments_of_which_the_first_are_paid() -> None:
    plans = [debt for debt in demo_world(ON).debts if debt.kind == "ARRANGED"]
    assert len(plans) > 100
    for plan in plans:
        assert len(plan.parts) == PLAN_INSTALMENTS
        paid = [part.open_cents == 0 for part in plan.parts]
        assert paid == sorted(paid, reverse=True)


def test_check_digit_of_an_invented_afm() -> None:
    assert with_check_digit("12345678") == "123456783"


def test_the_books_are_right_and_no_file_sequence_is_used_up(demo: Demo) -> None:
    findings = prove()
    assert {one.municipality for one in findings} == {"9083", "9084", "9086"}
    assert [one for one in findings if one.breaches] == []
    for municipality_id in demo.ids.values():
        with tenancy(municipality=municipality_id):
            assert not DebtsFile.objects.exists()
            assert set(RevenueKind.objects.filter(municipality_id=municipality_id).values_list("code", flat=True)) >= (
                CODES_OF_FILES
            )


def test_rows_look_like_those_of_an_imported_file(demo: Demo) -> None:
    count = 0
    for code, municipality_id in demo.ids.items():
        with tenancy(municipality=municipality_id):
            debts = list(Debt.objects.filter(municipality_id=municipality_id).order_by("ext_id"))
            parts = Counter(
                Instalment.objects.filter(municipality_id=municipality_id).values_list("debt_id", flat=True)
            )
            names = dict(Debtor.objects.filter(municipality_id=municipality_id).values_list("id", "name_folded"))
        count += len(debts)
        assert [debt.ext_id for debt in debts] == [f"{code}-D{n:06d}" for n in range(1, len(debts) + 1)]
        for debt in debts:
            assert (debt.origin, debt.version, debt.withdrawn_at) == ("DEMO", 1, None)
            assert names[debt.debtor_id] == names[debt.debtor_id].upper()
            assert debt.ticket_folded == debt.ticket_no.replace("-", "")
            assert parts[debt.id] >= 1
    assert count == 900


def test_everything_open_can_be_quoted_today(demo: Demo) -> None:
    with tenancy(municipality=demo.ids["9084"]):
        people = list(Person.objects.values_list("id", flat=True))
    quoted = 0
    for one in people[:60]:
        with tenancy(person=one):
            instalments, municipalities = open_instalments_of(one)
            for instalment in instalments:
                law = law_of(instalment.municipality_id, municipalities[instalment.municipality_id].law_version)
                kind = law.kinds[instalment.revenue_kind_id]
                quote = rules.quote_instalment(instalment.snapshot, kind.rules, law.calendar, ON)
                assert quote.total_cents > 0
                assert quote.cents(rules.Component.DISCOUNT) == 0
                quoted += 1
    assert quoted > 150


def test_eleni_sees_every_sort_of_row(demo: Demo) -> None:
    view = debts_of(person_id(demo, ELENI.afm), now=NOW)
    rows = [row for group in view.groups for row in group.rows]
    assert [group.municipality.code for group in view.groups] == ["9083", "9084", "9086"]
    assert len(rows) == 9
    assert {row.debt_kind for row in rows} == {"CERTIFIED", "ARRANGED", "UNCERTIFIED"}
    assert {row.blocked for row in rows} == {"", "NOT_ONLINE", "PREVIOUS_INSTALMENT"}
    assert {row.partial_ok for row in rows} == {True, False}
    overdue = [row for row in rows if row.overdue]
    assert {line.rule for row in overdue for line in row.quote.lines if line.component == "SURCHARGE"} == {
        "R5",
        "GIVEN",
    }
    plan = [row for row in rows if row.debt_kind == "ARRANGED"]
    assert [(row.number, row.of) for row in plan] == [(23, 24), (24, 24)]


def test_giorgos_and_kafe_show_what_eleni_does_not(demo: Demo) -> None:
    rows = [row for group in debts_of(person_id(demo, GIORGOS.afm), now=NOW).groups for row in group.rows]
    assert [row.kind.code for row in rows if not row.kind.card] == ["00.0112.0001"]
    old = next(row for row in rows if row.due_on.year == 2013)
    assert [
        segment.rate_micro for line in old.quote.lines if line.rule == "R5" for segment in line.inputs.segments
    ] == [
        1_000_000,
        730_000,
    ]
    rows = [row for group in debts_of(person_id(demo, KAFE.afm), now=NOW).groups for row in group.rows]
    assert any(line.rule == "R10" for row in rows for line in row.quote.lines)
    assert sum(row.kind.code == "00.0461.0001" for row in rows) == 4


def test_kafe_alone_is_asked_for_a_contact(demo: Demo) -> None:
    for persona in PERSONAS:
        own = person_id(demo, persona.afm)
        with tenancy(person=own):
            person = Person.objects.get(id=own)
        assert (person.email, person.mobile) == (persona.email, persona.mobile)
        assert bool(person.email) == (persona is not KAFE)
        assert person.person_type == persona.type


def test_staff_sign_in_with_password_and_code(demo: Demo) -> None:
    assert {one["account"] for one in demo.sign_ins["staff"]} == {one.account for one in STAFF}
    for one in demo.sign_ins["staff"]:
        user = get_user_model().objects.get(username=one["account"])
        assert user.check_password(one["password"])
        assert not user.is_superuser
        assert not user.is_staff
        member = StaffMember.objects.get(user=user)
        assert (member.municipality.code, member.role) == (one["municipality"], one["role"])
        second = Authenticator.objects.get(user=user)
        assert second.wrap().validate_code(totp(one["totp_secret"], time.time()))
    assert not get_user_model().objects.get(username="clerk").check_password("clerk")


def test_one_fine_is_there_to_try_without_signing_in(demo: Demo) -> None:
    fine = demo.sign_ins["fine"]
    assert demo.sign_ins["pay_codes"][fine["number"]] == fine["code"]
    for municipality_id in demo.ids.values():
        with tenancy(municipality=municipality_id), connection.cursor() as cursor:
            cursor.execute(
                "SELECT plate, i.open_cents > 0, i.due_on > %s FROM debt d JOIN instalment i ON i.debt_id = d.id "
                "WHERE ticket_no = %s",
                [NOW.date(), fine["number"]],
            )
            found = cursor.fetchall()
        if found:
            assert found == [(fine["plate"], True, True)]
            break
    else:
        pytest.fail("no municipality has it")


def test_sign_ins_are_for_their_owner_only(demo: Demo) -> None:
    path = demo.folder / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = json.loads(path.read_text())
    assert kept == demo.sign_ins
    assert [one["userid"] for one in kept["citizens"]] == ["eleni", "giorgos", "kafe"]


def test_no_debt_is_seen_by_another_municipality(demo: Demo) -> None:
    seen = {}
    for code, municipality_id in demo.ids.items():
        with tenancy(municipality=municipality_id), connection.cursor() as cursor:
            cursor.execute("SELECT count(*), count(DISTINCT municipality_id), min(municipality_id) FROM instalment")
            _, municipalities, lowest = cursor.fetchone()
            seen[code] = (municipalities, lowest)
    assert seen == {code: (1, municipality_id) for code, municipality_id in demo.ids.items()}


def test_a_filled_database_is_refused_and_left_alone(demo: Demo, settings: Settings) -> None:
    with pytest.raises(NotEmpty):
        load_demo(sandbox_url="", keep_in=demo.folder, now=NOW)
    settings.OBOLOS_VAR = demo.folder
    with pytest.raises(CommandError, match="already") as refused:
        call_command("demo_data")
    assert "\n" not in str(refused.value)
    assert Municipality.objects.count() == len(PLACES)


def test_printing_shows_the_sign_ins_of_a_loaded_demo(
    demo: Demo, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.OBOLOS_VAR = demo.folder
    call_command("demo_data", "--print")
    assert json.loads(capsys.readouterr().out) == demo.sign_ins


def test_a_live_installation_gets_no_demo(db_clean: None, settings: Settings) -> None:
    settings.OBOLOS_DEMO = False
    with pytest.raises(CommandError, match="OBOLOS_DEMO"):
        call_command("demo_data")
    assert not Municipality.objects.exists()


def test_every_town_sells_two_events_one_nearly_sold_out_and_two_certificates(demo: Demo) -> None:
    for town in demo.ids.values():
        with tenancy(municipality=town):
            events, offered = all_events(), certificates(offered_only=True)
        assert [one.state(NOW) for one in events] == ["OPEN", "OPEN"]
        assert len(offered) == 2
        assert 0 < min(one.free for one in events) <= 5
        assert all(sum(row.taken for row in one.classes) == one.taken for one in events)
        assert all(one.starts_at > NOW for one in events)

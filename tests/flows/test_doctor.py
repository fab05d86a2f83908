"""The doctor finds each planted fault, names it in one line with a remedy, and never shows a secret."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from launch.servers import OWNER
from obolos.base.tenancy import tenancy
from obolos.domain.debts import live
from obolos.domain.debts.models import ErpLink, RevenueKind, SurchargeScheme
from obolos.domain.deliveries.models import Delivery, Target
from obolos.domain.municipalities.actions import note_law_change
from obolos.domain.municipalities.models import CalendarDay
from obolos.domain.payments.models import MerchantAccount
from obolos.flows.demo_data.places import IOANNINA, accounts_of
from obolos.flows.doctor import Finding, Level, effective_settings, examine
from obolos.flows.doctor.configuration import examine_settings
from obolos.flows.doctor.database import examine_migrations, examine_role, examine_walls
from obolos.flows.doctor.municipalities import examine_municipalities
from obolos.flows.doctor.outside import examine_outside, examine_worker
from obolos.flows.enrol import enrol
from tests.flows.test_enrol import SIGNED
from tests.support import databases

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def municipality_id(db_clean: None) -> int:
    """One municipality, complete."""
    accounts = accounts_of("9084", "http://127.0.0.1:8100")
    return enrol(IOANNINA.municipality, accounts=accounts, signed=SIGNED, now=NOW)


def errors(findings: object) -> list[str]:
    assert isinstance(findings, Iterator)
    found: list[Finding] = list(findings)
    assert all(one.remedy for one in found if one.level is not Level.OK)
    return [one.says for one in found if one.level is Level.ERROR]


@contextmanager
def as_owner() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(databases.SERVER.url(OWNER, databases.DATABASE), autocommit=True) as own:
        yield own


def test_a_complete_municipality_is_well(municipality_id: int) -> None:
    found = list(examine_municipalities(now=NOW))
    assert [(one.level, one.subject) for one in found] == [(Level.OK, "9084")]


def test_nothing_enrolled_is_said(db_clean: None) -> None:
    assert [one.level for one in examine_municipalities(now=NOW)] == [Level.WARNING]


def test_a_calendar_that_ends_too_soon(municipality_id: int) -> None:
    with tenancy(municipality=municipality_id):
        CalendarDay.objects.filter(on__year__gte=2028).delete()
        note_law_change()
    assert errors(examine_municipalities(now=NOW)) == ["no holidays for 2028"]


def test_a_kind_without_a_rate_cannot_be_quoted(municipality_id: int) -> None:
    with tenancy(municipality=municipality_id):
        empty = SurchargeScheme.objects.create(municipality_id=municipality_id, code="EMPTY")
        RevenueKind.objects.filter(code="00.0321.0001").update(scheme=empty)
        RevenueKind.objects.filter(code="00.0115.0001").update(scheme=empty, online=False)
        note_law_change()
    (says,) = errors(examine_municipalities(now=NOW))
    assert says.startswith("00.0321.0001 cannot be quoted: RATE_MISSING")


@pytest.mark.parametrize(
    ("bank", "says"),
    [("PIRAEUS", "takes cards but has no bank account"), ("DIAS", "takes RF codes but has no DIAS account")],
)
def test_an_account_that_is_missing(municipality_id: int, bank: str, says: str) -> None:
    with tenancy(municipality=municipality_id):
        MerchantAccount.objects.filter(bank=bank).update(active=False)
    assert errors(examine_municipalities(now=NOW)) == [says]


def test_an_account_that_is_incomplete(municipality_id: int) -> None:
    with tenancy(municipality=municipality_id):
        account = MerchantAccount.objects.get(bank="PIRAEUS")
        account.public["pos_id"] = ""
        account.save()
    assert errors(examine_municipalities(now=NOW)) == ["bank account without pos_id"]


@pytest.mark.parametrize("bank", ["PIRAEUS", "DIAS", "ERP"])
def test_a_secret_that_does_not_open(municipality_id: int, bank: str) -> None:
    with tenancy(municipality=municipality_id):
        account = MerchantAccount.objects.get(bank=bank)
        account.sealed_password = account.sealed_password[:-6] + "AAAAAA"
        account.save()
    (says,) = errors(examine_municipalities(now=NOW))
    assert "password" in says


def test_work_that_is_stuck(municipality_id: int) -> None:
    for subject, due_at in (("payment:1", NOW - timedelta(hours=1)), ("payment:2", NOW - timedelta(minutes=5))):
        with tenancy(municipality=municipality_id):
            Delivery.objects.create(
                municipality_id=municipality_id, target=Target.ERP, subject=subject, event="PAID",
                created_at=due_at, due_at=due_at,
            )  # fmt: skip
    assert [one.says for one in examine_municipalities(now=NOW)] == ["deliveries that wait too long: 1"]


def test_a_financial_system_that_does_not_answer_or_is_not_asked(municipality_id: int) -> None:
    def says() -> list[str]:
        return [one.says for one in examine_municipalities(now=NOW) if one.level is Level.WARNING]

    with tenancy(municipality=municipality_id):
        live.note_changes(cursor="7", heard_at=NOW - timedelta(minutes=10))
    assert says() == []
    with tenancy(municipality=municipality_id):
        live.note_failure(says="answered with status 503", now=NOW)
    assert says() == ["its ERP has not answered well 1 times, last 2026-11-22 09:00 UTC: answered with status 503"]
    with tenancy(municipality=municipality_id):
        live.note_answer()
        ErpLink.objects.update(heard_at=NOW - timedelta(minutes=20))
    assert says() == ["changes of its ERP were not read since 2026-11-22 08:40 UTC"]


def test_the_application_role_has_no_powers(db_clean: None) -> None:
    assert errors(examine_role()) == []
    assert errors(examine_walls()) == []
    assert examine_migrations().level is Level.OK


def test_a_table_without_its_wall_is_found(db_clean: None) -> None:
    with as_owner() as own:
        own.execute("ALTER TABLE delivery NO FORCE ROW LEVEL SECURITY")
        own.execute("CREATE TABLE planted (id bigint, afm text)")
        try:
            assert errors(examine_walls()) == ["not forced on delivery, planted"]
        finally:
            own.execute("DROP TABLE planted")
            own.execute("ALTER TABLE delivery FORCE ROW LEVEL SECURITY")


def test_a_migration_that_is_missing_is_found(db_clean: None) -> None:
    with as_owner() as own:
        rows = own.execute(
            "DELETE FROM django_migrations WHERE app = 'payments' RETURNING app, name, applied"
        ).fetchall()
        try:
            assert "payments" in examine_migrations().says
        finally:
            for row in rows:
                own.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", row)


def test_a_worker_is_alive_by_its_heartbeat(db_clean: None) -> None:
    assert examine_worker(now=NOW).level is Level.WARNING
    for beat, level in ((NOW - timedelta(minutes=5), Level.WARNING), (NOW, Level.OK)):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_workers")
            cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [beat])
        assert examine_worker(now=NOW).level is level


def test_folders_and_channels(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.OBOLOS_DIAS_INBOX = tmp_path / "nowhere"
    settings.OBOLOS_VAR = tmp_path
    settings.OBOLOS_SMS_URL = ""
    says = errors(examine_outside())
    assert [one.split()[0] for one in says] == [f"{tmp_path}/nowhere:", "127.0.0.1:1", "no"]


def test_live_work_refuses_what_is_left_of_a_trial(settings: Settings, tmp_path: Path) -> None:
    settings.OBOLOS_DEMO = False
    settings.OBOLOS_VAR = tmp_path
    (tmp_path / "secrets.json").write_text(
        json.dumps({"secret_key": settings.SECRET_KEY, "field_key": settings.OBOLOS_FIELD_KEY})
    )
    settings.DEBUG = True
    says = " | ".join(errors(examine_settings()))
    for word in (
        "OBOLOS_SECRET_KEY",
        "OBOLOS_FIELD_KEY",
        "OBOLOS_DEBUG",
        "https",
        "OBOLOS_SANDBOX_URL",
        "client secret",
    ):
        assert word in says
    assert settings.SECRET_KEY not in says


def test_live_work_with_its_own_settings_is_well(settings: Settings, tmp_path: Path) -> None:
    settings.OBOLOS_DEMO = settings.DEBUG = False
    settings.OBOLOS_VAR = tmp_path
    settings.OBOLOS_PORTAL_URL = "https://pay.example"
    settings.OBOLOS_SANDBOX_URL = ""
    settings.OBOLOS_TAXISNET = settings.OBOLOS_TAXISNET | {"secret": "a-live-one"}
    assert errors(examine_settings()) == []


def test_a_field_key_that_cannot_seal(settings: Settings) -> None:
    settings.OBOLOS_FIELD_KEY = "c2hvcnQ="
    (says,) = errors(examine_settings())
    assert says.startswith("unusable")
    assert "c2hvcnQ" not in says


def test_no_secret_is_ever_shown(municipality_id: int, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.EMAIL_HOST_PASSWORD = "mail-secret-1"
    secrets = [
        settings.SECRET_KEY,
        settings.OBOLOS_FIELD_KEY,
        settings.DATABASES["default"]["PASSWORD"],
        settings.OBOLOS_TAXISNET["secret"],
        "mail-secret-1",
        "demo-piraeus-9084",
    ]
    assert all(secrets)
    for words in ((), ("--json",)):
        call_command("doctor", *words)
        shown = capsys.readouterr().out
        assert [one for one in secrets if one in shown] == []
    found = json.loads(shown)
    assert found["settings"] == effective_settings()
    assert {"level", "subject", "says", "remedy"} == set(found["findings"][0])


def test_an_error_ends_the_command(municipality_id: int, settings: Settings) -> None:
    settings.OBOLOS_SMS_URL = ""
    with pytest.raises(CommandError, match="to be put right: 1"):
        call_command("doctor")


def test_one_line_each(municipality_id: int) -> None:
    assert [one for one in examine(now=NOW) if "\n" in one.says + one.remedy] == []

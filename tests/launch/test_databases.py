"""The databases that tests stand on: whose they are, what the application role may, and that nothing stays behind."""

import psycopg
import pytest
from django.db import connection

from launch.servers import APP, AUDIT, LOOKUP, OWNER
from tests.support import databases


@pytest.fixture
def as_app(django_db_setup: None) -> psycopg.Connection:
    with psycopg.connect(databases.SERVER.url(APP, databases.DATABASE), autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "SET ROLE obolos_owner",
        "SET ROLE obolos_audit",
        "SET ROLE obolos_lookup",
        "ALTER ROLE obolos_app BYPASSRLS",
        "ALTER TABLE municipality DISABLE ROW LEVEL SECURITY",
        "TRUNCATE municipality",
    ],
)
def test_the_application_role_owns_nothing(as_app: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_app.execute(statement)


def test_the_application_role_may_make_temporary_tables(as_app: psycopg.Connection) -> None:
    as_app.execute("CREATE TEMPORARY TABLE draft (id int)")


def test_no_role_is_above_row_level_security(as_app: psycopg.Connection) -> None:
    rows = as_app.execute(
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
        "WHERE rolname LIKE 'obolos\\_%' AND rolname <> 'obolos_cluster' ORDER BY 1"
    ).fetchall()
    assert rows == [
        (APP, True, False, False, False, False),
        (AUDIT, False, False, False, False, False),
        (LOOKUP, False, False, False, False, False),
        (OWNER, True, False, False, False, False),
    ]


def test_django_connects_as_the_application_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        assert cursor.fetchone() == (APP, databases.DATABASE)


@pytest.mark.parametrize("run", [1, 2])
def test_what_a_test_commits_is_gone_for_the_next(db_clean: None, run: int) -> None:
    from django.contrib.sessions.models import Session
    from django.utils.timezone import now

    assert not Session.objects.exists()
    Session.objects.create(session_key=f"run-{run}", session_data="", expire_date=now())
    assert Session.objects.count() == 1


def test_rows_of_migrations_stay(db_clean: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        assert cursor.fetchone()[0] > 10

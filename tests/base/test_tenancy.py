"""The two walls: the guard that makes a forgotten tenancy loud, and row-level security that shows nothing without it."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.db.utils import IntegrityError, ProgrammingError

from launch.servers import APP
from obolos.base.tenancy import (
    OutsideTenancy,
    current,
    current_municipality,
    guarded_tables,
    refuse_inside_transaction,
    tenancy,
    touches,
)
from obolos.domain.debts.models import Debt, Instalment
from obolos.domain.municipalities.models import CalendarDay, Municipality
from obolos.domain.people.models import Person
from obolos.flows.order_status import order_view
from tests.support import databases
from tests.support.world import ELENI, GIORGOS, NOW, Town, certified, make_town, order_by_rf

pytestmark = pytest.mark.usefixtures("db_clean")


@pytest.fixture
def towns() -> tuple[Town, Town]:
    """Ioannina, where Eleni owes, and Zitsa, where Giorgos does."""
    return make_town([certified(5_000)]), make_town([certified(7_000, afm=GIORGOS, code="9083")], code="9083")


@contextmanager
def behind_the_guard() -> Iterator[psycopg.Cursor[Any]]:
    """The application's own role on a connection that Django, and so the guard, knows nothing of."""
    with psycopg.connect(databases.SERVER.url(APP, databases.DATABASE)) as raw, raw.cursor() as cursor:
        yield cursor
        raw.rollback()


def test_a_tenant_table_touched_outside_raises(towns: tuple[Town, Town]) -> None:
    with pytest.raises(OutsideTenancy, match="table debt touched outside"):
        Debt.objects.count()
    with pytest.raises(OutsideTenancy, match="table person"):
        Person.objects.first()
    with pytest.raises(OutsideTenancy), connection.cursor() as cursor:
        cursor.execute("UPDATE instalment SET collected_cents = 1")
    with transaction.atomic(), pytest.raises(OutsideTenancy):
        Instalment.objects.exists()


def test_the_guard_sees_a_table_however_it_is_named() -> None:
    for table in sorted(guarded_tables()):
        _guard_sees(table)


def _guard_sees(table: str) -> None:
    for sql in (
        f"SELECT * FROM {table}",
        f'SELECT 1 FROM "{table}" WHERE true',
        f"select x.id from municipality m join\n  {table} x on true",
        f"INSERT INTO {table} (id) VALUES (1)",
        f"UPDATE ONLY {table} SET id = 1",
        f"update {table} set id = 1",
        f"DELETE FROM {table}",
        f"COPY {table} FROM STDIN",
        f"TRUNCATE {table}",
        f"WITH x AS (SELECT 1) SELECT * FROM x, LATERAL (SELECT id FROM {table}) y",
    ):
        assert touches(sql) == table, sql
    assert touches(f"SELECT '{table}'") is None
    assert touches(f"SELECT {table}_id FROM municipality") is None


def test_what_is_public_needs_no_tenancy(towns: tuple[Town, Town]) -> None:
    assert Municipality.objects.count() == 2
    assert current() is None


def test_it_takes_exactly_one_of_municipality_and_person(towns: tuple[Town, Town]) -> None:
    for wrong in ({}, {"municipality": towns[0].id, "person": towns[0].people[ELENI]}):
        with pytest.raises(OutsideTenancy, match="exactly one"), tenancy(**wrong):
            pass


def test_it_does_not_nest(towns: tuple[Town, Town]) -> None:
    here, there = towns
    with tenancy(municipality=here.id):
        with pytest.raises(OutsideTenancy, match="does not nest"), tenancy(municipality=there.id):
            pass
        with pytest.raises(OutsideTenancy, match="does not nest"), tenancy(person=here.people[ELENI]):
            pass
        assert current_municipality() == here.id
        assert Debt.objects.count() == 1


def test_it_is_a_durable_transaction_of_its_own(towns: tuple[Town, Town]) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"), tenancy(municipality=towns[0].id):
        pass
    with pytest.raises(ZeroDivisionError), tenancy(municipality=towns[0].id):
        assert Instalment.objects.update(collected_cents=1) / 0
    with tenancy(municipality=towns[0].id):
        assert list(Instalment.objects.values_list("collected_cents", flat=True)) == [0]


def test_no_municipality_is_set_in_a_persons_context(towns: tuple[Town, Town]) -> None:
    with tenancy(person=towns[0].people[ELENI]), pytest.raises(OutsideTenancy):
        current_municipality()
    with pytest.raises(OutsideTenancy):
        current_municipality()


def test_a_network_call_inside_raises(towns: tuple[Town, Town]) -> None:
    refuse_inside_transaction("a bank ticket")
    with tenancy(municipality=towns[0].id), pytest.raises(OutsideTenancy, match="a bank ticket inside a database"):
        refuse_inside_transaction("a bank ticket")


def test_without_context_row_level_security_shows_nothing_even_behind_the_guard(towns: tuple[Town, Town]) -> None:
    published = {
        "calendar_day",
        "revenue_kind",
        "surcharge_rate",
        "surcharge_scheme",
        "discount_window",
        "added_line_rate",
    }
    with behind_the_guard() as cursor:
        for table in sorted(guarded_tables() - published):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table
        cursor.execute("SELECT count(*) FROM instalment WHERE true OR municipality_id IS NULL")
        assert cursor.fetchone() == (0,)


def test_without_context_nothing_can_be_written_behind_the_guard(towns: tuple[Town, Town]) -> None:
    here = towns[0].id
    with behind_the_guard() as cursor:
        cursor.execute("UPDATE instalment SET collected_cents = 1")
        assert cursor.rowcount == 0
        cursor.execute("UPDATE municipality SET name_el = 'x'")
        assert cursor.rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            cursor.execute(
                'INSERT INTO calendar_day (municipality_id, "on", name_el, name_en) VALUES (%s, now(), %s, %s)',
                [here, "", ""],
            )
    with behind_the_guard() as cursor, pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        cursor.execute("INSERT INTO staff_member (municipality_id, user_id, role) VALUES (%s, 1, 'ADMIN')", [here])
    with behind_the_guard() as cursor, pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        cursor.execute("DELETE FROM debt")


def test_garbage_in_the_setting_shows_nothing(towns: tuple[Town, Town]) -> None:
    for value in ("", "0", "-1", str(towns[0].id + 10_000)):
        with behind_the_guard() as cursor:
            cursor.execute("SELECT set_config('obolos.municipality', %s, true)", [value])
            cursor.execute("SELECT count(*) FROM debt")
            assert cursor.fetchone() == (0,)


def test_a_municipality_sees_and_changes_only_its_own(towns: tuple[Town, Town]) -> None:
    here, there = towns
    with tenancy(municipality=here.id):
        assert set(Debt.objects.values_list("municipality_id", flat=True)) == {here.id}
        assert Debt.objects.filter(municipality_id=there.id).count() == 0
        assert Instalment.objects.filter(municipality_id=there.id).update(collected_cents=1) == 0
        assert Municipality.objects.filter(id=there.id).update(phone="1") == 0
        assert CalendarDay.objects.filter(municipality_id=there.id).exclude(on=NOW.date()).exists()  # published by law
        assert CalendarDay.objects.filter(municipality_id=there.id).delete()[0] == 0
        # The people it sees are those who owe to it.
        seen = set(Person.objects.values_list("afm", flat=True))
    assert seen == {ELENI, GIORGOS}
    with tenancy(municipality=there.id):
        assert Debt.objects.count() == 1


def test_a_municipality_cannot_write_rows_of_another_nor_point_at_them(towns: tuple[Town, Town]) -> None:
    here, there = towns
    with tenancy(municipality=there.id):
        foreign = Debt.objects.get()
    with pytest.raises(ProgrammingError, match="row-level security"), tenancy(municipality=here.id):
        CalendarDay.objects.create(municipality_id=there.id, on=NOW.date(), name_el="", name_en="")
    with pytest.raises(ProgrammingError, match="row-level security"), tenancy(municipality=here.id):
        Debt.objects.update(municipality_id=there.id)
    with pytest.raises(IntegrityError, match="instalment_debt_id_tenant"), tenancy(municipality=here.id):
        Instalment.objects.update(debt_id=foreign.pk, number=2)


def test_a_person_sees_his_own_and_changes_only_himself(towns: tuple[Town, Town]) -> None:
    here, there = towns
    eleni, giorgos = here.people[ELENI], there.people[GIORGOS]
    order_by_rf(eleni)
    with tenancy(person=eleni):
        assert set(Debt.objects.values_list("person_id", flat=True)) == {eleni}
        assert Instalment.objects.filter(person_id=giorgos).count() == 0
        assert list(Person.objects.values_list("id", flat=True)) == [eleni]
        assert Person.objects.filter(id=giorgos).update(email="x@y.example") == 0
        assert Person.objects.filter(id=eleni).update(language="en") == 1
        assert Instalment.objects.update(collected_cents=1) == 0
        for table in (
            "entry",
            "posting",
            "bank_message",
            "merchant_account",
            "audit_entry",
            "delivery",
            "worklist_item",
        ):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table}")
                assert cursor.fetchone() == (0,), table
    with pytest.raises(ProgrammingError, match="row-level security"), tenancy(person=eleni):
        Debt.objects.create(
            municipality_id=here.id, person_id=eleni, debtor_id=1, revenue_kind_id=1, ext_id="x", version=1,
            kind="CERTIFIED", rev_code="1", orig_code="1", description="",
        )  # fmt: skip


def test_the_context_does_not_stay_on_a_pooled_connection(towns: tuple[Town, Town]) -> None:
    here = towns[0]
    pool = connection.pool
    assert pool is not None
    used = set()
    for fails in (False, True):
        with suppress(ZeroDivisionError), tenancy(municipality=here.id), connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            used.add(cursor.fetchone()[0])
            assert 1 / (not fails)
        connections.close_all()
    looked_at = set()
    with ExitStack() as borrowing:
        for _ in range(pool.get_stats()["pool_size"]):
            borrowed = borrowing.enter_context(pool.connection())
            row = borrowed.execute(
                "SELECT pg_backend_pid(), coalesce(current_setting('obolos.municipality', true), ''), "
                "coalesce(current_setting('obolos.person', true), ''), (SELECT count(*) FROM debt)"
            ).fetchone()
            borrowed.rollback()
            looked_at.add(row[0])
            assert row[1:] == ("", "", 0)
    assert used <= looked_at, "the connection that was used was not looked at: this proves nothing"


def test_the_context_of_one_thread_is_not_that_of_another(towns: tuple[Town, Town]) -> None:
    seen: list[object] = []

    def look() -> None:
        try:
            seen.append(current())
            with tenancy(municipality=towns[1].id):
                seen.append(Debt.objects.get().municipality_id)
        finally:
            connections.close_all()

    with tenancy(municipality=towns[0].id):
        other = threading.Thread(target=look)
        other.start()
        other.join(10)
        assert Debt.objects.get().municipality_id == towns[0].id
    assert seen == [None, towns[1].id]


def test_the_context_is_gone_after_an_error(towns: tuple[Town, Town]) -> None:
    with pytest.raises(ProgrammingError), tenancy(municipality=towns[0].id), connection.cursor() as cursor:
        cursor.execute("SELECT nonsense")
    assert current() is None
    with pytest.raises(OutsideTenancy):
        Debt.objects.count()


def test_an_unguessable_id_finds_its_place_without_a_context_and_tells_nothing_else(towns: tuple[Town, Town]) -> None:
    order = order_by_rf(towns[0].people[ELENI])
    with behind_the_guard() as cursor:
        cursor.execute("SELECT * FROM obolos_find_order(%s)", [order])
        assert [row[0] for row in cursor.fetchall()] == [towns[0].id]
        cursor.execute("SELECT count(*) FROM payment_order")
        assert cursor.fetchone() == (0,)
        for nothing in ("", "%", order[:-1], order.upper(), "' OR true --"):
            cursor.execute("SELECT * FROM obolos_find_order(%s)", [nothing])
            assert cursor.fetchall() == []
    assert order_view(order, now=NOW).municipality.id == towns[0].id

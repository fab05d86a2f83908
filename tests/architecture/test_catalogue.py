"""The live schema, read from PostgreSQL's own catalogue: walls between tenants, append-only money, rights.

Every exception is written down here with its reason. A new table, function, policy or grant that nobody wrote down
makes one of these tests fail.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from obolos.base.tenancy import GUARDED_WITHOUT_MUNICIPALITY, guarded_tables
from obolos.base.tenant_model import TenantModel

pytestmark = pytest.mark.django_db
GRANTS = Path(__file__).parent / "grants.txt"

#: Look-ups see of these tables what finds a row, and not the secrets beside it.
COLUMN_RIGHTS = {
    # Its trigger lets an address be forgotten, and nothing else be changed (test_forget_buyers.py).
    ("message", "obolos_app", "UPDATE"): {"address"},
    ("merchant_account", "obolos_lookup", "SELECT"): {"municipality_id", "id", "bank", "active", "public"},
    ("order_line", "obolos_lookup", "SELECT"): {
        "municipality_id",
        "order_id",
        "instalment_id",
        "principal_cents",
        "discount_cents",
    },
    ("payment_attempt", "obolos_lookup", "SELECT"): {
        "municipality_id",
        "id",
        "reference",
        "order_id",
        "state",
        "created_at",
    },
}
#: Tables without row-level security, by prefix, and why. None may hold anything that tells who a citizen is.
WITHOUT_ROW_SECURITY = {
    "account_": "addresses of staff accounts (allauth); citizens have no account",
    "auth_": "staff accounts and Django's own permissions; read at sign-in, before a municipality is known",
    "axes_": "failed sign-ins of staff, by account and address, to lock them out",
    "django_content_type": "names of models",
    "django_migrations": "which migrations ran",
    "django_session": "signed-in browsers: a person id or a staff id, read before either is known; ends with the visit",
    "lookup_try": "how often somebody looked something up: keyed hashes, before any municipality is known",
    "mfa_": "sealed second factors of staff; read at sign-in",
    "procrastinate_": "the worker's ticks: names of tasks and times, no arguments about anybody",
}
#: Words in a column's name that would tell who somebody is, or what he owes.
TELLING = re.compile(r"afm|vat|tin$|tax|name_folded|debtor|person|plate|cents|amount|iban", re.IGNORECASE)

#: Tables that carry row-level security though no municipality owns all their rows.
BEYOND_MUNICIPALITIES = {
    "municipality": "names, telephone and organisation code, published by law; each changes only its own row",
    "person": "a person is himself, and known to the municipalities he owes to",
    "contact_code": "a person's own codes",
    "staff_member": "who works where is read at sign-in; written only within the municipality",
}
#: Policies whose condition is simply true: who may read everything of a table, and why.
OPEN_POLICIES = {
    "audit": "obolos_audit cannot sign in; the owner becomes it to verify and to back up",
    "lookup": "obolos_lookup cannot sign in; its closed list of functions resolves a reference to a place",
    "public": "tariffs, rates, calendars and names: published by law; whether a financial system answers",
    "enrol": "a municipality is entered before it can be a context",
    "read": "staff sign in before a municipality is known",
}
PUBLISHED = {
    "added_line_rate", "branding", "calendar_day", "discount_window", "erp_link", "municipality", "revenue_kind",
    "surcharge_rate", "surcharge_scheme",
}  # fmt: skip

#: Integer columns that look like references and are none within a municipality.
NO_TENANT_KEY = {
    "person_id": "persons belong to no municipality; `debtor` is a municipality's own view of one",
    "actor_id": "a staff user, a person or nobody, by `actor`; kept when the account is gone",
    "by_user": "a staff user; kept when the account is gone",
    "closed_by": "a staff user; kept when the account is gone",
    "voided_by": "a staff user; kept when the account is gone",
    "checked_by": "a staff user; kept when the account is gone",
    "inquiry.debt_id": "messages lie below the debts and may not point at them",
    "posting.instalment_id": "the ledger lies below the debts and may not point at them; proof I4b compares the two",
}

APPEND_ONLY = {
    "added_line_rate", "audit_entry", "bank_message", "bank_result", "clearance", "collected_elsewhere", "collection",
    "dias_day_file", "discount_window", "entry", "funnel_event", "issued_certificate", "message", "posting", "reminder",
    "reminder_line", "slip_statement", "surcharge_rate",
}  # fmt: skip
#: Tables whose rows are money or evidence: nobody but the owner could delete, and the application has no right to.
DELETABLE = {"calendar_day": "holidays are corrected by taking them out; quotes keep what they were reckoned with"}

DEFINERS = {
    "obolos_enter_people(text[], text[])",
    "obolos_find_attempt(text)",
    "obolos_find_begun(timestamp with time zone, date)",
    "obolos_find_clearance(text)",
    "obolos_find_dias(text)",
    "obolos_find_fine(text, text)",
    "obolos_find_inquiry(text)",
    "obolos_find_notice(text)",
    "obolos_find_order(text)",
    "obolos_find_paid_slip(text)",
    "obolos_find_pay_code(text)",
    "obolos_find_printed_rf(text)",
    "obolos_find_purchase(text)",
    "obolos_find_reference(text)",
    "obolos_find_rf(text)",
    "obolos_find_slip(text)",
    "obolos_find_ticket(text)",
}


def read(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of a catalogue query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())


def column(sql: str, *values: Any) -> set[Any]:
    """The first column of a catalogue query."""
    return {row[0] for row in read(sql, *values)}


def tenant_tables() -> set[str]:
    """Tables of models that belong to one municipality."""
    return {model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel)}


CHANGING = ("UPDATE", "DELETE", "TRUNCATE")
#: Who may do what: (table or sequence, its sort, role or PUBLIC, right).
RIGHTS = (
    "SELECT c.relname, c.relkind::text, coalesce(r.rolname, 'PUBLIC'), a.privilege_type "
    "FROM pg_class c CROSS JOIN aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee "
    "WHERE c.relnamespace = 'public'::regnamespace AND coalesce(r.rolname, 'PUBLIC') <> 'obolos_owner'"
)
ALL_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"


def test_every_table_with_a_municipality_is_a_tenant_table() -> None:
    with_column = column(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND column_name = 'municipality_id'"
    )
    assert with_column - {"staff_member"} == tenant_tables()


def test_row_level_security_is_enabled_and_forced_on_every_tenant_table() -> None:
    forced = column(ALL_TABLES + " AND relrowsecurity AND relforcerowsecurity")
    assert forced == tenant_tables() | set(BEYOND_MUNICIPALITIES)


def test_tables_without_row_level_security_are_exactly_the_written_ones() -> None:
    without = column(ALL_TABLES + " AND NOT (relrowsecurity AND relforcerowsecurity)")
    unknown = {table for table in without if not table.startswith(tuple(WITHOUT_ROW_SECURITY))}
    assert unknown == set()
    unused = {prefix for prefix in WITHOUT_ROW_SECURITY if not any(table.startswith(prefix) for table in without)}
    assert unused == set()


def test_no_table_without_row_level_security_tells_who_a_citizen_is() -> None:
    columns = read(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c "
        "JOIN pg_class t ON t.relname = c.table_name AND t.relnamespace = 'public'::regnamespace "
        "WHERE c.table_schema = 'public' AND NOT t.relrowsecurity"
    )
    assert columns
    assert [row for row in columns if TELLING.search(row[1])] == []


def test_there_is_nothing_that_row_level_security_does_not_reach() -> None:
    """A view or materialised view would show its owner's rows; an extension or schema could bring functions."""
    assert (
        column(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'f')"
        )
        == set()
    )
    assert column("SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%%'") == {
        "information_schema",
        "public",
    }
    assert column("SELECT extname FROM pg_extension") == {"plpgsql"}


def test_every_tenant_table_has_the_policies_of_one_municipality() -> None:
    conditions = {
        row[0]: (row[1], row[2])
        for row in read(
            "SELECT tablename, qual, with_check FROM pg_policies WHERE policyname = tablename || '_municipality'"
        )
    }
    assert set(conditions) == tenant_tables()
    wanted = re.compile(
        r"\(municipality_id = \( SELECT \(NULLIF\(current_setting\('obolos\.municipality'::text, true\), "
        r"''::text\)\)::bigint.*\)\)"
    )
    for table, (reading, writing) in conditions.items():
        assert wanted.fullmatch(reading), table
        assert writing == reading, table


def test_a_persons_policy_is_for_reading_his_own_rows() -> None:
    policies = read("SELECT tablename, cmd, qual FROM pg_policies WHERE policyname = tablename || '_person'")
    assert {row[0] for row in policies} == column(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'person_id'"
    ) - {"contact_code"}
    for table, command, condition in policies:
        assert command == "SELECT", table
        assert condition.startswith("(person_id = ( SELECT (NULLIF(current_setting('obolos.person'::text, true)"), table


def test_every_other_policy_is_a_written_one() -> None:
    odd = []
    for table, name, command, roles, reading, writing in read(
        "SELECT tablename, policyname, cmd, roles::text[], qual, with_check FROM pg_policies "
        "WHERE permissive = 'PERMISSIVE'"
    ):
        sort = name.removeprefix(f"{table}_")
        conditions = [one for one in (reading, writing) if one is not None]
        if all("obolos.municipality" in one or "obolos.person" in one for one in conditions):
            continue
        allowed = {
            "audit": command == "SELECT" and roles == ["obolos_audit"],
            "lookup": roles == ["obolos_lookup"] and (command == "SELECT" or table == "person"),
            "public": command == "SELECT" and table in PUBLISHED,
            "enrol": command == "INSERT" and table == "municipality",
            "read": command == "SELECT" and table == "staff_member",
        }
        assert set(allowed) == set(OPEN_POLICIES)
        if not allowed.get(sort):
            odd.append((table, name, command, roles))
    assert odd == []


def test_the_guard_of_the_application_knows_every_table_that_tells_of_people() -> None:
    assert guarded_tables() == tenant_tables() | set(GUARDED_WITHOUT_MUNICIPALITY)
    assert set(BEYOND_MUNICIPALITIES) - set(GUARDED_WITHOUT_MUNICIPALITY) == {"municipality", "staff_member"}


def test_every_tenant_table_can_be_pointed_at_within_its_municipality() -> None:
    unique = column(
        "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'u' AND "
        "pg_get_constraintdef(oid) = 'UNIQUE (municipality_id, id)'"
    )
    assert unique >= tenant_tables()


def test_every_reference_between_tenant_tables_carries_the_municipality() -> None:
    """I15: a row that points at a row of another municipality cannot exist."""
    keys = read("SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'")
    composite = re.compile(r"FOREIGN KEY \(municipality_id, (\w+)\) REFERENCES (\w+)\(municipality_id, id\)")
    held = {(table, found.group(1)) for table, text in keys if (found := composite.match(text))}
    for table, text in keys:
        target = re.search(r"REFERENCES (\w+)\(", text)
        assert target
        if table in tenant_tables() and target.group(1) in tenant_tables():
            assert composite.match(text), f"{table}: {text}"
    looking = read(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type IN ('bigint', 'integer') AND (column_name LIKE '%%\\_id' OR column_name LIKE '%%\\_by' "
        "OR column_name = 'by_user') AND column_name <> 'municipality_id'"
    )
    looking = [row for row in looking if row[0] in tenant_tables()]
    assert len(looking) > 30
    missing = [
        row for row in looking
        if row not in held and row[1] not in NO_TENANT_KEY and f"{row[0]}.{row[1]}" not in NO_TENANT_KEY
    ]  # fmt: skip
    assert missing == []
    columns = {row[1] for row in looking} | {f"{row[0]}.{row[1]}" for row in looking}
    assert set(NO_TENANT_KEY) <= columns


def test_every_tenant_table_reaches_its_municipality_by_a_key() -> None:
    keys = read("SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'")
    tied = {
        table
        for table, text in keys
        if text.startswith(("FOREIGN KEY (municipality_id)", "FOREIGN KEY (municipality_id,"))
    }
    assert tied >= tenant_tables()


def test_append_only_tables_carry_their_trigger_and_grant_no_change() -> None:
    """I16; that the triggers refuse is tested on real rows in test_append_only.py."""
    guarded = column(
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O' "
        "AND tgfoid IN ('obolos_refuse_change'::regproc, 'obolos_only_forget_address'::regproc) "
        "AND pg_get_triggerdef(oid) LIKE '%%BEFORE DELETE OR UPDATE%%FOR EACH ROW%%'"
    )
    assert guarded == APPEND_ONLY
    changing = {table for table, _, role, right in read(RIGHTS) if role == "obolos_app" and right in CHANGING}
    assert changing & APPEND_ONLY == set()


def test_the_application_deletes_nothing_of_a_municipality() -> None:
    deletable = {table for table, _, role, right in read(RIGHTS) if role == "obolos_app" and right in CHANGING[1:]}
    ours = tenant_tables() | set(BEYOND_MUNICIPALITIES)
    assert deletable & ours == set(DELETABLE)


def test_functions_that_see_more_than_their_caller_are_a_closed_list() -> None:
    definers = read(
        "SELECT p.oid::regprocedure::text, p.proowner::regrole::text, p.proconfig, p.proacl::text[] FROM pg_proc p "
        "WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace"
    )
    assert {row[0].replace(",", ", ").replace(",  ", ", ") for row in definers} == DEFINERS
    for name, owner, settings, rights in definers:
        assert owner == "obolos_lookup", name
        assert settings == ["search_path=pg_catalog, public, pg_temp"], name
        assert set(rights) == {"obolos_lookup=X/obolos_lookup", "obolos_app=X/obolos_lookup"}, name


def test_what_a_look_up_tells_is_a_place_and_nothing_else() -> None:
    told = dict(
        read(
            "SELECT p.proname, pg_get_function_result(p.oid) FROM pg_proc p WHERE p.prosecdef "
            "AND p.pronamespace = 'public'::regnamespace"
        )
    )
    place = "TABLE(municipality_id bigint, id bigint)"
    # A debtor is told of another's RF code for his debt until when it can be paid, and nothing else of it.
    assert told.pop("obolos_find_begun") == "TABLE(municipality_id bigint, id bigint, until date)"
    assert told.pop("obolos_enter_people") == "TABLE(afm character varying, id bigint)"
    assert set(told.values()) == {place}


def test_no_role_of_ours_can_bypass_the_walls() -> None:
    roles = {
        row[0]: row[1:]
        for row in read(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin "
            "FROM pg_roles WHERE rolname = ANY (%s::text[])",
            ["obolos_owner", "obolos_app", "obolos_lookup", "obolos_audit"],
        )
    }
    nothing = (False,) * 5
    assert roles == {
        "obolos_owner": (*nothing, True),
        "obolos_app": (*nothing, True),
        "obolos_lookup": (*nothing, False),
        "obolos_audit": (*nothing, False),
    }
    members = set(
        read(
            "SELECT m.member::regrole::text, m.roleid::regrole::text FROM pg_auth_members m "
            "WHERE m.member::regrole::text IN ('obolos_owner', 'obolos_app', 'obolos_lookup', 'obolos_audit')"
        )
    )
    assert members == {("obolos_owner", "obolos_lookup"), ("obolos_owner", "obolos_audit")}


def test_the_tests_run_as_the_application_does() -> None:
    assert read("SELECT current_user::text, session_user::text") == [("obolos_app", "obolos_app")]


def test_the_application_owns_nothing_and_may_make_nothing() -> None:
    owned = read(
        "SELECT 'relation', relname FROM pg_class WHERE relowner = 'obolos_app'::regrole AND relpersistence <> 't' "
        "UNION ALL SELECT 'function', proname FROM pg_proc WHERE proowner = 'obolos_app'::regrole "
        "UNION ALL SELECT 'schema', nspname FROM pg_namespace WHERE nspowner = 'obolos_app'::regrole "
        "AND nspname NOT LIKE 'pg\\_%%' "
        "UNION ALL SELECT 'database', datname FROM pg_database WHERE datdba = 'obolos_app'::regrole"
    )
    assert owned == []
    assert read(
        "SELECT has_schema_privilege('obolos_app', 'public', 'CREATE'), "
        "has_database_privilege('obolos_app', current_database(), 'CREATE')"
    ) == [(False, False)]
    owners = column(ALL_TABLES.replace("SELECT relname", "SELECT relowner::regrole::text"))
    assert owners == {"obolos_owner"}


def test_grants_are_exactly_the_checked_in_ones() -> None:
    """Who may do what with which table. After a wanted change: write the printed lines to grants.txt."""
    held: dict[tuple[str, str], list[str]] = {}
    for table, sort, role, right in sorted(read(RIGHTS)):
        if sort != "S":
            held.setdefault((table, role), []).append(right)
    found = [f"{table} {role} {' '.join(rights)}" for (table, role), rights in held.items()]
    expected = [line for line in GRANTS.read_text().splitlines() if line and not line.startswith("#")]
    assert found == expected, "\n".join(found)


def test_sequences_are_only_counted_on() -> None:
    rights = {(role, right) for _, sort, role, right in read(RIGHTS) if sort == "S"}
    assert rights == {("obolos_app", "SELECT"), ("obolos_app", "USAGE"), ("obolos_audit", "SELECT")}


def test_rights_to_single_columns_are_the_written_ones() -> None:
    held: dict[tuple[str, str, str], set[str]] = {}
    for table, name, role, right in read(
        "SELECT a.attrelid::regclass::text, a.attname, x.grantee::regrole::text, x.privilege_type FROM pg_attribute a, "
        "aclexplode(a.attacl) x WHERE a.attrelid > 16384"
    ):
        held.setdefault((table, role, right), set()).add(name)
    assert held == COLUMN_RIGHTS


def test_look_ups_read_no_secret() -> None:
    """Not even a look-up written carelessly could tell a sealed password or a bank's ticket."""
    sealed = read(
        "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE a.attname LIKE '%%sealed%%' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    )
    assert ("merchant_account", "sealed_password") in sealed
    assert ("payment_attempt", "sealed_ticket") in sealed
    for table, name in sealed:
        assert read(f"SELECT has_column_privilege('obolos_lookup', '{table}', '{name}', 'SELECT')") == [(False,)], table


def test_nothing_of_ours_is_open_to_everybody() -> None:
    assert {table for table, _, role, _ in read(RIGHTS) if role == "PUBLIC"} == set()
    assert read("SELECT has_database_privilege('public', current_database(), 'CONNECT')") == [(False,)]


def test_money_is_whole_cents_in_the_database() -> None:
    """No column of money is a float or a numeric; percentages are exact numerics."""
    odd = read(
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' "
        "AND ((column_name LIKE '%%\\_cents' AND data_type <> 'bigint') "
        "OR data_type IN ('real', 'double precision', 'money'))"
    )
    odd = [row for row in odd if not row[0].startswith("procrastinate_")]
    assert odd == []


def test_every_instant_in_the_database_knows_its_zone() -> None:
    assert (
        column(
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type = 'timestamp without time zone'"
        )
        == set()
    )

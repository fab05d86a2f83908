"""The database: reached as a role without powers, walls standing, migrated, durable, its clock ours."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from obolos.base.tenancy import guarded_tables
from obolos.base.tenancy_sql import AUDIT, LOOKUP
from obolos.flows.doctor.findings import Finding, doubtful, right, wrong

OLDEST_POSTGRESQL = 15
#: Skew of clocks: a legal date can be wrong around midnight, and leases and time limits run wrong.
SKEW_DOUBTFUL, SKEW_WRONG = timedelta(seconds=2), timedelta(seconds=30)
#: Guarded too, though read by everybody: staff are appointed inside their municipality only.
ALSO_UNDER_SECURITY = frozenset({"staff_member"})

_ROLE = """
SELECT current_user, r.rolsuper, r.rolbypassrls, r.rolcreaterole OR r.rolcreatedb,
    (SELECT count(*) FROM pg_class WHERE relowner = r.oid AND relpersistence <> 't')
    + (SELECT count(*) FROM pg_proc WHERE proowner = r.oid) + (SELECT count(*) FROM pg_namespace WHERE nspowner = r.oid)
    + (SELECT count(*) FROM pg_database WHERE datdba = r.oid),
    (SELECT string_agg(g.rolname, ', ') FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
     WHERE m.member = r.oid)
FROM pg_roles r WHERE r.rolname = current_user
"""

_POWERFUL = "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND (rolsuper OR rolbypassrls OR rolcanlogin)"

_UNGUARDED = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
  AND (c.relname = ANY (%s) OR EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid
    AND a.attname IN ('municipality_id', 'afm') AND NOT a.attisdropped AND c.relname <> 'municipality'))
ORDER BY 1
"""


def examine_database() -> Iterator[Finding]:
    """All of it; raises django.db.Error when there is no database to examine."""
    yield from examine_role()
    yield from examine_walls()
    yield examine_migrations()
    yield from examine_server()
    yield examine_clock()


def examine_role() -> Iterator[Finding]:
    """We must be a role that owns nothing and may nothing beyond its grants."""
    name, is_super, bypasses, creates, owned, groups = _row(_ROLE)
    remedy = "Connect web and worker as the application role that the launcher makes, never as owner or superuser."
    if is_super or bypasses:
        yield wrong("role", f"{name} may pass row-level security", remedy)
    if owned:
        yield wrong("role", f"{name} owns {owned} objects", remedy)
    if creates:
        yield wrong("role", f"{name} may create roles or databases", remedy)
    if groups:
        yield wrong("role", f"{name} is a member of {groups}", f"REVOKE these roles from {name}.")
    if not (is_super or bypasses or owned or creates or groups):
        yield right("role", f"{name} owns nothing and has no powers")
    strong = _column(_POWERFUL, [[LOOKUP, AUDIT]])
    if strong:
        yield wrong("roles", f"{', '.join(strong)} may sign in or pass row-level security", "ALTER ROLE … NOLOGIN.")


def examine_walls() -> Iterator[Finding]:
    """Row-level security, forced, on every table that holds a municipality's rows or an ΑΦΜ."""
    tables = sorted(guarded_tables() | ALSO_UNDER_SECURITY)
    open_tables = _column(_UNGUARDED, [tables])
    if open_tables:
        remedy = "Restore the migrations' row-level security on them before anything else."
        yield wrong("row-level security", f"not forced on {', '.join(open_tables)}", remedy)
    else:
        yield right("row-level security", f"forced on {len(tables)} tables")


def examine_migrations() -> Finding:
    """Every migration of the code is in the database."""
    executor = MigrationExecutor(connection)
    missing = [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if missing:
        return wrong("migrations", f"{len(missing)} not applied, first {missing[0]}", "Run prepare_database as owner.")
    return right("migrations", "all applied")


def examine_server() -> Iterator[Finding]:
    """A version we know, and commits that survive a power cut."""
    version = int(_row("SELECT current_setting('server_version_num')")[0]) // 10_000
    if version < OLDEST_POSTGRESQL:
        yield wrong("PostgreSQL", f"version {version} is too old", f"Move to {OLDEST_POSTGRESQL} or newer.")
    else:
        yield right("PostgreSQL", f"version {version}")
    names = ("fsync", "full_page_writes", "synchronous_commit")
    off = [name for name in names if _row("SELECT current_setting(%s)", [name])[0] == "off"]
    if off:
        yield wrong("durability", f"{', '.join(off)} off: a power cut loses booked money", "Set them on.")
    else:
        yield right("durability", "a commit survives a power cut")


def examine_clock() -> Finding:
    """The database's clock against ours, counted from the middle of the question's way."""
    before = timezone.now()
    theirs: datetime = _row("SELECT clock_timestamp()")[0]
    skew = abs(theirs - (before + (timezone.now() - before) / 2))
    says = f"database and this machine differ by {skew.total_seconds():.1f} s"
    if skew > SKEW_WRONG:
        return wrong("clock", says, "Set both clocks by NTP.")
    if skew > SKEW_DOUBTFUL:
        return doubtful("clock", says, "Set both clocks by NTP.")
    return right("clock", says)


def _row(sql: str, params: list[Any] | None = None) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: tuple[Any, ...] = cursor.fetchone()
        return found


def _column(sql: str, params: list[Any]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]

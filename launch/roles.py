"""Makes the four database roles and the databases that belong to them. Runs before any migration.

`obolos_owner` owns every object and runs migrations. `obolos_app` is what web and worker connect as: it owns nothing.
`obolos_lookup` and `obolos_audit` cannot sign in. The owner is their member, so that it can hand them functions and
act as them by SET ROLE, but inherits nothing: row-level security binds the owner too. Nobody may bypass it.
"""

import psycopg
from psycopg import sql

from launch.servers import APP, AUDIT, LOOKUP, OWNER, Server
from launch.stop import Stop

#: Advisory lock of the whole server (of the maintenance database): two launchers do not make roles at once.
_LOCK = 0x0B01_05

_FOREIGN_TABLE = """
    SELECT format('%%s.%%s', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
      AND pg_get_userbyid(c.relowner) <> %(owner)s
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1 LIMIT 1
"""


def make_roles(server: Server) -> None:
    """Make the roles that are missing and set their passwords to ours. Safe to repeat, and by two launchers at once."""
    with server.connect() as connection:
        _refuse_without_rights(connection)
        try:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                _make_missing(connection)
                _set_password(connection, OWNER, server.keys.owner_password)
                _set_password(connection, APP, server.keys.app_password)
        except psycopg.errors.InsufficientPrivilege as error:
            raise Stop(f"The database roles exist but this user may not manage them: {_reason(error)}") from error
        _refuse_too_strong(connection)


def take_database(server: Server) -> None:
    """Make `server.database` ours: owned by the owner role, open to the application. Refuses foreign tables."""
    if server.private:
        create_database(server, server.database, keep=True)
        return
    with server.connect() as connection:
        foreign = connection.execute(_FOREIGN_TABLE, {"owner": OWNER}).fetchone()
        if foreign:
            raise Stop(
                f"The database {server.database} holds tables that are not ours ({foreign[0]}): name an empty one."
            )
        try:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                _hand_over(connection, server.database)
        except psycopg.errors.InsufficientPrivilege as error:
            raise Stop(f"This user must own the database {server.database}: {_reason(error)}") from error


def create_database(server: Server, name: str, *, template: str | None = None, keep: bool = False) -> None:
    """Create a database, or copy `template`. With `keep`, one that exists stays as it is."""
    with server.connect() as connection:
        if keep and connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        source = sql.SQL("TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("ENCODING 'UTF8'")
        connection.execute(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), source))
        with server.connect(name) as inside, inside.transaction():
            _hand_over(inside, name)


def drop_database(server: Server, name: str) -> None:
    """Drop a database and whoever is connected to it."""
    with server.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def empty_database(server: Server) -> None:
    """Drop all that is in our database, and keep the database: somebody may have given it to us."""
    with server.connect(server.database) as connection, connection.transaction():
        connection.execute("DROP SCHEMA IF EXISTS public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
        _hand_over(connection, server.database)


def _hand_over(connection: psycopg.Connection, name: str) -> None:
    database = sql.Identifier(name)
    owner, app = sql.Identifier(OWNER), sql.Identifier(APP)
    for statement in (
        "GRANT ALL ON DATABASE {database} TO {owner}",
        "ALTER SCHEMA public OWNER TO {owner}",
        "ALTER DATABASE {database} OWNER TO {owner}",
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "ALTER DATABASE {database} SET timezone TO 'UTC'",
        # Reads by key are cheap on today's disks; the default of 4 describes turning ones, and makes plans change
        # with the size of the tables.
        "ALTER DATABASE {database} SET random_page_cost TO 1.1",
    ):
        connection.execute(sql.SQL(statement).format(database=database, owner=owner, app=app))


def _make_missing(connection: psycopg.Connection) -> None:
    there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role, can in ((OWNER, "LOGIN NOINHERIT"), (APP, "LOGIN NOINHERIT"), (LOOKUP, "NOLOGIN"), (AUDIT, "NOLOGIN")):
        if role not in there:
            connection.execute(sql.SQL("CREATE ROLE {} " + can).format(sql.Identifier(role)))
    superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    for role in (LOOKUP, AUDIT):
        _join(connection, role, OWNER)
    if superuser and not superuser[0]:
        # Only a member may hand databases over to the owner role.
        name = connection.execute("SELECT current_user").fetchone()
        _join(connection, OWNER, name[0] if name else "")


def _join(connection: psycopg.Connection, role: str, member: str) -> None:
    # CREATE ROLE makes its author a member with ADMIN only (PostgreSQL 16 and newer); SET is what we need.
    connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(member)))


def _set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """Send the SCRAM verifier, not the password: statements may be logged."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)))


def _refuse_without_rights(connection: psycopg.Connection) -> None:
    row = connection.execute(
        "SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if not row or not row[0]:
        raise Stop("The user in DATABASE_URL needs CREATEDB and CREATEROLE.")


def _refuse_too_strong(connection: psycopg.Connection) -> None:
    strong = connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls) LIMIT 1",
        [[OWNER, APP, LOOKUP, AUDIT]],
    ).fetchone()
    if strong:
        raise Stop(
            f"The role {strong[0]} could bypass row-level security: ALTER ROLE {strong[0]} NOSUPERUSER NOBYPASSRLS."
        )


def _reason(error: psycopg.Error) -> str:
    return str(error).strip().splitlines()[0]

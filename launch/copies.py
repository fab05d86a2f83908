"""`make backup` and `make restore`: one file in pg_dump's own format. What was restored is proved."""

import os
import subprocess
from pathlib import Path

from launch import binaries, environment, places, roles
from launch.servers import AUDIT, OWNER, Server
from launch.stop import Stop


def _program(server: Server, name: str, options: list[str], role: str | None) -> None:
    """Run pg_dump or pg_restore; the password goes by environment, since a command line is there for all to see."""
    parts = dict(server.admin)
    if role == OWNER:
        parts |= {"user": OWNER, "password": server.keys.owner_password}
    variables = environment.with_machine({"PGPASSWORD": parts.pop("password", "")})
    parts.pop("dbname", None)
    where = [
        f"--host={parts.pop('host', '')}",
        f"--port={parts.pop('port', '5432')}",
        f"--username={parts.pop('user')}",
    ]
    variables |= {f"PG{key.upper()}": text for key, text in parts.items() if key.startswith("ssl")}
    command = [binaries.client(name, server.major()), "--no-password", *where, *options]
    done = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
        raise Stop(f"{name} failed: {lines[0]}")


def backup(server: Server, target: Path) -> None:
    """Write a backup of the whole database. It holds personal records: readable by its owner only.

    On a server that is not ours no role may bypass row-level security, so the copy is read as `obolos_audit`, whose
    policies let it see every row; pg_dump would otherwise refuse.
    """
    draft = target.with_name(target.name + ".part")
    os.close(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    reader = [] if server.private else [f"--role={AUDIT}", "--enable-row-security"]
    options = ["--format=custom", f"--file={draft}", f"--dbname={server.database}", *reader]
    try:
        _program(server, "pg_dump", options, None if server.private else OWNER)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def restore(server: Server, source: Path) -> None:
    """Bring a backup back into a fresh database. In our own cluster the former database stays as `obolos_before`."""
    if not source.is_file():
        raise Stop(f"There is no file {source}.")
    if not server.private:
        _refuse_filled(server)
        roles.empty_database(server)
        _read_back(server, source, server.database)
        return
    fresh, before = f"{server.database}_restored", f"{server.database}_before"
    _refuse_used(server)
    roles.drop_database(server, fresh)
    roles.create_database(server, fresh)
    try:
        _read_back(server, source, fresh)
    except Stop:
        roles.drop_database(server, fresh)
        raise
    roles.drop_database(server, before)
    with server.connect() as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [server.database]).fetchone():
            connection.execute(f'ALTER DATABASE "{server.database}" RENAME TO "{before}"')
        connection.execute(f'ALTER DATABASE "{fresh}" RENAME TO "{server.database}"')


def _read_back(server: Server, source: Path, database: str) -> None:
    """The look-up role must own its functions again, for which it needs CREATE for a moment."""
    with server.connect(database) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO obolos_lookup")
        options = ["--exit-on-error", "--single-transaction", f"--dbname={database}", str(source)]
        _program(server, "pg_restore", options, None if server.private else OWNER)
        connection.execute("REVOKE CREATE ON SCHEMA public FROM obolos_lookup")


def _refuse_used(server: Server) -> None:
    with server.connect() as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [server.database]
        ).fetchone()
    if found and found[0]:
        raise Stop("The database is in use: stop the running demo (Ctrl-C in its window) first.")


def _refuse_filled(server: Server) -> None:
    with server.connect() as connection:
        found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone()
    if found:
        raise Stop(f"The database {server.database} is not empty: restore needs an empty one.")


def named_file(text: str) -> Path:
    """The file of FILE=…, as seen from the checkout."""
    if not text:
        raise Stop("Name the file: make backup FILE=obolos.dump")
    return (places.ROOT / text).resolve()

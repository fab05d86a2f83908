"""`make demo`: everything on this machine, until Ctrl-C. `make demo-reset`: the same, from the beginning.

Demo data and files live below `var/`; a second start finds them again.
"""

import fcntl
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import psycopg

from launch import children, environment, keys, places, roles, servers
from launch.environment import Addresses
from launch.keys import Keys
from launch.servers import APP, OWNER, Server
from launch.stack import Stack
from launch.stop import Stop

#: What survives a reset: clusters of tests and measurements, tools, keys (they open those) and lock files.
_KEPT = ("pg", "pg-test", "pg-bench", "lock", "secrets.json")


def run() -> None:
    """Bring everything up, say where it is, watch it, and take it down again on Ctrl-C or SIGTERM."""
    addresses = environment.chosen_addresses()
    _stop_on_signals()
    with _only_one(addresses):
        children.refuse_taken(addresses.portal_port, "PORT")
        children.refuse_taken(addresses.sandbox_port, "SANDBOX_PORT")
        children.refuse_taken(addresses.smtp_port, "SANDBOX_PORT")
        own = keys.read_or_make()
        with servers.running("pg", own) as server:
            prepare(server, addresses)
            for log in places.log_folder().glob("*.log"):
                log.unlink()
            stack = Stack(addresses, environment.product(own, server.url(APP), addresses), places.log_folder())
            try:
                stack.start()
                print(_sheet(addresses), flush=True)
                while True:
                    children.refuse_dead(stack.running)
                    time.sleep(0.2)
            except KeyboardInterrupt:
                print("\nStopping …", flush=True)
            finally:
                stack.stop()


def reset() -> None:
    """Forget the demo's database and files, and load the demo data anew."""
    addresses = environment.chosen_addresses()
    with _only_one(addresses):
        own = _keys_or_new()
        addressed = servers.addressed("pg", own)
        if addressed.private:
            servers.cluster("pg", own).remove()
        _remove_files()
        with servers.running("pg", own) as server:
            if not server.private:
                roles.make_roles(server)
                roles.take_database(server)
                roles.empty_database(server)
            prepare(server, addresses)
    print("The demo is as new: make demo")


def prepare(server: Server, addresses: Addresses) -> None:
    """Roles, database, migrations, demo data: whatever is missing."""
    own = server.keys
    roles.make_roles(server)
    roles.take_database(server)
    as_owner = environment.product(own, server.url(APP), addresses, owner_url=server.url(OWNER))
    as_app = environment.product(own, server.url(APP), addresses)
    environment.keep(as_app | {"OBOLOS_OWNER_DATABASE_URL": server.url(OWNER)})
    (places.var() / "dias" / "inbox").mkdir(parents=True, exist_ok=True)
    manage(as_owner, "prepare_database", quiet=True)
    unfinished = places.var() / "demo-loading"
    if unfinished.exists() and _has_municipalities(server):
        print("The last loading of demo data was interrupted: beginning anew.", flush=True)
        roles.empty_database(server)
        manage(as_owner, "prepare_database", quiet=True)
    if not _has_municipalities(server):
        print("Loading demo data …", flush=True)
        unfinished.touch()
        manage(as_app, "demo_data", quiet=True)
    unfinished.unlink(missing_ok=True)


def manage(variables: dict[str, str], *words: str, quiet: bool = False) -> None:
    """Run one `manage.py` command; Stop when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=places.ROOT,
        env=environment.with_machine(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout or "", end="")
        raise Stop(f"manage.py {words[0]} failed (see above).")


def _has_municipalities(server: Server) -> bool:
    """Whether the database is in use: by demo data, or by a restored backup, which gets no demo data on top."""
    with psycopg.connect(server.url(APP)) as connection:
        return connection.execute("SELECT FROM municipality LIMIT 1").fetchone() is not None


def _keys_or_new() -> Keys:
    try:
        return keys.read_or_make()
    except Stop:
        # Without its password the tests' cluster is worth nothing either.
        for name in ("secrets.json", "pg-test", "pg-bench"):
            _remove(name)
        return keys.read_or_make()


def _remove_files() -> None:
    for path in places.var().iterdir():
        if path.name not in _KEPT and path.suffix != ".lock":
            _remove(path.name)


def _remove(name: str) -> None:
    path = places.var() / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _only_one(addresses: Addresses) -> Iterator[None]:
    with (places.var() / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Stop(f"A demo is running here already ({lock.read().strip()}): stop it first with Ctrl-C.") from None
        lock.truncate(0)
        lock.write(addresses.portal)
        lock.flush()
        yield


def _stop_on_signals() -> None:
    """The first signal stops everything in order; more of them (make passes its own on) do not disturb that."""

    def first(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, first)


def _sheet(addresses: Addresses) -> str:
    """What the person needs to know now: addresses, sign-ins, what to try."""
    try:
        sign_ins = json.loads((places.var() / "demo.json").read_text())
    except (OSError, ValueError):
        sign_ins = {}
    fine = sign_ins.get("fine")
    lines = [
        "",
        f"  Portal    {addresses.portal}/",
        f"  Office    {addresses.portal}/office/",
        f"  Sandbox   {addresses.sandbox}/   banks, DIAS, TAXISnet, ERP, mail and SMS, all simulated",
        "",
        *(
            [
                f"  A fine    number {fine['number']}, plate {fine['plate']}: pay it without signing in at "
                f"{addresses.portal}/find/",
                f"            or by its code, as from the QR on paper: {addresses.portal}/k/{fine['code']}",
                "",
            ]
            if fine
            else []
        ),
        "  Citizens (sign in with TAXISnet, choose the name there)",
        *(f"    {person['userid']:<10} {person['name']}" for person in sign_ins.get("citizens", ())),
        "",
        "  Staff     password and one-time code: make code ACCOUNT=…",
        *(
            f"    {one['account']:<11} {one['password']:<24} {one['totp_secret']}  {one['role']} {one['municipality']}"
            for one in sign_ins.get("staff", ())
        ),
        "",
        "  Try first  make tour          in another window: pays by card and RF, shows the books",
        "             make prove         proves that the books are right",
        "",
        "  Ctrl-C stops everything; the data stay for the next start.",
    ]
    return "\n".join(lines)

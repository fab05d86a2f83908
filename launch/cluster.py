"""A private PostgreSQL cluster below `var/`: reached through a Unix socket in a folder of its own, with a password.

It never listens on a network address, never trusts anybody without a password, and never touches another cluster.
`fsync` stays on: what the demo shows about crashes must be true.
"""

import fcntl
import hashlib
import os
import re
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from launch import binaries, places, unprivileged
from launch.binaries import Binaries
from launch.stop import Stop

SUPERUSER = "obolos_cluster"
SOCKET_PORT = 5432
#: A socket's path may have 107 bytes on Linux and 103 on macOS; `.s.PGSQL.5432.lock` is added to the folder.
LONGEST_SOCKET_FOLDER = 80
START_PATIENCE_SECONDS = 45
_STILL_GOING = ("postmaster.pid", "shared memory block", "starting up", "shutting down")

#: The last two: a refused statement and its details hold what people are called and what they owe.
_SETTINGS = """\
listen_addresses = ''
unix_socket_permissions = 0700
port = {port}
unix_socket_directories = '{socket}'
max_connections = 120
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m %p %u@%d '
lc_messages = 'C'
log_error_verbosity = terse
log_min_error_statement = panic
"""


class Cluster:
    """One private cluster. `name` tells the demo's (`pg`) from the tests' (`pg-test`)."""

    def __init__(self, name: str, password: str) -> None:
        self.password = password
        wished = places.var() / name
        self.account = unprivileged.account(wished / "data")
        self.home = wished if unprivileged.can_reach(self.account, places.var()) else _elsewhere(wished)
        if self.home != wished:
            self.account = unprivileged.account(self.home / "data")
        self.data = self.home / "data"
        self.log = self.home / "server.log"

    @property
    def socket_folder(self) -> Path:
        """Where the socket lies: beside the files, or in a short folder when a client could not spell that path."""
        beside = self.home / "run"
        if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER and re.fullmatch(r"[\w./+-]+", str(beside), re.ASCII):
            return beside
        mark = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp").resolve() / f"obolos-{mark}"  # noqa: S108 - owner and mode are checked before use

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep the cluster up inside the block. Whoever leaves last stops it, whoever started it."""
        self._make_home()
        with (self.home / "users.lock").open("a") as users:
            with self._alone():
                self._start()
                fcntl.flock(users, fcntl.LOCK_SH)
            try:
                yield
            finally:
                with self._alone():
                    self._leave(users)

    def remove(self) -> None:
        """Delete the cluster with everything in it. Refuses while somebody uses it."""
        if not self.home.exists():
            return
        with self._alone(), (self.home / "users.lock").open("a") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Stop("The database is in use: stop the running demo (Ctrl-C in its window) first.") from error
            self._stop()
            shutil.rmtree(self.socket_folder, ignore_errors=True)
            shutil.rmtree(self.home)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time makes, starts or stops this cluster."""
        with (self.home / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _leave(self, users: IO[str]) -> None:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        self._stop()

    def _make_home(self) -> None:
        self.home.mkdir(parents=True, mode=0o700, exist_ok=True)
        self._hand_over(self.home)

    def _hand_over(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def _start(self) -> None:
        made = self.home / "major"
        server = self._reachable(binaries.choose(int(made.read_text()) if made.exists() else None))
        if not made.exists():
            self._make(server)
            made.write_text(f"{server.major}\n")
        if self._ready():
            return
        self._prepare_socket_folder()
        settings = self.data / "obolos.conf"
        settings.write_text(_SETTINGS.format(port=SOCKET_PORT, socket=self.socket_folder))
        self._hand_over(settings)
        give_up = time.monotonic() + START_PATIENCE_SECONDS
        while not self._ready():
            said = self._try_to_start(server)
            # Right after a crash the old process may not be reaped yet: its lock file stands in the way for a moment.
            if said and (time.monotonic() > give_up or not any(words in said for words in _STILL_GOING)):
                raise Stop(f"PostgreSQL did not start: {said.splitlines()[-1].strip()} (log: {self.log})")
            time.sleep(0.05)

    def _try_to_start(self, server: Binaries) -> str:
        """One try. Returns what stood in the way, or nothing."""
        if self._control(server, "status").returncode == 0:
            return "" if self._ready() else "postmaster.pid names a process that does not answer"
        began = self.log.stat().st_size if self.log.exists() else 0
        answer = self._control(server, "start", "-l", str(self.log))
        return "" if answer.returncode == 0 else self._said_since(began) or answer.stdout.strip() or "it gave no reason"

    def _ready(self) -> bool:
        """Whether a server of ours takes connections: it says so in its pid file, and its socket answers."""
        try:
            ready = (self.data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.connect(str(self.socket_folder / f".s.PGSQL.{SOCKET_PORT}"))
        except (OSError, IndexError):
            return False
        return ready

    def _stop(self) -> None:
        made = self.home / "major"
        if not made.exists():
            return
        server = self._reachable(binaries.choose(int(made.read_text())))
        if self._control(server, "status").returncode == 0:
            self._control(server, "stop", "-m", "fast")

    def _control(self, server: Binaries, verb: str, *options: str) -> subprocess.CompletedProcess[str]:
        command = [server.program("pg_ctl"), "-D", str(self.data), *options, "-w", "-t", "120", verb]
        return unprivileged.run(self.account, command)

    def _said_since(self, began: int) -> str:
        if not self.log.exists():
            return ""
        with self.log.open(errors="replace") as file:
            file.seek(began)
            return "\n".join(line for line in file.read().splitlines() if "FATAL" in line or "could not" in line)

    def _prepare_socket_folder(self) -> None:
        folder = self.socket_folder
        owner = os.geteuid() if self.account is None else self.account.uid
        try:
            folder.mkdir(mode=0o700)
            self._hand_over(folder)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) != 0o700:
                raise Stop(
                    f"{folder} belongs to somebody else: remove it, the database's socket must lie there."
                ) from None

    def _reachable(self, server: Binaries) -> Binaries:
        """The same programs where the account can run them: a copy when they lie below a closed folder."""
        if unprivileged.can_reach(self.account, server.folder):
            return server
        # Programs find their libraries by the way from one folder to the other, which the copy keeps.
        install = server.folder.parent
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        inside = Path(install.parent.name) / install.name
        copy = self.home / f"server-{server.major}"
        if not copy.exists():
            draft = self.home / "server.new"
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(install, draft / inside, symlinks=True, ignore=shutil.ignore_patterns("include"))
            if libraries.exists():
                shutil.copytree(libraries, draft / libraries.name)
            draft.rename(copy)
        return Binaries(copy / inside / server.folder.name, server.major)

    def _make(self, server: Binaries) -> None:
        """initdb into a draft folder that gets its name when complete: an interrupted one leaves nothing behind."""
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        passwords = self.home / "password.new"
        passwords.unlink(missing_ok=True)
        with os.fdopen(os.open(passwords, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(self.password + "\n")
        self._hand_over(passwords)
        # Bytes decide the order, whatever the machine's language: stored sort keys make Greek come out right.
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if server.major >= 17
            else ["--locale=C", "--lc-ctype=C.UTF-8"]
        )
        command = [
            server.program("initdb"),
            "-D",
            str(draft),
            "-U",
            SUPERUSER,
            "--auth=scram-sha-256",
            "-k",
            "-E",
            "UTF8",
        ]
        answer = unprivileged.run(self.account, [*command, f"--pwfile={passwords}", "--no-instructions", *locale])
        passwords.unlink()
        if answer.returncode:
            raise Stop(f"PostgreSQL could not make its files: {answer.stdout.strip().splitlines()[-1]}")
        (draft / "pg_hba.conf").write_text("local all all scram-sha-256\n")
        with (draft / "postgresql.conf").open("a") as file:
            file.write("\ninclude_if_exists = 'obolos.conf'\n")
        draft.rename(self.data)


def _elsewhere(wished: Path) -> Path:
    """Where the files go when root's checkout lies below a folder that PostgreSQL's account may not enter."""
    mark = hashlib.sha256(os.fsencode(wished.parent)).hexdigest()[:12]
    return Path("/var/lib") / f"obolos-{mark}" / wished.name

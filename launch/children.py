"""Processes that the launcher starts, watches and stops again. Standard library only."""

import contextlib
import ctypes
import errno
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from launch import places
from launch.stop import Stop

_PR_SET_PDEATHSIG = 1
_LAST_LINES = 15


@dataclass(frozen=True, slots=True)
class Child:
    """A running process with a name that people understand, and its log."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def last_words(self) -> str:
        """The end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-_LAST_LINES:])


def start(name: str, command: Sequence[str], variables: Mapping[str, str], log: Path) -> Child:
    """Start a process in a session of its own, so that Ctrl-C reaches the launcher alone; it stops them in order."""
    with _own_log(log) as file:
        process = subprocess.Popen(
            list(command),
            cwd=places.ROOT,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - we have one thread
        )
    return Child(name, process, log)


def _own_log(log: Path) -> IO[bytes]:
    """A log that its owner alone may read, also one that was there before."""
    number = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.fchmod(number, 0o600)
    return os.fdopen(number, "ab")


def _end_with_parent() -> None:
    """Even a launcher that is killed leaves nothing running (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def stop(children: Sequence[Child], patience_seconds: float = 10) -> None:
    """Ask them to end, the last started first; kill what does not within `patience_seconds`."""
    for child in reversed(children):
        if child.process.poll() is None:
            child.process.terminate()
    give_up = time.monotonic() + patience_seconds
    for child in reversed(children):
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.1, give_up - time.monotonic()))
        # Its own children too: a web server's workers must not keep the port.
        _kill_group(child.process.pid)
        child.process.wait()


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def refuse_dead(children: Sequence[Child]) -> None:
    """Stop, with the end of its log, when one has ended by itself."""
    for child in children:
        code = child.process.poll()
        if code is not None:
            print(child.last_words(), file=sys.stderr)
            raise Stop(f"The {child.name} ended by itself (exit code {code}); the end of {child.log} is above.")


def wait_for(url: str, children: Sequence[Child], patience_seconds: float) -> None:
    """Wait until `url` answers 200. Stop when a child dies or the time is up."""
    give_up = time.monotonic() + patience_seconds
    said = "no answer"
    while time.monotonic() < give_up:
        refuse_dead(children)
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            said = f"{error.code} {error.read(300).decode(errors='replace').strip()}"
        except OSError as error:
            said = str(error)
        time.sleep(0.05)
    raise Stop(f"{url} did not become ready in {patience_seconds:.0f} s: {said}")


def refuse_taken(port: int, variable: str) -> None:
    """Stop when somebody listens on the port already, on either loopback address that `localhost` may mean."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Stop(f"Port {port} is in use: stop what uses it, or choose another with {variable}=…") from error
            if error.errno in (errno.EACCES, errno.EPERM):
                raise Stop(f"Port {port} may not be used by this user: choose another with {variable}=…") from error
            # No IPv6 on this machine: nobody can listen there.


def free_port() -> int:
    """A port nobody uses now, whose successor is free too: the sandbox needs both.

    Below those that the system deals out to outgoing connections, so that it stays free until it is used.
    """
    while True:
        port = random.randrange(20_000, 32_000, 2)  # noqa: S311 - nothing secret
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port

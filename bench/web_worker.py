"""What one web worker weighs after work, and how long from nothing until somebody who is signed in sees a page.

`python -m bench.web_worker [--requests 2000]`. Memory is the resident set of each worker process after load on the
pages that people use, a proof among them. Both are plain figures of this machine; the floor beside them is the same
server with an application that does nothing.
"""

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.lifecycle import Client
from launch import children, environment, places
from launch.children import Child
from launch.scratch import Scratch, fresh_database
from launch.stack import Stack

MEMORY_TARGET_MIB = 130
COLD_TARGET_SECONDS = 2.0
_CLIENTS = 4
_PATHS = ("/debts/", "/", "/payments/", "/help/", "/debts/", "/status/")
_EMPTY = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """`workers_mib`: each worker after load. Seconds from the start of the server to the first page, ours and empty."""

    workers_mib: list[float]
    cold_seconds: list[float]
    empty_seconds: list[float]

    @property
    def good(self) -> bool:
        """Whether both targets are met."""
        cold = statistics.median(self.cold_seconds) <= COLD_TARGET_SECONDS
        return cold and max(self.workers_mib) <= MEMORY_TARGET_MIB


def measure(requests: int = 2000, starts: int = 3) -> Measured:
    """Start several times from nothing; after the last start, work, then weigh."""
    cold: list[float] = []
    with fresh_database("obolos_bench_worker") as scratch:
        done = subprocess.run(
            [sys.executable, "-m", "bench.debts_page_probe", "seed"], cwd=places.ROOT, check=True,
            env=environment.with_machine(scratch.variables()), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        person, session = json.loads(done.stdout.splitlines()[-1])[:2]
        done = subprocess.run(
            [sys.executable, "-m", "bench.web_worker_probe", str(person)], cwd=places.ROOT, check=True,
            env=environment.with_machine(scratch.variables()), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        paths = (*_PATHS, done.stdout.splitlines()[-1])
        cookie = {"Cookie": f"obolos_session={session}; obolos_language=el"}
        for turn in range(starts):
            stack = Stack(scratch.addresses, scratch.variables(), scratch.folder)
            began = time.monotonic()
            stack.start_web()
            try:
                cold.append(_first_page(scratch.addresses.portal, "/debts/", cookie, began, stack.running))
                if turn == starts - 1:
                    _work(scratch.addresses.portal, cookie, paths, requests)
                    weights = _weights(stack.running[0].process.pid)
            finally:
                stack.stop()
        return Measured(weights, cold, [_empty_start(scratch) for _ in range(starts)])


def _first_page(
    portal: str, path: str, headers: dict[str, str], began: float, running: list[Child], patience: float = 30
) -> float:
    """Seconds until the page is answered well."""
    while time.monotonic() - began < patience:
        try:
            status, _ = Client(portal).call("GET", path, headers=headers)
            if status == 200:
                return time.monotonic() - began
        except OSError:
            if any(child.process.poll() is not None for child in running):
                break
        time.sleep(0.01)
    raise RuntimeError("the web server gave no page")


def _work(portal: str, cookie: dict[str, str], paths: Sequence[str], requests: int) -> None:
    """Pages by several clients at once."""
    faults: list[str] = []

    def visit() -> None:
        web = Client(portal)
        for number in range(requests // _CLIENTS):
            path = paths[number % len(paths)]
            status, body = web.call("GET", path, headers=cookie)
            if status != 200:
                faults.append(f"{path}: {status} {body[:200]!r}")
                return

    visitors = [threading.Thread(target=visit) for _ in range(_CLIENTS)]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join()
    if faults:
        raise RuntimeError(faults[0])


def _weights(server: int) -> list[float]:
    """Resident MiB of the server's worker processes."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue  # it ended while we looked
        if int(fields.get("PPid", "0")) == server and "VmRSS" in fields:
            found.append(int(fields["VmRSS"].split()[0]) / 1024)
    # The server keeps a small helper of Python's own beside its workers.
    return [weight for weight in found if weight > 20]


def _empty_start(scratch: Scratch) -> float:
    (scratch.folder / "empty_app.py").write_text(_EMPTY)
    command = [str(places.venv_program("granian")), "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(scratch.addresses.portal_port), "--workers", "2", "--log-level", "warning"]
    command += ["empty_app:application"]
    variables = environment.with_machine({"PYTHONPATH": str(scratch.folder)})
    began = time.monotonic()
    child = children.start("empty server", command, variables, scratch.folder / "empty.log")
    try:
        return _first_page(scratch.addresses.portal, "/", {}, began, [child])
    finally:
        children.stop([child])


def show(found: Measured) -> None:
    """Print the figures."""
    weights = ", ".join(f"{one:.0f}" for one in found.workers_mib)
    print(f"web workers after load: {weights} MiB, each at most {MEMORY_TARGET_MIB}")
    cold, empty = statistics.median(found.cold_seconds), statistics.median(found.empty_seconds)
    print(f"first signed-in page after {cold:.2f} s, at most {COLD_TARGET_SECONDS}; an empty application {empty:.2f} s")


def main(words: list[str] | None = None) -> int:
    """Measure and print; non-zero when a target is missed."""
    parser = argparse.ArgumentParser(prog="web_worker", description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    found = measure(parser.parse_args(words).requests)
    show(found)
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())

"""The card lifecycle over HTTP against a bare Django ORM program, in the same run on the same cluster.

Ours: POST /pay/ (signed in, CSRF, amounts quoted anew, ticket from a bank that answers at once, order and attempt
written), then the bank's signed return (verified, booked, posted, deliveries written). The floor: `bench.lean`.
Both: granian, 2 web workers, 4 clients, PostgreSQL with every safety on. Both are warmed up, so that their tables are
not empty, and analysed. Then rounds alternate; the ratio is the median of each round's own.
"""

import argparse
import hashlib
import hmac
import http.client
import json
import multiprocessing
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.bank_stub import TICKET
from launch import children, environment, places, roles
from launch.environment import BLOCKING_THREADS
from launch.scratch import Scratch, fresh_database
from launch.servers import OWNER
from launch.stack import Stack

TARGET, AIM = 0.6, 1.0
CLIENTS = 4
WARM_SECONDS = 6.0
LEAN_DATABASE = "obolos_bench_lean"
CSRF = "a" * 32


@dataclass(frozen=True, slots=True)
class Measured:
    """Lifecycles a second of both, round by round."""

    ours: list[float]
    lean: list[float]

    @property
    def ratio(self) -> float:
        """Median over the rounds of ours over the bare program: what else the machine does falls on both."""
        return statistics.median(ours / lean for ours, lean in zip(self.ours, self.lean, strict=True))


class Client:
    """One measuring client with kept connections."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = f"localhost:{parts.port}"
        self.http = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=20)

    def call(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body of one request."""
        self.http.request(method, path, body or None, {"Host": self.host} | (headers or {}))
        reply = self.http.getresponse()
        return reply.status, reply.read()


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def our_lifecycle(web: Client, bank: Client, town: dict[str, Any], payer: dict[str, Any]) -> None:
    """Order by card, then the signed return."""
    form = [("d", str(one)) for one in payer["debts"]]
    form += [("expected_cents", str(payer["cents"])), ("form_token", secrets.token_hex(16)), ("means", "card")]
    form.append(("csrfmiddlewaretoken", CSRF))
    cookies = {"Cookie": f"obolos_session={payer['session']}; csrftoken={CSRF}; obolos_language=el"}
    status, body = web.call("POST", "/pay/", urlencode(form), _FORM | cookies)
    if status != 303:
        raise RuntimeError(f"order: {status} {body[:300]!r}")
    reference = bank.call("GET", f"/last/{town['merchant']}")[1].decode()
    status, body = web.call("POST", "/callbacks/piraeus/success/", urlencode(signed_return(town, reference)), _FORM)
    if status != 303:
        raise RuntimeError(f"return: {status} {body[:300]!r}")


def signed_return(town: dict[str, Any], reference: str) -> dict[str, str]:
    """What the payer's browser brings back, as the bank's manual describes it."""
    values = {
        "SupportReferenceID": "364629", "ResultCode": "0", "ResultDescription": "", "StatusFlag": "Success",
        "ResponseCode": "00", "ResponseDescription": "Approved", "LanguageCode": "el-GR", "MerchantReference": reference,
        "TransactionDateTime": "22/11/2026 12:00:00", "TransactionId": "1", "CardType": "1", "PackageNo": "1",
        "ApprovalCode": "389700", "RetrievalRef": "1", "AuthStatus": "01", "Parameters": "", "PaymentMethod": "CARD",
    }  # fmt: skip
    signed = ";".join((TICKET, town["pos"], "14", reference, "389700", "", "00", "364629", "01", "1", "Success"))
    return values | {"HashKey": hmac.new(TICKET.encode(), signed.encode(), hashlib.sha256).hexdigest().upper()}


def lean_lifecycle(web: Client, town: int, debts: list[int]) -> None:
    """Create, then callback."""
    kind = {"Content-Type": "application/json"}
    asked = {"town": town, "debts": debts, "key": secrets.token_hex(16)}
    status, body = web.call("POST", "/pay", json.dumps(asked), kind)
    if status != 201:
        raise RuntimeError(f"lean create: {status} {body[:300]!r}")
    told = {"id": json.loads(body)["id"], "ref": secrets.token_hex(16)}
    status, body = web.call("POST", "/callback", json.dumps(told), kind)
    if status != 200:
        raise RuntimeError(f"lean callback: {status} {body[:300]!r}")


def _ours(number: int, seconds: float, start_at: float, urls: dict[str, Any], towns: list[Any], done: Any) -> None:
    web, bank, town = Client(urls["portal"]), Client(urls["bank"]), towns[number]
    payers = iter(town["payers"][urls["from"] :])
    done.put(_loop(seconds, start_at, lambda: our_lifecycle(web, bank, town, next(payers))))


def _lean(number: int, seconds: float, start_at: float, urls: dict[str, Any], each: int, done: Any) -> None:
    web = Client(urls["lean"])
    count = iter(range(urls["from"], each - 1))

    def one() -> None:
        n = next(count)
        lean_lifecycle(web, number, [number * each + 2 * n + 1, number * each + 2 * n + 2])

    done.put(_loop(seconds, start_at, one))


def _loop(seconds: float, start_at: float, one: Callable[[], None]) -> int:
    time.sleep(max(0.0, start_at - time.time()))
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        one()
        count += 1
    return count


def round_of(target: Callable[..., None], seconds: float, *rest: Any) -> tuple[float, int]:
    """Lifecycles a second of all clients together, and the most that one client did."""
    context = multiprocessing.get_context("fork")
    done: Any = context.Queue()
    start_at = time.time() + 0.5
    clients = [context.Process(target=target, args=(n, seconds, start_at, *rest, done)) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(seconds + 60)
    if any(client.exitcode for client in clients):
        raise RuntimeError("a measuring client failed; see above")
    counts = [done.get(timeout=5) for _ in clients]
    return sum(counts) / seconds, max(counts)


@contextmanager
def serving(scratch: Scratch, lean_url: str, stub_port: int, lean_port: int) -> Iterator[None]:
    """Stub bank, our web server and the bare program's, all up."""
    stack = Stack(scratch.addresses, scratch.variables(), scratch.folder)
    own = environment.with_machine({"BENCH_LEAN_URL": lean_url, "DJANGO_SETTINGS_MODULE": "bench.lean.settings"})
    granian = [str(places.venv_program("granian")), "--interface", "wsgi", "--host", "127.0.0.1", "--workers", "2"]
    granian += ["--port", str(lean_port), "--blocking-threads", str(BLOCKING_THREADS), "--log-level", "warning"]
    started = [
        children.start("stub bank", [sys.executable, "-m", "bench.bank_stub", str(stub_port)],
                       environment.with_machine({}), scratch.folder / "stub.log"),
        children.start("bare program", [*granian, "bench.lean.wsgi:application"], own, scratch.folder / "lean.log"),
    ]  # fmt: skip
    try:
        stack.start_web()
        children.wait_for(f"{scratch.addresses.portal}/health/ready", stack.running, 40)
        for _ in range(100):
            try:
                Client(f"http://127.0.0.1:{lean_port}").call("GET", "/")
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        stack.stop()
        children.stop(started)


def measure(seconds: float = 4, rounds: int = 6) -> Measured:
    """Seed, serve, warm up, and measure in turns."""
    people = int((seconds * rounds + WARM_SECONDS) * 110)
    with fresh_database("obolos_bench_lifecycle") as scratch:
        roles.drop_database(scratch.server, LEAN_DATABASE)
        roles.create_database(scratch.server, LEAN_DATABASE)
        try:
            return _measure(scratch, seconds, rounds, people)
        finally:
            roles.drop_database(scratch.server, LEAN_DATABASE)


def _measure(scratch: Scratch, seconds: float, rounds: int, people: int) -> Measured:
    stub_port, lean_port = children.free_port(), children.free_port()
    lean_url = scratch.server.url(OWNER, LEAN_DATABASE)
    out = scratch.folder / "payers.json"
    stub = f"http://127.0.0.1:{stub_port}"
    _run(["-m", "bench.lifecycle_seed", stub, str(CLIENTS), str(people), str(out)], scratch.variables())
    _run(["-m", "bench.lean.seed", str(CLIENTS), str(2 * people)], {"BENCH_LEAN_URL": lean_url})
    towns = json.loads(out.read_text())
    urls: dict[str, Any] = {"portal": scratch.addresses.portal, "bank": stub, "lean": f"http://127.0.0.1:{lean_port}"}
    ours, lean = [], []
    used_ours = used_lean = 0
    with serving(scratch, lean_url, stub_port, lean_port):
        for number in range(rounds + 1):
            span = WARM_SECONDS if number == 0 else seconds
            rate, most = round_of(_ours, span, urls | {"from": used_ours}, towns)
            used_ours += most
            lean_rate, lean_most = round_of(_lean, span, urls | {"from": used_lean}, 2 * people)
            used_lean += lean_most
            if number:
                ours.append(rate)
                lean.append(lean_rate)
            else:
                _analyse(scratch, scratch.database, LEAN_DATABASE)
        _run(["manage.py", "prove"], scratch.variables())
    return Measured(ours, lean)


def _analyse(scratch: Scratch, *databases: str) -> None:
    """As the autovacuum of a server that has run for a while has done."""
    for database in databases:
        with scratch.server.connect(database) as connection:
            connection.execute("VACUUM ANALYZE")


def _run(words: list[str], variables: dict[str, str]) -> None:
    found = environment.with_machine(variables)
    subprocess.run([sys.executable, *words], cwd=places.ROOT, env=found, check=True, stdout=subprocess.DEVNULL)


def main(words: list[str] | None = None) -> int:
    """Measure and print; non-zero when the target is missed."""
    parser = argparse.ArgumentParser(prog="lifecycle", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=6)
    asked = parser.parse_args(words)
    found = measure(asked.seconds, asked.rounds)
    print(f"card lifecycle over HTTP, {CLIENTS} clients, 2 web workers, {asked.rounds} rounds of {asked.seconds:.0f} s")
    print(f"  ours  {statistics.median(found.ours):7.1f} /s   rounds {' '.join(f'{one:.0f}' for one in found.ours)}")
    print(f"  floor {statistics.median(found.lean):7.1f} /s   rounds {' '.join(f'{one:.0f}' for one in found.lean)}")
    print(f"  ratio {found.ratio:.2f}   target {TARGET}, aim {AIM}   books proved afterwards")
    return 0 if found.ratio >= TARGET else 1


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[1])
    sys.exit(main())

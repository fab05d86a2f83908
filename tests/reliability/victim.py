"""A process of its own that does one of the product's stories, and is killed where the test says.

Run as `python -m tests.reliability.victim`: it loads the product once and then forks a child for each request (one line
of JSON on its input, one on its output). It never typesets and never connects to the database itself, so its children
may do both. A child leads a session of its own. Where it dies is decided here, in the child only, around Django's
statements and commits and around what it says to the outside: the product knows nothing of it.

The outside world is a file: whatever a child says to a bank, an ERP or a payer is appended to it.
"""

import contextlib
import json
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

#: A child that takes longer than this is stuck.
CHILD_SECONDS = 60
TICKET = "4236ece6142b4639925eb6f80217122f"


class Fate:
    """Where this process dies: before or after the nth event whose text holds `what`, in message number `message`."""

    def __init__(self, kill: dict[str, Any] | None) -> None:
        self._kill = kill
        self._seen = 0
        self.message = 0
        #: The last statement: what a commit is called by.
        self.last = ""
        self.events: list[str] = []

    def around(self, what: str, act: Callable[[], Any]) -> Any:
        """Do something that has a name, or die before or after it."""
        text = " ".join(what.split())
        if not text.startswith("COMMIT"):
            self.last = text
        self.events.append(f"{self.message}: {text}")
        due = self._is_due(text)
        if due and self._kill and self._kill["moment"] == "before":
            _die()
        result = act()
        if due:
            _die()
        return result

    def _is_due(self, text: str) -> bool:
        kill = self._kill
        if kill is None or kill["message"] != self.message or not re.search(kill["what"], text):
            return False
        self._seen += 1
        return bool(self._seen == kill["nth"])


def _die() -> None:
    os.killpg(os.getpgrp(), signal.SIGKILL)


@dataclass
class Life:
    """A child's own fate, and the file in which the outside world remembers what the child told it."""

    fate: Fate
    outside: Path


LIFE = Life(Fate(None), Path(os.devnull))


def _say(what: str, **words: Any) -> None:
    """Say something to the outside world, which remembers it for ever."""

    def write() -> None:
        with LIFE.outside.open("a") as file:
            file.write(json.dumps({"what": what, **words}) + "\n")

    LIFE.fate.around(f"outside {what}", write)


def _play_the_outside() -> None:
    """Put a bank, an ERP and a post office in the place of the real ones."""
    from obolos.adapters.banks.contract import BankAnswer, Started, Verdict
    from obolos.adapters.banks.piraeus import Piraeus
    from obolos.adapters.erp.client import ErpAnswer, ErpClient, ErpStatus
    from obolos.flows import deliver

    def start(self: Any, account: Any, charge: Any) -> Started:
        _say("bank start", reference=charge.reference)
        return Started(TICKET, 1800)

    def query(self: Any, account: Any, reference: str) -> BankAnswer:
        _say("bank query", reference=reference)
        return BankAnswer(
            verdict=Verdict.PAID, reference=reference, message_key=f"answer-{reference}", bank_txn="T77", approval="A1",
            raw="<x/>",
        )  # fmt: skip

    def post_payment(self: Any, payload: Any, idempotency_key: str) -> ErpAnswer:
        _say("erp", key=idempotency_key, body=json.dumps(payload, sort_keys=True, ensure_ascii=False))
        return ErpAnswer(ErpStatus.POSTED, "A-1", "", "{}")

    Piraeus.start = start
    Piraeus.query = query
    ErpClient.post_payment = post_payment
    deliver.send_email = lambda view, sender: _say("mail", key=view.message_id, to=view.to)
    deliver.send_sms = lambda view, gateway: _say("sms", key=view.key, to=view.to)


def hear_return(words: dict[str, Any], now: datetime) -> Any:
    """A payer comes back from the bank."""
    from obolos.flows.hear_bank import hear_return as flow

    outcome = flow("PIRAEUS", words["params"], now=now)
    return {
        "payment": outcome.payment_id, "disposition": outcome.disposition, "order": outcome.order,
        "duplicate": outcome.duplicate,
    }  # fmt: skip


def pay_by_card(words: dict[str, Any], now: datetime) -> Any:
    """A payer presses «pay»."""
    from obolos.flows.pay import pay_by_card as flow
    from obolos.flows.show_debts import Chosen, Payer

    return flow(
        payer=Payer(person_id=words["person"]), chosen=[Chosen(one) for one in words["instalments"]],
        expected_cents=words["cents"], form_token=words["token"], language="el", visit="v", now=now,
    )  # fmt: skip


def answer_online(words: dict[str, Any], now: datetime) -> Any:
    """DIAS asks."""
    from obolos.adapters.dias.online import read_request
    from obolos.flows.dias import answer_online as flow

    request = read_request(json.dumps(words["request"]).encode())
    decisions = flow(request, user=words["user"], password=words["password"], now=now)
    return [[one.rid, str(one.rejection) if one.rejection else None] for one in decisions]


def take_day_file(words: dict[str, Any], now: datetime) -> Any:
    """A day file is read."""
    from obolos.flows.dias import take_day_file as flow

    return dict(flow(words["content"].encode(), words["name"], now=now))


def take_inbox(words: dict[str, Any], now: datetime) -> Any:
    """The worker looks into the inbox."""
    from obolos.flows.dias import take_inbox as flow

    return flow(Path(words["folder"]), now=now)


def poll_banks(words: dict[str, Any], now: datetime) -> Any:
    """The worker asks the banks, until nothing is due."""
    from obolos.flows import poll

    poll.AT_ONCE = words.get("at_once", poll.AT_ONCE)
    return _until_nothing(lambda: poll.poll_banks(now=now), words)


def deliver_due(words: dict[str, Any], now: datetime) -> Any:
    """The worker tells what is due, until nothing is."""
    from obolos.flows import deliver

    deliver.AT_ONCE = words.get("at_once", deliver.AT_ONCE)
    return _until_nothing(lambda: deliver.deliver_due(now=now), words)


def match_slips(words: dict[str, Any], now: datetime) -> Any:
    """The worker moves the money of slips to their fines."""
    from obolos.flows.match_slips import match_slips as flow

    return flow(now=now)


def run_batches(words: dict[str, Any], now: datetime) -> Any:
    """The worker makes the notices that wait."""
    from obolos.flows.notice_batches import run_batches as flow

    return flow(now=now)


def _until_nothing(tick: Callable[[], int], words: dict[str, Any]) -> int:
    done = tick()
    while words.get("drain") and (more := tick()):
        done += more
    return done


STORIES = {
    story.__name__: story
    for story in (
        hear_return,
        pay_by_card,
        answer_online,
        take_day_file,
        take_inbox,
        poll_banks,
        deliver_due,
        match_slips,
        run_batches,
    )
}


def _live(request: dict[str, Any], told: int) -> None:
    """A child's life: do the messages one after the other, or one by many threads; tell each answer as it is given."""
    from django.db import connection, connections

    os.setsid()
    LIFE.fate = fate = Fate(request.get("kill"))
    LIFE.outside = Path(request["outside"])
    story = STORIES[request["story"]]
    now = datetime.fromisoformat(request["now"])

    def one(words: dict[str, Any]) -> None:
        os.write(told, (json.dumps({"answer": story(words, now)}) + "\n").encode())

    if request.get("racers"):
        from tests.reliability.crowd import at_gate

        with ThreadPoolExecutor(request["racers"]) as threads:
            words = request["messages"] * (request["racers"] // len(request["messages"]))
            futures = [threads.submit(at_gate, lambda w=w: one(w), Path(request["gate"])) for w in words]
            for future in futures:
                future.result(timeout=CHILD_SECONDS)
        return
    connection.execute_wrappers.append(
        lambda execute, sql, params, many, context: fate.around(sql, lambda: execute(sql, params, many, context))
    )
    commit = connection._commit
    connection._commit = lambda: fate.around(f"COMMIT of {fate.last}", commit)
    for fate.message, words in enumerate(request["messages"], 1):
        one(words)
    connections.close_all()
    if request.get("tell_events"):
        os.write(told, (json.dumps({"events": fate.events}) + "\n").encode())


def _raise(request: dict[str, Any]) -> dict[str, Any]:
    """Fork a child, wait for its end, report what it told and how it ended."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            signal.alarm(CHILD_SECONDS)
            _live(request, writing)
            code = 0
        except BaseException:  # noqa: BLE001 - a child may not go back into its parent's loop
            os.write(writing, (json.dumps({"error": traceback.format_exc()[-4000:]}) + "\n").encode())
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = [json.loads(line) for line in pipe if line.endswith("\n")]
    _, status = os.waitpid(pid, 0)
    return {
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "answers": [one["answer"] for one in told if "answer" in one],
        "events": next((one["events"] for one in told if "events" in one), []),
        "error": "\n".join(one["error"] for one in told if "error" in one),
    }


def main() -> None:
    """Serve requests until the input ends. Whatever the product prints goes to the errors, not into the answers."""
    import django

    answers = sys.stdout
    sys.stdout = sys.stderr

    django.setup()
    _play_the_outside()
    for story in ("hear_bank", "pay", "dias", "poll", "deliver", "match_slips", "notice_batches"):
        __import__(f"obolos.flows.{story}")
    print("ready", file=answers, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        for line in sys.stdin:
            print(json.dumps(_raise(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()

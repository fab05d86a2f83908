"""DIAS: asks the organisation about a payment by RF code, moves the money when it says yes, and files the day."""

import asyncio
import csv
import hashlib
import io
import json
import os
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import rf
from sandbox.control import BadOrder, json_control, order_of
from sandbox.pages import page
from sandbox.state import ATHENS, FAULTS, RfPayment, World, euro, now

_SECONDS = 10.0
_ORGANISATION = re.compile("[0-9]{5}", re.ASCII)
_PAYER, _BIC = "ΔΟΚΙΜΑΣΤΙΚΟΣ ΠΛΗΡΩΤΗΣ", "PIRBGRAA"


async def pay(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """One payment at some bank. Answers {status, rejection, rid, bank_ref, moved}. Raises BadOrder."""
    code, cents = rf.clean(str(asked.get("rf", ""))), _cents(asked.get("amount"))
    by, force = str(asked.get("by") or "online"), asked.get("force") is True
    if by not in ("online", "file"):
        raise BadOrder("by is online or file")
    try:
        organisation = rf.organisation_of(code)
        rf.check_amount(code, cents)
    except rf.BadRf as error:
        if not force:
            return _told("REFUSED_BY_DIAS", str(error), moved=False)
        organisation = str(asked.get("org") or code[4:9])
        # The organisation becomes part of a file's name and of an account's.
        if not _ORGANISATION.fullmatch(organisation):
            raise BadOrder("by force the code still needs its organisation, or org: five digits") from None
    payment = RfPayment(
        rid=str(asked.get("rid") or f"RID{world.next()}"),
        sale=str(asked.get("bank_ref") or f"DIAS{world.next()}"),
        rf=code,
        organisation=organisation,
        cents=cents,
        paid_at=_instant(asked.get("paid_at")),
        by=by,
    )
    if by == "file":
        world.rf_payments.append(payment)
        return _told("MOVED", "", payment, moved=True)
    before = world.questions.setdefault(payment.rid, payment)
    payment.sale, payment.paid_at = before.sale, before.paid_at
    return await _ask(world, payment)


async def _ask(world: World, payment: RfPayment) -> dict[str, Any]:
    """Online: the money moves only when the organisation accepts and DIAS hears it."""
    due = world.take_fault("dias", FAULTS["dias"], f"{payment.rf} {payment.organisation}")
    if due == "wrong_amount":
        payment.cents += 1
    answer, rejection, http_status = await _call(world, payment)
    if due == "duplicate_online":
        answer, rejection, http_status = await _call(world, payment)
    if due == "no_answer":
        answer, rejection = "NO_ANSWER", ""
    moved = answer == "ACCEPTED" and all(one.rid != payment.rid for one in world.rf_payments)
    if moved:
        world.rf_payments.append(payment)
    return _told(answer, rejection, payment, moved=moved) | {"http_status": http_status}


async def _call(world: World, payment: RfPayment) -> tuple[str, str, int]:
    """DPG_ON to the portal: status, rejection code, HTTP status."""
    local = payment.paid_at.astimezone(ATHENS)
    message = {
        "Env": "TEST",
        "MsgType": "DPG_ONRequest",
        "IncomingPayments": [
            {
                "RID": payment.rid,
                "LobID": "1",
                "ActorID": payment.organisation,
                "TransactionID": payment.sale,
                "RI_MID": payment.rf,
                "PaidAmount": None,
                "DebtorName": _PAYER,
                "DebtorBankBIC": _BIC,
                "PaymentDtTm": local.isoformat(timespec="seconds"),
                "BkDate": local.date().isoformat(),
                "RemittanceInformation": payment.rf,
                "CreationDtTm": now().astimezone(ATHENS).isoformat(timespec="seconds"),
            }
        ],
    }
    # The amount is written as a decimal number, never through a float.
    body = json.dumps(message, ensure_ascii=False).replace('"PaidAmount": null', f'"PaidAmount": {euro(payment.cents)}')
    code = payment.organisation[1:]
    try:
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
            reply = await client.post(
                f"{world.settings.portal}/callbacks/dias/online/",
                content=body.encode(),
                headers={"Content-Type": "application/json"},
                auth=(f"dias-{code}", f"demo-dias-{code}"),
            )
        [status] = [one for one in reply.json()["incomingPaymentsStatus"] if one["RID"] == payment.rid]
        return str(status["status"]), str(status.get("rejectionCode") or ""), reply.status_code
    except httpx.HTTPError:
        return "UNREACHABLE", "", 0
    except (ValueError, KeyError, TypeError):
        return "UNREADABLE", "", reply.status_code


_REJECTIONS = {
    "AM05": "Ο κωδικός έχει ήδη πληρωθεί.",
    "AM06": "Το ποσό δεν είναι αυτό που ζητά ο δήμος.",
    "MS03": "Ο δήμος δεν γνωρίζει αυτόν τον κωδικό.",
    "DT01": "Ο κωδικός έληξε ή ακυρώθηκε.",
}
_STATUSES = {
    "ACCEPTED": "Ο δήμος δέχθηκε την πληρωμή.",
    "MOVED": "Η πληρωμή έγινε· ο δήμος θα την μάθει με το αρχείο ημέρας.",
    "REFUSED_BY_DIAS": "Ο κωδικός ή το ποσό δεν είναι σωστά. Ελέγξτε τα και δοκιμάστε πάλι.",
    "NO_ANSWER": "Δεν ήρθε απάντηση από τον δήμο.",
    "UNREACHABLE": "Ο δήμος δεν απαντά.",
    "UNREADABLE": "Η απάντηση του δήμου δεν διαβάζεται.",
}


def _words(said: dict[str, Any]) -> str:
    """What a bank would tell the person who pays."""
    if said["status"] == "REJECTED":
        return _REJECTIONS.get(said["rejection"], "Ο δήμος αρνήθηκε την πληρωμή.")
    return _STATUSES.get(said["status"], "")


def _told(status: str, rejection: str, payment: RfPayment | None = None, *, moved: bool) -> dict[str, Any]:
    ids = {"rid": payment.rid, "bank_ref": payment.sale} if payment else {"rid": "", "bank_ref": ""}
    return {"status": status, "rejection": rejection, "moved": moved} | ids


def _cents(amount: object) -> int:
    """Cents of "12.34", "12,34" or 12.34."""
    text = str(amount).strip().replace(",", ".")
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 7 and len(part) <= 2 and (part + "0").isdigit()):
        raise BadOrder('amount is euro, like "12.34"')
    cents = int(whole) * 100 + int(part.ljust(2, "0"))
    if cents == 0:
        raise BadOrder("amount is more than nothing")
    return cents


def _instant(text: object) -> datetime:
    if not text:
        return now()
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise BadOrder("paid_at is an ISO date and time") from None
    return found if found.tzinfo else found.replace(tzinfo=ATHENS)


@dataclass(frozen=True)
class DayFile:
    """A file that was put into the inbox, and what its trailer says."""

    name: str
    rows: int
    cents: int

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return {"name": self.name, "rows": self.rows, "sum": euro(self.cents)}


def write_day_files(world: World, organisation: str = "") -> list[DayFile]:
    """File what moved and was not filed yet, one file per organisation and day."""
    waiting: dict[tuple[str, date], list[RfPayment]] = defaultdict(list)
    for one in world.rf_payments:
        if not one.filed and organisation in ("", one.organisation):
            waiting[one.organisation, one.paid_at.astimezone(ATHENS).date()].append(one)
    written = []
    for (org, day), payments in sorted(waiting.items(), key=lambda pair: pair[0]):
        sequence = _next_sequence(world, f"{org}-{day}")
        name = f"DIAS_{org}_{day:%Y%m%d}_{sequence}.csv"
        world.settings.inbox.mkdir(parents=True, exist_ok=True)
        draft = world.settings.inbox / f".{name}.part"
        draft.write_bytes(day_file(org, day, sequence, payments))
        draft.rename(world.settings.inbox / name)
        for one in payments:
            one.filed = name
        written.append(DayFile(name, len(payments), sum(one.cents for one in payments)))
    return written


def day_file(organisation: str, day: date, sequence: int, payments: list[RfPayment]) -> bytes:
    """Header, one line per payment, trailer with count, sum and the hash of all before it."""
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";", lineterminator="\n")
    rows.writerow(["H", "1", organisation, day.isoformat(), sequence])
    for one in payments:
        at = one.paid_at.astimezone(ATHENS).isoformat(timespec="seconds")
        rows.writerow([one.rid, one.sale, one.rf, euro(one.cents), at, _BIC, _PAYER, one.rf])
    before = text.getvalue().encode()
    trailer = f"T;{len(payments)};{euro(sum(one.cents for one in payments))};{hashlib.sha256(before).hexdigest()}\n"
    return before + trailer.encode()


def _next_sequence(world: World, key: str) -> int:
    """Rising also over restarts: the organisation has read the earlier files and takes each number once."""
    kept = world.settings.var / "sandbox" / "sequences.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    numbers: dict[str, int] = json.loads(kept.read_text()) if kept.exists() else {}
    numbers[key] = numbers.get(key, 0) + 1
    draft = kept.with_suffix(".new")
    draft.write_text(json.dumps(numbers))
    os.replace(draft, kept)  # noqa: PTH105 - the name says that it replaces
    return numbers[key]


@json_control
async def control_pay(request: Request) -> Response:
    """`POST /control/dias/pay`."""
    world: World = request.app.state.world
    if request.method == "GET":
        return JSONResponse({
            "post": {"rf": "RF…", "amount": "12.34", "paid_at": "", "by": "online | file", "rid": "", "force": False},
            "answers": "status ACCEPTED, REJECTED, MOVED (by file), REFUSED_BY_DIAS, NO_ANSWER, UNREACHABLE; moved",
            "payments": [_row(one) for one in world.rf_payments],
        })  # fmt: skip
    return JSONResponse(await pay(world, await order_of(request)))


@json_control
async def control_day_file(request: Request) -> Response:
    """`POST /control/dias/day-file {org?}`."""
    world: World = request.app.state.world
    if request.method == "GET":
        waiting = [_row(one) for one in world.rf_payments if not one.filed]
        answers = {"files": ["names"], "written": [{"name": "", "rows": 0, "sum": "0.00"}]}
        return JSONResponse({"post": {"org": "99083, or all"}, "answers": answers, "waiting": waiting})
    asked = await order_of(request) if await request.body() else {}
    written = await asyncio.to_thread(write_day_files, world, str(asked.get("org") or ""))
    return JSONResponse({
        "files": [one.name for one in written],
        "written": [one.as_json() for one in written],
        "folder": str(world.settings.inbox),
    })  # fmt: skip


async def dias_page(request: Request) -> Response:
    """A small bank: pay an RF code by hand, close the day."""
    world: World = request.app.state.world
    said: dict[str, Any] | None = None
    names: list[str] | None = None
    if request.method == "POST":
        form = await request.form()
        if form.get("do") == "day-file":
            names = [one.name for one in await asyncio.to_thread(write_day_files, world)]
        else:
            try:
                said = await pay(world, {name: str(form.get(name, "")) for name in ("rf", "amount", "by")})
            except BadOrder as error:
                said = _told("REFUSED_BY_DIAS", str(error), moved=False)
    words = _words(said) if said else ""
    return page("dias.html", said=said, words=words, names=names, payments=list(reversed(world.rf_payments[-100:])))


def _row(one: RfPayment) -> dict[str, Any]:
    at = one.paid_at.isoformat()
    return {"rid": one.rid, "rf": one.rf, "amount": euro(one.cents), "paid_at": at, "by": one.by, "file": one.filed}

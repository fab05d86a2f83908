"""Each municipality's financial system takes payments and reversals; the same key gets the same answer.

What it says of debts is `erp_debts`.
"""

import asyncio
import hashlib
import json
import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox import erp_debts
from sandbox.state import Booked, World, now

#: Faults of `state.FAULTS["erp"]` that are about payments.
PAYMENTS = ("timeout", "error_500", "refused", "pending", "lost_answer", "dropped_answer")
_COMPONENTS = {"PRINCIPAL", "ADDED", "SURCHARGE", "FINE", "COSTS", "EXTRA_FEE"}
_LINE = ("ext_id", "component", "rev_code", "amount")


def denied(request: Request) -> Response | None:
    """The refusal of whoever does not bring this municipality's token."""
    code = request.path_params["code"]
    if re.fullmatch("[0-9]{4}", code) and request.headers.get("Authorization") == f"Bearer demo-erp-{code}":
        return None
    return JSONResponse({"error": "who are you?"}, status_code=401, headers={"WWW-Authenticate": "Bearer"})


class Dropped(Response):
    """Promises an answer, sends its first byte and hangs up: the server closes what was never finished."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send less than was promised."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def payments(request: Request) -> Response:
    """`POST /payments`: books a payment."""
    return denied(request) or await _book(request, "payments")


async def reversals(request: Request) -> Response:
    """`POST /reversals`: books its taking back."""
    return denied(request) or await _book(request, "reversals")


async def _book(request: Request, kind: str) -> Response:
    world: World = request.app.state.world
    code, key = request.path_params["code"], request.headers.get("Idempotency-Key", "")
    content = await request.body()
    due = world.take_fault("erp", PAYMENTS, content.decode(errors="replace") + code)
    if due == "timeout":
        await asyncio.sleep(world.settings.silence_seconds)
        return Response(status_code=504)
    if due == "error_500":
        return JSONResponse({"error": "out of order on purpose"}, status_code=500)
    if not key:
        return _refused("the header Idempotency-Key is missing", 400)
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    digest = hashlib.sha256(content).hexdigest()
    known = world.booked.get((code, kind, key))
    if known and known.digest != digest:
        return _refused("this Idempotency-Key came with another body before", 422)
    if known is None:
        wrong = _payment_fault(body) if kind == "payments" else _reversal_fault(body)
        if wrong:
            return _refused(wrong, 422)
        known = Booked(code, kind, key, now(), body, digest, _answer(world, code, due))
        world.booked[code, kind, key] = known
        if kind == "payments" and known.answer["status"] == "POSTED":
            erp_debts.note_paid(world, code, body["lines"])
    known.seen += 1
    if due == "dropped_answer":
        return Dropped()
    if due == "lost_answer":
        await asyncio.sleep(world.settings.silence_seconds)
        return Response(status_code=504)
    return JSONResponse(known.answer)


def _answer(world: World, code: str, due: str) -> dict[str, object]:
    if due == "refused":
        return {"receipt_no": None, "status": "REFUSED", "reason": "refused on purpose: the roll is closed"}
    if due == "pending":
        return {"receipt_no": None, "status": "PENDING", "reason": "the receipt follows"}
    return {"receipt_no": f"{code}-{world.next()}", "status": "POSTED", "reason": None}


def _refused(reason: str, status: int) -> Response:
    return JSONResponse({"receipt_no": None, "status": "REFUSED", "reason": reason}, status_code=status)


def _payment_fault(body: object) -> str:
    """What is wrong with a payment, empty when nothing is."""
    if not isinstance(body, dict):
        return "not a JSON object"
    # A return of the bank proves no TransactionId, so bank_ref may be empty.
    for name in ("bank_ref", "rf", "value_date", "payer"):
        if name not in body:
            return f"{name} is missing"
    for name in ("payment_id", "channel", "paid_at"):
        if not body.get(name):
            return f"{name} is empty"
    lines = body.get("lines")
    if not isinstance(lines, list):
        return "lines is not a list"
    for line in lines:
        if not isinstance(line, dict) or any(name not in line for name in _LINE):
            return f"a line lacks one of {', '.join(_LINE)}"
        if line["component"] not in _COMPONENTS:
            return f"component {line['component']} is unknown"
        if not isinstance(line["amount"], int) or isinstance(line["amount"], bool):
            return "an amount is not in integer cents"
    return ""


def _reversal_fault(body: object) -> str:
    if not isinstance(body, dict) or not body.get("reverses"):
        return "reverses is missing"
    return ""


async def control_payments(request: Request) -> Response:
    """`GET /control/erp/payments?code=`: everything booked, oldest first, and how often each key was told."""
    world: World = request.app.state.world
    code = request.query_params.get("code", "")
    return JSONResponse([
        {
            "code": one.code, "kind": one.kind, "key": one.key, "at": one.at.isoformat(), "body": one.body,
            "answer": one.answer, "seen": one.seen,
        }
        for one in world.booked.values()
        if code in ("", one.code)
    ])  # fmt: skip

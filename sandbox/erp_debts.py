"""What each municipality's financial system says of its debts: asked by debtor, ticket or RF, since a cursor, and holds.

It knows only what the control API or its page told it. A payment that it posts stands in `paid` of its own debt at once,
under a new version, as an honest system does it.
"""

import asyncio
import copy
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import erp
from sandbox.control import BadOrder, json_control, order_of
from sandbox.state import ATHENS, ErpDebt, Hold, World, hex32, now

Row = dict[str, Any]

#: What faults of `state.FAULTS["erp"]` are about debts, changes and holds; the others are about payments.
QUESTIONS = ("slow", "down", "hang_up", "malformed", "wrong_types", "negative", "stranger", "older", "same_version")
HOLDS = ("slow", "down", "hang_up", "hold_changed")
PAGE = 500
_AMOUNTS = ("principal", "added", "surcharge", "paid", "written_off")
_ROW: Row = {
    "ext_id": "", "version": 1, "afm": "", "name": "", "person_type": "N", "kind": "CERTIFIED",
    "rev_code": "00.0311.0001", "orig_code": None, "year": 2026, "catalogue": None, "line": None, "atb": None,
    "description": "", "certified_on": None, "due_on": "", "instalment": 1, "instalments": 1, "principal": 0,
    "added": None, "surcharge": None, "surcharge_as_of": None, "paid": 0, "written_off": 0, "rf": None,
    "ticket_no": None, "plate": None, "violation_on": None,
}  # fmt: skip


def _as_of() -> str:
    return now().astimezone(ATHENS).isoformat(timespec="microseconds")


async def debts(request: Request) -> Response:
    """`GET /debts?afm=…|ticket=…&plate=…|rf=…&as_of=…`: what it knows; an empty list when it knows nothing."""
    denied = erp.denied(request)
    if denied:
        return denied
    query, code = request.query_params, request.path_params["code"]
    if not (query.get("afm") or query.get("rf") or (query.get("ticket") and query.get("plate"))):
        return JSONResponse({"error": "ask by afm, by ticket and plate, or by rf"}, status_code=400)
    found = [one for one in _of(request, code) if _asked(one, query)]
    return await _answer(request, "debts", {"as_of": _as_of()}, found)


def _of(request: Request, code: str) -> list[ErpDebt]:
    world: World = request.app.state.world
    return [one for (town, _), one in world.erp_debts.items() if town == code]


def _asked(debt: ErpDebt, query: Any) -> bool:
    first = debt.rows[0]
    if query.get("afm"):
        return bool(first["afm"] == query["afm"])
    if query.get("rf"):
        return any(row["rf"] == query["rf"] for row in debt.rows)
    return _plain(first["ticket_no"]) == _plain(query["ticket"]) and _plain(first["plate"]) == _plain(query["plate"])


def _plain(text: str | None) -> str:
    """Without what people write differently: blanks, hyphens, case, and Greek letters that look like Latin ones."""
    bare = "".join(char for char in (text or "").upper() if char.isalnum())
    return bare.translate(str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"))


async def changes(request: Request) -> Response:
    """`GET /changes?since=cursor`: debts changed after it, oldest change first, and the cursor to go on from."""
    denied = erp.denied(request)
    if denied:
        return denied
    since = request.query_params.get("since") or "0"
    if not (since.isascii() and since.isdigit() and len(since) < 20):
        return JSONResponse({"error": "no cursor of mine"}, status_code=400)
    later = sorted(
        (one for one in _of(request, request.path_params["code"]) if one.change > int(since)),
        key=lambda one: one.change,
    )[:PAGE]
    cursor = str(later[-1].change) if later else since
    return await _answer(request, "changes", {"cursor": cursor}, later)


async def _answer(request: Request, what: str, head: Row, found: list[ErpDebt]) -> Response:
    world: World = request.app.state.world
    code = request.path_params["code"]
    due = world.find_fault("erp", QUESTIONS, f"{code} {what} {request.url.query}")
    rows = copy.deepcopy([row for debt in found for row in debt.rows])
    if due:
        misbehaved = await _misbehave(world, due.fault, due.seconds, rows, code)
        if misbehaved:
            return misbehaved
    return JSONResponse(head | {"debts": rows})


async def _misbehave(world: World, fault: str, seconds: float, rows: list[Row], code: str) -> Response | None:
    """Do the fault: an answer in place of the true one, or the rows changed where they stand."""
    if fault == "slow":
        await asyncio.sleep(seconds)
    if fault == "down":
        return JSONResponse({"error": "out of order on purpose"}, status_code=503)
    if fault == "hang_up":
        return erp.Dropped()
    if fault == "malformed":
        return Response('{"as_of": "now", "debts": [', media_type="application/json")
    for row in rows:
        if fault == "wrong_types":
            row["principal"] = f"{row['principal'] / 100:.2f}"
        elif fault == "negative":
            row["principal"] = -1 - row["principal"]
        elif fault == "older":
            row["version"], row["principal"] = max(0, row["version"] - 1), row["principal"] + 777
        elif fault == "same_version":
            row["principal"] += 777
    if fault == "stranger":
        rows.append(_ROW | {
            "ext_id": f"{code}-STRANGER", "afm": "997654327", "name": "ΑΛΛΟΣ ΔΗΜΟΣ", "person_type": "L",
            "rev_code": "99.9999.9999", "due_on": "2026-12-31", "principal": 100, "certified_on": "2026-01-10",
        })  # fmt: skip
    return None


def note_paid(world: World, code: str, lines: list[Row]) -> None:
    """A posted payment stands in the debts' `paid` from now on, under their next version."""
    for line in lines:
        debt = world.erp_debts.get((code, str(line["ext_id"])))
        if debt is None or line["component"] != "PRINCIPAL":
            continue
        for row in debt.rows:
            row["version"] += 1
            if row["instalment"] == line.get("instalment", 1):
                row["paid"] = min(row["principal"], row["paid"] + line["amount"])
        debt.change = world.next()


async def holds(request: Request) -> Response:
    """`POST /holds`: reserves what an order is about to pay; 409 with the debts whose version is another by now."""
    denied = erp.denied(request)
    if denied:
        return denied
    world: World = request.app.state.world
    code = request.path_params["code"]
    try:
        body = json.loads(await request.body())
        lines = [(str(line["ext_id"]), int(line["version"]), int(line["amount"])) for line in body["lines"]]
        order, until = str(body["order_id"]), str(body["expires_at"])
    except (ValueError, KeyError, TypeError):
        return JSONResponse({"error": "not a hold"}, status_code=422)
    due = world.find_fault("erp", HOLDS, f"{code} holds {order}")
    if due and due.fault == "hold_changed":
        _grow(world, code, [line[0] for line in lines])
    elif due:
        misbehaved = await _misbehave(world, due.fault, due.seconds, [], code)
        if misbehaved:
            return misbehaved
    mine = {line[0]: world.erp_debts.get((code, line[0])) for line in lines}
    changed = [debt for ext_id, version, _ in lines if (debt := mine[ext_id]) and debt.rows[0]["version"] != version]
    if changed:
        return JSONResponse(
            {"as_of": _as_of(), "debts": [row for debt in changed for row in debt.rows]}, status_code=409
        )
    for number, hold in world.holds.items():
        if (hold.code, hold.order) == (code, order):
            return JSONResponse({"id": number}, status_code=200)
    number = hex32()
    world.holds[number] = Hold(code, order, until, [{"ext_id": a, "version": b, "amount": c} for a, b, c in lines])
    return JSONResponse({"id": number}, status_code=201)


def _grow(world: World, code: str, ext_ids: list[str]) -> None:
    """Fault `hold_changed`: the debts about to be paid cost a euro more since a moment ago."""
    for ext_id in ext_ids:
        debt = world.erp_debts.get((code, ext_id))
        if debt:
            for row in debt.rows:
                row["version"] += 1
            debt.rows[-1]["principal"] += 100
            debt.change = world.next()


async def release(request: Request) -> Response:
    """`DELETE /holds/{id}`."""
    denied = erp.denied(request)
    if denied:
        return denied
    world: World = request.app.state.world
    due = world.find_fault("erp", ("slow", "down", "hang_up"), f"{request.path_params['code']} holds")
    if due:
        misbehaved = await _misbehave(world, due.fault, due.seconds, [], "")
        if misbehaved:
            return misbehaved
    found = world.holds.pop(request.path_params["number"], None)
    return Response(status_code=204 if found else 404)


def put(world: World, code: str, rows: list[Row]) -> ErpDebt:
    """Tell the municipality's system a debt, or what has become of one. Raises BadOrder.

    Without `version` it is the next one of that debt. What is not given is as in `GET /control/erp/debts`.
    """
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise BadOrder("rows is a list of one object per instalment")
    whole = [_ROW | row for row in rows]
    ext_id = str(whole[0]["ext_id"])
    unknown = {name for row in rows for name in row} - set(_ROW)
    if not ext_id or unknown or any(row["ext_id"] != whole[0]["ext_id"] for row in whole):
        raise BadOrder(f"every row needs the same ext_id; unknown: {', '.join(sorted(unknown)) or 'nothing'}")
    known = world.erp_debts.get((code, ext_id))
    for given, row in zip(rows, whole, strict=True):
        if "version" not in given:
            row["version"] = known.rows[0]["version"] + 1 if known else 1
    debt = ErpDebt(code, whole, world.next())
    world.erp_debts[code, ext_id] = debt
    return debt


@json_control
async def control_debts(request: Request) -> Response:
    """`POST {code, rows}` or `{code, <columns of a debt in one instalment>}`: tell it a debt. `GET ?code=`: what it knows."""
    world: World = request.app.state.world
    if request.method == "POST":
        asked = await order_of(request)
        code = str(asked.pop("code", ""))
        if not (len(code) == 4 and code.isascii() and code.isdigit()):
            raise BadOrder("code is a municipality's four digits")
        rows = asked.get("rows", [asked])
        if not isinstance(rows, list):
            raise BadOrder("rows is a list")
        return JSONResponse({"code": code, "debts": put(world, code, rows).rows})
    if request.method == "DELETE":
        world.erp_debts.clear()
    code = request.query_params.get("code", "")
    return JSONResponse({
        "row": _ROW,
        "debts": [
            {"code": one.code, "change": one.change, "rows": one.rows}
            for one in world.erp_debts.values() if code in ("", one.code)
        ],
    })  # fmt: skip


@json_control
async def control_holds(request: Request) -> Response:
    """`GET /control/erp/holds`: what is reserved now."""
    world: World = request.app.state.world
    return JSONResponse([{"id": number} | vars(hold) for number, hold in world.holds.items()])

"""The financial systems as a person sees them: what each knows, a form to tell it a debt, and making it fall ill."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox import erp_debts
from sandbox.control import BadOrder
from sandbox.pages import page
from sandbox.state import Fault, World

TOWNS = {"9084": "Δήμος Ιωαννιτών", "9083": "Δήμος Ζίτσας", "9086": "Δήμος Μετσόβου"}
#: Illnesses that last until somebody takes them back.
ILLS = ("down", "slow", "malformed")
_ALWAYS = 1_000_000


async def erp_page(request: Request) -> Response:
    """GET: the page. POST `do=debt`: tell a debt; `do=ill`, `do=well`: a system stops answering, or answers again."""
    world: World = request.app.state.world
    said = wrong = ""
    if request.method == "POST":
        form = {name: str(text).strip() for name, text in (await request.form()).items()}
        try:
            said = _do(world, form)
        except BadOrder as error:
            wrong = str(error)
    ill = {
        code: [one.fault for one in world.faults if one.actor == "erp" and one.match == f"{code} "] for code in TOWNS
    }
    debts = sorted(world.erp_debts.values(), key=lambda one: -one.change)
    return page(
        "erp.html", status=400 if wrong else 200, towns=TOWNS, ill=ill, ills=ILLS, debts=debts, holds=world.holds,
        said=said, wrong=wrong,
    )  # fmt: skip


def _do(world: World, form: dict[str, str]) -> str:
    code = form.get("code", "")
    if code not in TOWNS:
        raise BadOrder("Άγνωστος δήμος / unknown municipality")
    if form.get("do") == "well":
        world.faults[:] = [one for one in world.faults if not (one.actor == "erp" and one.match == f"{code} ")]
        return f"{TOWNS[code]}: απαντά κανονικά"
    if form.get("do") == "ill":
        if form.get("fault") not in ILLS:
            raise BadOrder(f"fault: {', '.join(ILLS)}")
        # The code stands first in what such a fault is about, so that payments told meanwhile are not hit.
        world.faults.append(Fault("erp", form["fault"], _ALWAYS, f"{code} "))
        return f"{TOWNS[code]}: {form['fault']}"
    debt = erp_debts.put(world, code, [_row(form)])
    return f"{TOWNS[code]}: {debt.rows[0]['ext_id']}, έκδοση {debt.rows[0]['version']}"


def _row(form: dict[str, str]) -> dict[str, Any]:
    """The form's fields as columns; an empty field is what `erp_debts` takes when nothing is said."""
    row: dict[str, Any] = {
        name: form[name]
        for name in ("ext_id", "afm", "name", "rev_code", "description", "due_on", "certified_on", "ticket_no", "plate")
        if form.get(name)
    }
    for name in ("principal", "paid"):
        if form.get(name):
            row[name] = _cents(form[name])
    if form.get("version"):
        if not form["version"].isdigit():
            raise BadOrder("Η έκδοση είναι ακέραιος / version is a whole number")
        row["version"] = int(form["version"])
    if form.get("ticket_no"):
        row |= {"kind": "UNCERTIFIED", "violation_on": form.get("certified_on") or None, "certified_on": None}
    return row


def _cents(text: str) -> int:
    whole, _, part = text.replace(",", ".").partition(".")
    if not (whole.isdigit() and len(whole) < 10 and len(part) <= 2 and (part.isdigit() or not part)):
        raise BadOrder("Το ποσό σε ευρώ, όπως 12,34 / an amount like 12.34")
    return int(whole) * 100 + int(part.ljust(2, "0"))

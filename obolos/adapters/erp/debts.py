"""Asking the municipality's financial system for debts, changes and holds: strict reading into frozen rows.

The rows have the columns of a debts file as keys, amounts in integer cents, dates as `yyyy-mm-dd`; unknown keys are for
later versions and are passed over. An answer counts whole or not at all: one value that is not what was agreed makes the
whole answer one that says nothing (ErpContradicts). No redirect is followed and nothing is repeated here.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from obolos.adapters.erp.client import ErpClient, ErpUnavailable
from obolos.adapters.outbound import Reply, Unreachable, call

#: A citizen waits no longer than this, connecting included; holds and debts of one debtor are small.
ASK_SECONDS = 2.0
#: The worker reads changes: nobody waits, and they may be many.
CHANGES_SECONDS = 10.0
CHANGES_BYTES = 8 * 1024 * 1024
DEBTS_BYTES = 1024 * 1024
MAX_CENTS = 99_999_999_999
_LONGEST_CURSOR = 200
_HOLD = re.compile(r"[A-Za-z0-9._~-]{1,100}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class ErpContradicts(Exception):
    """It answered, and the answer is not what was agreed: nothing of it may be believed. The text names the place."""


class ErpHoldRefused(Exception):
    """409: some of the debts to be held are not what we think. `answer` says what they are now."""

    def __init__(self, answer: "ErpDebts") -> None:
        super().__init__("changed debts")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class ErpRow:
    """One instalment of a debt, with the debt's own columns; see the debts file. Cents; "" and None are absent."""

    ext_id: str
    version: int
    afm: str
    name: str
    person_type: str
    kind: str
    rev_code: str
    orig_code: str
    year: int | None
    catalogue: str
    line: str
    atb: str
    description: str
    certified_on: date | None
    due_on: date
    instalment: int
    instalments: int
    principal: int
    added: int | None
    surcharge: int | None
    surcharge_as_of: date | None
    paid: int
    written_off: int
    rf: str
    ticket_no: str
    plate: str
    violation_on: date | None


@dataclass(frozen=True, slots=True)
class ErpDebts:
    """What it says: rows in its own order, as of a moment (aware), or from a cursor on. `cursor` "" but for changes."""

    rows: tuple[ErpRow, ...]
    as_of: datetime | None
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A debt to be held: its id and version as we know them, and the cents that an order is about to pay of it."""

    ext_id: str
    version: int
    amount: int


def debts_of_afm(client: ErpClient, afm: str, *, on: date) -> ErpDebts:
    """GET /debts?afm=…: all it says of one debtor, and of nobody else. Raises ErpUnavailable, ErpContradicts."""
    answer = _debts(client, {"afm": afm}, on)
    if any(row.afm != afm for row in answer.rows):
        raise ErpContradicts("it told debts of somebody else than it was asked about")
    return answer


def debts_of_ticket(client: ErpClient, ticket: str, plate: str, *, on: date) -> ErpDebts:
    """GET /debts?ticket=…&plate=…: a fine. Raises as `debts_of_afm`."""
    return _debts(client, {"ticket": ticket, "plate": plate}, on)


def debts_of_rf(client: ErpClient, rf: str, *, on: date) -> ErpDebts:
    """GET /debts?rf=…: the debt with that printed RF code. Raises as `debts_of_afm`."""
    answer = _debts(client, {"rf": rf}, on)
    if answer.rows and all(row.rf.replace(" ", "") != rf for row in answer.rows):
        raise ErpContradicts("it told a debt without the RF code that it was asked about")
    return answer


def changes_since(client: ErpClient, cursor: str) -> ErpDebts:
    """GET /changes?since=…: debts changed after the cursor, and the next cursor. Raises as `debts_of_afm`."""
    query = urlencode({"since": cursor})
    body = _ask(client, "GET", f"/changes?{query}", seconds=CHANGES_SECONDS, most=CHANGES_BYTES)
    found = _object(body)
    following = found.get("cursor")
    if isinstance(following, int) and not isinstance(following, bool):
        following = str(following)
    if not isinstance(following, str) or not 0 < len(following) <= _LONGEST_CURSOR or not following.isprintable():
        raise ErpContradicts("cursor is not a short text")
    return ErpDebts(_rows(found), _moment(found["as_of"]) if found.get("as_of") else None, following)


def place_hold(client: ErpClient, order_id: str, lines: Sequence[HoldLine], *, expires_at: datetime) -> str:
    """POST /holds: keep these amounts for an order; the hold's id. The same order again is the same hold.

    Raises ErpHoldRefused with the changed debts, ErpUnavailable, ErpContradicts.
    """
    told = {
        "order_id": order_id,
        "lines": [{"ext_id": one.ext_id, "version": one.version, "amount": one.amount} for one in lines],
        "expires_at": expires_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    reply = _call(client, "POST", "/holds", json.dumps(told, ensure_ascii=False).encode(), ASK_SECONDS, DEBTS_BYTES)
    if reply.status == 409:
        found = _object(reply.body)
        raise ErpHoldRefused(ErpDebts(_rows(found), _moment(found["as_of"]) if found.get("as_of") else None))
    if not 200 <= reply.status < 300:
        raise ErpUnavailable(f"answered with status {reply.status}")
    number = _object(reply.body).get("id")
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)
    if not isinstance(number, str) or not _HOLD.fullmatch(number):
        raise ErpContradicts("the hold's id is not 1 to 100 letters, digits or . _ ~ -")
    return number


def lift_hold(client: ErpClient, hold_id: str) -> None:
    """DELETE /holds/{id}: a hold that is not there any more is lifted, too. Raises ErpUnavailable."""
    reply = _call(client, "DELETE", f"/holds/{hold_id}", b"", ASK_SECONDS, DEBTS_BYTES)
    if not 200 <= reply.status < 300 and reply.status not in {404, 410}:
        raise ErpUnavailable(f"answered with status {reply.status}")


def _debts(client: ErpClient, asked: Mapping[str, str], on: date) -> ErpDebts:
    query = urlencode({**asked, "as_of": on.isoformat()})
    found = _object(_ask(client, "GET", f"/debts?{query}", seconds=ASK_SECONDS, most=DEBTS_BYTES))
    return ErpDebts(_rows(found), _moment(found.get("as_of")))


def _ask(client: ErpClient, method: str, path: str, *, seconds: float, most: int) -> bytes:
    reply = _call(client, method, path, b"", seconds, most)
    if reply.status != 200:
        raise ErpUnavailable(f"answered with status {reply.status}")
    return reply.body


def _call(client: ErpClient, method: str, path: str, body: bytes, seconds: float, most: int) -> Reply:
    headers = {"Authorization": f"Bearer {client.token}", "Accept": "application/json"}
    if body:
        headers["Content-Type"] = "application/json"
    try:
        return call(
            method, f"{client.base_url}{path}", headers=headers, body=body, total_seconds=seconds, max_bytes=most
        )
    except Unreachable as error:
        # Its words may hold the address, and that the ΑΦΜ asked about.
        raise ErpUnavailable(str(error).partition("http")[0].strip() or "no usable answer") from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise ErpContradicts("not a JSON document") from None
    if not isinstance(found, dict):
        raise ErpContradicts("not a JSON object")
    return found


def _rows(found: Mapping[str, Any]) -> tuple[ErpRow, ...]:
    rows = found.get("debts")
    if not isinstance(rows, list):
        raise ErpContradicts("debts is not a list")
    return tuple(_row(row, place) for place, row in enumerate(rows))


def _row(row: Any, place: int) -> ErpRow:
    if not isinstance(row, dict):
        raise ErpContradicts(f"debts[{place}] is not an object")
    values: dict[str, Any] = {}
    for name, read in _COLUMNS.items():
        try:
            values[name] = read(row.get(name))
        except ValueError as error:
            raise ErpContradicts(f"debts[{place}].{name} {error}") from None
    return ErpRow(**values)


def _moment(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise ErpContradicts("as_of is not an instant") from None
    if found.tzinfo is None or not 1950 <= found.year <= 2100:
        raise ErpContradicts("as_of is not an instant with its offset")
    return found.astimezone(UTC)


def _text(value: Any) -> str:
    """Composed, trimmed, and nothing in it that cannot be printed; absent is empty."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("is not a text")  # noqa: TRY004 - what came is wrong, not who calls
    text = unicodedata.normalize("NFC", value.replace("\u00a0", " ")).strip()
    if len(text) > 500 or not text.isprintable():
        raise ValueError("is too long or has unprintable characters")
    return text


def _needed(value: Any) -> str:
    text = _text(value)
    if not text:
        raise ValueError("is missing")
    return text


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**18:
        raise ValueError("is not a whole number from 0")
    return value


def _cents(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_CENTS:
        raise ValueError("is not an amount in whole cents from 0")
    return value


def _day(value: Any) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("is not a date")
    return date.fromisoformat(value)


def _maybe(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value in (None, "") else read(value)


_COLUMNS: dict[str, Callable[[Any], Any]] = {
    "ext_id": _needed, "version": _number, "afm": _text, "name": _text, "person_type": _text, "kind": _needed,
    "rev_code": _needed, "orig_code": _text, "year": _maybe(_number), "catalogue": _text, "line": _text, "atb": _text,
    "description": _text, "certified_on": _maybe(_day), "due_on": _day, "instalment": _number, "instalments": _number,
    "principal": _cents, "added": _maybe(_cents), "surcharge": _maybe(_cents), "surcharge_as_of": _maybe(_day),
    "paid": _cents, "written_off": _cents, "rf": _text, "ticket_no": _text, "plate": _text,
    "violation_on": _maybe(_day),
}  # fmt: skip

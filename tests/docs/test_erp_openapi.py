"""The document for vendors says what the simulated system answers and what the product sends, no more and no less.

The few words of JSON Schema that the document uses are checked here by hand; a word that is not known fails.
"""

import json
import re
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from obolos.adapters.erp import debts as erp
from obolos.adapters.erp.client import ErpClient
from obolos.adapters.erp.debts import ErpRow, HoldLine
from tests.adapters.stub_http import http, stub_server
from tests.support.stacks import Sandbox

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs/integrate/erp/openapi.json").read_text())
TYPES = {"string": str, "integer": int, "object": dict, "array": list, "null": type(None)}
KNOWN = {
    "$ref", "description", "enum", "format", "items", "maxLength", "maximum", "minItems", "minLength", "minimum", "pattern",
    "properties", "required", "type",
}  # fmt: skip
TODAY = datetime.now(UTC).date()
DEBT: dict[str, Any] = {
    "code": "9083", "ext_id": "9083-1", "afm": "038836853", "name": "ΜΑΡΚΑΚΗ ΕΛΕΝΗ", "principal": 12_345,
    "due_on": "2026-12-31", "certified_on": "2026-01-10",
}  # fmt: skip
LINES = [HoldLine("9083-1", 1, 12_345)]


def wrong(value: Any, schema: dict[str, Any], place: str = "$") -> list[str]:
    """What of a value is not as the schema says."""
    assert set(schema) <= KNOWN, f"{place}: {set(schema) - KNOWN}"
    if "$ref" in schema:
        return wrong(value, DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], place)
    named = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(type(value) is TYPES[one] for one in named):
        return [f"{place} is {type(value).__name__}"]
    found = [f"{place}: {value!r}"] if "enum" in schema and value not in schema["enum"] else []
    if isinstance(value, str):
        good = len(value) >= schema.get("minLength", 0) and len(value) <= schema.get("maxLength", 10**6)
        good = good and re.search(schema.get("pattern", ""), value) is not None
        if schema.get("format") == "date":
            date.fromisoformat(value)
        if schema.get("format") == "date-time":
            good = good and datetime.fromisoformat(value).tzinfo is not None
        found += [] if good else [f"{place}: {value!r}"]
    elif isinstance(value, int):
        found += [] if schema.get("minimum", value) <= value <= schema.get("maximum", value) else [f"{place}: {value}"]
    elif isinstance(value, list):
        found += [] if len(value) >= schema.get("minItems", 0) else [f"{place}: too few"]
        found += [one for n, item in enumerate(value) for one in wrong(item, schema["items"], f"{place}[{n}]")]
    elif isinstance(value, dict):
        found += [f"{place}.{name} is missing" for name in schema.get("required", []) if name not in value]
        unsaid = set(value) - set(schema.get("properties", {}))
        found += [f"{place}.{name} is not in the document" for name in sorted(unsaid)]
        for name in set(value) & set(schema.get("properties", {})):
            found += wrong(value[name], schema["properties"][name], f"{place}.{name}")
    return found


def operation(method: str, path: str) -> dict[str, Any]:
    return dict(DOCUMENT["paths"][path][method.lower()])


def call(sandbox: Sandbox, method: str, path: str, template: str = "", **options: Any) -> httpx.Response:
    """Call the simulated system and hold its answer to the document."""
    headers = {"Authorization": "Bearer demo-erp-9083"} | options.pop("headers", {})
    answer = httpx.request(method, f"{sandbox.address}/erp/9083{path}", headers=headers, timeout=5, **options)
    said = operation(method, template or path.partition("?")[0])["responses"][str(answer.status_code)]
    if "content" in said:
        assert wrong(answer.json(), said["content"]["application/json"]["schema"]) == []
    return answer


def body_schema(path: str) -> dict[str, Any]:
    return dict(operation("POST", path)["requestBody"]["content"]["application/json"]["schema"])


def test_the_document_is_whole() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert named == set(DOCUMENT["components"]["schemas"])
    for path, methods in DOCUMENT["paths"].items():
        for one in methods.values():
            assert {"operationId", "summary", "responses"} <= set(one)
            given = {p["name"] for p in one.get("parameters", []) if p["in"] == "path"}
            assert given == set(re.findall(r"{(\w+)}", path))


def test_its_columns_are_those_that_are_read() -> None:
    row = DOCUMENT["components"]["schemas"]["Row"]["properties"]
    assert list(row) == [one.name for one in fields(ErpRow)] == list(erp._COLUMNS)


def test_what_the_simulated_system_answers_is_what_the_document_says(sandbox: Sandbox) -> None:
    assert call(sandbox, "GET", "/debts?afm=038836853&as_of=2026-11-22").json()["debts"] == []
    sandbox.post("erp/debts", **DEBT)
    assert len(call(sandbox, "GET", "/debts?afm=038836853&as_of=2026-11-22").json()["debts"]) == 1
    assert len(call(sandbox, "GET", "/changes?since=0").json()["debts"]) == 1
    assert call(sandbox, "GET", "/changes?since=0", headers={"Authorization": "x"}).status_code == 401
    hold = {"order_id": "OB-1", "lines": [vars_of(LINES[0])], "expires_at": "2026-11-22T12:00:00+00:00"}
    assert wrong(hold, body_schema("/holds")) == []
    number = call(sandbox, "POST", "/holds", json=hold).json()["id"]
    assert call(sandbox, "POST", "/holds", json=hold).status_code == 200
    sandbox.post("erp/debts", **DEBT | {"principal": 1})
    assert call(sandbox, "POST", "/holds", json=hold | {"order_id": "OB-2"}).status_code == 409
    for status in (204, 404):
        assert call(sandbox, "DELETE", f"/holds/{number}", "/holds/{id}").status_code == status
    payment: dict[str, Any] = {
        "payment_id": "OB-1-17", "channel": "CARD", "bank_ref": "1", "rf": None, "paid_at": "2026-11-22T10:00:00+00:00",
        "value_date": "2026-11-22", "payer": "X",
        "lines": [vars_of(LINES[0]) | {"instalment": 1, "component": "PRINCIPAL", "rev_code": "0"}],
    }  # fmt: skip
    assert wrong(payment, body_schema("/payments")) == []
    for status, sent in ((200, payment), (200, payment), (422, payment | {"payer": "Y"})):
        answer = call(sandbox, "POST", "/payments", json=sent, headers={"Idempotency-Key": "K"})
        assert answer.status_code == status
    call(sandbox, "POST", "/reversals", json={"reverses": "OB-1-17"}, headers={"Idempotency-Key": "K2"})


def vars_of(line: HoldLine) -> dict[str, Any]:
    return {"ext_id": line.ext_id, "version": line.version, "amount": line.amount}


def test_what_the_product_sends_is_what_the_document_says() -> None:
    with stub_server() as stub:
        client = ErpClient(f"{stub.base_url}/9083", "t")
        stub.answer = lambda seen: http(200, b'{"id": "h"}')
        erp.place_hold(client, "OB-1", LINES, expires_at=datetime.now(UTC) + timedelta(hours=1))
        assert wrong(json.loads(stub.seen[0].body), body_schema("/holds")) == []
        stub.answer = lambda seen: http(200, b'{"as_of": "2026-11-22T10:00:00Z", "cursor": "1", "debts": []}')
        erp.debts_of_afm(client, "038836853", on=TODAY)
        erp.debts_of_ticket(client, "1", "ΙΝΑ-1", on=TODAY)
        erp.debts_of_rf(client, "RF18539007547034", on=TODAY)
        erp.changes_since(client, "0")
        for seen in stub.seen[1:]:
            path, _, query = seen.path.removeprefix("/9083").partition("?")
            known = {one["name"]: one for one in operation(seen.method, path)["parameters"]}
            sent = {pair.partition("=")[0] for pair in query.split("&")}
            assert sent <= set(known)
            assert {name for name, one in known.items() if one.get("required")} <= sent


@pytest.mark.parametrize(
    "changed", [{"principal": "1"}, {"principal": -1}, {"afm": "1"}, {"kind": "X"}, {"due_on": None}, {"surplus": 1}]
)
def test_a_wrong_row_would_be_noticed(sandbox: Sandbox, changed: dict[str, Any]) -> None:
    sandbox.post("erp/debts", **DEBT)
    row = sandbox.get("erp/debts")["debts"][0]["rows"][0]
    schema = DOCUMENT["components"]["schemas"]["Row"]
    assert wrong(row, schema) == []
    assert wrong(row | changed, schema) != []

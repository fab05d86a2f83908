"""DIAS asks before money moves, refuses codes that are none, and files each day once."""

import csv
import hashlib
import json
from datetime import datetime
from typing import Any

import httpx
import pytest

from sandbox import rf
from tests.sandbox.outside import Outside

#: Valid codes: organisation 90012 for 12.34 and 10.00 euro, 91156 for 100.00 euro.
CODES = [("RF64900120120000000004711", 1234), ("RF13900121120000000004711", 1000), ("RF88911567120020260000123", 10000)]
RF = CODES[0][0]


@pytest.mark.parametrize(("code", "cents"), CODES)
def test_valid_codes(code: str, cents: int) -> None:
    assert rf.organisation_of(f" {code[:4].lower()} {code[4:]} ") == code[4:9]
    rf.check_amount(code, cents)
    assert rf.amount_digit(cents) == code[9]


@pytest.mark.parametrize("code", [RF[:-1], RF + "0", RF[:-1] + "2", "RF65" + RF[4:], "GR64" + RF[4:], ""])
def test_codes_that_are_none(code: str) -> None:
    with pytest.raises(rf.BadRf):
        rf.organisation_of(code)


def test_an_amount_must_fit_the_code() -> None:
    with pytest.raises(rf.BadRf):
        rf.check_amount(RF, 1235)
    unchecked = "RF00" + RF[4:9] + "8" + RF[10:]
    rf.check_amount(unchecked, 1235)


def test_the_question_is_asked_as_agreed(outside: Outside) -> None:
    said = outside.post("dias/pay", rf=RF, amount="12.34", paid_at="2026-11-22T10:00:00+02:00", rid="R1")
    assert (said["status"], said["moved"], said["rid"]) == ("ACCEPTED", True, "R1")
    [heard] = outside.portal.heard
    assert heard["path"] == "/callbacks/dias/online/"
    assert heard["user"] == "dias-0012:demo-dias-0012"
    assert (heard["told"]["MsgType"], heard["told"]["Env"]) == ("DPG_ONRequest", "TEST")
    [payment] = heard["told"]["IncomingPayments"]
    assert payment["RI_MID"] == RF
    assert payment["ActorID"] == "90012"
    assert payment["PaymentDtTm"] == "2026-11-22T10:00:00+02:00"
    assert '"PaidAmount": 12.34' in heard["raw"]


def test_money_moves_only_when_accepted(outside: Outside) -> None:
    outside.portal.says = "AM05"
    said = outside.post("dias/pay", rf=RF, amount="12.34")
    assert (said["status"], said["rejection"], said["moved"]) == ("REJECTED", "AM05", False)
    assert outside.post("dias/day-file")["files"] == []


def test_the_same_question_again_moves_nothing_more(outside: Outside) -> None:
    for moved in (True, False):
        said = outside.post("dias/pay", rf=RF, amount="12.34", rid="R1")
        assert (said["status"], said["moved"]) == ("ACCEPTED", moved)
    one, other = (heard["told"]["IncomingPayments"][0] for heard in outside.portal.heard)
    assert {**one, "CreationDtTm": ""} == {**other, "CreationDtTm": ""}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"rf": RF, "amount": "12.35"}, "REFUSED_BY_DIAS"),
        ({"rf": "RF00" + RF[4:], "amount": "12.34"}, "REFUSED_BY_DIAS"),
    ],
)
def test_dias_refuses_by_itself(outside: Outside, body: dict[str, str], status: str) -> None:
    assert outside.post("dias/pay", **body)["status"] == status
    assert outside.portal.heard == []
    assert outside.post("dias/pay", **body, force=True)["status"] == "ACCEPTED"
    assert len(outside.portal.heard) == 1


@pytest.mark.parametrize(
    "body", [{"rf": RF}, {"rf": RF, "amount": "0"}, {"rf": RF, "amount": "1.234"}, {"rf": RF, "amount": "NaN"}]
)
def test_an_amount_is_an_amount(outside: Outside, body: dict[str, str]) -> None:
    assert httpx.post(f"{outside.address}/control/dias/pay", json=body).status_code == 400


def test_misbehaviour(outside: Outside) -> None:
    outside.fault("dias", "no_answer")
    said = outside.post("dias/pay", rf=RF, amount="12.34", rid="R1")
    assert (said["status"], said["moved"], len(outside.portal.heard)) == ("NO_ANSWER", False, 1)
    assert outside.post("dias/pay", rf=RF, amount="12.34", rid="R1")["moved"], "asked again, it moves"
    one, other = outside.portal.heard
    assert one["told"]["IncomingPayments"][0]["TransactionID"] == other["told"]["IncomingPayments"][0]["TransactionID"]
    outside.fault("dias", "duplicate_online")
    outside.post("dias/pay", rf=RF, amount="12.34", rid="R2")
    assert [heard["told"]["IncomingPayments"][0]["RID"] for heard in outside.portal.heard[2:]] == ["R2", "R2"]
    outside.fault("dias", "wrong_amount")
    outside.post("dias/pay", rf=RF, amount="12.34")
    assert outside.portal.heard[-1]["told"]["IncomingPayments"][0]["PaidAmount"] == 12.35


def test_the_day_is_filed_once_per_organisation_and_day(outside: Outside) -> None:
    def pay(code: str, cents: int, day: int, **more: Any) -> None:
        at = f"2026-11-{day}T23:30:00+02:00"
        outside.post("dias/pay", rf=code, amount=f"{cents // 100}.{cents % 100:02}", paid_at=at, **more)

    pay(*CODES[0], 20, rid="R1")
    pay(*CODES[1], 20, rid="R2", by="file")
    pay(*CODES[0], 21)
    pay(*CODES[2], 20)
    names = outside.post("dias/day-file")["files"]
    assert [name.rpartition("_")[0] for name in names] == [
        "DIAS_90012_20261120",
        "DIAS_90012_20261121",
        "DIAS_91156_20261120",
    ]
    content = (outside.folder / "inbox" / names[0]).read_bytes()
    *before, trailer = content.decode().splitlines(keepends=True)
    head, *rows = csv.reader(before, delimiter=";")
    sequence = names[0].removesuffix(".csv").rpartition("_")[2]
    assert head == ["H", "1", "90012", "2026-11-20", sequence]
    assert [(row[0], row[2], row[3]) for row in rows] == [("R1", RF, "12.34"), ("R2", CODES[1][0], "10.00")]
    assert datetime.fromisoformat(rows[0][4]).utcoffset()
    digest = hashlib.sha256("".join(before).encode()).hexdigest()
    assert trailer.strip() == f"T;2;22.34;{digest}"
    assert outside.post("dias/day-file")["files"] == [], "nothing is filed twice"
    pay(*CODES[0], 20)
    [later] = outside.post("dias/day-file", org="90012")["files"]
    assert later == f"DIAS_90012_20261120_{int(sequence) + 1}.csv"
    assert not [path for path in (outside.folder / "inbox").iterdir() if path.suffix != ".csv"], "no drafts stay"


def test_the_page_pays_by_hand(outside: Outside) -> None:
    pressed = {"rf": RF, "amount": "12,34", "by": "online"}
    assert "ACCEPTED" in httpx.post(f"{outside.address}/dias/", data=pressed).text
    assert "REFUSED_BY_DIAS" in httpx.post(f"{outside.address}/dias/", data=pressed | {"amount": "1"}).text
    assert "DIAS_90012_" in httpx.post(f"{outside.address}/dias/", data={"do": "day-file"}).text
    assert json.dumps(outside.get("dias/day-file")["waiting"]) == "[]"

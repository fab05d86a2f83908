"""The sandbox is no open door: bounded requests, its own names only, and nothing sent to it becomes a path."""

import smtplib

import httpx
import pytest

from tests.sandbox.outside import Outside

RF = "RF64900120120000000004711"


@pytest.mark.parametrize(
    "path",
    [
        "piraeus/services/tickets/issuer.asmx", "piraeus/services/paymentgateway.asmx", "piraeus/redirection/pay.aspx",
        "sms/send", "erp/9083/payments", "control/faults", "gsis/oauth2server/oauth/token", "dias/",
    ],
)  # fmt: skip
def test_a_request_is_at_most_a_million_bytes(outside: Outside, path: str) -> None:
    headers = {"Authorization": "Bearer demo-erp-9083", "Content-Type": "application/x-www-form-urlencoded"}
    answer = httpx.post(f"{outside.address}/{path}", content=b"a" * 1_000_001, headers=headers)
    assert answer.status_code == 413


def test_it_answers_to_its_own_names_only(outside: Outside) -> None:
    answer = httpx.get(f"{outside.address}/control/mail", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
    port = outside.address.rpartition(":")[2]
    assert httpx.get(f"{outside.address}/control/mail", headers={"Host": f"localhost:{port}"}).status_code == 200


@pytest.mark.parametrize("path", ["control/reset", "control/dias/pay", "control/faults", "faults"])
def test_another_sites_page_drives_nothing(outside: Outside, path: str) -> None:
    answer = httpx.post(f"{outside.address}/{path}", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize("body", [{"rf": "RF/../x"}, {"rf": "../../../../x"}, {"rf": RF, "org": "../../x"}])
def test_a_forced_code_needs_an_organisation_that_is_one(outside: Outside, body: dict[str, str]) -> None:
    wrong = {"amount": "99.99", "by": "file", "force": True} | body
    assert httpx.post(f"{outside.address}/control/dias/pay", json=wrong).status_code == 400
    assert outside.post("dias/day-file")["files"] == []
    right = outside.post("dias/pay", **wrong | {"org": "99083"})
    assert right["moved"]
    [written] = outside.post("dias/day-file")["written"]
    assert written["name"].startswith("DIAS_99083_")
    assert (written["rows"], written["sum"]) == (1, "99.99")


@pytest.mark.parametrize(
    "content",
    [
        b"Content-Type: text/plain; charset=nonsense\r\n\r\nhello\r\n",
        "Subject: α\r\n\r\nhello\r\n".encode("cp1253"),
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n",
    ],
)
def test_a_letter_that_breaks_the_rules_is_caught_all_the_same(outside: Outside, content: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", int(outside.address.rpartition(":")[2]) + 1, timeout=5) as server:
        server.sendmail("a@example.org", ["b@example.org"], content)
    [found] = outside.get("mail", to="b@example.org")
    assert "hello" in found["text"]
    assert httpx.get(f"{outside.address}/mail/{found['id']}/").status_code == 200

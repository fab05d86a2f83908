"""The bank's page in a browser's hands, the home page, and the control API's own manners."""

import re

import httpx
import pytest

from tests.sandbox.outside import CODE, Outside


def pay_page(outside: Outside, reference: str = "OB-1", referrer: str = "", **changes: str) -> httpx.Response:
    form = {
        "AcquirerId": "14", "MerchantId": f"21{CODE}", "PosId": f"99{CODE}", "User": f"OB{CODE}",
        "LanguageCode": "el-GR", "MerchantReference": reference, "ParamBackLink": f"MerchantReference={reference}",
    } | changes  # fmt: skip
    return httpx.post(f"{outside.address}/piraeus/redirection/pay.aspx", data=form, headers={"Referer": referrer})


def press(outside: Outside, page: httpx.Response, outcome: str) -> httpx.Response:
    [key] = re.findall('name="page_key" value="([0-9a-f]+)"', page.text)
    return httpx.post(f"{outside.address}/piraeus/redirection/outcome", data={"page_key": key, "outcome": outcome})


def test_the_bank_page_shows_amount_and_buttons_but_no_ticket(outside: Outside) -> None:
    ticket = outside.ticket("OB-1", Amount="1234.50")["TranTicket"]
    page = pay_page(outside)
    assert "1.234,50" in page.text
    assert "ΔΟΚΙΜΗ, δεν χρεώνεται τίποτα" in page.text
    assert ticket not in page.text
    listed = set(outside.get("bank/pay")["post"]["outcome"])
    assert set(re.findall('name="outcome" value="([a-z_]+)"', page.text)) == listed
    assert "Card payment" in pay_page(outside, LanguageCode="en-US").text


@pytest.mark.parametrize(
    "changes", [{"MerchantId": "219084"}, {"PosId": "1"}, {"User": "OB9084"}, {"MerchantReference": "X"}]
)
def test_the_bank_page_needs_a_ticket(outside: Outside, changes: dict[str, str]) -> None:
    outside.ticket("OB-1")
    assert pay_page(outside, **changes).status_code == 400


def test_the_bank_looks_at_where_the_payer_comes_from(outside: Outside) -> None:
    outside.ticket("OB-1")
    seen = []
    for referrer in ("", f"http://127.0.0.1:{outside.portal.port}/pay/x/bank/"):
        assert pay_page(outside, referrer=referrer).status_code == 200
        seen += [one["referrer"] for one in outside.get("bank/pay")["charges"]]
    assert seen == ["missing", "registered"]
    assert pay_page(outside, referrer="https://elsewhere.example/").status_code == 400


def test_the_bank_page_names_the_merchant_and_what_will_go_wrong(outside: Outside) -> None:
    outside.ticket("OB-1")
    outside.post("faults", actor="bank", fault="bad_hash", match="OB-1")
    outside.post("faults", actor="bank", fault="decline", match="OB-2")
    page = pay_page(outside).text
    assert "Δήμος Ζίτσας" in page
    assert "bad_hash</strong>" in page
    assert "Municipality of Zitsa" in pay_page(outside, LanguageCode="en-US").text


def test_the_return_page_works_without_scripts(outside: Outside) -> None:
    outside.ticket("OB-1", Parameters="a&lt;b")
    page = press(outside, pay_page(outside), "approve")
    assert f'action="http://127.0.0.1:{outside.portal.port}/callbacks/piraeus/success/"' in page.text
    assert 'name="HashKey" value="' in page.text
    assert 'value="a&lt;b"' in page.text
    assert "<button" in page.text


def test_a_double_return_is_delivered_twice(outside: Outside) -> None:
    outside.ticket("OB-1")
    page = press(outside, pay_page(outside), "duplicate_return")
    [heard] = outside.portal.heard
    assert heard["fields"]["MerchantReference"] == "OB-1"
    assert heard["fields"]["HashKey"] in page.text, "the browser brings the same once more"


@pytest.mark.parametrize(
    ("outcome", "says"), [("abandon", "Δεν πληρώθηκε τίποτα"), ("paid_closed_tab", "πήρε τα χρήματα")]
)
def test_a_closed_tab_goes_nowhere(outside: Outside, outcome: str, says: str) -> None:
    outside.ticket("OB-1")
    page = press(outside, pay_page(outside), outcome)
    assert says in page.text
    assert "<form" not in page.text


def test_cancel_goes_back_by_get(outside: Outside) -> None:
    outside.ticket("OB-1")
    page = press(outside, pay_page(outside), "cancel")
    assert 'method="get"' in page.text
    assert 'name="MerchantReference" value="OB-1"' in page.text


def test_the_home_page_sets_faults_and_takes_them_back(outside: Outside) -> None:
    home = httpx.get(f"{outside.address}/").text
    assert all(link in home for link in ('href="/mail/"', 'href="/sms/"', 'href="/dias/"', 'href="/control"'))
    pressed = {"fault": "erp:lost_answer"}
    assert httpx.post(f"{outside.address}/faults", data=pressed).status_code == 303
    assert outside.get("faults")["due"] == [
        {"actor": "erp", "fault": "lost_answer", "times": 1, "match": "", "seconds": 3.0}
    ]
    assert "lost_answer" in httpx.get(f"{outside.address}/").text
    elsewhere = httpx.post(f"{outside.address}/faults", data=pressed, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    httpx.post(f"{outside.address}/faults", data={"fault": "none"})
    assert outside.get("faults")["due"] == []
    outside.ticket("OB-1")
    assert httpx.post(f"{outside.address}/reset").status_code == 303
    assert outside.get("bank/pay")["charges"] == []


@pytest.mark.parametrize("body", [{"actor": "x", "fault": "y"}, {"actor": "erp", "fault": "y"},
    {"actor": "erp", "fault": "refused", "times": 0}])  # fmt: skip
def test_unknown_faults_are_refused_with_what_there_is(outside: Outside, body: dict[str, object]) -> None:
    answer = httpx.post(f"{outside.address}/control/faults", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_faults_count_down_and_are_taken_back(outside: Outside) -> None:
    outside.fault("bank", "ticket_refused", times=2)
    assert [outside.ticket("OB-1")["ResultCode"] for _ in range(3)] == ["500", "500", "0"]
    outside.fault("bank", "ticket_refused", times=99)
    outside.behave()
    assert outside.ticket("OB-1")["ResultCode"] == "0"


def test_every_address_of_the_control_api_explains_itself(outside: Outside) -> None:
    for path in httpx.get(f"{outside.address}/control").json():
        assert httpx.get(f"{outside.address}{path}").status_code == 200
    assert httpx.get(f"{outside.address}/nothing").status_code == 404

"""The adapters against the simulated outside, which shares no code with them: each confirms the other's protocol."""

import json
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from obolos.adapters.banks.contract import BankRefused, Charge, Verdict
from obolos.adapters.banks.piraeus import Piraeus, PiraeusAccount
from obolos.adapters.dias.day_file import read_day_file
from obolos.adapters.dias.online import (
    Decision,
    OnlineRequest,
    Rejection,
    basic_credentials,
    read_request,
    write_response,
)
from obolos.adapters.erp.client import ErpClient, ErpStatus, ErpUnavailable
from obolos.adapters.identity.taxisnet import (
    IdentityClient,
    IdentityRefused,
    IdentityUnavailable,
    authorize_url,
    fetch_identity,
    logout_url,
    new_state,
    same_state,
)
from obolos.base.references import random_free15, random_id, rf_code
from tests.adapters.stub_http import Seen, Stub, http, stub_server
from tests.support import databases
from tests.support.stacks import Sandbox

BANK = Piraeus()


# --- Piraeus ----------------------------------------------------------------------------------------------------------


def account(sandbox: Sandbox, **changed: str) -> PiraeusAccount:
    values = {"merchant_id": "219083", "pos_id": "999083", "acquirer_id": "14", "user": "OB9083"}
    values |= {"password": "demo-piraeus-9083", "base_url": f"{sandbox.address}/piraeus"}
    return PiraeusAccount(**(values | changed))


def charge() -> Charge:
    return Charge(
        reference=random_id(),
        amount_cents=34518,
        language="el",
        parameters="order 7",
        email="eleni@example.gr",
        mobile="6912345678",
        cardholder="Eleni Markaki",
    )


def test_the_payer_pays(sandbox: Sandbox) -> None:
    at, wanted = account(sandbox), charge()
    started = BANK.start(at, wanted)
    assert started.expires_in_seconds == 1800
    assert BANK.query(at, wanted.reference).reason == "NOT_FOUND"
    form = BANK.redirect_form(at, wanted)
    page = httpx.post(form.action, data=dict(form.fields))
    assert page.status_code == 200
    assert "345,18" in page.text
    post = sandbox.post("bank/pay", reference=wanted.reference)
    assert post["url"].endswith("/callbacks/piraeus/success/")
    assert BANK.reference_in(post["fields"]) == wanted.reference
    answer = BANK.read_return(at, started.ticket, post["fields"])
    assert (answer.verdict, answer.reference, answer.decoded["Parameters"]) == (
        Verdict.PAID,
        wanted.reference,
        "order 7",
    )
    told = BANK.query(at, wanted.reference)
    assert (told.verdict, told.bank_txn) == (Verdict.PAID, answer.decoded["TransactionId"])
    assert told.approval == answer.approval
    assert told.paid_at is not None
    assert abs(told.paid_at.timestamp() - time.time()) < 60


@pytest.mark.parametrize(
    ("outcome", "returned", "asked"),
    [
        ("decline", ["UNVERIFIED"], "DECLINED"),
        ("decline_signed", ["DECLINED"], "DECLINED"),
        ("insufficient_funds", ["UNVERIFIED"], "DECLINED"),
        ("delay", ["PENDING"], "PENDING"),
        ("paid_closed_tab", [], "PAID"),
        ("duplicate_return", ["PAID", "PAID"], "PAID"),
        ("bad_hash", ["UNVERIFIED"], "PAID"),
        ("changed_signed", ["UNVERIFIED"], "DECLINED"),
        ("changed_unsigned", ["PAID"], "PAID"),
        ("other_transaction_id", ["PAID", "PAID"], "PAID"),
        ("technical_failure", ["UNVERIFIED"], "DECLINED"),
        ("only_follow_up", ["UNVERIFIED"], "PAID"),
        ("abandon", [], "UNVERIFIED"),
    ],
)
def test_whatever_happens_at_the_bank(sandbox: Sandbox, outcome: str, returned: list[str], asked: str) -> None:
    at, wanted = account(sandbox), charge()
    started = BANK.start(at, wanted)
    told = sandbox.post("bank/pay", reference=wanted.reference, outcome=outcome)
    posts = told if isinstance(told, list) else [told] if told else []
    answers = [BANK.read_return(at, started.ticket, post["fields"]) for post in posts]
    assert [answer.verdict for answer in answers] == returned
    assert len({answer.message_key for answer in answers}) <= 1  # a replay is the same message
    assert all(answer.confirmed_not_charged is (answer.verdict == "DECLINED") for answer in answers)
    assert BANK.query(at, wanted.reference).verdict == asked


def test_paid_once_more_under_the_same_reference(sandbox: Sandbox) -> None:
    at, wanted = account(sandbox), charge()
    BANK.start(at, wanted)
    sandbox.post("bank/pay", reference=wanted.reference)
    started = BANK.start(at, wanted)
    post = sandbox.post("bank/pay", reference=wanted.reference)
    answer = BANK.read_return(at, started.ticket, post["fields"])
    assert (answer.verdict, answer.reason) == (Verdict.UNVERIFIED, "ALREADY_SUCCEEDED")
    assert BANK.query(at, wanted.reference).verdict is Verdict.PAID


@pytest.mark.parametrize(
    ("fault", "verdict", "reason"),
    [
        ("follow_up_no_answer", "PENDING", "NO_FINAL_ANSWER"),
        ("follow_up_not_found", "UNVERIFIED", "NOT_FOUND"),
        ("follow_up_wrong_echo", "UNVERIFIED", "ECHO_MISMATCH"),
    ],
)
def test_follow_up_misbehaving(sandbox: Sandbox, fault: str, verdict: str, reason: str) -> None:
    at, wanted = account(sandbox), charge()
    BANK.start(at, wanted)
    sandbox.post("bank/pay", reference=wanted.reference)
    sandbox.fault("bank", fault)
    answer = BANK.query(at, wanted.reference)
    assert (answer.verdict, answer.reason, answer.confirmed_not_charged) == (verdict, reason, False)
    assert BANK.query(at, wanted.reference).verdict is Verdict.PAID


@pytest.mark.parametrize("changed", [{"password": "wrong"}, {"pos_id": "1"}, {"merchant_id": "7"}, {"user": "x"}])
def test_wrong_credentials_are_refused(sandbox: Sandbox, changed: dict[str, str]) -> None:
    with pytest.raises(BankRefused):
        BANK.start(account(sandbox, **changed), charge())
    answer = BANK.query(account(sandbox, **changed), random_id())
    assert (answer.verdict, answer.reason) == (Verdict.UNVERIFIED, "TECHNICAL")


def test_a_ticket_refused(sandbox: Sandbox) -> None:
    sandbox.fault("bank", "ticket_refused")
    with pytest.raises(BankRefused, match="500"):
        BANK.start(account(sandbox), charge())


def test_one_municipalitys_return_is_nothing_at_another(sandbox: Sandbox) -> None:
    at, wanted = account(sandbox), charge()
    started = BANK.start(at, wanted)
    post = sandbox.post("bank/pay", reference=wanted.reference)
    other = account(sandbox, merchant_id="219084", pos_id="999084", user="OB9084", password="demo-piraeus-9084")
    assert BANK.read_return(other, started.ticket, post["fields"]).verdict is Verdict.UNVERIFIED
    assert BANK.query(other, wanted.reference).verdict is Verdict.UNVERIFIED


def test_thirty_two_tickets_at_once(sandbox: Sandbox) -> None:
    found: dict[str, str] = {}

    def start() -> None:
        wanted = charge()
        found[wanted.reference] = BANK.start(account(sandbox), wanted).ticket

    threads = [threading.Thread(target=start) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found.values())) == 32
    for reference, ticket in list(found.items())[:8]:  # each ticket is its own reference's
        post = sandbox.post("bank/pay", reference=reference)
        assert BANK.read_return(account(sandbox), ticket, post["fields"]).verdict is Verdict.PAID


# --- DIAS -------------------------------------------------------------------------------------------------------------


def test_dias_asks_and_hears(sandbox: Sandbox) -> None:
    """The sandbox's DIAS calls the portal; here the portal is a stub that answers with the adapter."""
    asked: list[OnlineRequest] = []

    def portal(rejection: Rejection | None) -> Stub:
        def answer(seen: Seen) -> bytes:
            assert seen.path == "/callbacks/dias/online/"
            assert basic_credentials(seen.headers["authorization"]) == ("dias-9083", "demo-dias-9083")
            asked.append(read_request(seen.body))
            decisions = [Decision(payment.rid, rejection) for payment in asked[-1].payments]
            return http(200, write_response(asked[-1], decisions), "application/json")

        stub.answer = answer
        return stub

    code = rf_code("99083", 34518, random_free15())
    with stub_server(databases.ADDRESSES.portal_port) as stub:
        portal(None)
        told = sandbox.post("dias/pay", rf=code, amount="345.18")
        assert (told["status"], told["moved"]) == ("ACCEPTED", True)
        portal(Rejection.DUPLICATE)
        told = sandbox.post("dias/pay", rf=code, amount="345.18")
        assert (told["status"], told["rejection"], told["moved"]) == ("REJECTED", "AM05", False)
    payment = asked[0].payments[0]
    assert (payment.rf, payment.organisation, payment.amount_cents) == (code, "99083", 34518)
    assert payment.paid_at is not None
    assert payment.booked_on is not None


def test_dias_refuses_what_the_code_does_not_admit(sandbox: Sandbox) -> None:
    """Both sides compute check digits and the amount digit on their own."""
    for cents in (1, 29, 100, 3000, 34518, 99_999_999):
        code = rf_code("99083", cents, random_free15())
        told = sandbox.post("dias/pay", rf=code, amount=f"{cents // 100}.{cents % 100:02d}", by="file")
        assert told["status"] == "MOVED"
        told = sandbox.post("dias/pay", rf=code, amount=f"{cents // 100 + 1}.{cents % 100:02d}", by="file")
        assert told["status"] == "REFUSED_BY_DIAS"


def test_the_file_of_the_day(sandbox: Sandbox) -> None:
    sandbox.post("dias/day-file", org="99085")
    paid = {}
    for cents in (1, 1234, 345_18):
        code = rf_code("99085", cents, random_free15())
        told = sandbox.post("dias/pay", rf=code, amount=f"{cents // 100}.{cents % 100:02d}", by="file")
        paid[told["bank_ref"]] = (told["rid"], code, cents)
    written = sandbox.post("dias/day-file", org="99085")
    [name] = written["files"]
    found = read_day_file((Path(written["folder"]) / name).read_bytes(), name=name)
    assert found.organisation == "99085"
    assert {row.transaction_id: (row.rid, row.rf, row.amount_cents) for row in found.rows} == paid
    assert found.total_cents == sum(cents for _, _, cents in paid.values())


# --- financial system -------------------------------------------------------------------------------------------------


def payload(payment_id: str) -> dict[str, object]:
    line = {"ext_id": "E1", "version": 3, "component": "PRINCIPAL", "rev_code": "0441", "amount": 2000}
    return {
        "payment_id": payment_id,
        "channel": "CARD",
        "bank_ref": "b1",
        "rf": None,
        "paid_at": "2026-11-22T08:00:00+00:00",
        "value_date": "2026-11-22",
        "payer": "ΕΛΕΝΗ",
        "lines": [line],
    }


def booked(sandbox: Sandbox, payment_id: str) -> int:
    return sum(one["body"]["payment_id"] == payment_id for one in sandbox.get("erp/payments", code="9083"))


def test_a_payment_is_told(sandbox: Sandbox) -> None:
    erp, payment_id = ErpClient(f"{sandbox.address}/erp/9083", "demo-erp-9083"), random_id()
    answer = erp.post_payment(payload(payment_id), payment_id)
    assert (answer.status, answer.acknowledged) == (ErpStatus.POSTED, True)
    assert answer.receipt_no
    assert erp.post_payment(payload(payment_id), payment_id).receipt_no == answer.receipt_no
    assert booked(sandbox, payment_id) == 1
    changed = payload(payment_id) | {"bank_ref": "other"}
    assert erp.post_payment(changed, payment_id).status is ErpStatus.REFUSED


@pytest.mark.parametrize(("fault", "status"), [("refused", "REFUSED"), ("pending", "PENDING")])
def test_other_words_of_the_financial_system(sandbox: Sandbox, fault: str, status: str) -> None:
    sandbox.fault("erp", fault)
    erp = ErpClient(f"{sandbox.address}/erp/9083", "demo-erp-9083")
    answer = erp.post_payment(payload(random_id()), random_id())
    assert (answer.status, answer.receipt_no) == (status, None)
    assert answer.reason


def test_a_lost_answer_is_asked_for_again_and_booked_once(sandbox: Sandbox) -> None:
    erp, payment_id = ErpClient(f"{sandbox.address}/erp/9083", "demo-erp-9083"), random_id()
    sandbox.fault("erp", "lost_answer")
    began = time.monotonic()
    with pytest.raises(ErpUnavailable, match="no answer in 5 s"):
        erp.post_payment(payload(payment_id), payment_id)
    assert time.monotonic() - began < 6
    assert erp.post_payment(payload(payment_id), payment_id).status is ErpStatus.POSTED
    assert booked(sandbox, payment_id) == 1


def test_the_financial_system_out_of_order_or_denied(sandbox: Sandbox) -> None:
    sandbox.fault("erp", "error_500")
    with pytest.raises(ErpUnavailable, match="500"):
        ErpClient(f"{sandbox.address}/erp/9083", "demo-erp-9083").post_payment(payload("p"), random_id())
    with pytest.raises(ErpUnavailable, match="401"):
        ErpClient(f"{sandbox.address}/erp/9083", "demo-erp-9084").post_payment(payload("p"), random_id())


# --- TAXISnet ---------------------------------------------------------------------------------------------------------

BACK = f"{databases.ADDRESSES.portal}/sign-in/return/"


def gsis(sandbox: Sandbox, **changed: str) -> IdentityClient:
    values = {"client_id": "obolos-demo", "secret": "demo-gsis", "base_url": f"{sandbox.address}/gsis"}
    return IdentityClient(**(values | changed))


def sign_in(client: IdentityClient, state: str, **pressed: str) -> dict[str, str]:
    """What the browser does: opens the page, presses a button, and comes back with these parameters."""
    page = httpx.get(authorize_url(client, state, BACK))
    assert page.status_code == 200
    asked = {"client_id": client.client_id, "redirect_uri": BACK, "state": state, "response_type": "code"}
    url = f"{client.server}/oauth/authorize"
    answer = httpx.post(url, data=asked | pressed)
    assert answer.status_code == 303
    back = urlsplit(answer.headers["location"])
    assert back._replace(query="").geturl() == BACK
    return {name: values[0] for name, values in parse_qs(back.query).items()}


@pytest.mark.parametrize(("person", "afm"), [("eleni", "038836853"), ("giorgos", "123456783"), ("kafe", "094014201")])
def test_a_citizen_signs_in(sandbox: Sandbox, person: str, afm: str) -> None:
    state = new_state()
    returned = sign_in(gsis(sandbox), state, person=person)
    assert same_state(state, returned["state"])
    found = fetch_identity(gsis(sandbox), returned["code"], BACK)
    assert (found.userid, found.afm) == (person, afm)
    assert found.last_name == found.last_name.strip() != ""
    with pytest.raises(IdentityRefused, match="invalid_grant"):  # a code is good once
        fetch_identity(gsis(sandbox), returned["code"], BACK)


def test_codes_are_bound(sandbox: Sandbox) -> None:
    code = sign_in(gsis(sandbox), new_state(), person="eleni")["code"]
    with pytest.raises(IdentityRefused, match="invalid_grant"):
        fetch_identity(gsis(sandbox), code, BACK + "other/")
    code = sign_in(gsis(sandbox), new_state(), person="eleni")["code"]
    with pytest.raises(IdentityRefused, match="invalid_client"):
        fetch_identity(gsis(sandbox, secret="wrong"), code, BACK)


@pytest.mark.parametrize("fault", ["malformed", "hostile_xml"])
def test_user_info_that_is_not_believed(sandbox: Sandbox, fault: str) -> None:
    code = sign_in(gsis(sandbox), new_state(), person="eleni")["code"]
    sandbox.fault("idp", fault)
    began = time.monotonic()
    with pytest.raises(IdentityUnavailable, match="unreadable"):
        fetch_identity(gsis(sandbox), code, BACK)
    assert time.monotonic() - began < 1


def test_a_slow_identity_provider_is_given_up(sandbox: Sandbox) -> None:
    code = sign_in(gsis(sandbox), new_state(), person="eleni")["code"]
    sandbox.fault("idp", "slow_token")
    with pytest.raises(IdentityUnavailable, match="no answer in 5 s"):
        fetch_identity(gsis(sandbox), code, BACK)


def test_sent_back_without_a_code_or_with_another_state(sandbox: Sandbox) -> None:
    assert sign_in(gsis(sandbox), "s1", person="eleni", denied="1") == {"error": "access_denied", "state": "s1"}
    sandbox.fault("idp", "wrong_state")
    assert not same_state("s2", sign_in(gsis(sandbox), "s2", person="eleni")["state"])


def test_signing_out(sandbox: Sandbox) -> None:
    home = f"{databases.ADDRESSES.portal}/"
    answer = httpx.get(logout_url(gsis(sandbox), home))
    assert (answer.status_code, answer.headers["location"]) == (303, home)


def test_the_requests_we_send_are_plain_json(sandbox: Sandbox) -> None:
    payment_id = random_id()
    ErpClient(f"{sandbox.address}/erp/9083", "demo-erp-9083").post_payment(payload(payment_id), payment_id)
    [one] = [one for one in sandbox.get("erp/payments", code="9083") if one["key"] == payment_id]
    assert json.loads(json.dumps(one["body"])) == payload(payment_id)

"""SMS: numbers, the gateway's protocol, and what counts as not sent."""

import socket

import pytest

from obolos.adapters.messaging.sms import SmsGateway, greek_mobile, send_sms, sender_id
from obolos.adapters.messaging.views import BadMessage, NotSent, SmsView

SMS = SmsView(to="+306940000000", text="ΔHMOΣ IΩANNITΩN: ΛABAME 20,00 EUR.")


def at(gateway, **fields) -> SmsGateway:
    return SmsGateway(**{"url": gateway.url, "sender_id": "IOANNITON"} | fields)


def test_gateway_gets_the_three_fields_as_json(gateway):
    send_sms(SMS, at(gateway))
    ((headers, body),) = gateway.requests
    assert body == {"to": "+306940000000", "sender": "IOANNITON", "text": "ΔHMOΣ IΩANNITΩN: ΛABAME 20,00 EUR."}
    assert headers["Content-Type"] == "application/json"
    assert "Authorization" not in headers
    assert "Idempotency-Key" not in headers


def test_token_and_key_go_as_headers(gateway):
    send_sms(SmsView(SMS.to, SMS.text, key="delivery-17"), at(gateway, token="secret"))
    ((headers, _),) = gateway.requests
    assert headers["Authorization"] == "Bearer secret"
    assert headers["Idempotency-Key"] == "delivery-17"


@pytest.mark.parametrize(
    ("status", "retry"), [(400, False), (401, False), (404, False), (429, True), (408, True), (500, True), (302, True)]
)
def test_any_answer_but_2xx_is_not_sent(gateway, status, retry):
    gateway.status = status
    with pytest.raises(NotSent) as caught:
        send_sms(SMS, at(gateway))
    assert caught.value.retry is retry
    assert SMS.to not in str(caught.value)
    assert len(gateway.requests) == 1, "never repeated by itself"


def test_a_gateway_that_is_down_or_silent_is_not_sent():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(NotSent):
            send_sms(SMS, SmsGateway(url=url, sender_id="X"))
        silent.listen()
        with pytest.raises(NotSent) as caught:
            send_sms(SMS, SmsGateway(url=url, sender_id="X", timeout_seconds=0.2))
    assert caught.value.retry is True


@pytest.mark.parametrize(
    "wrong",
    [SmsView("6940000000", "X"), SmsView("+306940000000", ""), SmsView("+306940000000", "X" * 161),
     SmsView("+306940000000", "Ά" * 71)],
)  # fmt: skip
def test_a_message_of_no_or_several_parts_or_to_no_number_is_refused(wrong, gateway):
    with pytest.raises(BadMessage):
        send_sms(wrong, at(gateway))
    assert gateway.requests == []


@pytest.mark.parametrize(
    "typed",
    ["6940000000", "694 000 0000", "694-000-0000", "+306940000000", "+30 694 0000000", "0030 694.000.0000",
     "306940000000", "(+30) 6940000000", " 694\u00a0000\t0000 ", "694–000–0000", "694/0000000"],
)  # fmt: skip
def test_greek_mobiles_are_read_however_typed(typed):
    assert greek_mobile(typed) == "+306940000000"


@pytest.mark.parametrize(
    "typed",
    ["", "2651000000", "+306940000", "69400000000", "+3069400000001", "+356940000000", "694000000a", "٦٩٤٠٠٠٠٠٠٠",
     "+30+306940000000", "6940000000;", "6940000000\n,6940000001"],
)  # fmt: skip
def test_what_is_no_greek_mobile_is_refused(typed):
    with pytest.raises(BadMessage):
        greek_mobile(typed)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("IOANNITON", "IOANNITON"), ("Mantoudiou-Limnis-Agias Annas", "MANTOUDIOU"), ("AG. DIMITRIOU", "AGDIMITRIOU"),
     ("THESSALONIKIS", "THESSALONIK"), ("NEAS IONIAS", "NEASIONIAS"), ("", "")],
)  # fmt: skip
def test_sender_fits_what_networks_allow(name, shown):
    assert sender_id(name) == shown

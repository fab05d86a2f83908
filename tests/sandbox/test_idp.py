"""TAXISnet of the demo: one-time codes bound to client and address, padded attributes, and its misbehaviour."""

import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from lxml import etree

from sandbox.idp import afm_valid
from tests.sandbox.outside import SILENCE_SECONDS, Outside


def back_of(outside: Outside) -> str:
    return f"http://127.0.0.1:{outside.portal.port}/sign-in/return/"


def asked(outside: Outside, **changes: str) -> dict[str, str]:
    common = {"client_id": "obolos-demo", "response_type": "code", "scope": "read", "state": "s t&a"}
    return common | {"redirect_uri": back_of(outside)} | changes


def sign_in(outside: Outside, **pressed: str) -> dict[str, str]:
    """Press a button of the sign-in page; the query it goes back with."""
    answer = httpx.post(f"{outside.address}/gsis/oauth2server/oauth/authorize", data=asked(outside) | pressed)
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    assert address.startswith(f"{back_of(outside)}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def exchange(outside: Outside, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": back_of(outside), "client_id": "obolos-demo",
        "client_secret": "demo-gsis",
    } | changes  # fmt: skip
    return httpx.post(f"{outside.address}/gsis/oauth2server/oauth/token", data=form)


def userinfo(outside: Outside, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{outside.address}/gsis/oauth2server/userinfo?format=xml", headers=headers)


def token_for(outside: Outside, person: str = "eleni") -> str:
    return str(exchange(outside, sign_in(outside, person=person)["code"]).json()["access_token"])


@pytest.mark.parametrize(("afm", "valid"), [("038836853", True), ("123456783", True), ("094014201", True),
    ("123456789", False), ("000000000", False), ("12345678", False), ("12345678٣", False)])  # fmt: skip
def test_afm(afm: str, valid: bool) -> None:
    assert afm_valid(afm) is valid


def test_a_demo_citizen_signs_in(outside: Outside) -> None:
    page = httpx.get(f"{outside.address}/gsis/oauth2server/oauth/authorize", params=asked(outside))
    assert all(name in page.text for name in ("eleni", "giorgos", "kafe"))
    back = sign_in(outside, person="eleni")
    assert back["state"] == "s t&a"
    answer = exchange(outside, back["code"])
    assert (answer.status_code, answer.json()["token_type"]) == (200, "bearer")
    found = etree.fromstring(userinfo(outside, answer.json()["access_token"]).content)[0].attrib
    assert list(found) == ["userid", "taxid", "lastname", "firstname", "fathername", "mothername", "birthyear"]
    assert found["taxid"].strip() == "038836853"
    assert (found["lastname"].strip(), found["firstname"].strip()) == ("ΜΑΡΚΑΚΗ", "ΕΛΕΝΗ")
    assert found["lastname"] != found["lastname"].strip(), "values are padded"


def test_anybody_with_a_valid_afm(outside: Outside) -> None:
    code = sign_in(outside, taxid="090000045", lastname='Ο "Καλός" & Υιός')["code"]
    found = etree.fromstring(userinfo(outside, exchange(outside, code).json()["access_token"]).content)[0].attrib
    assert found["lastname"].strip() == 'Ο "ΚΑΛΌΣ" & ΥΙΌΣ'
    wrong = asked(outside) | {"taxid": "123456789", "lastname": "Χ"}
    assert httpx.post(f"{outside.address}/gsis/oauth2server/oauth/authorize", data=wrong).status_code == 422


def test_a_code_is_good_once_and_for_its_client_and_address_only(outside: Outside) -> None:
    code = sign_in(outside, person="eleni")["code"]
    assert exchange(outside, code).status_code == 200
    assert exchange(outside, code).json() == {"error": "invalid_grant"}
    code = sign_in(outside, person="eleni")["code"]
    assert exchange(outside, code, redirect_uri=f"{back_of(outside)}x").json() == {"error": "invalid_grant"}
    code = sign_in(outside, person="eleni")["code"]
    assert exchange(outside, code, client_secret="?").status_code == 401
    assert exchange(outside, code, grant_type="password").json() == {"error": "unsupported_grant_type"}


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "x"}, {"redirect_uri": "https://example.org/sign-in/return/"}, {"response_type": "token"}],
)
def test_nobody_is_sent_elsewhere(outside: Outside, changes: dict[str, str]) -> None:
    answer = httpx.get(f"{outside.address}/gsis/oauth2server/oauth/authorize", params=asked(outside, **changes))
    assert answer.status_code == 400


def test_userinfo_needs_a_token(outside: Outside) -> None:
    assert userinfo(outside, "guess").status_code == 401


def test_faults(outside: Outside) -> None:
    outside.fault("idp", "denied")
    assert sign_in(outside, person="eleni") == {"error": "access_denied", "state": "s t&a"}
    assert sign_in(outside, denied="1")["error"] == "access_denied"
    outside.fault("idp", "wrong_state")
    assert sign_in(outside, person="eleni")["state"] != "s t&a"
    outside.fault("idp", "malformed")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(userinfo(outside, token_for(outside)).content)
    outside.fault("idp", "hostile_xml")
    hostile = userinfo(outside, token_for(outside)).text
    assert "<!DOCTYPE" in hostile
    assert "&e9;" in hostile
    outside.fault("idp", "slow_token")
    began = time.monotonic()
    token_for(outside)
    assert time.monotonic() - began >= SILENCE_SECONDS


def test_logout_goes_to_the_portal_only(outside: Outside) -> None:
    url = f"{outside.address}/gsis/oauth2server/logout/obolos-demo/"
    home = f"http://127.0.0.1:{outside.portal.port}/"
    assert httpx.get(url, params={"url": f"{home}help/"}).headers["location"] == f"{home}help/"
    assert httpx.get(url, params={"url": "https://example.org/"}).headers["location"] == home

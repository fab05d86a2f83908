"""TAXISnet: addresses, the exchange, and user info that is padded, odd or hostile."""

import contextlib
import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obolos.adapters.identity.taxisnet import (
    Identity,
    IdentityClient,
    IdentityRefused,
    IdentityUnavailable,
    authorize_url,
    fetch_identity,
    logout_url,
    new_state,
    read_identity,
    same_state,
)
from tests.adapters.stub_http import Seen, Stub, http

BACK = "http://localhost:8000/sign-in/return/"
ELENI = {
    "userid": "eleni   ",
    "taxid": "038836853   ",
    "lastname": "  ΠΑΠΑΔΟΠΟΥΛΟΥ          ",
    "firstname": "ΕΛΕΝΗ               ",
    "fathername": "ΓΕΩΡΓΙΟΣ    ",
    "mothername": "ΜΑΡΙΑ  ΑΝΝΑ ",
    "birthyear": "1980",
}


def client(base_url: str = "https://gsis.example", flavour: str = "citizens") -> IdentityClient:
    return IdentityClient("obolos-demo", "demo-gsis", base_url, flavour)


def document(**changed: str) -> bytes:
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in (ELENI | changed).items())
    return f'<?xml version="1.0" encoding="UTF-8"?><root><userinfo {attributes}/></root>'.encode()


def provider(
    token: bytes = b'{"access_token":"tok.1","token_type":"bearer"}',
    person: bytes = document(),
    statuses: tuple[int, int] = (200, 200),
) -> Callable[[Seen], bytes]:
    def answer(seen: Seen) -> bytes:
        if seen.path.endswith("/oauth/token"):
            return http(statuses[0], token, "application/json")
        return http(statuses[1], person)

    return answer


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flavour", "server"),
    [("citizens", "oauth2server"), ("citizens-otp", "oauth2serverotp"), ("employees", "oauth2servergov")],
)
def test_authorize_url(flavour: str, server: str) -> None:
    state = new_state()
    url = urlsplit(authorize_url(client(flavour=flavour), state, BACK))
    assert (url.scheme, url.netloc, url.path) == ("https", "gsis.example", f"/{server}/oauth/authorize")
    assert {name: values[0] for name, values in parse_qs(url.query).items()} == {
        "response_type": "code",
        "client_id": "obolos-demo",
        "redirect_uri": BACK,
        "scope": "read",
        "state": state,
    }
    assert "demo-gsis" not in url.geturl()


def test_logout_url() -> None:
    url = urlsplit(logout_url(client(), "http://localhost:8000/"))
    assert url.path == "/oauth2server/logout/obolos-demo/"
    assert parse_qs(url.query) == {"url": ["http://localhost:8000/"]}


def test_states() -> None:
    made = {new_state() for _ in range(1000)}
    assert len(made) == 1000
    assert min(map(len, made)) >= 43
    one = made.pop()
    assert same_state(one, one)
    for other in ("", one[:-1], one + "x", one.swapcase(), "é", "\ud800", made.pop()):
        assert not same_state(one, other)
    assert not same_state("", "")


# --- exchange ---------------------------------------------------------------------------------------------------------


def test_exchange(stub: Stub) -> None:
    stub.answer = provider()
    found = fetch_identity(client(f"{stub.base_url}/gsis"), "code-1", BACK)
    assert found == Identity("eleni", "038836853", "ΠΑΠΑΔΟΠΟΥΛΟΥ", "ΕΛΕΝΗ", "ΓΕΩΡΓΙΟΣ", "ΜΑΡΙΑ ΑΝΝΑ", 1980)
    exchange, userinfo = stub.seen
    assert (exchange.method, exchange.path) == ("POST", "/gsis/oauth2server/oauth/token")
    assert {name: values[0] for name, values in parse_qs(exchange.body.decode()).items()} == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": BACK,
        "client_id": "obolos-demo",
        "client_secret": "demo-gsis",
        "scope": "read",
    }
    assert (userinfo.method, userinfo.path) == ("GET", "/gsis/oauth2server/userinfo?format=xml")
    assert userinfo.headers["authorization"] == "Bearer tok.1"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, b'{"error":"invalid_grant","error_description":"used"}', "invalid_grant"),
        (401, b'{"error":"invalid_client"}', "invalid_client"),
        (400, b"<html>", "refused"),
        (403, b'{"error":"<script>"}', "refused"),
        (400, b'{"error":["x"]}', "refused"),
    ],
)
def test_a_refused_code(stub: Stub, status: int, body: bytes, reason: str) -> None:
    stub.answer = provider(body, statuses=(status, 200))
    with pytest.raises(IdentityRefused) as refusal:
        fetch_identity(client(stub.base_url), "code-1", BACK)
    assert refusal.value.reason == reason
    assert len(stub.seen) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (503, b"{}"),
        (302, b""),
        (200, b""),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"access_token":""}'),
        (200, b'{"access_token":7}'),
        (200, b'{"access_token":"a b"}'),
        (200, b'{"access_token":"a\\r\\nX: y"}'),
        (200, b'{"error":"invalid_grant"}'),
        (200, b"[" * 50000),
        (200, b"\xff"),
        (200, b" " * 300000),
    ],
)
def test_an_unusable_token_answer(stub: Stub, status: int, body: bytes) -> None:
    stub.answer = provider(body, statuses=(status, 200))
    with pytest.raises(IdentityUnavailable):
        fetch_identity(client(stub.base_url), "code-1", BACK)
    assert len(stub.seen) == 1


@pytest.mark.parametrize("status", [302, 401, 403, 404, 500, 503])
def test_userinfo_out_of_order(stub: Stub, status: int) -> None:
    stub.answer = provider(statuses=(200, status))
    with pytest.raises(IdentityUnavailable):
        fetch_identity(client(stub.base_url), "code-1", BACK)


@pytest.mark.parametrize("code", ["", "a b", "a\r\nb", "é", "x" * 3000])
def test_codes_of_another_shape_are_not_sent(stub: Stub, code: str) -> None:
    with pytest.raises(IdentityRefused, match="BAD_CODE"):
        fetch_identity(client(stub.base_url), code, BACK)
    assert stub.seen == []


def test_nobody_there() -> None:
    with pytest.raises(IdentityUnavailable):
        fetch_identity(client("http://127.0.0.1:9"), "code-1", BACK)


# --- user info --------------------------------------------------------------------------------------------------------


def test_a_legal_person() -> None:
    found = read_identity(
        document(taxid="094014201", lastname="ΚΑΦΕ Η ΓΩΝΙΑ ΟΕ", firstname=" ", fathername="null", birthyear="")
    )
    assert (found.last_name, found.first_name, found.father_name, found.birth_year) == ("ΚΑΦΕ Η ΓΩΝΙΑ ΟΕ", "", "", None)


def test_userinfo_as_root_and_in_greek_encodings() -> None:
    inner = document().decode().replace("<root>", "").replace("</root>", "")
    assert read_identity(inner.encode()).afm == "038836853"
    for encoding in ("iso-8859-7", "windows-1253"):
        text = document().decode().replace("UTF-8", encoding)
        assert read_identity(text.encode(encoding)).last_name == "ΠΑΠΑΔΟΠΟΥΛΟΥ"


@pytest.mark.parametrize(
    "afm", ["", "   ", "000000000", "038836854", "38836853", "EL038836853", "٠٣٨٨٣٦٨٥٣", "038836853 1", "null"]
)
def test_a_tax_number_that_is_none(afm: str) -> None:
    with pytest.raises(IdentityRefused, match="BAD_AFM"):
        read_identity(document(taxid=afm))


@pytest.mark.parametrize("missing", ["userid", "lastname"])
def test_who_has_no_name(missing: str) -> None:
    with pytest.raises(IdentityRefused, match="INCOMPLETE"):
        read_identity(document(**{missing: "  "}))


@pytest.mark.parametrize(
    ("written", "year"), [("1980", 1980), (" 2001 ", 2001), ("80", None), ("0", None), ("9999", None), ("x", None)]
)
def test_birth_year(written: str, year: int | None) -> None:
    assert read_identity(document(birthyear=written)).birth_year == year


def test_hostile_names_stay_text_on_one_line() -> None:
    found = read_identity(document(lastname="<script>alert(1)</script>", firstname="A&#10;B\u202eC" + "x" * 900))
    assert found.last_name == "<script>alert(1)</script>"
    assert "\n" not in found.first_name
    assert "\u202e" not in found.first_name
    assert len(found.first_name) == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"<root/>",
        b"<root><other/></root>",
        document().replace(b"<root>", b'<!DOCTYPE root [<!ENTITY x SYSTEM "file:///etc/passwd">]><root>'),
        document().replace(b"</root>", b"<userinfo userid='x' taxid='123456783' lastname='Y'/></root>"),
        document() * 2,
        document().replace(b"userid=", b"userid='a' userid="),
    ],
)
def test_documents_that_are_not_believed(content: bytes) -> None:
    with pytest.raises(IdentityUnavailable):
        read_identity(content)


@given(st.binary(max_size=200))
def test_never_fails_otherwise(content: bytes) -> None:
    with contextlib.suppress(IdentityUnavailable, IdentityRefused):
        read_identity(content)


def test_nothing_personal_or_secret_is_shown() -> None:
    shown = repr(read_identity(document())) + repr(client())
    assert not {word for word in ("038836853", "ΕΛΕΝΗ", "1980", "demo-gsis") if word in shown}
    assert json.dumps(shown)

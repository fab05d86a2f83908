"""TAXISnet sign-in: OAuth 2.0 authorization code flow of GSIS, with user info as XML attributes.

Pure functions and two calls; nothing is kept. It is no OpenID Connect: there is no id token, no nonce and no discovery,
so `state` is all that ties an answer to the browser that asked; the flow keeps it and compares it with `same_state`.
Source: GSIS OAuth 2.0 service as public integrations use it (scope `read`, bearer token on userinfo).
"""

import json
import re
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlencode

from lxml import etree

from obolos.adapters.outbound import Reply, Unreachable, call
from obolos.adapters.xml import BadXml, descend, parse_xml
from obolos.base.references import afm_valid

CALL_SECONDS = 5.0
FLAVOURS = {"citizens": "oauth2server", "citizens-otp": "oauth2serverotp", "employees": "oauth2servergov"}
_VISIBLE = re.compile(r"[!-~]{1,2048}", re.ASCII)


class IdentityUnavailable(Exception):
    """The identity provider could not be reached or gave no usable answer. Trying again may help."""


class IdentityRefused(Exception):
    """The identity provider, or we, say no: `reason` is its error word, or BAD_CODE, BAD_AFM, INCOMPLETE."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class IdentityClient:
    """A municipality's own registration at GSIS. `flavour` is a key of FLAVOURS."""

    client_id: str
    secret: str = field(repr=False)
    base_url: str
    flavour: str = "citizens"

    @property
    def server(self) -> str:
        return f"{self.base_url}/{FLAVOURS[self.flavour]}"


@dataclass(frozen=True)
class Identity:
    """Who signed in. Blanks are stripped; a legal person has its name in `last_name` and the rest empty.

    `repr` shows none of it: personal values must not reach a log by accident.
    """

    userid: str = field(repr=False)
    afm: str = field(repr=False)
    last_name: str = field(repr=False)
    first_name: str = field(repr=False)
    father_name: str = field(repr=False)
    mother_name: str = field(repr=False)
    birth_year: int | None = field(repr=False)


def new_state() -> str:
    """A fresh unguessable `state`, 256 random bits."""
    return secrets.token_urlsafe(32)


def same_state(kept: str, returned: str) -> bool:
    """Constant-time comparison; an empty state never matches."""
    return bool(kept) and compare_digest(kept.encode(), returned.encode(errors="replace"))


def authorize_url(client: IdentityClient, state: str, redirect_uri: str) -> str:
    """Where the browser goes to sign in."""
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "scope": "read",
        "state": state,
    }
    return f"{client.server}/oauth/authorize?{urlencode(asked)}"


def logout_url(client: IdentityClient, return_url: str) -> str:
    """Where the browser goes to end the session at the identity provider, and from there to `return_url`."""
    return f"{client.server}/logout/{quote(client.client_id, safe='')}/?{urlencode({'url': return_url})}"


def fetch_identity(client: IdentityClient, code: str, redirect_uri: str) -> Identity:
    """Exchange the returned `code` for the person's identity (two calls, each within CALL_SECONDS).

    Raises IdentityRefused or IdentityUnavailable. A code is good once; nothing is repeated.
    """
    if not _VISIBLE.fullmatch(code):
        raise IdentityRefused("BAD_CODE")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": client.client_id,
        "client_secret": client.secret,
        "scope": "read",
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    answer = _call("POST", f"{client.server}/oauth/token", headers, urlencode(form).encode())
    token = _read_token(answer)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/xml, application/xml"}
    answer = _call("GET", f"{client.server}/userinfo?format=xml", headers, b"")
    if answer.status != 200:
        raise IdentityUnavailable(f"userinfo answered with status {answer.status}")
    return read_identity(answer.body)


def read_identity(content: bytes) -> Identity:
    """The user info document `<root><userinfo userid=… taxid=… …/></root>`, values padded with blanks.

    Raises IdentityUnavailable when it is not that document, IdentityRefused when it names nobody we can serve.
    """
    try:
        root = parse_xml(content)
        element = root if etree.QName(root).localname == "userinfo" else descend(root, "userinfo")
    except BadXml as error:
        raise IdentityUnavailable(f"unreadable userinfo: {error}") from error
    if element is None:
        raise IdentityUnavailable("userinfo holds no person")
    found = {str(name): _value(str(value)) for name, value in element.attrib.items()}
    afm, userid, last_name = found.get("taxid", ""), found.get("userid", ""), found.get("lastname", "")
    if not afm_valid(afm):
        raise IdentityRefused("BAD_AFM")
    if not userid or not last_name:
        raise IdentityRefused("INCOMPLETE")
    year = found.get("birthyear", "")
    return Identity(
        userid=userid,
        afm=afm,
        last_name=last_name,
        first_name=found.get("firstname", ""),
        father_name=found.get("fathername", ""),
        mother_name=found.get("mothername", ""),
        birth_year=int(year) if re.fullmatch(r"(18|19|20)[0-9]{2}", year, re.ASCII) else None,
    )


def _call(method: str, url: str, headers: dict[str, str], body: bytes) -> Reply:
    try:
        return call(method, url, headers=headers, body=body, total_seconds=CALL_SECONDS)
    except Unreachable as error:
        raise IdentityUnavailable(str(error)) from error


def _read_token(reply: Reply) -> str:
    try:
        answer: Any = json.loads(reply.body)
    except (ValueError, RecursionError):
        answer = None
    answer = answer if isinstance(answer, dict) else {}
    error, token = answer.get("error"), answer.get("access_token")
    if reply.status in (400, 401, 403):
        raise IdentityRefused(error if isinstance(error, str) and re.fullmatch(r"[a-z_]{1,40}", error) else "refused")
    if reply.status != 200 or not isinstance(token, str) or not _VISIBLE.fullmatch(token):
        raise IdentityUnavailable(f"the token answer has status {reply.status} or another form than agreed")
    return token


def _value(text: str) -> str:
    """One attribute: one line, single blanks, printable; "null" is how an absent value is sometimes written."""
    value = " ".join("".join(char if char.isprintable() else " " for char in text).split())[:200]
    return "" if value == "null" else value

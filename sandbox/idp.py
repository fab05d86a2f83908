"""TAXISnet of the demo: authorize, token, userinfo, logout. OAuth 2.0 code flow, user info as XML attributes."""

import asyncio
import hmac
import secrets
import time
from base64 import b64decode
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import quoteattr

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandbox.pages import page
from sandbox.state import FAULTS, Grant, World

CLIENTS = {"obolos-demo": "demo-gsis"}
_CODE_SECONDS, _TOKEN_SECONDS = 60, 300
#: In this order in the user info; the real one pads every value with blanks.
ATTRIBUTES = ("userid", "taxid", "lastname", "firstname", "fathername", "mothername", "birthyear")
PEOPLE: dict[str, dict[str, str]] = {
    told[0]: dict(zip(ATTRIBUTES, told, strict=True))
    for told in (
        ("eleni", "038836853", "ΜΑΡΚΑΚΗ", "ΕΛΕΝΗ", "ΓΕΩΡΓΙΟΣ", "ΜΑΡΙΑ", "1980"),
        ("giorgos", "123456783", "ΠΑΠΠΑΣ", "ΓΕΩΡΓΙΟΣ", "ΝΙΚΟΛΑΟΣ", "ΑΝΝΑ", "1974"),
        ("kafe", "094014201", "ΚΑΦΕ «Η ΛΙΜΝΗ» Ο.Ε.", "", "", "", ""),
    )
}


def afm_valid(afm: str) -> bool:
    """Nine digits with the right last one, not all zero."""
    if not (len(afm) == 9 and afm.isascii() and afm.isdigit()) or afm == "000000000":
        return False
    total = sum(int(digit) << (8 - place) for place, digit in enumerate(afm[:8]))
    return total % 11 % 10 == int(afm[8])


async def authorize(request: Request) -> Response:
    """The sign-in page, and what its buttons do: back to the client with a code."""
    world: World = request.app.state.world
    given = request.query_params if request.method == "GET" else await request.form()
    asked = {name: str(given.get(name, "")) for name in ("client_id", "redirect_uri", "state", "response_type")}
    wrong = _bad_client(world, asked)
    if wrong:
        return page("idp_error.html", status=400, reason=wrong)
    if request.method == "GET":
        return page("idp.html", asked=asked, people=PEOPLE.values(), error="", typed={})
    if given.get("denied"):
        return _back(asked, error="access_denied")
    typed = {name: " ".join(str(given.get(name, "")).split()).upper() for name in ATTRIBUTES}
    person = PEOPLE.get(str(given.get("person", "")))
    if person is None:
        if not afm_valid(typed["taxid"]) or not typed["lastname"]:
            reason = "Δώστε έγκυρο ΑΦΜ (9 ψηφία) και επώνυμο ή επωνυμία."
            return page("idp.html", status=422, asked=asked, people=PEOPLE.values(), error=reason, typed=typed)
        person = typed | {"userid": f"u{typed['taxid']}"}
    due = world.take_fault("idp", ("denied", "wrong_state"), person["userid"])
    if due == "denied":
        return _back(asked, error="access_denied")
    code = secrets.token_urlsafe(24)
    world.codes[code] = Grant(asked["client_id"], asked["redirect_uri"], person, time.monotonic() + _CODE_SECONDS)
    if due == "wrong_state":
        asked["state"] = secrets.token_urlsafe(16)
    return _back(asked, code=code)


def _bad_client(world: World, asked: dict[str, str]) -> str:
    if asked["client_id"] not in CLIENTS:
        return "άγνωστη εφαρμογή (client_id)"
    own, back = urlsplit(world.settings.portal), urlsplit(asked["redirect_uri"])
    if (back.scheme, back.netloc) != (own.scheme, own.netloc) or back.fragment:
        return "η διεύθυνση επιστροφής δεν είναι δηλωμένη (redirect_uri)"
    if asked["response_type"] != "code":
        return "response_type πρέπει να είναι code"
    return ""


def _back(asked: dict[str, str], **values: str) -> Response:
    sign = "&" if "?" in asked["redirect_uri"] else "?"
    query = urlencode(values | ({"state": asked["state"]} if asked["state"] else {}))
    return RedirectResponse(f"{asked['redirect_uri']}{sign}{query}", status_code=303)


async def token(request: Request) -> Response:
    """A code for a token: once, for the client and address it was made for."""
    world: World = request.app.state.world
    form = await request.form()
    client, secret = _client(request, str(form.get("client_id", "")), str(form.get("client_secret", "")))
    if not hmac.compare_digest(CLIENTS.get(client, "?").encode(), secret.encode()):
        return JSONResponse({"error": "invalid_client"}, status_code=401)
    if form.get("grant_type") != "authorization_code":
        return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
    grant = world.codes.pop(str(form.get("code", "")), None)
    bound = grant and (grant.client_id, grant.redirect_uri) == (client, str(form.get("redirect_uri", "")))
    if not grant or not bound or grant.until < time.monotonic():
        return JSONResponse({"error": "invalid_grant"}, status_code=400)
    if world.take_fault("idp", ("slow_token",), grant.person["userid"]):
        await asyncio.sleep(world.settings.silence_seconds)
    key = secrets.token_urlsafe(24)
    world.tokens[key] = Grant(client, "", grant.person, time.monotonic() + _TOKEN_SECONDS)
    told = {"access_token": key, "token_type": "bearer", "expires_in": _TOKEN_SECONDS, "scope": "read"}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


def _client(request: Request, client: str, secret: str) -> tuple[str, str]:
    """Client id and secret, from the form or by Basic."""
    kind, _, told = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            client, _, secret = b64decode(told, validate=True).decode().partition(":")
        except ValueError:
            return "", ""
    return client, secret


async def userinfo(request: Request) -> Response:
    """Who the token stands for."""
    world: World = request.app.state.world
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    grant = world.tokens.get(key) if kind.lower() == "bearer" else None
    if grant is None or grant.until < time.monotonic():
        return JSONResponse({"error": "invalid_token"}, status_code=401)
    if request.query_params.get("format") != "xml":
        return JSONResponse({"error": "only format=xml"}, status_code=400)
    due = world.take_fault("idp", set(FAULTS["idp"]) & {"malformed", "hostile_xml"}, grant.person["userid"])
    if due == "malformed":
        return Response("<root><userinfo taxid=", media_type="text/xml")
    values = " ".join(f"{name}={quoteattr(grant.person[name].ljust(20))}" for name in ATTRIBUTES)
    document = f"<root><userinfo {values} /></root>"
    if due == "hostile_xml":
        layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
        bomb = f'<!DOCTYPE root [<!ENTITY e0 "boom">{layers}]>'
        document = bomb + document.replace("ΕΛΕΝΗ", "&e9;").replace("<root>", "<root>&e9;")
    content = f'<?xml version="1.0" encoding="UTF-8"?>{document}'
    return Response(content.encode(), media_type="text/xml; charset=utf-8")


async def logout(request: Request) -> Response:
    """Ends nothing, since nobody stays signed in here; goes back to the portal only."""
    world: World = request.app.state.world
    url = request.query_params.get("url", "")
    home = world.settings.portal
    return RedirectResponse(url if url.startswith(f"{home}/") else f"{home}/", status_code=303)

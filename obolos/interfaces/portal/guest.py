"""A debt's own page for whoever holds its code, or has just found it: what it is, how to pay it, one button.

Nobody signs in here and no name is shown. The choice of instalments and a smaller amount stand in the address, as with
signed-in citizens; what is held stands there too, so Back, reload and the way over the bank keep it.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from obolos.base.access import access
from obolos.base.money import parse_euro
from obolos.base.numbers import whole
from obolos.base.references import plate_fold
from obolos.base.wording import euro
from obolos.domain.municipalities.queries import participants
from obolos.domain.payments.actions import FormUsed
from obolos.domain.payments.under_way import UnderWay
from obolos.flows.bank_ticket import BankDown
from obolos.flows.confirm_contact import BadAddress, clean_address
from obolos.flows.guest import (
    CODE,
    ORDER,
    SLIP,
    GrantOver,
    Held,
    HeldView,
    NotHeld,
    held_by_code,
    held_by_grant,
    held_view,
    paid_rows,
)
from obolos.flows.hold_slip import SlipShown, shown_of_slip
from obolos.flows.inquire import ended_about, told_reference
from obolos.flows.note_step import OPENED, note_step
from obolos.flows.pay import AmountsChanged, MeansNotAllowed, pay_by_card, pay_by_rf
from obolos.flows.show_debts import NotPayable
from obolos.flows.show_door import Door, bare_domain
from obolos.flows.slips import slip_held
from obolos.flows.slow_down import allow, wait_seconds
from obolos.flows.tell_slip_payers import standing_of_debt
from obolos.interfaces.portal.address import address_of
from obolos.interfaces.portal.citizen import language_of, see_other, visit_of
from obolos.interfaces.portal.outcomes import CATALOGUE
from obolos.interfaces.portal.pay import is_cents, is_token, told_of
from obolos.interfaces.portal.plates import carried_plate

MEANS = {"card": pay_by_card, "rf": pay_by_rf}
#: Nobody owes more instalments of one debt than this.
MOST = 400


@dataclass(frozen=True, slots=True)
class Wish:
    """What the visitor asks for: so many instalments (0: as at first), a smaller amount in cents, and what is wrong."""

    count: int = 0
    part_cents: int | None = None
    typed: str = ""
    wrong: str = ""


def holder(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in whoever holds something: by the code or the grant in the address. Nothing here is cached or indexed."""

    @wraps(view)
    def guarded(request: HttpRequest, *, code: str = "", grant: str = "", **kwargs: Any) -> HttpResponse:
        try:
            held = held_by_code(code) if code else held_by_grant(grant, now=timezone.now())
        except NotHeld:
            response = _missed(request, code or grant)
        except GrantOver:
            response = render(request, "portal/find_again.html", {}, status=410)
        else:
            path = f"/k/{code}/" if code else f"/find/{grant}/"
            shown = shown_of_slip(held)
            if shown is SlipShown.NOTHING:
                response = render(request, "portal/find_again.html", {"changed": True}, status=410)
            elif shown is SlipShown.FORM and request.path != f"{path}slip/":
                response = see_other(f"{path}slip/")
            else:
                response = view(request, held, path, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return access("code-holder")(guarded)


def _missed(request: HttpRequest, tried: str) -> HttpResponse:
    """Nothing is held by that. Only misses are counted: what is right opens whoever else was guessing nearby."""
    now, address = timezone.now(), address_of(request)
    if allow(address, tried, now=now):
        return nothing_found(request)
    return slowed(request, wait_seconds(address, tried, now=now))


def nothing_found(request: HttpRequest, door: Door | None = None) -> HttpResponse:
    """The same words whatever was wrong; `door`: the municipality whose page led here, so whose telephone to call."""
    values = {"municipalities": [door.town] if door else participants(), "door": door, "return_path": "/find/"}
    return render(request, "portal/not_found_debt.html", values, status=404)


def slowed(request: HttpRequest, seconds: int) -> HttpResponse:
    """Too many tries: how long to wait, and what goes on all the same."""
    values = {"minutes": -(-seconds // 60), "municipalities": participants(), "return_path": "/find/"}
    response = render(request, "portal/slowed.html", values, status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


@gzip_page
@holder
@require_http_methods(["GET", "HEAD", "POST"])
def debt(request: HttpRequest, held: Held, path: str) -> HttpResponse:
    """GET: the debt and the ways to pay it. POST: pay it."""
    wish = _wish(request)
    if request.method == "POST":
        return _start(request, held, path, wish)
    page, view = debt_page(request, held, path, wish)
    if view.standing == "PAYABLE":
        _note_opened(request, view)
    elif view.standing == "SETTLED" and (found := slip_held(held.debt_ids[0], municipality_id=held.municipality_id)):
        return see_other(f"/slip/{found.code}/") if found.asks_amount and held.how == CODE else page
    return page


def debt_page(
    request: HttpRequest, held: Held, path: str, wish: Wish, *, status: int = 200, **more: Any
) -> tuple[HttpResponse, HeldView]:
    """The page, and what it shows. A wish that cannot be fulfilled is told, and the page shows the whole amount."""
    now = timezone.now()
    try:
        view = held_view(held, count=wish.count, part_cents=wish.part_cents, now=now)
    except NotPayable as error:
        view = held_view(held, now=now)
        wish = Wish(typed=wish.typed, wrong=_why_not(error, view, language_of(request)))
    if wish.wrong and status == 200:
        status = 422
    leg = view.leg
    # While somebody's RF code can still be paid, nothing is chosen for him: another payment should be a decision.
    slip, typed_plate = None, ""
    if view.standing in {"PAID", "PAYABLE"}:
        slip = standing_of_debt(held.debt_ids[0], municipality_id=held.municipality_id, now=now)
    if slip and slip.state == "SAID":
        typed_plate = slip_plate(request, held, slip.path.split("/")[2])
        # Only the paper leads to its code; an order's holder is not shown who declared what.
        slip = None if held.how == ORDER else replace(slip, path=f"{path}slip/") if held.how == SLIP else slip
    means = more.pop("means", "") or ("" if view.rf_until else "card" if leg and leg.card else "rf")
    values = {
        "door": view.door,
        "view": view,
        "path": path,
        "wish": wish,
        "count": len(leg.lines) if leg else 0,
        "part_cents": leg.lines[-1].chosen.cents if leg else None,
        "means": means,
        "form_token": secrets.token_hex(16),
        "domain": bare_domain(),
        "told": told_reference(held, request.GET.get("told", "")[:16]) if "told" in request.GET else "",
        "ended": ended_about(held),
        "code_order": _code_order(request, view),
        "own_order": view.in_progress if view.in_progress in request.session.get("orders", []) else "",
        "slip": slip,
        "typed_plate": typed_plate,
        "slip_void": view.standing == "SETTLED"
        and (unused := slip_held(held.debt_ids[0], municipality_id=held.municipality_id))
        and unused.void
        and unused,
        "return_path": path,
        **more,
    }
    return render(request, "portal/guest.html", values, status=status), view


def slip_plate(request: HttpRequest, held: Held, code: str) -> str:
    """The plate that this visitor named for a slip, as he wrote it; of a found slip, the one it was found by."""
    carried = carried_plate(request, code)
    return held.plate if held.plate and plate_fold(carried) != held.plate else carried


def _code_order(request: HttpRequest, view: HeldView) -> str:
    """The order of the code that led here, where its page may be shown: a guest's, or one made in this browser.

    A citizen's order says more of his debt than a stranger who knows its code is told.
    """
    code = view.code
    return code.public_id if code and (code.guest or code.public_id in request.session.get("orders", [])) else ""


def _start(request: HttpRequest, held: Held, path: str, wish: Wish) -> HttpResponse:
    """Pay; or show the page again with what is wrong. Nothing is charged here."""
    means, email = request.POST.get("means", ""), request.POST.get("email", "").strip()[:254]
    expected, token = request.POST.get("expected_cents", ""), request.POST.get("form_token", "")
    begin = MEANS.get(means)
    shown = {"means": means if begin else "", "email": email}
    if begin is None or not (is_cents(expected) and is_token(token)):
        return debt_page(request, held, path, wish, status=400, failed="FORM", **shown)[0]
    if email:
        try:
            email = clean_address("email", email)
        except BadAddress:
            wrong = _("Write an e-mail address like name@example.gr, or leave it empty.")
            return debt_page(request, held, path, wish, status=422, email_wrong=wrong, **shown)[0]
    now = timezone.now()
    told: dict[str, Any] = {"told": told_of(request)} if begin is pay_by_card else {}
    try:
        chosen = paid_rows(held, count=wish.count, part_cents=wish.part_cents, now=now)
        public_id = begin(
            payer=held.payer(email),
            chosen=chosen,
            expected_cents=int(expected),
            form_token=token,
            language=language_of(request),
            visit=visit_of(request),
            now=now,
            **told,
        )
    except UnderWay as before:
        return see_other(f"/pay/{before.public_id}/?begun")
    except AmountsChanged:
        if shown_of_slip(held) is not SlipShown.ALL:
            return see_other(path)
        return debt_page(request, held, path, wish, status=409, was_cents=int(expected), **shown)[0]
    except FormUsed:
        return debt_page(request, held, path, wish, status=409, refusal=CATALOGUE["FORM_USED"], **shown)[0]
    except NotPayable:
        return debt_page(request, held, path, wish, status=409, failed="CHANGED", **shown)[0]
    except MeansNotAllowed:
        return debt_page(request, held, path, wish, status=422, refusal=CATALOGUE["MEANS"], **shown | {"means": ""})[0]
    except BankDown as error:
        refusal = CATALOGUE["BANK_REFUSED" if error.refused else "BANK_DOWN"]
        return debt_page(request, held, path, wish, status=503, refusal=refusal, **shown | {"means": "rf"})[0]
    request.session["orders"] = [*request.session.get("orders", [])[-9:], public_id]
    return see_other(f"/pay/{public_id}/" + ("bank/" if begin is pay_by_card else ""))


def _wish(request: HttpRequest) -> Wish:
    """What the address or the form asks for. Never raises."""
    fields = request.POST if request.method == "POST" else request.GET
    count, cents, typed = fields.get("n", ""), fields.get("part_cents", ""), fields.get("part", "").strip()[:30]
    number = whole(count, most=MOST) or 0
    if typed:
        try:
            return Wish(number, parse_euro(typed), typed)
        except ValueError:
            return Wish(number, None, typed, _("Write the amount in euro, like 25,00."))
    return Wish(number, int(cents) if is_cents(cents) else None)


def _why_not(error: NotPayable, view: HeldView, language: str) -> str:
    row = view.partial
    if row is not None and error.reason == "PARTIAL_TOO_SMALL":
        return _("The smallest amount you can pay is %(amount)s.") % {"amount": euro(row.min_partial_cents, language)}
    if row is not None and error.reason == "PARTIAL_TOO_LARGE":
        return _("You owe %(amount)s here. Write that or less.") % {"amount": euro(row.amount_cents, language)}
    return _("This debt is paid whole. Leave its amount field empty.")


def _note_opened(request: HttpRequest, view: HeldView) -> None:
    """Once per visit and municipality: reloads and second thoughts are the same step."""
    town, noted = view.door.town.id, request.session.get("opened", [])
    if town not in noted:
        request.session["opened"] = [*noted, town]
        visit = visit_of(request)
        note_step(OPENED, municipality_ids=[town], visit=visit, channel="guest", debts=1, now=timezone.now())

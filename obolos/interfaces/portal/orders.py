"""An order's own pages: off to the bank, what became of it, its proof, its reminder; and the history of payments.

Whoever knows the unguessable address may see the order's outcome: the payer comes back from the bank without cookies.
Looking never changes anything, and contacts are shown whole to their owner only.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from obolos.adapters.documents.qr import qr_svg
from obolos.base.access import access
from obolos.base.masking import masked
from obolos.base.numbers import whole
from obolos.domain.payments.actions import FormUsed
from obolos.domain.payments.under_way import UnderWay
from obolos.flows.bank_ticket import BankDown
from obolos.flows.chain import Chain, chain_of
from obolos.flows.deliver import calendar_of
from obolos.flows.guest import debt_path
from obolos.flows.order_status import (
    NothingToProve,
    OrderUnknown,
    OrderView,
    history_of,
    order_view,
)
from obolos.flows.pay import (
    AmountsChanged,
    MeansNotAllowed,
    NothingToPay,
    bank_form,
    retry_by_card,
)
from obolos.flows.payment_proof import proof_of
from obolos.flows.pending import Pending, pending_of
from obolos.flows.show_debts import NotPayable
from obolos.flows.show_door import plain_door_of
from obolos.flows.show_offerings import sale_of
from obolos.flows.tell_slip_payers import standing_of_order
from obolos.interfaces.portal.citizen import citizen_required, is_his, language_of, person_of, see_other
from obolos.interfaces.portal.outcomes import CATALOGUE, Outcome, outcome_of
from obolos.interfaces.portal.pay import is_token, method_page, tried_outcome

YEARS_BACK = 6


def order_known(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of likely reasons when no order has the address; no answer goes into caches or search indexes."""

    @wraps(view)
    def guarded(request: HttpRequest, public_id: str, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, public_id, **kwargs)
        except OrderUnknown:
            response = render(request, "portal/error.html", {"status": 404, "kind": "order"}, status=404)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return guarded


@access("order-holder")
@require_safe
@order_known
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    """What became of the order: waiting, paid, failed, its RF code."""
    return _order_page(request, order_view(public_id, now=timezone.now()))


def _order_page(request: HttpRequest, view: OrderView, *, failed: str = "", status: int = 200) -> HttpResponse:
    mine = is_his(request, view.person_id)
    sale = sale_of(view)
    chain = chain_of(view, now=timezone.now()) if mine else None
    door = plain_door_of(view.municipality.id) if view.person_id is None else None
    values = {
        "door": door,
        "frame": "portal/door_base.html" if door else "portal/base.html",
        "order": view,
        "mine": mine,
        "email": view.email if mine else masked(view.email),
        "mobile": view.mobile if mine else masked(view.mobile),
        "again_query": urlencode([*(("d", one) for one in (*view.chosen, *view.rest)), ("chain", view.chain)]),
        "rest_query": urlencode([*(("d", one) for one in view.rest), ("chain", view.chain)]),
        "chain": chain,
        "codes": _codes(view, chain),
        "here": view.public_id,
        "begun": "begun" in request.GET,
        "verify_qr": _verify_qr(view),
        "form_token": secrets.token_hex(16),
        "outcome": outcome_of(
            view,
            back="back" in request.GET,
            left="left" in request.GET,
            sold=bool(sale),
            called_off=sale is not None and sale.state == "CANCELLED",
            now=timezone.now(),
        ),
        "refusal": CATALOGUE[failed] if failed else None,
        "sale": sale,
        "slip": standing_of_order(view, now=timezone.now()),
        "sale_email": masked(view.email),
        "debt_path": debt_path(view, now=timezone.now()),
        "return_path": f"/pay/{view.public_id}/",
    }
    return render(request, "portal/order.html", values, status=status)


@dataclass(frozen=True, slots=True)
class ShownCode:
    """An RF code to be paid, with its picture."""

    order: OrderView
    qr: str


def _codes(view: OrderView, chain: Chain | None) -> tuple[ShownCode, ...]:
    """The RF codes of an order's page: its own, with those of the other municipalities of the same choice."""
    if view.phase != "RF":
        return ()
    now = timezone.now()
    others = chain.codes if chain else ()
    orders = [view if one.here else order_view(one.public_id, now=now) for one in others] or [view]
    return tuple(ShownCode(one, qr_svg(one.rf, title=f"QR {one.rf}", css_class="ob-qr")) for one in orders)


def _verify_qr(view: OrderView) -> str:
    """What a counter scans to see that the payment was made; empty while it was not."""
    if view.phase not in {"PAID", "PART"}:
        return ""
    address = f"{settings.OBOLOS_PORTAL_URL}/genuine/?c={view.reference}"
    return qr_svg(address, title=f"QR {view.reference}", css_class="ob-qr ob-qr--s")


@access("order-holder")
@require_safe
@order_known
def bank(request: HttpRequest, public_id: str) -> HttpResponse:
    """The form that takes the payer to the bank, by itself with JavaScript, by a button without."""
    try:
        found = bank_form(public_id, now=timezone.now())
    except NothingToPay:
        return see_other(f"/pay/{public_id}/")
    address = urlsplit(found.form.action)

    # The page holds one form, and that form can go nowhere but to this municipality's bank.
    @csp_replace({"form-action": [f"{address.scheme}://{address.netloc}"]})
    def page(request: HttpRequest) -> HttpResponse:
        door = plain_door_of(found.order.municipality.id) if found.order.person_id is None else None
        frame = "portal/door_base.html" if door else "portal/base.html"
        values = {"order": found.order, "form": found.form, "door": door, "frame": frame}
        return render(request, "portal/bank.html", values)

    response = page(request)
    assert isinstance(response, HttpResponse)
    # The bank checks which site the payer comes from, so this page alone names it, never its whole address.
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


@access("order-holder")
@require_POST
@order_known
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Pay the same debts again by card after an attempt that failed. Changed amounts are shown, never charged."""
    token = request.POST.get("form_token", "")
    now = timezone.now()
    view = order_view(public_id, now=now)
    guest = view.person_id is None
    if not guest and not isinstance(request.session.get("person_id"), int):
        return see_other(f"/sign-in/?{urlencode({'next': f'/pay/{public_id}/'})}")
    try:
        new = retry_by_card(
            public_id,
            person_id=request.session.get("person_id"),
            form_token=token if is_token(token) else secrets.token_hex(16),
            now=now,
        )
    except UnderWay as before:
        return see_other(f"/pay/{before.public_id}/?begun")
    except AmountsChanged as error:
        if guest:
            return _order_page(request, view, failed="AMOUNT", status=409)
        return method_page(request, error.basket, was_cents=view.amount_cents, chain=view.chain, status=409)
    except BankDown as error:
        return _order_page(request, view, failed="BANK_REFUSED" if error.refused else "BANK_DOWN", status=503)
    except FormUsed:
        return _order_page(request, view, failed="FORM_USED", status=409)
    except (NotPayable, MeansNotAllowed):
        return _order_page(request, view, failed="GONE", status=409) if guest else see_other("/debts/")
    return see_other(f"/pay/{new}/bank/")


@access("order-holder")
@require_safe
@order_known
def proof(request: HttpRequest, public_id: str) -> HttpResponse:
    """The proof of payment as PDF."""
    try:
        view = order_view(public_id, now=timezone.now())
        pdf = proof_of(public_id, now=timezone.now(), language=language_of(request))
    except NothingToProve:
        return see_other(f"/pay/{public_id}/")
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{view.reference}.pdf"'
    return response


@access("order-holder")
@require_safe
@order_known
def reminder(request: HttpRequest, public_id: str) -> HttpResponse:
    """A calendar file for the last day of an RF code."""
    now = timezone.now()
    view = order_view(public_id, now=now)
    if view.phase != "RF":
        return see_other(f"/pay/{public_id}/")
    calendar = calendar_of(view, sold=sale_of(view) is not None, now=now)
    response = HttpResponse(calendar, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{view.reference}.ics"'
    return response


@gzip_page
@citizen_required
@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    """What I began and have not paid yet; all my payments, by words and by year."""
    query = request.GET.get("q", "").strip()[:100]
    year = request.GET.get("year", "")
    this_year = timezone.localdate().year
    years = range(this_year, this_year - YEARS_BACK, -1)
    asked = whole(year)
    chosen = asked if asked in years else None
    person = person_of(request)
    rows = history_of(person, query=query, year=chosen)
    values = {
        "pending": () if query or chosen else [_begun(one) for one in pending_of(person, now=timezone.now())],
        "rows": rows,
        "total_cents": sum(row.amount_cents for row in rows),
        "query": query,
        "year": chosen,
        "section": "payments",
        "years": years,
    }
    return render(request, "portal/payments.html", values)


@dataclass(frozen=True, slots=True)
class Begun:
    """Something begun, with the way on to its next payment and how the last try at that failed."""

    pending: Pending
    query: str
    tried: Outcome | None


def _begun(one: Pending) -> Begun:
    query = urlencode([*(("d", debt) for debt in one.chosen), ("chain", one.chain)]) if one.chosen else ""
    return Begun(one, query, tried_outcome(one.tried) if one.tried else None)

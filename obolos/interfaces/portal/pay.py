"""How to pay what was chosen, and off: one order, for the first municipality of the choice. Nothing is charged here."""

import secrets
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from obolos.base.numbers import whole
from obolos.domain.payments.actions import FormUsed
from obolos.domain.payments.under_way import UnderWay
from obolos.flows.bank_ticket import BankDown
from obolos.flows.chain import last_try
from obolos.flows.confirm_contact import contact_of
from obolos.flows.note_step import CHOSEN, note_step
from obolos.flows.order_status import order_view
from obolos.flows.pay import AmountsChanged, MeansNotAllowed, Place, pay_by_card, pay_by_rf, place_in_chain, rf_legs
from obolos.flows.show_debts import Basket, NotPayable, Payer, basket_of, debts_of
from obolos.interfaces.portal.choice import Choice, read_choice, refused
from obolos.interfaces.portal.citizen import citizen_required, language_of, person_of, see_other, visit_of
from obolos.interfaces.portal.debts import debts_page
from obolos.interfaces.portal.outcomes import CATALOGUE, Outcome, outcome_of

MEANS = {"card": pay_by_card, "rf": pay_by_rf}
#: No page names more payments that are on their way.
MOST_TOLD = 400


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest) -> HttpResponse:
    """GET: choose how to pay. POST: pay, in that way."""
    choice = read_choice(request.POST if request.method == "POST" else request.GET)
    if choice.damaged or choice.wrong:
        return _choose_again(request, choice, status=400 if choice.damaged else 422)
    if request.method == "POST":
        return _start(request, choice)
    return _method_or_why_not(request, choice)


def _method_or_why_not(request: HttpRequest, choice: Choice, *, failed: str = "", status: int = 200) -> HttpResponse:
    """The ways to pay a choice as of now, or the list of debts with the reason why it cannot be paid."""
    now = timezone.now()
    view = debts_of(person_of(request), now=now)
    try:
        basket = basket_of(view, choice.chosen, now=now)
    except NotPayable as error:
        return debts_page(request, view, refused(choice, error, view, language_of(request)), status=422)
    if request.method != "POST":
        _note_chosen(request, basket)
    return method_page(request, basket, failed=failed, status=status)


def _start(request: HttpRequest, choice: Choice) -> HttpResponse:
    begin = MEANS.get(request.POST.get("means", ""))
    expected = request.POST.get("expected_cents", "")
    if begin is pay_by_rf:  # gives a code to every municipality of the choice at once
        expected = request.POST.get("expected_rf_cents", expected)
    token = request.POST.get("form_token", "")
    if begin is None or not (is_cents(expected) and is_token(token)):
        return _choose_again(request, choice, _("The form was not complete. Choose again what to pay."), status=400)
    now = timezone.now()
    told: dict[str, Any] = {"told": told_of(request)} if begin is pay_by_card else {}
    try:
        public_id = begin(
            payer=Payer(person_id=person_of(request)),
            chosen=choice.chosen,
            expected_cents=int(expected),
            form_token=token,
            language=language_of(request),
            visit=visit_of(request),
            chain=chain_of(request),
            now=now,
            **told,
        )
    except UnderWay as before:
        return see_other(f"/pay/{before.public_id}/?begun")
    except AmountsChanged as error:
        means = "rf" if begin is pay_by_rf else "card"
        return method_page(request, error.basket, was_cents=int(expected), means=means, status=409)
    except NotPayable:
        return _method_or_why_not(request, choice, status=422)
    except MeansNotAllowed:
        return _method_or_why_not(request, choice, failed="MEANS", status=422)
    except FormUsed:
        return _method_or_why_not(request, choice, failed="FORM_USED", status=409)
    except BankDown as error:
        return _method_or_why_not(request, choice, failed="BANK_REFUSED" if error.refused else "BANK_DOWN", status=503)
    return see_other(f"/pay/{public_id}/" + ("bank/" if begin is pay_by_card else ""))


def method_page(
    request: HttpRequest,
    basket: Basket,
    *,
    was_cents: int | None = None,
    failed: str = "",
    means: str = "",
    chain: str = "",
    status: int = 200,
) -> HttpResponse:
    """The ways to pay the first leg, what it is made of, and what comes after it.

    With `was_cents`, what the payer had seen of what `means` pays now: another amount.
    """
    chosen = [str(line.chosen) for leg in basket.legs for line in leg.lines]
    query = urlencode([("d", one) for one in chosen])
    leg = basket.legs[0]
    coded = rf_legs(basket)
    rf_cents = sum(one.amount_cents for one in coded)
    chain = chain or chain_of(request)
    path = f"/pay/?{query}" + (f"&chain={chain}" if chain else "")
    place = place_in_chain(chain, Payer(person_id=person_of(request)), len(basket.legs))
    rows = [line.row for one in basket.legs for line in one.lines]
    if not means:
        means = "rf" if failed.startswith("BANK") and leg.rf else "card" if leg.card else "rf"
    values = {
        "basket": basket,
        "leg": leg,
        "later": basket.legs[1:],
        "coded": coded,
        "uncoded": tuple(one for one in basket.legs if one not in coded),
        "rf_cents": rf_cents,
        "now_cents": rf_cents if means == "rf" else leg.amount_cents,
        "chain": chain,
        "place": place,
        "tried": _tried(request, place),
        "chosen": chosen,
        "query": query,
        "contact_query": urlencode({"next": path}),
        "form_token": secrets.token_hex(16),
        "was_cents": was_cents,
        "refusal": CATALOGUE[failed] if failed else None,
        "means": means,
        "being_paid": any(row.being_paid for row in rows),
        "own_order": next((row.in_progress for row in rows if row.in_progress), ""),
        "by_slip": any(row.by_slip for row in rows),
        "taken": [row for row in rows if row.rf_until],
        "taken_until": max((row.rf_until for row in rows if row.rf_until), default=None),
        "taken_order": next((row.rf_order for row in rows if row.rf_order), ""),
        "contact": contact_of(person_of(request), now=timezone.now()),
        "return_path": path,
    }
    return render(request, "portal/pay.html", values, status=status)


def _tried(request: HttpRequest, place: Place) -> Outcome | None:
    """How the last try to pay this leg of a chain failed; None when none did."""
    found = last_try(person_of(request), place.chain, place.leg) if place.chain else ""
    return tried_outcome(found) if found else None


def tried_outcome(public_id: str) -> Outcome:
    """How an order stands, in words, for a page about what comes after it."""
    now = timezone.now()
    return outcome_of(order_view(public_id, now=now), now=now)


def _choose_again(request: HttpRequest, choice: Choice, damaged: str = "", *, status: int) -> HttpResponse:
    if damaged:
        choice = Choice(choice.chosen, choice.typed, choice.wrong, damaged)
    return debts_page(request, debts_of(person_of(request), now=timezone.now()), choice, status=status)


def _note_chosen(request: HttpRequest, basket: Basket) -> None:
    """Once per visit and municipality: reloads and second thoughts are the same step."""
    leg, noted = basket.legs[0], request.session.get("chosen", [])
    if leg.municipality.id not in noted:
        request.session["chosen"] = [*noted, leg.municipality.id]
        note_step(
            CHOSEN,
            municipality_ids=[leg.municipality.id],
            visit=visit_of(request),
            debts=len(leg.lines),
            now=timezone.now(),
        )


def chain_of(request: HttpRequest) -> str:
    """The chain that a form or link continues; empty when it says none that we could have made."""
    fields = request.POST if request.method == "POST" else request.GET
    chain = fields.get("chain", "")
    return chain if chain.isascii() and chain.isalnum() and 20 <= len(chain) <= 32 else ""


def told_of(request: HttpRequest) -> list[str]:
    """Payments on their way that the page named on which the payer pressed."""
    told = request.POST.getlist("told")[:MOST_TOLD]
    return [one for one in told if one.isascii() and one.isalnum() and 20 <= len(one) <= 32]


def is_cents(text: str) -> bool:
    """Whether a form's amount is of the shape we give: cents, in digits."""
    return whole(text, most=10**11 - 1) is not None


def is_token(text: str) -> bool:
    """Whether a form's token is of the shape we give."""
    return text.isascii() and text.isalnum() and 16 <= len(text) <= 64

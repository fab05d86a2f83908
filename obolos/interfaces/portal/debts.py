"""My debts and how to pay them: the choice travels in the address, so Back, reload and a bookmark all work."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from obolos.base.money import parse_euro
from obolos.flows.confirm_contact import contact_of
from obolos.flows.pay import AmountsChanged, BankDown, MeansNotAllowed, chosen_of, pay_by_card, pay_by_rf
from obolos.flows.show_debts import Basket, Chosen, DebtsView, NotPayable, basket_of, debts_of
from obolos.interfaces.portal.citizen import citizen_required, language_of, person_of, visit_of

#: Nobody owes more open instalments than this on one page; a longer list is not a person's choice.
MOST = 500


class BadChoice(ValueError):
    """The address names something that is no choice of debts."""


@citizen_required
@require_safe
def debts(request: HttpRequest) -> HttpResponse:
    """What I owe, with what is due chosen beforehand."""
    now = timezone.now()
    view = debts_of(person_of(request), now=now)
    visit_of(request)
    if "d" in request.GET or "total" in request.GET:
        return _chosen_page(request, view, now)
    ticked = {row.instalment_id for group in view.groups for row in group.rows if row.preselected}
    return _debts_page(request, view, ticked, {})


def _chosen_page(request: HttpRequest, view: DebtsView, now: object) -> HttpResponse:
    """The list with the payer's own choice and its total: for «update the total» without JavaScript, and for errors."""
    try:
        chosen = read_choice(request)
    except BadChoice as error:
        return _debts_page(request, view, set(), {}, error=str(error), status=400)
    ticked = {one.instalment_id for one in chosen}
    typed = {one.instalment_id: one.cents for one in chosen if one.cents is not None}
    return _debts_page(request, view, ticked, typed)


def _debts_page(
    request: HttpRequest,
    view: DebtsView,
    ticked: set[int],
    typed: dict[int, int],
    *,
    error: str = "",
    wrong: int | None = None,
    status: int = 200,
) -> HttpResponse:
    groups = []
    total = count = 0
    for group in view.groups:
        chosen = [row for row in group.rows if row.instalment_id in ticked]
        cents = sum(typed.get(row.instalment_id, row.amount_cents) for row in chosen)
        groups.append({"debts": group, "chosen_cents": cents})
        total += cents
        count += len(chosen)
    rows = [row for group in view.groups for row in group.rows]
    values = {
        "view": view,
        "groups": groups,
        "ticked": ticked,
        "typed": typed,
        "chosen_cents": total,
        "chosen_count": count,
        "overdue": [row for row in rows if row.overdue],
        "due_today": [row for row in rows if row.due_today],
        "discounts": [row for row in rows if row.discount_until],
        "error": error,
        "wrong": wrong,
        "section": "debts",
    }
    return render(request, "portal/debts.html", values, status=status)


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest) -> HttpResponse:
    """Choose how to pay, then pay: one order, for the first municipality of the choice."""
    now = timezone.now()
    try:
        chosen = read_choice(request)
    except BadChoice as error:
        return _debts_page(request, debts_of(person_of(request), now=now), set(), {}, error=str(error), status=400)
    if request.method == "POST":
        return _start(request, chosen)
    view = debts_of(person_of(request), now=now)
    try:
        basket = basket_of(view, chosen, now=now)
    except NotPayable as error:
        return _not_payable(request, view, chosen, error)
    return _method_page(request, basket)


def _start(request: HttpRequest, chosen: Sequence[Chosen]) -> HttpResponse:
    expected, token = request.POST.get("expected_cents", ""), request.POST.get("form_token", "")
    if not (expected.isascii() and expected.isdigit() and len(expected) < 12 and 16 <= len(token) <= 64):
        return _debts_page(request, debts_of(person_of(request), now=timezone.now()), set(), {}, status=400,
                           error=_("The form was not complete. Choose again what to pay."))  # fmt: skip
    begin = pay_by_rf if request.POST.get("means") == "rf" else pay_by_card
    now = timezone.now()
    try:
        public_id = begin(
            person_id=person_of(request),
            chosen=chosen,
            expected_cents=int(expected),
            form_token=token,
            language=language_of(request),
            visit=visit_of(request),
            now=now,
        )
    except AmountsChanged as error:
        return _method_page(request, error.basket, was_cents=int(expected), status=409)
    except NotPayable as error:
        return _not_payable(request, debts_of(person_of(request), now=now), chosen, error)
    except (MeansNotAllowed, BankDown) as error:
        basket = basket_of(debts_of(person_of(request), now=now), chosen, now=now)
        down = isinstance(error, BankDown)
        return _method_page(request, basket, failed="BANK_DOWN" if down else "MEANS", status=503 if down else 422)
    response = HttpResponseRedirect(f"/pay/{public_id}/" + ("bank/" if begin is pay_by_card else ""))
    response.status_code = 303
    return response


def _method_page(
    request: HttpRequest, basket: Basket, *, was_cents: int | None = None, failed: str = "", status: int = 200
) -> HttpResponse:
    leg = basket.legs[0]
    values = {
        "basket": basket,
        "leg": leg,
        "later": basket.legs[1:],
        "chosen": [line.chosen for each in basket.legs for line in each.lines],
        "form_token": secrets.token_hex(16),
        "was_cents": was_cents,
        "failed": failed,
        "contact": contact_of(person_of(request), now=timezone.now()),
    }
    return render(request, "portal/pay.html", values, status=status)


def _not_payable(request: HttpRequest, view: DebtsView, chosen: Sequence[Chosen], error: NotPayable) -> HttpResponse:
    ticked = {one.instalment_id for one in chosen}
    typed = {one.instalment_id: one.cents for one in chosen if one.cents is not None}
    return _debts_page(request, view, ticked, typed, error=_reason(error.reason), wrong=error.instalment_id, status=422)


def _reason(word: str) -> str:
    """Why a choice cannot be paid, and what to do."""
    return {
        "EMPTY": _("Choose at least one debt."),
        "UNKNOWN": _("One of the debts you chose is not open any more. Look at the list and choose again."),
        "PREVIOUS_INSTALMENT": _("Instalments are paid in order. Choose the earlier instalment too."),
        "NOT_ONLINE": _("The municipality does not take this debt online. Pay it at the municipality's cash desk."),
        "RATE_MISSING": _("We cannot work out today's amount of this debt. Call the municipality."),
        "PARTIAL_NOT_ALLOWED": _("This debt is paid whole. Leave its amount field empty."),
        "PARTIAL_TOO_SMALL": _("The smallest amount you can pay is 1.00 euro."),
        "PARTIAL_TOO_LARGE": _("The amount is more than you owe. Write a smaller amount."),
    }.get(word, _("This cannot be paid online. Choose again."))


def read_choice(request: HttpRequest) -> list[Chosen]:
    """The chosen debts of a request: `d=17`, `d=17:2500`, and `a17=25,00` as typed into the amount field of a row."""
    fields = request.POST if request.method == "POST" else request.GET
    values = fields.getlist("d")
    if len(values) > MOST:
        raise BadChoice(_("These are too many debts for one payment."))
    found: dict[int, Chosen] = {}
    for value in values:
        try:
            one = chosen_of(value)
        except ValueError:
            raise BadChoice(_("The address of this page is damaged. Choose again what to pay.")) from None
        typed = fields.get(f"a{one.instalment_id}", "").strip()
        if typed:
            try:
                one = replace(one, cents=parse_euro(typed))
            except ValueError:
                raise BadChoice(_("Write the amount in euro, like 25,00.")) from None
        found[one.instalment_id] = one
    return list(found.values())

"""Callbacks: parse, make one call, answer. Exempt from CSRF, since they hold no session and trust no cookie."""

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from obolos.adapters.dias.online import BadMessage, basic_credentials, read_request, write_response
from obolos.base.access import access
from obolos.base.numbers import whole
from obolos.flows.dias import NotDias, answer_online, is_dias
from obolos.flows.hear_bank import NotOurs, hear_return, order_of_return

log = structlog.get_logger(__name__)
#: A bank's return has some twenty short fields; anything longer is not a bank's.
MAX_BODY = 64 * 1024


@access("callback")
@csrf_exempt
@require_http_methods(["GET", "POST"])
def piraeus_return(request: HttpRequest) -> HttpResponse:
    """The payer comes back from Piraeus Bank, with or without success; the order's page then tells what is known."""
    if len(request.META.get("QUERY_STRING", "")) > MAX_BODY or _too_long(request):
        return _refuse(_("The bank's answer is too long to be one."), 413)
    params = request.POST if request.method == "POST" else request.GET
    try:
        outcome = hear_return("PIRAEUS", params, now=timezone.now())
    except NotOurs:
        return _refuse(_("This answer belongs to no payment of ours. Nothing was changed."), 404)
    except OperationalError:
        # The debts are held for longer than we wait, by an import for instance: nothing was written. The payer sees
        # that the payment is being checked, and the poller asks the bank.
        log.exception("bank return not taken")
        return _see_order(order_of_return("PIRAEUS", params), "back")
    log.info("bank return", order=outcome.order, disposition=outcome.disposition, duplicate=outcome.duplicate)
    return _see_order(outcome.order, "back" if outcome.disposition == "UNVERIFIED" else "")


@access("callback")
@csrf_exempt
@require_http_methods(["GET", "POST"])
def piraeus_cancel(request: HttpRequest) -> HttpResponse:
    """The payer chose «back» at the bank. That proves nothing about money: show the order, the poller finds out."""
    if _too_long(request):
        return _refuse(_("The bank's answer is too long to be one."), 413)
    params = request.POST if request.method == "POST" and request.POST else request.GET
    try:
        return _see_order(order_of_return("PIRAEUS", params), "left")
    except NotOurs:
        return HttpResponseRedirect("/debts/")


@access("callback")
@csrf_exempt
@require_POST
def dias_online(request: HttpRequest) -> HttpResponse:
    """DIAS asks whether a payment may go through (DPG_ON)."""
    if _too_long(request):
        return JsonResponse({"error": "request too long"}, status=413)
    credentials = basic_credentials(request.headers.get("Authorization", ""))
    if credentials is None:
        return _unknown_caller("credentials missing")
    if not is_dias(*credentials):
        return _unknown_caller("credentials refused")
    try:
        question = read_request(request.body)
    except BadMessage as error:
        return JsonResponse({"error": str(error)}, status=400)
    try:
        decisions = answer_online(question, user=credentials[0], password=credentials[1], now=timezone.now())
    except NotDias:
        return _unknown_caller("credentials refused")
    except OperationalError:
        # What was answered before is committed and will be answered the same; the rest was not written.
        log.exception("question of DIAS not answered")
        return JsonResponse({"error": "busy, ask again"}, status=503, headers={"Retry-After": "5"})
    return HttpResponse(write_response(question, decisions), content_type="application/json")


def _unknown_caller(why: str) -> HttpResponse:
    return JsonResponse({"error": why}, status=401, headers={"WWW-Authenticate": 'Basic realm="DIAS"'})


def _too_long(request: HttpRequest) -> bool:
    # A body without a stated length could be of any: banks state it.
    length = request.META.get("CONTENT_LENGTH") or ("" if request.method == "POST" else "0")
    return whole(length, most=MAX_BODY) is None


def _see_order(public_id: str, how: str) -> HttpResponse:
    """To the order's page. `how`: back without a proof, or left the bank; it chooses words only."""
    response = HttpResponseRedirect(f"/pay/{public_id}/" + (f"?{how}=1" if how else ""))
    response.status_code = 303
    return response


def _refuse(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")

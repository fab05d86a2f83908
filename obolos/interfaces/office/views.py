"""The day, the one search box, and the record that it leads to. Each view parses, makes one call, renders."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from obolos.domain.reconciliation.models import WorklistKind
from obolos.flows import worklist as work
from obolos.flows.payer_record import PayerUnknown, payer_record
from obolos.flows.search_payers import LONGEST, Search, orders_found, payers_found, search_payers
from obolos.interfaces.office.staff import staff_of, staff_required

#: What a search found waits here as ids until it is shown: neither an address nor the session holds what was typed.
_FOUND = "office_found"


@staff_required()
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What came in today, what waits, and the search box."""
    today = work.today(municipality_id=staff_of(request).municipality_id, now=timezone.now())
    return render(request, "office/home.html", {"today": today, "section": "home"})


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Search by POST, so that what was typed stands in no address and no log; what was found is shown by GET."""
    staff = staff_of(request)
    if request.method != "POST":
        return _results(request, staff.municipality_id)
    found = search_payers(
        request.POST.get("q", "")[:LONGEST],
        municipality_id=staff.municipality_id,
        by_user=staff.user_id,
        now=timezone.now(),
    )
    place = _place_of(found.about, staff.may)
    if place:
        return place
    if found.order_id is not None:
        return redirect("office_order", found.order_id)
    if len(found.payers) == 1 and not found.orders:
        return redirect("office_payer", found.payers[0].debtor_id)
    request.session[_FOUND] = _as_kept(found)
    return HttpResponseRedirect(request.path)


def _place_of(about: str, may: frozenset[str]) -> HttpResponse | None:
    """The page of what a printed reference stands for; None when there is none, or none for this role."""
    sort, _, named = about.partition(":")
    if sort == "slip":
        return redirect("office_slip", int(named))
    if sort == "ticket":
        return redirect("office_ticket", named)
    if sort == "inquiry" and "inquiries" in may:
        return redirect("office_inquiry", int(named))
    if sort == "event" and "events" in may:
        return redirect("office_event", int(named))
    if sort == "certificate" and "events" in may:
        return redirect("office_certificates")
    return None


def _as_kept(found: Search) -> dict[str, object]:
    return {
        "kind": str(found.kind or ""),
        "debtors": [one.debtor_id for one in found.payers],
        "more": found.more,
        "order_ids": [one.id for one in found.orders],
        "problem": "" if found.payers or found.orders else "ROLE" if found.about else str(found.problem or ""),
    }


def _results(request: HttpRequest, municipality_id: int) -> HttpResponse:
    kept = request.session.get(_FOUND)
    if not isinstance(kept, dict):
        return redirect("office")
    payers = payers_found(kept["debtors"], municipality_id=municipality_id) if kept["debtors"] else ()
    ids = kept.get("order_ids", [])
    orders = orders_found(ids, municipality_id=municipality_id) if ids else ()
    return render(request, "office/results.html", kept | {"payers": payers, "orders": orders, "section": "home"})


@staff_required()
@require_safe
def payer(request: HttpRequest, debtor_id: int) -> HttpResponse:
    """A payer's record."""
    staff = staff_of(request)
    try:
        record = payer_record(
            debtor_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now()
        )
    except PayerUnknown as error:
        raise Http404 from error
    return render(request, "office/payer.html", {"payer": record, "section": "home"})


@staff_required("CLERK", "FINANCE", "ADMIN")
@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """What waits for a person."""
    asked = request.GET.get("kind", "")
    kind = asked if asked in WorklistKind.values else ""
    found = work.worklist(municipality_id=staff_of(request).municipality_id, kind=kind)
    values = {"work": found, "kind": kind, "now": timezone.now(), "section": "worklist"}
    return render(request, "office/worklist.html", values)

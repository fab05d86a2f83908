"""The administrator's switches of revenue kinds."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from obolos.flows.switch_kinds import KindUnknown, Switches, kinds_of, switch_kind
from obolos.interfaces.office.staff import staff_of, staff_required


@staff_required("ADMIN")
@require_safe
def kinds(request: HttpRequest) -> HttpResponse:
    """What is payable online, by card, by RF, in part, by guests."""
    rows = kinds_of(staff_of(request).municipality_id)
    return render(request, "office/kinds.html", {"kinds": rows, "section": "kinds", "saved": request.GET.get("saved")})


@staff_required("ADMIN")
@require_POST
def switch(request: HttpRequest, kind_id: int) -> HttpResponse:
    """Set one kind's switches."""
    staff = staff_of(request)
    chosen = set(request.POST.getlist("on"))
    switches = Switches("online" in chosen, "guest" in chosen, "partial" in chosen, "card" in chosen, "rf" in chosen)
    try:
        switch_kind(staff.municipality_id, staff.user_id, kind_id, switches, now=timezone.now())
    except KindUnknown as error:
        raise Http404 from error
    return HttpResponseRedirect(f"/office/kinds/?saved={kind_id}#k{kind_id}")

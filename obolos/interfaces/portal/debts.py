"""My debts: what I owe today and why, and what I choose of it. The choice travels in the address, so Back, reload and
a bookmark all work, with and without JavaScript."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from obolos.flows.show_debts import DebtRow, DebtsView, debts_of
from obolos.interfaces.portal.choice import Choice, beforehand, read_choice, shown
from obolos.interfaces.portal.citizen import citizen_required, language_of, person_of

#: So many debts are named in the notice; the others are counted.
NAMED = 3
#: What is due within so many days cannot wait for another visit.
NOW_DAYS = 3


@gzip_page
@citizen_required
@require_safe
def debts(request: HttpRequest) -> HttpResponse:
    """What I owe, with what is due chosen beforehand; or with my own choice and its total."""
    view = debts_of(person_of(request), now=timezone.now())
    if "pick" in request.GET:
        choice = beforehand(view, request.GET["pick"])
    elif "d" in request.GET or "total" in request.GET:
        choice = read_choice(request.GET)
    else:
        choice = beforehand(view)
    return debts_page(request, view, choice, status=400 if choice.damaged else 200)


def debts_page(request: HttpRequest, view: DebtsView, choice: Choice, *, status: int = 200) -> HttpResponse:
    """The page of debts with a choice and all that is wrong with it."""
    groups = shown(view, choice, language_of(request))
    urgent = _urgent([row for group in view.groups for row in group.rows], view.on)
    values = {
        "view": view,
        "groups": groups,
        "chosen_cents": sum(group.chosen_cents for group in groups),
        "chosen_count": sum(row.ticked for group in groups for row in group.rows),
        "urgent": urgent[:NAMED],
        "urgent_count": len(urgent),
        "urgent_more": max(0, len(urgent) - NAMED),
        "choice": choice,
        "section": "debts",
        "ask_contact": request.session.get("ask_contact", False),
        "return_path": "/debts/" if request.path != "/debts/" else request.get_full_path(),
    }
    return render(request, "portal/debts.html", values, status=status)


def _urgent(rows: list[DebtRow], on: date) -> list[DebtRow]:
    """What needs attention today: first what is due or becomes dearer within days, then what is overdue, then what costs
    less for some time yet; the earliest day first."""

    def deadline(row: DebtRow) -> date:
        return min(row.effective_due_on, row.discount_until or row.effective_due_on)

    def rank(row: DebtRow) -> int | None:
        if row.overdue:
            return 1
        if not row.undated and deadline(row) <= on + timedelta(days=NOW_DAYS):
            return 0
        return 2 if row.discount_until else None

    found = [(place, deadline(row), row.instalment_id, row) for row in rows if (place := rank(row)) is not None]
    return [row for *_, row in sorted(found, key=lambda one: one[:3]) if not row.under_way]

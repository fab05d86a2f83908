"""The administrator's switches of revenue kinds: one table, one button."""

from dataclasses import asdict, dataclass, fields

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from obolos.flows.switch_kinds import (
    Change,
    ChangedMeanwhile,
    KindRow,
    KindUnknown,
    NoMeans,
    Switches,
    kinds_of,
    switch_kinds,
)
from obolos.interfaces.office.staff import staff_of, staff_required

NAMES = tuple(field.name for field in fields(Switches))
_SAVED = "office_kinds_saved"


@dataclass(frozen=True, slots=True)
class ShownKind:
    """A kind as the form shows it: as it is, or as it was just wanted and refused. `seen` goes with the form."""

    row: KindRow
    switches: Switches
    seen: str


@staff_required("ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def kinds(request: HttpRequest) -> HttpResponse:
    """What payers may pay online, and how."""
    staff = staff_of(request)
    rows = kinds_of(municipality_id=staff.municipality_id)
    error = ""
    wrong: tuple[int, ...] = ()
    changes: list[Change] = []
    if request.method == "POST":
        changes = [change for row in rows if (change := _change(request, row.id))]
        try:
            changed = switch_kinds(
                changes, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now()
            )
        except KindUnknown as unknown:
            raise Http404 from unknown
        except NoMeans as refused:
            error, wrong = "NO_MEANS", refused.kind_ids
        except ChangedMeanwhile as refused:
            error, wrong = "CHANGED", refused.kind_ids
        else:
            request.session[_SAVED] = [row.id for row in changed]
            return redirect("office_kinds")
    wanted = {one.kind_id: one.wanted for one in changes} if error == "NO_MEANS" else {}
    saved = set(request.session.pop(_SAVED, ()))
    values = {
        "kinds": [ShownKind(row, wanted.get(row.id, row.switches), _as_text(row.switches)) for row in rows],
        "saved": [row for row in rows if row.id in saved],
        "error": error,
        "wrong": wrong,
        "section": "kinds",
    }
    return render(request, "office/kinds.html", values, status=422 if error else 200)


def _as_text(switches: Switches) -> str:
    return "".join("1" if on else "0" for on in asdict(switches).values())


def _change(request: HttpRequest, kind_id: int) -> Change | None:
    """What the form says about a kind; None when it says nothing."""
    seen = request.POST.get(f"was{kind_id}", "")
    if len(seen) != len(NAMES) or set(seen) - {"0", "1"}:
        return None
    on = set(request.POST.getlist(f"k{kind_id}"))
    return Change(kind_id, Switches(*(mark == "1" for mark in seen)), Switches(*(name in on for name in NAMES)))

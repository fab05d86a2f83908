"""The administrator decides when the municipality issues certificates of no debt, and for how long they hold."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from obolos.base.numbers import whole
from obolos.flows.clear import BadRule, Rule, change_rule, rule_of
from obolos.interfaces.office.staff import staff_of, staff_required

_SAVED = "office_clearance_saved"


@staff_required("ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def clearance_rule(request: HttpRequest) -> HttpResponse:
    """The rule in force; a changed one holds for certificates issued from now on."""
    staff = staff_of(request)
    if request.method != "POST":
        return _page(request, rule_of(staff.municipality_id))
    days = {name: request.POST.get(name, "").strip() for name in ("valid_days", "known_within_days")}
    rule = Rule(
        offered=request.POST.get("offered") == "1",
        valid_days=_number(days["valid_days"]),
        not_due_blocks=request.POST.get("not_due_blocks") == "1",
        known_within_days=_number(days["known_within_days"]),
    )
    try:
        change_rule(rule, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now())
    except BadRule:
        wrong = [name for name, text in days.items() if not 1 <= _number(text) <= 365]
        return _page(request, rule, typed=days, wrong=wrong)
    request.session[_SAVED] = True
    return redirect("office_clearance_rule")


def _number(text: str) -> int:
    """What was typed as a whole number; 0, which no rule allows, when it is none."""
    return whole(text, most=9999) or 0


def _page(
    request: HttpRequest, rule: Rule, *, typed: dict[str, str] | None = None, wrong: list[str] | None = None
) -> HttpResponse:
    values = {
        "rule": rule,
        "typed": typed or {"valid_days": str(rule.valid_days), "known_within_days": str(rule.known_within_days)},
        "wrong": wrong or [],
        "saved": not wrong and request.session.pop(_SAVED, False),
        "section": "door",
    }
    return render(request, "office/clearance_rule.html", values, status=422 if wrong else 200)

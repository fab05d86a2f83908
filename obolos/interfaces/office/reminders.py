"""The administrator's rules of reminding: whether, when, how, and how many are left out to compare with."""

from dataclasses import replace
from datetime import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from obolos.base.numbers import whole
from obolos.domain.reminders.models import Channel
from obolos.flows.set_reminders import BadRules, Policy, Rule, RulesChanged, policy_for, sent_lately, set_policy
from obolos.flows.tell_reminder import sample_messages
from obolos.interfaces.office.staff import language_of, staff_of, staff_required

_SAVED = "office_reminders_saved"


@staff_required("ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def reminders(request: HttpRequest) -> HttpResponse:
    """Show the rules, or save them all."""
    staff = staff_of(request)
    stored = policy = policy_for(municipality_id=staff.municipality_id)
    error = ""
    if request.method == "POST":
        try:
            policy = _wanted(request, policy)
            set_policy(policy, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now())
        except BadRules as refused:
            error = refused.reason
        except RulesChanged:
            error = "CHANGED"
            stored = policy = policy_for(municipality_id=staff.municipality_id)
        else:
            request.session[_SAVED] = True
            return redirect("office_reminders")
    values = {
        "policy": policy,
        "stored": stored,
        "rules": sorted(policy.rules, key=lambda rule: rule.days),
        "channels": Channel.values,
        "error": error,
        "saved": request.session.pop(_SAVED, False),
        "lately": sent_lately(municipality_id=staff.municipality_id, now=timezone.now()),
        "sample": sample_messages(
            municipality_id=staff.municipality_id, language=language_of(request), now=timezone.now()
        ),
        "section": "reminders",
    }
    return render(request, "office/reminders.html", values, status=422 if error else 200)


def _wanted(request: HttpRequest, policy: Policy) -> Policy:
    """The rules as the form says them. Raises BadRules for what is no rule at all."""
    form = request.POST
    rules = [
        replace(rule, channel=_channel(form.get(f"channel{rule.days}", rule.channel)), on=f"on{rule.days}" in form)
        for rule in policy.rules
    ]
    if form.get("new_days", "").strip():
        days = _number(form["new_days"], "DAYS")
        side = -1 if form.get("new_side") == "before" else 1
        rules.append(Rule(side * days, _channel(form.get("new_channel", "")), True))
    return Policy(
        on="on" in form,
        held_out_percent=_number(form.get("held_out", ""), "HELD_OUT"),
        send_from=_clock(form.get("send_from", "")),
        send_until=_clock(form.get("send_until", "")),
        rules=tuple(rules),
        version=_number(form.get("version", ""), "CHANGED"),
        salt=policy.salt,
    )


def _number(text: str, reason: str) -> int:
    number = whole(text, most=99_999)
    if number is None:
        raise BadRules(reason)
    return number


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text[:5])
    except ValueError as error:
        raise BadRules("HOURS") from error


def _channel(text: str) -> str:
    return text if text in Channel.values else str(Channel.EMAIL)

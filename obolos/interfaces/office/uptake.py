"""How many pay through Obolos: the figures of a period, on one page, each table also as a file."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from obolos.base.dates import add_months, athens_date
from obolos.base.periods import Period, month_of, period_of, quarter_of, year_of
from obolos.flows.uptake import Uptake, uptake_of
from obolos.flows.uptake_advice import MANY, advice_on
from obolos.interfaces.office import uptake_figures
from obolos.interfaces.office.figures import COUNT, POINTS, SHARE, spoken
from obolos.interfaces.office.figures import duration as as_duration
from obolos.interfaces.office.staff import language_of, staff_of, staff_required


@staff_required("FINANCE", "ADMIN")
@require_safe
def uptake(request: HttpRequest) -> HttpResponse:
    """The page, or the one table of it that was asked for."""
    now = timezone.now()
    today = athens_date(now)
    period = period_of(request.GET.get("period", "")) or month_of(today)
    if period.first > today:
        period = month_of(today)
    language = language_of(request)
    found = uptake_of(period, municipality_id=staff_of(request).municipality_id, now=now)
    tables = {one.code: one for one in uptake_figures.tables(found, language)}
    wanted = request.GET.get("csv", "")
    if wanted:
        if wanted not in tables:
            raise Http404
        return _file(tables[wanted].csv(), f"uptake-{period.code}-{wanted}.csv")
    values = {
        "period": period,
        "period_name": uptake_figures.period_name(period, language),
        "before_name": uptake_figures.period_name(period.before, language),
        "so_far": period.last >= today,
        "choices": [
            (title, [(one.code, uptake_figures.period_name(one, language)) for one in group])
            for title, group in _periods(today)
        ],
        "key": _key_figures(found, language),
        "tables": {code: (table, table.shown(language), table.zeros()) for code, table in tables.items()},
        "advice": [uptake_figures.advice_words(one, language) for one in advice_on(found)],
        "many": MANY,
        "since": found.elsewhere_since,
        "section": "uptake",
    }
    return render(request, "office/uptake.html", values)


def _periods(today: date) -> list[tuple[str, list[Period]]]:
    """What may be chosen: the last thirteen months, eight quarters and three years."""
    months = [month_of(add_months(today.replace(day=1), -back)) for back in range(13)]
    quarters = [quarter_of(add_months(today.replace(day=1), -3 * back)) for back in range(8)]
    years = [year_of(date(today.year - back, 1, 1)) for back in range(3)]
    return [("months", months), ("quarters", quarters), ("years", years)]


def _key_figures(found: Uptake, language: str) -> dict[str, str]:
    """The four figures on top, and how they differ from the period before."""
    now, before = found.total.now, found.total.before
    funnel, earlier = found.funnels[0], found.funnel_before
    median, was = found.median, found.median_before
    return {
        "share": spoken(now.by_count, SHARE, language),
        "share_change": _change(now.by_count, before.by_count, language),
        "completed": spoken(funnel.completed, SHARE, language),
        "completed_change": _change(funnel.completed, earlier.completed, language),
        "median": as_duration(median.seconds, language) if median else "–",
        "median_before": as_duration(was.seconds, language) if was else "",
        "elsewhere": spoken(now.elsewhere, COUNT, language),
        "elsewhere_before": spoken(before.elsewhere, COUNT, language),
    }


def _change(now: float | None, before: float | None, language: str) -> str:
    return "" if now is None or before is None else spoken(now - before, POINTS, language)


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

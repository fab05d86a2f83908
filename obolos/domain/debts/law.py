"""The law in force for one municipality, read from its dated rows and kept by version.

`Municipality.law_version` grows in the transaction of every change, and every reader names the version it saw. So a
switched revenue kind or a new rate holds from the next page on, in every process, without asking again each time.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest

from obolos.base.dates import Calendar
from obolos.domain.debts import rules
from obolos.domain.debts.models import AddedLineRate, DiscountWindow, RevenueKind, SurchargeRate, SurchargeScheme
from obolos.domain.municipalities.models import CalendarDay


@dataclass(frozen=True, slots=True)
class Kind:
    """A revenue kind as payers meet it: its names, its switches, its rules."""

    id: int
    code: str
    name_el: str
    name_en: str
    online: bool
    guest: bool
    card: bool
    rf: bool
    rules: rules.KindRules


@dataclass(frozen=True, slots=True)
class Law:
    """Everything a quote in one municipality needs, at one version."""

    municipality_id: int
    version: int
    calendar: Calendar
    kinds: dict[int, Kind]


_kept: dict[int, Law] = {}


def law_of(municipality_id: int, version: int) -> Law:
    """The law of a municipality at `version`, from memory or (inside a tenancy) from its rows."""
    kept = _kept.get(municipality_id)
    if kept is None or kept.version != version:
        kept = _kept[municipality_id] = _read(municipality_id, version)
    return kept


def _read(municipality_id: int, version: int) -> Law:
    own = {"municipality_id": municipality_id}
    schemes = _schemes(own)
    windows: dict[int, list[rules.DiscountWindow]] = {}
    for window in DiscountWindow.objects.filter(**own).order_by("id"):
        windows.setdefault(window.kind_id, []).append(
            rules.DiscountWindow(
                event=rules.WindowEvent(window.event),
                days=window.days,
                inclusive=window.inclusive,
                shift_nonworking=window.shift_nonworking,
                factor_bp=window.factor_bp,
                applies_from=window.applies_from,
                applies_to=window.applies_to,
                legal_basis=window.legal_basis,
            )
        )
    lines: dict[int, list[rules.AddedLine]] = {}
    for row in AddedLineRate.objects.filter(**own).order_by("id"):
        lines.setdefault(row.kind_id, []).append(
            rules.AddedLine(
                code=row.code,
                name_el=row.name_el,
                name_en=row.name_en,
                rate_percent=row.percent,
                of=row.of,
                target_code=row.target_code,
                from_on=row.from_on,
                to_on=row.to_on,
                retained=row.retained,
                legal_basis=row.legal_basis,
            )
        )
    kinds = {}
    for kind in RevenueKind.objects.filter(**own):
        kind_rules = rules.KindRules(
            code=kind.code,
            name_el=kind.name_el,
            name_en=kind.name_en,
            scheme=schemes.get(kind.scheme_id) if kind.scheme_id else None,
            arranged_scheme=schemes.get(kind.arranged_scheme_id) if kind.arranged_scheme_id else None,
            windows=tuple(windows.get(kind.id, ())),
            added_lines=tuple(lines.get(kind.id, ())),
            allocation=rules.AllocationPolicy(kind.allocation),
            partial_ok=kind.partial,
            min_partial_cents=kind.min_partial_cents,
            surcharge_source=rules.SurchargeSource(kind.surcharge_source),
            surcharge_uncertified=kind.surcharge_uncertified,
            paid_on=rules.PaidOn(kind.paid_on),
            surcharge_code=kind.surcharge_code,
            fine_code=kind.fine_code,
            costs_code=kind.costs_code,
            legal_basis=kind.legal_basis,
            versions=(f"law:{municipality_id}:{version}",),
        )
        kinds[kind.id] = Kind(
            id=kind.id,
            code=kind.code,
            name_el=kind.name_el,
            name_en=kind.name_en,
            online=kind.online,
            guest=kind.guest,
            card=kind.card,
            rf=kind.rf,
            rules=kind_rules,
        )
    return Law(municipality_id, version, _calendar(own), kinds)


def _schemes(own: dict[str, int]) -> dict[int, rules.SurchargeScheme]:
    """Schemes with their rates; each rate ends the day before the next one of its scheme begins."""
    rates: dict[int, list[SurchargeRate]] = {}
    for rate in SurchargeRate.objects.filter(**own).order_by("scheme_id", "from_on"):
        rates.setdefault(rate.scheme_id, []).append(rate)
    schemes = {}
    for scheme in SurchargeScheme.objects.filter(**own):
        rows = rates.get(scheme.id, [])
        ends: list[date | None] = [row.from_on - timedelta(days=1) for row in rows[1:]]
        schemes[scheme.id] = rules.SurchargeScheme(
            code=scheme.code,
            rates=tuple(
                rules.Rate(row.from_on, to_on, row.percent, row.legal_basis) for row, to_on in zip_longest(rows, ends)
            ),
            unit=rules.RateUnit(scheme.unit),
            counting=rules.Counting(scheme.counting),
            base=rules.SurchargeBase(scheme.base),
            cap_percent=scheme.cap_percent,
            min_cents=scheme.min_cents,
            day_basis=scheme.day_basis,
        )
    return schemes


def _calendar(own: dict[str, int]) -> Calendar:
    days = dict(CalendarDay.objects.filter(**own).values_list("on", "working"))
    years = [day.year for day in days]
    return Calendar.of((), days, first_year=min(years, default=1), last_year=max(years, default=9999))

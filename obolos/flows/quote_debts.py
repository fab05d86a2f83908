"""What debts cost on a date, for whoever runs this installation: by a debt's id, or all of a tax number.

Reads every municipality in its own unit of work; shows amounts with their reasons and writes nothing.
"""

from dataclasses import dataclass
from datetime import date

from obolos.base.dates import CalendarMissing
from obolos.base.tenancy import tenancy
from obolos.domain.debts import rules
from obolos.domain.debts.law import Law, law_of
from obolos.domain.debts.models import Debt, Instalment
from obolos.domain.debts.queries import OpenInstalment, instalments_by_id
from obolos.domain.municipalities.models import Municipality
from obolos.domain.people.models import Debtor


@dataclass(frozen=True, slots=True)
class QuotedInstalment:
    """One instalment with its quote; `missing` says which law is missing when there is no quote."""

    municipality: str
    instalment: OpenInstalment
    withdrawn: bool
    quote: rules.Quote | None
    missing: str


def quote_debt(ext_id: str, *, on: date) -> list[QuotedInstalment]:
    """All instalments of the debts of that id (one municipality's id may be another's too), paid ones included."""
    found = []
    for municipality in Municipality.objects.order_by("code"):
        with tenancy(municipality=municipality.id):
            ids = Debt.objects.filter(municipality_id=municipality.id, ext_id=ext_id).values_list("id", flat=True)
            found += _quoted(municipality, list(ids), on, only_open=False)
    return found


def quote_person(afm: str, *, on: date) -> list[QuotedInstalment]:
    """All open instalments of a tax number over all municipalities."""
    found = []
    for municipality in Municipality.objects.order_by("code"):
        with tenancy(municipality=municipality.id):
            debtors = Debtor.objects.filter(municipality_id=municipality.id, afm=afm)
            ids = Debt.objects.filter(
                municipality_id=municipality.id, person_id__in=list(debtors.values_list("person_id", flat=True))
            ).values_list("id", flat=True)
            found += _quoted(municipality, list(ids), on, only_open=True)
    return found


def _quoted(municipality: Municipality, debt_ids: list[int], on: date, *, only_open: bool) -> list[QuotedInstalment]:
    if not debt_ids:
        return []
    parts = Instalment.objects.filter(debt_id__in=debt_ids)
    if only_open:
        parts = parts.filter(open_cents__gt=0)
    withdrawn = dict(parts.values_list("id", "withdrawn"))
    law = law_of(municipality.id, municipality.law_version)
    found = sorted(instalments_by_id(list(withdrawn)), key=lambda one: (one.ext_id, one.snapshot.number))
    return [_quote(municipality.code, one, withdrawn[one.snapshot.id], law, on) for one in found]


def _quote(code: str, one: OpenInstalment, withdrawn: bool, law: Law, on: date) -> QuotedInstalment:
    kind = law.kinds[one.revenue_kind_id]
    try:
        quote = rules.quote_instalment(one.snapshot, kind.rules, law.calendar, on)
    except (rules.RateMissing, CalendarMissing) as missing:
        return QuotedInstalment(code, one, withdrawn, None, f"{type(missing).__name__}: {missing}")
    return QuotedInstalment(code, one, withdrawn, quote, "")

"""Writes of law rows and revenue kinds. A row once written is never edited: a change of law is a new row.

Two different people stand behind each row: who proposed it and who approved it. Every write raises the municipality's
law version, so that the next page already counts by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from obolos.base.tenancy import current_municipality
from obolos.domain.debts import models, rules
from obolos.domain.debts.law_defaults import KindDefault
from obolos.domain.municipalities.actions import note_law_change


class OnePersonOnly(ValueError):
    """The same person proposed and approved a law row."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """Names of the two people behind a law row. Raises OnePersonOnly."""

    proposed_by: str
    approved_by: str

    def __post_init__(self) -> None:
        if not self.proposed_by or not self.approved_by or self.proposed_by == self.approved_by:
            raise OnePersonOnly("two different people propose and approve a law row")

    @property
    def columns(self) -> dict[str, str]:
        """As the law tables store them."""
        return {"proposed_by": self.proposed_by, "approved_by": self.approved_by}


def adopt_schemes(*, schemes: Iterable[rules.SurchargeScheme], signed: Signatures) -> dict[str, int]:
    """Enter surcharge schemes with their dated rates. Returns the id of each scheme by its code.

    The end of a rate is not stored: the next row of its scheme ends it. Rates that leave a gap raise ValueError, since
    stored they would say something else.
    """
    given = list(schemes)
    for scheme in given:
        _refuse_gaps(scheme)
    own = {"municipality_id": current_municipality()}
    stored = models.SurchargeScheme.objects.bulk_create(
        models.SurchargeScheme(
            **own,
            code=scheme.code,
            unit=scheme.unit,
            counting=scheme.counting,
            base=scheme.base,
            cap_percent=scheme.cap_percent,
            min_cents=scheme.min_cents,
            day_basis=scheme.day_basis,
        )
        for scheme in given
    )
    models.SurchargeRate.objects.bulk_create(
        models.SurchargeRate(
            **own,
            scheme_id=row.id,
            from_on=rate.from_on,
            percent=rate.value,
            legal_basis=rate.legal_basis,
            **signed.columns,
        )
        for row, scheme in zip(stored, given, strict=True)
        for rate in scheme.rates
    )
    note_law_change()
    return {row.code: row.id for row in stored}


def adopt_kinds(
    *,
    kinds: Iterable[KindDefault],
    scheme_ids: Mapping[str, int],
    switches: Mapping[str, "Switches"],
    signed: Signatures,
) -> dict[str, int]:
    """Enter revenue kinds with their discount windows and added lines. Returns the id of each kind by its revenue code.

    `switches` by revenue code overrides what a kind's defaults allow. KeyError when a kind's scheme was not adopted.
    """
    given = list(kinds)
    own = {"municipality_id": current_municipality()}
    stored = models.RevenueKind.objects.bulk_create(
        _kind_row(kind, scheme_ids, switches.get(kind.rules.code) or Switches.of(kind)) for kind in given
    )
    models.DiscountWindow.objects.bulk_create(
        models.DiscountWindow(
            **own,
            kind_id=row.id,
            event=window.event,
            days=window.days,
            inclusive=window.inclusive,
            shift_nonworking=window.shift_nonworking,
            factor_bp=window.factor_bp,
            applies_from=window.applies_from,
            applies_to=window.applies_to,
            legal_basis=window.legal_basis,
            **signed.columns,
        )
        for row, kind in zip(stored, given, strict=True)
        for window in kind.rules.windows
    )
    models.AddedLineRate.objects.bulk_create(
        models.AddedLineRate(
            **own,
            kind_id=row.id,
            code=line.code,
            name_el=line.name_el,
            name_en=line.name_en,
            percent=line.rate_percent,
            of=line.of,
            target_code=line.target_code,
            from_on=line.from_on,
            to_on=line.to_on,
            retained=line.retained,
            legal_basis=line.legal_basis,
            **signed.columns,
        )
        for row, kind in zip(stored, given, strict=True)
        for line in kind.rules.added_lines
    )
    note_law_change()
    return {row.code: row.id for row in stored}


@dataclass(frozen=True, slots=True)
class Switches:
    """What an administrator may turn on and off for a revenue kind, from one page to the next."""

    online: bool = True
    guest: bool = False
    partial: bool = False
    card: bool = True
    rf: bool = True

    @classmethod
    def of(cls, kind: KindDefault) -> "Switches":
        """What a kind starts from: payable online by every means."""
        return cls(guest=kind.guest_payable, partial=kind.rules.partial_ok)


class KindUnknown(LookupError):
    """No such revenue kind in this municipality."""


def switch_kind(*, kind_id: int, switches: Switches) -> tuple[Switches, Switches]:
    """Set a kind's switches. Returns them as they were and as they are; the caller writes the audit entry.

    Raises KindUnknown. The row is locked, so two administrators at once leave a truthful before and after.
    """
    row = (
        models.RevenueKind.objects.select_for_update()
        .filter(id=kind_id, municipality_id=current_municipality())
        .first()
    )
    if row is None:
        raise KindUnknown(kind_id)
    before = Switches(row.online, row.guest, row.partial, row.card, row.rf)
    if before != switches:
        row.online, row.guest, row.partial = switches.online, switches.guest, switches.partial
        row.card, row.rf = switches.card, switches.rf
        row.save(update_fields=["online", "guest", "partial", "card", "rf"])
        note_law_change()
    return before, switches


def _kind_row(kind: KindDefault, scheme_ids: Mapping[str, int], switches: Switches) -> models.RevenueKind:
    law = kind.rules
    return models.RevenueKind(
        municipality_id=current_municipality(),
        code=law.code,
        name_el=law.name_el,
        name_en=law.name_en,
        family=kind.family,
        online=switches.online,
        guest=switches.guest,
        partial=switches.partial,
        card=switches.card,
        rf=switches.rf,
        allocation=law.allocation,
        surcharge_source=law.surcharge_source,
        scheme_id=scheme_ids[law.scheme.code] if law.scheme else None,
        arranged_scheme_id=scheme_ids[law.arranged_scheme.code] if law.arranged_scheme else None,
        min_partial_cents=law.min_partial_cents,
        surcharge_uncertified=law.surcharge_uncertified,
        paid_on=law.paid_on,
        surcharge_code=law.surcharge_code,
        fine_code=law.fine_code,
        costs_code=law.costs_code,
        legal_basis=law.legal_basis,
    )


def _refuse_gaps(scheme: rules.SurchargeScheme) -> None:
    rates = sorted(scheme.rates, key=lambda rate: rate.from_on)
    for rate, following in zip(rates, [*rates[1:], None], strict=True):
        ends_before = following.from_on if following else None
        if (rate.to_on is None) != (ends_before is None) or (
            rate.to_on and ends_before and (ends_before - rate.to_on).days != 1
        ):
            raise ValueError(f"{scheme.code}: the rate from {rate.from_on.isoformat()} leaves a gap after it")

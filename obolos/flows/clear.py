"""A citizen asks for a certificate of no debt: ask the financial system, decide on all that is open, write it, draw it.

What is open is everything under his ΑΦΜ, payable online or not. What it passes over it names; what it must not hide (loose
money, undecided payments) it says.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings

from obolos.adapters.documents.clearance import render_clearance
from obolos.adapters.documents.views import ClearanceLine, ClearanceView
from obolos.base.dates import CalendarMissing, athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.clearances.actions import NewClearance, issue_clearance, set_rule
from obolos.domain.clearances.queries import (
    ClearanceRow,
    clearance_by_code,
    clearances_of,
    loose_money_of,
    rule_in_force,
    told_as_of,
)
from obolos.domain.clearances.rules import Decision, OpenAmount, Rule, Why, decide, last_day
from obolos.domain.debts import rules
from obolos.domain.debts.law import Law, law_of
from obolos.domain.debts.live import links_of
from obolos.domain.debts.queries import MunicipalityRow, OpenInstalment, municipality_rows, open_instalments_of
from obolos.domain.municipalities.queries import Participant, emblem_of, participant_by_id, participant_called
from obolos.domain.people.models import Person
from obolos.domain.people.queries import municipalities_of
from obolos.flows.refresh_debts import refresh_person
from obolos.flows.show_debts import about_of, titles_of

__all__ = ["BadRule", "ClearanceUnknown", "Refused", "Rule", "Why"]

#: What a certificate is called for as long as nobody has signed in with a name.
LONGEST_HOLDER = 200


class Refused(Exception):
    """No certificate can be issued now; `decision` says why. Nothing was written."""

    def __init__(self, town: Participant, decision: Decision) -> None:
        super().__init__(town.slug)
        self.town = town
        self.decision = decision


class ClearanceUnknown(Exception):
    """No such certificate, or it is somebody else's; or no municipality of that name."""


class BadRule(ValueError):
    """Days outside 1 to 365."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with the municipality that it is about."""

    town: Participant
    row: ClearanceRow
    current: bool


def issue(*, person_id: int, slug: str, form_token: str, now: datetime) -> str:
    """Issue a certificate and return its code; the same form again returns the first. Raises Refused, ClearanceUnknown."""
    town = participant_called(slug)
    if town is None:
        raise ClearanceUnknown(slug)
    with tenancy(person=person_id):
        person = Person.objects.only("name", "afm").get(id=person_id)
        links = links_of([town.id])
    refresh_person(person_id=person_id, afm=person.afm, links=links, now=now)
    on = athens_date(now)
    with tenancy(municipality=town.id):
        # Read before the amounts: of two moments the certificate names the earlier.
        as_of, rule = told_as_of(person_id), rule_in_force()
        decision = decide(_amounts(person_id, town.id, now), rule, as_of=as_of, now=now, on=on)
        if not decision.clear or as_of is None:
            raise Refused(town, decision)
        loose = loose_money_of(person_id)
        issued = issue_clearance(
            NewClearance(
                person_id=person_id,
                form_token=form_token,
                holder=person.name[:LONGEST_HOLDER],
                afm=person.afm,
                valid_until=last_day(rule, on),
                debts_as_of=min(as_of, now),
                named=decision.named,
                unapplied_cents=loose.unapplied_cents,
                undecided=loose.undecided,
            ),
            now=now,
        )
        if issued.new:
            add_audit_entry(
                actor=Actor.CITIZEN,
                actor_id=person_id,
                action="clearance.issued",
                subject=f"clearance:{issued.id}",
                detail={"named": len(decision.named), "valid_until": last_day(rule, on).isoformat()},
                now=now,
            )
    return issued.code


def _amounts(person_id: int, municipality_id: int, now: datetime) -> list[OpenAmount]:
    """All that is open of a person in the municipality in context, at today's amount."""
    town: MunicipalityRow = municipality_rows([municipality_id])[municipality_id]
    law = law_of(town.id, town.law_version)
    found, _ = open_instalments_of(person_id)
    return [_amount(one, law, now) for one in found]


def _amount(one: OpenInstalment, law: Law, now: datetime) -> OpenAmount:
    """What is open at today's amount; where no rate or calendar tells it, the principal and the due date as they stand."""
    kind, snapshot = law.kinds[one.revenue_kind_id], one.snapshot
    due_on, cents = snapshot.due_on, snapshot.open_principal_cents
    try:
        quote = rules.quote_instalment(snapshot, kind.rules, law.calendar, athens_date(now))
        due_on, cents = quote.effective_due_on, quote.total_cents
    except (rules.RateMissing, CalendarMissing):
        pass
    title_el, title_en = titles_of(kind, one)
    return OpenAmount(title_el, title_en, about_of(one), str(snapshot.kind), due_on, cents)


def certificates_of(person_id: int, *, now: datetime) -> tuple[Certificate, ...]:
    """A citizen's certificates, newest first."""
    with tenancy(person=person_id):
        rows = clearances_of(person_id)
    return _with_towns(rows, now)


def certificate_of(person_id: int, code: str, *, now: datetime) -> Certificate:
    """One of a citizen's own certificates. Raises ClearanceUnknown."""
    with tenancy(person=person_id):
        row = clearance_by_code(code)
    if row is None:
        raise ClearanceUnknown(code)
    return _with_towns([row], now)[0]


def _with_towns(rows: Sequence[ClearanceRow], now: datetime) -> tuple[Certificate, ...]:
    towns = {id_: participant_by_id(id_) for id_ in {row.municipality_id for row in rows}}
    today = athens_date(now)
    return tuple(Certificate(towns[row.municipality_id], row, row.valid_until >= today) for row in rows)


def towns_first_of(person_id: int) -> frozenset[int]:
    """Ids of the municipalities that know the citizen, to be offered first."""
    with tenancy(person=person_id):
        return frozenset(municipalities_of(person_id))


def drawn(certificate: Certificate, *, language: str) -> bytes:
    """A certificate as PDF/A, as it was issued; the emblem is today's."""
    row, town = certificate.row, certificate.town
    with tenancy(municipality=town.id):
        _, logo = emblem_of()
    domain = str(settings.OBOLOS_PORTAL_URL).partition("//")[2]
    return render_clearance(
        ClearanceView(
            language=language,
            municipality=town.name(language),
            phone=town.phone,
            code=row.shown,
            holder=row.holder,
            afm=row.afm,
            issued_at=row.issued_at,
            debts_as_of=row.debts_as_of,
            valid_until=row.valid_until,
            named=tuple(ClearanceLine(one.title(language), one.about, one.due_on, one.cents) for one in row.named),
            unapplied_cents=row.unapplied_cents,
            undecided=row.undecided,
            domain=domain,
            verify_url=f"{settings.OBOLOS_PORTAL_URL}/genuine/?c={row.shown}",
            logo=logo,
        )
    )


def rule_of(municipality_id: int) -> Rule:
    """The municipality's rule as it is in force."""
    with tenancy(municipality=municipality_id):
        return rule_in_force()


def change_rule(rule: Rule, *, municipality_id: int, by_user: int, now: datetime) -> None:
    """Set the rule; holds for certificates issued from now on. Raises BadRule; an unchanged rule writes nothing."""
    if not (1 <= rule.valid_days <= 365 and 1 <= rule.known_within_days <= 365):
        raise BadRule("days")
    with tenancy(municipality=municipality_id):
        before = rule_in_force()
        if before == rule:
            return
        set_rule(rule)
        add_audit_entry(
            actor=Actor.STAFF,
            actor_id=by_user,
            action="clearance.rule_changed",
            subject=f"municipality:{municipality_id}",
            detail={"before": asdict(before), "after": asdict(rule)},
            now=now,
        )

"""Writes of clearances and of the rule they are issued by, in the context of their municipality."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import connection

from obolos.base.references import random_pay_code
from obolos.base.tenancy import current_municipality
from obolos.domain.clearances.models import ClearanceRule
from obolos.domain.clearances.rules import OpenAmount, Rule


@dataclass(frozen=True, slots=True)
class NewClearance:
    """A certificate about to be written; see Clearance."""

    person_id: int
    form_token: str
    holder: str
    afm: str
    valid_until: date
    debts_as_of: datetime
    named: Sequence[OpenAmount]
    unapplied_cents: int
    undecided: int


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate's id and code, and whether it was written just now (not by an earlier press of the same form)."""

    id: int
    code: str
    new: bool


def issue_clearance(new: NewClearance, *, now: datetime) -> Issued:
    """Write a certificate; the same form again gives the first one."""
    here = current_municipality()
    named = [
        {
            "el": one.title_el,
            "en": one.title_en,
            "about": one.about,
            "due_on": one.due_on.isoformat(),
            "cents": one.cents,
        }
        for one in new.named
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clearance (municipality_id, code, person_id, form_token, holder, afm, issued_at, valid_until, "
            "debts_as_of, named, unapplied_cents, undecided) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s) "
            "ON CONFLICT (municipality_id, person_id, form_token) DO NOTHING RETURNING id, code",
            [here, random_pay_code(), new.person_id, new.form_token, new.holder, new.afm, now, new.valid_until,
             new.debts_as_of, json.dumps(named, ensure_ascii=False), new.unapplied_cents, new.undecided],
        )  # fmt: skip
        row = cursor.fetchone()
        if row is not None:
            return Issued(row[0], row[1], new=True)
        cursor.execute(
            "SELECT id, code FROM clearance WHERE municipality_id = %s AND person_id = %s AND form_token = %s",
            [here, new.person_id, new.form_token],
        )
        found = cursor.fetchone()
        return Issued(found[0], found[1], new=False)


def set_rule(rule: Rule) -> None:
    """Set the municipality's rule. IntegrityError for days outside 1 to 365: the caller has checked them."""
    ClearanceRule.objects.update_or_create(municipality_id=current_municipality(), defaults=asdict(rule))

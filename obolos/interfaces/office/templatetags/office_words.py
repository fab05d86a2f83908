"""Amounts, moments and the words of states, for staff."""

import json
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from obolos.base import wording
from obolos.flows.resend import masked_contact

register = template.Library()


def _language() -> str:
    return "en" if (get_language() or "el").startswith("en") else "el"


@register.filter
def cents(value: int | None) -> str:
    """Cents as an amount in euro."""
    return wording.euro(value or 0, _language())


@register.filter
def at(value: datetime | None) -> str:
    """An instant in Athens time; a dash for none."""
    return wording.athens_moment(value, _language()) if value else "–"


@register.filter
def on(value: date | None) -> str:
    """A date; a dash for none."""
    return wording.short_date(value) if value else "–"


@register.filter
def masked(value: str) -> str:
    """A contact that can be recognised but not used."""
    return masked_contact(value) if value else "–"


@register.filter
def pretty(value: Any) -> str:
    """A JSON value for reading."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


@register.filter
def in_words(word: str) -> str:
    """A machine word in plain words; unknown ones as they are."""
    return {
        "OPEN": _("open"), "PAID": _("paid"), "PART": _("partly applied"), "FAILED": _("not made"),
        "EXPIRED": _("expired"), "VOIDED": _("voided"), "REDIRECTED": _("at the bank"), "UNKNOWN": _("bank undecided"),
        "DECLINED": _("declined"), "ABANDONED": _("given up"), "APPLIED": _("applied"), "PARTLY": _("partly applied"),
        "UNAPPLIED": _("not applied"), "CONFIRMED": _("confirmed"), "PENDING": _("waiting"), "REJECTED": _("rejected"),
        "SENT": _("sent"), "REFUSED": _("refused"), "PARKED": _("parked"), "CARD": _("card"), "RF": _("RF code"),
        "UNKNOWN_REFERENCE": _("no order has this reference"), "MORE_THAN_ASKED": _("more than was asked"),
        "DEBT_CLOSED_MEANWHILE": _("the debt had been paid or closed meanwhile"),
        "ERP_REFUSED": _("the financial system refused"), "ERP_CONTRADICTS": _("the financial system contradicts itself"),
        "OVERCOLLECTED": _("more collected than owed"), "DIAS_UNCONFIRMED": _("no day file confirmed it"),
        "DIAS_AMBIGUOUS": _("several payments fit a line"), "BANK_CONTRADICTS": _("the bank contradicts itself"),
        "CHECKING": _("being read"), "ASKING": _("asks before closing debts"), "DONE": _("taken in"),
        "CLERK": _("clerk"), "CASHIER": _("cashier"), "FINANCE": _("finance officer"), "ADMIN": _("administrator"),
        "ERP": _("financial system"), "PAYER_EMAIL": _("payer, e-mail"), "PAYER_SMS": _("payer, SMS"),
    }.get(str(word), str(word))  # fmt: skip

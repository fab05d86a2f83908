"""Amounts and dates in the reader's language, and the words that Obolos explains amounts with."""

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from obolos.base import wording
from obolos.base.dates import ATHENS, athens_date, end_of_day
from obolos.base.references import rf_format
from obolos.domain.debts.english import in_english
from obolos.domain.debts.rules import Allocation, Holding
from obolos.domain.debts.wording import Explanation, explain, explain_allocation, explain_validity, line_label

register = template.Library()
#: From the first Greek letter of a text to its last.
_GREEK = re.compile(r"([\u0370-\u03ff\u1f00-\u1fff](?:.*[\u0370-\u03ff\u1f00-\u1fff])?)", re.DOTALL)


def _language() -> str:
    return "en" if (get_language() or "el").startswith("en") else "el"


@register.filter
def euro(cents: int) -> str:
    """Cents as «1.234,56 €» or «€1,234.56»."""
    return wording.euro(cents, _language())


@register.filter
def plain_euro(cents: int) -> str:
    """Cents as a number for an input field: «12,34» or «12.34»."""
    return f"{cents // 100}{',' if _language() == 'el' else '.'}{cents % 100:02d}"


@register.filter
def day(on: date) -> str:
    """A date for tables: 23/11/2026."""
    return wording.short_date(on)


@register.filter
def long_day(on: date) -> str:
    """A date for sentences: 23 Νοεμβρίου 2026."""
    return wording.long_date(on, _language())


@register.filter
def moment(at: datetime) -> str:
    """An instant as Athens time."""
    return wording.athens_moment(at, _language())


@register.filter
def named(thing: Any) -> str:
    """The name or title of a municipality, debt or line in the reader's language.

    What an English title keeps in Greek (street, period) is marked as Greek, so that it is read aloud as Greek.
    """
    language = _language()
    if hasattr(thing, "name"):
        return str(thing.name(language))
    title = str(thing.title(language))
    if language == "el":
        return title
    return format_html_join("", "{}", ((_marked(part),) for part in _GREEK.split(title) if part))


@register.filter
def titled(thing: Any) -> str:
    """A title in the reader's language, plain: for headings and the window's title."""
    return str(thing.title(_language()))


@register.filter
def as_said(text: str) -> str:
    """Words of the municipality's own system: the well-known ones in the reader's language, Greek ones marked as such."""
    if _language() == "el":
        return text
    said = in_english(text)
    said = said[:1].upper() + said[1:] if text[:1].isupper() else said
    return format_html_join("", "{}", ((_marked(part),) for part in _GREEK.split(said) if part))


def _marked(part: str) -> str:
    return format_html('<span lang="el">{}</span>', part) if _GREEK.fullmatch(part) else escape(part)


@register.filter
def whom(town: Any) -> str:
    """A municipality after «to» or «at»: «Δήμο Ιωαννιτών», «the Municipality of Ioannina»."""
    if _language() == "el":
        return str(town.name_el).replace("Δήμος ", "Δήμο ", 1)
    return f"the {town.name_en}"


@register.filter
def whose(town: Any) -> str:
    """A municipality after «of»: «Δήμου Ιωαννιτών», «the Municipality of Ioannina»."""
    if _language() == "el":
        return str(town.name_el).replace("Δήμος ", "Δήμου ", 1)
    return f"the {town.name_en}"


@register.filter
def family(name: str) -> str:
    """What a group of revenue kinds is called at a municipality's door."""
    names = {
        "FINE": _("Fines"),
        "FEE": _("Fees and levies"),
        "WATER": _("Water and sewerage"),
        "RENT": _("Rents"),
    }
    return names.get(name, _("Other"))


@register.filter
def hours(door: Any) -> str:
    """When somebody answers a municipality's telephone; empty when it did not say."""
    return str(door.branding.hours(_language()))


@register.filter
def kinds(found: Any) -> str:
    """What a code is for, in the reader's language."""
    return str(found.kind_names(_language()))


@register.filter
def bare(address: str) -> str:
    """A website's address as people say it: «ioannina.gr»."""
    return address.partition("//")[2].removesuffix("/")


@register.filter
def label(line: Any) -> str:
    """Short name of a quote line."""
    return line_label(line, _language())  # type: ignore[arg-type]


@register.simple_tag
def why(line: Any, on: date) -> Explanation:
    """A quote line in words, with its small print."""
    return explain(line, _language(), on=on)  # type: ignore[arg-type]


@register.filter
def covers(allocation: Allocation) -> str:
    """What a smaller amount covers and what it leaves, in one or two sentences."""
    return explain_allocation(allocation, _language())  # type: ignore[arg-type]


@register.filter
def validity(held: Holding, on: date) -> str:
    """Until when an amount holds and what it is afterwards; empty when nothing changes it."""
    return explain_validity(held, _language(), on=on)  # type: ignore[arg-type]


@register.filter
def clock(at: datetime, now: date) -> str:
    """An instant for a note: «σήμερα 08:40» on the day itself, else the whole date and time."""
    if athens_date(at) != now:
        return wording.athens_moment(at, _language())
    today = _("today")
    return f"{today} {at.astimezone(ATHENS):%H:%M}"


@register.filter
def phone(mobile: str) -> str:
    """A mobile number in groups, as one reads it out: «+30 690 000 0001»."""
    return f"{mobile[:3]} {mobile[3:6]} {mobile[6:9]} {mobile[9:]}" if mobile.startswith("+30") else mobile


@register.filter
def grouped(code: str) -> str:
    """An RF code in groups of four."""
    return rf_format(code)


@register.filter
def day_and_time(at: datetime) -> str:
    """When an event starts: «Σάββατο 5 Δεκεμβρίου 2026, 20:30»."""
    return wording.day_and_time(at, _language())


@register.filter
def hour(at: datetime) -> str:
    """The time of day in Athens."""
    return f"{at.astimezone(ATHENS):%H:%M}"


@register.filter
def about(sold: Any) -> str:
    """What an event or certificate is, in the reader's language."""
    return str(sold.about(_language()))


@register.filter
def conditions(sold: Any) -> str:
    """What a buyer agrees to."""
    return str(sold.conditions(_language()))


@register.filter
def asks(certificate: Any) -> str:
    """What the payer must write for a certificate."""
    return str(certificate.asks(_language()))


@register.filter
def last_minute(on: date) -> str:
    """A last day to its minute, where something is held so long: «23 Νοεμβρίου 2026, 23:59»."""
    return wording.athens_moment(end_of_day(on), _language())


@register.simple_tag
def rf_known() -> str:
    """How soon we hear of a payment by RF code."""
    return wording.RF_KNOWN[_language()]


@register.simple_tag
def rf_known_short() -> str:
    """The same beside a choice of means."""
    return wording.RF_KNOWN_SHORT[_language()]


@register.filter
def why_ended(ended: Any) -> str:
    """Why a message was closed without an answer; empty when it was answered."""
    return str(ended.why(_language()))


#: Short names of levies that everybody says and nobody knows the words of.
_IN_FULL = {"ΤΑΠ": "ΤΑΠ (Τέλος Ακίνητης Περιουσίας)"}


@register.filter
def in_full(thing: Any) -> str:
    """As `named`, with what a short name stands for."""
    name = named(thing)
    return _IN_FULL.get(name, name)

"""Amounts, moments and the words of states, for staff."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.translation import get_language

from obolos.base import wording
from obolos.base.dates import ATHENS
from obolos.base.masking import masked as hidden
from obolos.base.numbers import whole
from obolos.base.references import rf_format, slip_format
from obolos.flows.inquire import waiting_inquiries
from obolos.flows.staff_sign_in import StaffPlace
from obolos.interfaces.office import words
from obolos.interfaces.office.sections import Section, sections_of

register = template.Library()


def _language() -> str:
    return "en" if (get_language() or "el").startswith("en") else "el"


@register.simple_tag
def waiting_messages(staff: StaffPlace) -> int:
    """How many messages about debts wait for an answer."""
    return waiting_inquiries(municipality_id=staff.municipality_id)


@register.simple_tag
def office_sections(staff: StaffPlace, shown: str) -> list[Section]:
    """The sections that the signed-in person may open."""
    return sections_of(staff, shown)


@register.filter
def cents(value: int | None) -> str:
    """Cents as an amount in euro."""
    return wording.euro(value or 0, _language())


@register.filter
def some_cents(value: int | None) -> str:
    """Cents as an amount in euro; a dash for none."""
    return wording.euro(value, _language()) if value else "–"


@register.filter
def and_also(one: int, other: int | str | None) -> int:
    """Two counts together; the second may be none of this person's business."""
    return one + (int(other) if other else 0)


@register.filter
def counted(value: int | None) -> str:
    """A number of things, with a mark between thousands: «2.471»."""
    return f"{value or 0:,}".replace(",", "," if _language() == "en" else ".")


@register.filter
def at(value: datetime | None) -> str:
    """An instant in Athens time, «22/11/2026 06:14»; a dash for none."""
    return f"{value.astimezone(ATHENS):%d/%m/%Y %H:%M}" if value else "–"


@register.filter
def on(value: date | None) -> str:
    """A date; a dash for none."""
    return wording.short_date(value) if value else "–"


@register.filter
def grouped(code: str) -> str:
    """An RF code in groups of four."""
    return rf_format(code)


@register.filter
def in_words(word: str) -> str:
    """A machine word in plain words; unknown ones as they are."""
    return words.plain(word)


@register.filter
def account(name: str) -> str:
    """A ledger account in plain words."""
    return words.account(name)


@register.filter
def event(word: str) -> str:
    """What a delivery is about."""
    return words.event(word)


@register.filter
def subject(text: str) -> str:
    """What a question is about: «instalment 22334»."""
    return words.subject(text)


@register.filter
def slip_number(number: str) -> str:
    """A slip's number as printed."""
    return slip_format(number)


@register.filter
def slip_of(subject: str) -> int:
    """The slip that a question is about; 0 when it is about something else."""
    about, _, named = subject.partition(":")
    return (whole(named) or 0) if about == "slip" else 0


@register.filter
def of(found: Mapping[int, Any], key: int) -> Any:
    """What stands under a key; nothing when nothing does."""
    return found.get(key, ())


@register.filter
def nth(found: Sequence[Any], place: int) -> Any:
    """What stands at that place of a row, counted from 0."""
    return found[place]


@register.filter
def batch_state(word: str) -> str:
    """How far a batch of notices is."""
    return words.batch_state(word)


@register.filter
def when_due(days: int) -> str:
    """When a reminder goes out: «7 days before», «on the due date», «3 days after»."""
    return words.when_due(days)


@register.simple_tag
def title(one: Any) -> str:
    """What a debt is called, in the page's language."""
    return str(one.title(_language()))


@register.simple_tag
def name(one: Any) -> str:
    """What a revenue kind is called, in the page's language."""
    return str(one.name(_language()))


@register.simple_tag
def instalment(titles: Mapping[int, Any], instalment_id: int) -> str:
    """What an instalment is called, what it is about and the financial system's number of its debt."""
    found = titles.get(instalment_id)
    if found is None:
        return str(instalment_id)
    return ", ".join(part for part in (found.title(_language()), found.about, found.ext_id) if part)


@register.filter
def label(line: Any) -> str:
    """Name of a line of an amount, in the page's language."""
    return str(getattr(line, _language())[0])


@register.filter
def sentence(line: Any) -> str:
    """Why a line of an amount is what it is, in the page's language."""
    return str(getattr(line, _language())[1])


@register.filter
def reason(line: Mapping[str, Any]) -> str:
    """Why an amount is what it is: the sentence stored with the order, in the page's language."""
    spoken = line.get(_language()) or line.get("el") or ("", "")
    return str(spoken[1]) if len(spoken) > 1 else ""


@register.filter
def answer(told: Any) -> list[str]:
    """The other side's last words for reading, contacts masked."""
    if not isinstance(told, Mapping):
        return []
    lines = []
    for key, value in told.items():
        if value in ("", None):
            continue
        shown = hidden(str(value)) if key == "to" else words.plain(str(value))
        lines.append(f"{words.answer_key(key)}: {shown}")
    return lines


@register.filter
def tone(state: str) -> str:
    """The colour of a state's tag; the word says it too."""
    if state in {"PAID", "APPLIED", "DONE", "SENT", "CONFIRMED"}:
        return "ob-tag--ok"
    if state in {"FAILED", "REFUSED", "REJECTED", "UNAPPLIED"}:
        return "ob-tag--err"
    if state in {"PART", "PARTLY", "ASKING", "PARKED"}:
        return "ob-tag--warn"
    return "ob-tag--info" if state in {"OPEN", "CHECKING", "PENDING"} else ""

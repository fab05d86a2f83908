"""The letter or SMS of a reminder, written at the moment it goes out, and only if it still should.

Between making and sending, people pay, stop reminders or remove their address, and nights fall. Then nothing is sent,
and the delivery says why.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from obolos.adapters.documents.ics import reminder_ics
from obolos.adapters.messaging.mail import as_text
from obolos.adapters.messaging.payer_messages import Payee
from obolos.adapters.messaging.reminder_messages import Due, reminder_email, reminder_sms
from obolos.adapters.messaging.views import EmailView, SmsView
from obolos.base.dates import athens_date
from obolos.base.references import rf_code
from obolos.base.tenancy import tenancy
from obolos.base.text import as_people_write
from obolos.domain.debts.law import law_of
from obolos.domain.municipalities.models import Municipality
from obolos.domain.notices.actions import pay_codes_for
from obolos.domain.reminders import rules
from obolos.domain.reminders.queries import ReminderRow, policy_of, reminder_by_id
from obolos.flows.remind import leg_of, taken_code
from obolos.flows.show_debts import Leg, MunicipalityView, NotPayable
from obolos.flows.stop_reminders import stop_url


@dataclass(frozen=True, slots=True)
class Withheld:
    """Nothing goes out: never, or not before `until`. `reason`: a machine word."""

    reason: str
    until: datetime | None = None


def reminder_message(
    reminder_id: int, municipality_id: int, *, key: str, now: datetime
) -> tuple[str, EmailView | SmsView] | Withheld:
    """(address, message) of a reminder as of now; Withheld when it must not go out."""
    with tenancy(municipality=municipality_id):
        reminder = reminder_by_id(reminder_id)
        policy = policy_of()
        version = Municipality.objects.values_list("law_version", flat=True).get(id=municipality_id)
        calendar = law_of(municipality_id, version).calendar
    to = reminder.email if reminder.channel == "EMAIL" else reminder.mobile
    if not policy.on:
        return Withheld("SWITCHED_OFF")
    if reminder.opted_out or not to:
        return Withheld("OPTED_OUT" if reminder.opted_out else "NO_CONTACT")
    if now - reminder.made_at > rules.STALE:
        return Withheld("TOO_LATE")
    hours = rules.Hours(policy.send_from, policy.send_until)
    if not hours.allow(now, calendar):
        return Withheld("QUIET_HOURS", hours.next_after(now, calendar))
    try:
        leg = leg_of(reminder.person_id, reminder.instalment_ids, municipality_id=municipality_id, now=now)
    except NotPayable as refusal:
        return Withheld("PAID_MEANWHILE" if refusal.reason == "UNKNOWN" else "NOT_NOW")
    if leg.amount_cents != reminder.amount_cents:
        return Withheld("AMOUNT_CHANGED")
    return to, _message(reminder, leg, to, key=key, now=now)


def _message(reminder: ReminderRow, leg: Leg, to: str, *, key: str, now: datetime) -> EmailView | SmsView:
    payee, language = payee_of(leg.municipality), reminder.language
    # Who took a code of his own since then is sent no other beside it.
    taken = taken_code(leg)
    rf, until = (reminder.rf, reminder.valid_until) if taken is None else taken
    if until is not None and until < athens_date(now):
        rf, until = "", None
    due = Due(
        person=as_people_write(reminder.name),
        amount_cents=leg.amount_cents,
        due_on=min(line.row.effective_due_on for line in leg.lines),
        on=athens_date(now),
        about=_about(leg, language),
        rf=rf,
        rf_until=until,
    )
    if reminder.channel == "SMS":
        return reminder_sms(payee, due, mobile=to, language=language, key=key)
    url = _pay_url(leg, now)
    return reminder_email(
        payee,
        due,
        to=to,
        language=language,
        pay_url=url,
        stop_url=stop_url(reminder.person_id),
        calendar=b"" if due.late else _calendar(reminder, leg, due, url),
        message_id=key,
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """What a reminder of an invented debt would say."""

    sms: str
    subject: str
    text: str


def sample_messages(*, municipality_id: int, language: str, now: datetime) -> Sample:
    """The reminder of 78.48 € due in a week, to an invented person, as this municipality would send it."""
    municipality = Municipality.objects.get(id=municipality_id)
    english = municipality.name_en.removeprefix("Municipality of ")
    domain = settings.OBOLOS_PORTAL_URL.partition("//")[2]
    payee = Payee(municipality.short_el, english, municipality.phone, domain)
    on = athens_date(now)
    about, person = ("Ύδρευση 2026", "Παπαδοπούλου Ελένη") if language == "el" else ("Water 2026", "Papadopoulou Eleni")
    due_on = on + timedelta(days=7)
    due = Due(person, 7_848, due_on, on, about, rf_code(municipality.dias_code, 7_848, "0" * 15), due_on)
    letter = reminder_email(
        payee, due, to="name@example.gr", language=language, pay_url=f"{settings.OBOLOS_PORTAL_URL}/",
        stop_url=f"{settings.OBOLOS_PORTAL_URL}/",
    )  # fmt: skip
    return Sample(
        reminder_sms(payee, due, mobile="6900000000", language=language).text, letter.subject, as_text(letter)
    )


def payee_of(municipality: MunicipalityView) -> Payee:
    """The municipality as messages name it."""
    english = municipality.name_en.removeprefix("Municipality of ")
    domain = settings.OBOLOS_PORTAL_URL.partition("//")[2]
    return Payee(municipality.short_el, english, municipality.phone, domain)


def _pay_url(leg: Leg, now: datetime) -> str:
    """One debt that a guest may pay: by its code, at once. Else to his own list, with these debts chosen."""
    debts = {line.row.debt_id for line in leg.lines}
    if len(debts) == 1 and all(line.row.kind.guest for line in leg.lines):
        with tenancy(municipality=leg.municipality.id):
            code = pay_codes_for(list(debts), now=now)[next(iter(debts))]
        return f"{settings.OBOLOS_PORTAL_URL}/k/{code}"
    query = "&".join(f"d={line.row.instalment_id}" for line in leg.lines)
    return f"{settings.OBOLOS_PORTAL_URL}/debts/?{query}"


def _about(leg: Leg, language: str) -> str:
    """Up to two debts by name; how many more there are."""
    names = [line.row.title(language) for line in leg.lines]
    joint, rest = ("και", "ακόμη") if language == "el" else ("and", "more")
    if len(names) < 3:
        return f" {joint} ".join(names)
    return f"{names[0]}, {names[1]} {joint} {len(names) - 2} {rest}"


def _calendar(reminder: ReminderRow, leg: Leg, due: Due, url: str) -> bytes:
    """The due date as a calendar file: the same entry from every reminder of it."""
    name = leg.municipality.name(reminder.language)
    return reminder_ics(
        uid=f"due-{leg.lines[0].row.instalment_id}@obolos",
        on=due.due_on,
        summary=f"Πληρωμή: {name}" if reminder.language == "el" else f"Payment: {name}",
        description=due.rf,
        made_at=reminder.made_at,
        url=url,
    )

"""Tell the outside what became true: the ERP, the payer. At least once on the wire, once in effect.

Deliveries were written by the transaction that made them true. A tick claims due ones by a lease, speaks outside of
any transaction, and notes the answer. A crash in between means telling again under the same key.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

from obolos.adapters.documents.ics import rf_reminder_ics
from obolos.adapters.erp.client import ErpClient, ErpStatus, ErpUnavailable
from obolos.adapters.messaging.mail import send_email
from obolos.adapters.messaging.payer_messages import (
    Payee,
    payment_received_email,
    payment_received_sms,
    rf_issued_email,
    rf_issued_sms,
)
from obolos.adapters.messaging.sms import SmsGateway, send_sms
from obolos.adapters.messaging.views import BadMessage, EmailView, NotSent, SmsView
from obolos.base.dates import end_of_day
from obolos.base.tenancy import refuse_inside_transaction, tenancy
from obolos.domain.deliveries.models import Target
from obolos.domain.messages.models import Message
from obolos.domain.municipalities.models import Municipality
from obolos.domain.payments import booking
from obolos.domain.payments.models import MerchantAccount
from obolos.domain.payments.queries import payment_for_erp
from obolos.domain.reconciliation.failed_deliveries import OUR_FAULT, ask_about_delivery, note_delivered
from obolos.flows.bank_accounts import open_password
from obolos.flows.inquire import inquiry_letter
from obolos.flows.order_status import OrderView, first_of, read_order_view
from obolos.flows.payment_proof import proof_of
from obolos.flows.show_offerings import sale_of
from obolos.flows.tell_buyers import letter_about, with_what_it_bought, with_what_it_holds
from obolos.flows.tell_reminder import Withheld, reminder_message
from obolos.flows.tell_slip_payers import LETTERS, VOIDED, slip_letter, void_letter, with_what_waits

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=2)
AT_ONCE = 100
LONGEST = timedelta(hours=8)
GIVE_UP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class _Due:
    id: int
    municipality_id: int
    target: str
    subject: str
    event: str
    version: int
    tries: int
    created_at: datetime
    #: Where to, when staff sent it again to the contact on file; else the order says.
    detail: dict[str, Any]

    @property
    def subject_id(self) -> int:
        return int(self.subject.partition(":")[2])

    @property
    def key(self) -> str:
        words = (self.municipality_id, self.target, self.subject, self.event, self.version)
        return "-".join(["obolos", *map(str, words)]).lower().replace(":", "-").replace("_", "-")


@dataclass(frozen=True, slots=True)
class _Ending:
    """SENT, REFUSED (a person decides) or PENDING (again later), with the other side's words."""

    state: str
    answer: dict[str, Any]
    #: When to try again, if not in its turn.
    at: datetime | None = None


def deliver_due(*, now: datetime) -> int:
    """Tell everything that is due; returns how many were tried."""
    tried = 0
    for municipality_id in Municipality.objects.order_by("id").values_list("id", flat=True):
        for due in _claim(municipality_id, now):
            _finish(due, _tell(due, now), now)
            tried += 1
    return tried


def _claim(municipality_id: int, now: datetime) -> list[_Due]:
    """What is due, in the order in which it happened: «we have your message» before «it is closed».

    An UPDATE returns its rows in the order in which it met them, which is the order of no event.
    """
    with tenancy(municipality=municipality_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery SET due_at = %s, tries = tries + 1 WHERE id IN (SELECT id FROM delivery "
            "WHERE municipality_id = %s AND state = 'PENDING' AND due_at <= %s ORDER BY due_at, id LIMIT %s "
            "FOR UPDATE SKIP LOCKED) RETURNING id, municipality_id, target, subject, event, version, tries, "
            "created_at, detail",
            [now + LEASE, municipality_id, now, AT_ONCE],
        )
        rows = sorted(cursor.fetchall())
    return [
        _Due(number, town, target, subject, event, version, tries, created_at, _json(detail))
        for number, town, target, subject, event, version, tries, created_at, detail in rows
    ]


def _json(value: Any) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) else value
    return dict(found)


def _tell(due: _Due, now: datetime) -> _Ending:
    tellers: dict[str, Callable[[_Due, datetime], _Ending]] = {
        Target.ERP: _tell_erp,
        Target.PAYER_EMAIL: _tell_by_email,
        Target.PAYER_SMS: _tell_by_sms,
    }
    try:
        if due.subject.startswith("purchase:"):
            return _tell_buyer(due, now)
        if due.subject.startswith("inquiry:"):
            return _tell_inquirer(due, now)
        if due.event in LETTERS:
            return _tell_slip_payer(due, now)
        return _tell_reminder(due, now) if due.event == "REMINDER" else tellers[due.target](due, now)
    except (ErpUnavailable, NotSent) as error:
        retry = getattr(error, "retry", True)
        return _Ending("PENDING" if retry else "REFUSED", {"error": str(error)[:300]})
    except BadMessage as error:
        return _Ending("REFUSED", {"error": str(error)[:300]})
    except Exception:
        # A fault of ours in one delivery must not hold up the others; it is tried again, stands in the log, and a
        # person is asked.
        log.exception("delivery failed", id=due.id, target=due.target, about=due.event)
        return _Ending("PENDING", {"error": OUR_FAULT})


def _finish(due: _Due, ending: _Ending, now: datetime) -> None:
    state, at = ending.state, now
    if state == "PENDING":
        if now - due.created_at > GIVE_UP:
            state = "PARKED"
        at = ending.at or now + wait_after(due.tries, random.random())  # noqa: S311 - jitter, no secret
    with tenancy(municipality=due.municipality_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery SET state = %s, due_at = %s, done_at = %s, answer = %s::jsonb "
            "WHERE id = %s AND state = 'PENDING'",
            [state, at, None if state == "PENDING" else now, json.dumps(ending.answer, ensure_ascii=False), due.id],
        )
        if not cursor.rowcount:
            return  # we were so slow that another worker told it, and that stands
        if ending.answer.get("error") == OUR_FAULT:
            ask_about_delivery(subject=due.subject, target=due.target, event=due.event, now=now)
        else:
            note_delivered(subject=due.subject, now=now)
        if due.target == Target.ERP and state == "SENT":
            cursor.execute(
                "UPDATE payment SET erp_acked_at = coalesce(erp_acked_at, %s) WHERE id = %s", [now, due.subject_id]
            )
        if due.target == Target.ERP and state in {"REFUSED", "PARKED"}:
            received = booking.Received(due.municipality_id, "ERP", "TICK", "", "", {}, now)
            reason = str(ending.answer.get("reason") or ending.answer.get("error") or state)
            booking.open_worklist(received, "ERP_REFUSED", due.subject, state, {"reason": reason[:300]})
    log.info("delivery", id=due.id, target=due.target, about=due.event, state=state, tries=due.tries)


def wait_after(tries: int, chance: float) -> timedelta:
    """How long until the next try: doubling from 15 s to 8 h, with full jitter between half and whole."""
    whole = min(timedelta(seconds=15) * 2 ** min(tries - 1, 12), LONGEST)
    return timedelta(seconds=whole.total_seconds() * (0.5 + chance / 2))


def _tell_erp(due: _Due, now: datetime) -> _Ending:
    with tenancy(municipality=due.municipality_id):
        account = MerchantAccount.objects.filter(municipality_id=due.municipality_id, bank="ERP", active=True).first()
        payload = _frozen_payload(due)
    if account is None:
        return _Ending("PENDING", {"error": "no ERP account"})
    client = ErpClient(account.public["base_url"], open_password(due.municipality_id, account.sealed_password))
    refuse_inside_transaction("an ERP call")
    answer = client.post_payment(payload, due.key)
    state = "REFUSED" if answer.status is ErpStatus.REFUSED else "SENT"
    return _Ending(state, {"status": str(answer.status), "receipt_no": answer.receipt_no, "reason": answer.reason})


def _frozen_payload(due: _Due) -> dict[str, Any]:
    """What the ERP is told, fixed at the first try: the same key must always come with the same body."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT detail FROM delivery WHERE id = %s FOR UPDATE", [due.id])
        detail = _json(cursor.fetchone()[0])
        if "payload" not in detail:
            detail["payload"] = payment_for_erp(due.subject_id)
            cursor.execute(
                "UPDATE delivery SET detail = %s::jsonb WHERE id = %s", [json.dumps(detail, ensure_ascii=False), due.id]
            )
    return dict(detail["payload"])


def _order_of(due: _Due, now: datetime) -> OrderView:
    with tenancy(municipality=due.municipality_id), connection.cursor() as cursor:
        if due.subject.startswith("payment:"):
            cursor.execute(
                "SELECT o.public_id, o.id FROM payment p JOIN payment_order o ON o.id = p.order_id WHERE p.id = %s",
                [due.subject_id],
            )
        else:
            cursor.execute("SELECT public_id, id FROM payment_order WHERE id = %s", [due.subject_id])
        public_id, order_id = cursor.fetchone()
        return read_order_view(public_id, due.municipality_id, order_id, now=now)


def _payee(order: OrderView) -> Payee:
    english = order.municipality.name_en.removeprefix("Municipality of ")
    domain = settings.OBOLOS_PORTAL_URL.partition("//")[2]
    return Payee(order.municipality.short_el, english, order.municipality.phone, domain)


def _url(order: OrderView) -> str:
    return f"{settings.OBOLOS_PORTAL_URL}/pay/{order.public_id}/"


def _about(order: OrderView, language: str) -> str:
    return first_of([line.title(language) for line in order.lines], language)


def _tell_by_email(due: _Due, now: datetime) -> _Ending:
    order = _order_of(due, now)
    to = due.detail.get("email") or order.email
    if not to:
        return _Ending("REFUSED", {"error": "no e-mail address"})
    again = due.version > 1
    if due.event == "RF_ISSUED":
        sale = sale_of(order)
        view = rf_issued_email(
            _payee(order),
            to=to,
            language=order.language,
            rf_code=order.rf,
            amount_cents=order.amount_cents,
            valid_until=order.valid_until,
            about=_about(order, order.language),
            order_url=_url(order),
            pay_by=end_of_day(order.valid_until) if sale else None,
            calendar=calendar_of(order, sold=sale is not None, now=now),
            again=again,
            message_id=due.key.replace(":", "-"),
        )
        view = with_what_it_holds(view, sale)
    else:
        assert order.paid_at is not None
        view = payment_received_email(
            _payee(order),
            to=to,
            language=order.language,
            amount_cents=order.paid_cents,
            paid_at=order.paid_at,
            means=_means(order),
            about=_about(order, order.language) if order.applied_cents else "",
            reference=order.reference,
            order_url=_url(order),
            proof=proof_of(order.public_id, now=now),
            uncounted_cents=order.unapplied_cents,
            asked_cents=order.amount_cents,
            left_cents=order.left_cents,
            again=again,
            message_id=due.key.replace(":", "-"),
        )
        view = with_what_waits(with_what_it_bought(view, order), order, now=now)
    return _send(due, view, now)


def _send(due: _Due, view: EmailView | None, now: datetime) -> _Ending:
    """Send a letter and keep it; None is a letter that has nothing to tell any more."""
    if view is None:
        return _Ending("REFUSED", {"error": "nothing to tell any more"})
    refuse_inside_transaction("an e-mail")
    send_email(view, settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">"))
    _remember(due, view.to, view, now)
    return _Ending("SENT", {"to": view.to})


def _tell_buyer(due: _Due, now: datetime) -> _Ending:
    """What a buyer hears of a purchase by itself: tickets free of charge, a certificate made out, an event called off."""
    view = letter_about(due.subject_id, due.event, municipality_id=due.municipality_id, message_id=due.key)
    return _send(due, view, now)


def _tell_slip_payer(due: _Due, now: datetime) -> _Ending:
    """What became of the money of a slip that was paid before its fine came, or of a code whose slip is void."""
    town = due.municipality_id
    if due.event == VOIDED:
        return _send(due, void_letter(due.subject_id, municipality_id=town, message_id=due.key, now=now), now)
    view = slip_letter(due.subject_id, due.event, municipality_id=town, message_id=due.key, now=now)
    return _send(due, view, now)


def _means(order: OrderView) -> str:
    card, rf = ("Κάρτα", "Κωδικός RF") if order.language == "el" else ("Card", "RF code")
    return card if order.means == "CARD" else rf


def calendar_of(order: OrderView, *, sold: bool, now: datetime) -> bytes:
    """The reminder of an RF order's last day, as a calendar file. `sold`: something is held for it, so to the minute."""
    return rf_reminder_ics(
        uid=f"{order.public_id}@obolos",
        language=order.language,
        municipality=order.municipality.name_el if order.language == "el" else order.municipality.name_en,
        rf_code=order.rf,
        amount_cents=order.amount_cents,
        valid_until=order.valid_until,
        pay_by=end_of_day(order.valid_until) if sold else None,
        reference=order.reference,
        made_at=order.created_at,
        now=now,
        url=_url(order),
    )


def _tell_by_sms(due: _Due, now: datetime) -> _Ending:
    order = _order_of(due, now)
    to = due.detail.get("mobile") or order.mobile
    if not to:
        return _Ending("REFUSED", {"error": "no mobile number"})
    if due.event == "RF_ISSUED":
        view = rf_issued_sms(
            _payee(order),
            mobile=to,
            language=order.language,
            rf_code=order.rf,
            amount_cents=order.amount_cents,
            valid_until=order.valid_until,
            key=due.key,
        )
    else:
        view = payment_received_sms(
            _payee(order),
            mobile=to,
            language=order.language,
            amount_cents=order.paid_cents,
            reference=order.reference,
            about=_about(order, order.language) if order.applied_cents else "",
            key=due.key,
        )
    refuse_inside_transaction("an SMS")
    sender = Municipality.objects.values_list("sms_sender", flat=True).get(id=due.municipality_id)
    send_sms(view, SmsGateway(settings.OBOLOS_SMS_URL, sender, token=settings.OBOLOS_SMS_TOKEN))
    _remember(due, to, view, now)
    return _Ending("SENT", {"to": to})


def _tell_reminder(due: _Due, now: datetime) -> _Ending:
    told = reminder_message(due.subject_id, due.municipality_id, key=due.key, now=now)
    if isinstance(told, Withheld):
        return _Ending("PENDING" if told.until else "REFUSED", {"reason": told.reason}, told.until)
    to, view = told
    refuse_inside_transaction("a reminder")
    if isinstance(view, EmailView):
        send_email(view, settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">"))
    else:
        sender = Municipality.objects.values_list("sms_sender", flat=True).get(id=due.municipality_id)
        send_sms(view, SmsGateway(settings.OBOLOS_SMS_URL, sender, token=settings.OBOLOS_SMS_TOKEN))
    _remember(due, to, view, now)
    return _Ending("SENT", {"to": to})


def _tell_inquirer(due: _Due, now: datetime) -> _Ending:
    view = inquiry_letter(due.subject_id, due.event, municipality_id=due.municipality_id, message_id=due.key)
    return _send(due, view, now)


def _remember(due: _Due, address: str, view: EmailView | SmsView, now: datetime) -> None:
    email = isinstance(view, EmailView)
    with tenancy(municipality=due.municipality_id):
        Message.objects.create(
            municipality_id=due.municipality_id,
            channel="email" if email else "sms",
            address=address,
            kind=due.event,
            subject=due.subject,
            title=view.subject[:200] if isinstance(view, EmailView) else "",
            text=view.lead if isinstance(view, EmailView) else view.text,
            sent_at=now,
        )

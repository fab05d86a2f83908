"""A bank speaks: the payer's browser brings its signed answer, or the bank answers our own question.

The return uses no session. Its signed reference finds the attempt, the attempt's own ticket proves the signature, and
whatever is proven goes through the one door. Nothing unproven changes anything.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from obolos.adapters.banks.contract import NOT_FOUND, BankAnswer, BankUnavailable, Params
from obolos.base.tenancy import refuse_inside_transaction, tenancy
from obolos.flows.bank_accounts import BANKS, OpenAccount, account_by_id, open_ticket
from obolos.flows.collect import Outcome, book_answer, record_no_such_sale, record_outcome, record_silence


class NotOurs(Exception):
    """The message names no attempt of ours. Nothing is stored: anybody can post anything to a public address."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    id: int
    municipality_id: int
    reference: str
    ticket: str
    account: OpenAccount
    public_id: str
    created_at: datetime
    ticket_expires_at: datetime


def hear_return(bank: str, params: Params, *, now: datetime) -> Outcome:
    """Take what the payer's browser brought back from a bank. Raises NotOurs."""
    adapter = BANKS[bank]
    reference = adapter.reference_in(params)
    if reference is None:
        raise NotOurs("no reference")
    municipality_id, attempt_id = _place(reference)
    with tenancy(municipality=municipality_id):
        attempt = _read(municipality_id, attempt_id)
        answer = adapter.read_return(attempt.account.credentials, attempt.ticket, params)
        return book_answer(municipality_id, attempt_id, answer, provider=bank, source="RETURN", now=now)


def order_of_return(bank: str, params: Params) -> str:
    """Public id of the order a cancelled or unreadable return is about, for showing its page. Raises NotOurs."""
    reference = BANKS[bank].reference_in(params)
    if reference is None:
        raise NotOurs("no reference")
    municipality_id, attempt_id = _place(reference)
    with tenancy(municipality=municipality_id):
        return _read(municipality_id, attempt_id).public_id


def ask_about(municipality_id: int, attempt_id: int, *, now: datetime) -> str:
    """Ask the bank about one attempt and record what it says; returns a machine word for logs and staff."""
    with tenancy(municipality=municipality_id):
        attempt = _read(municipality_id, attempt_id)
    refuse_inside_transaction("a bank query")
    try:
        answer = attempt.account.adapter.query(attempt.account.credentials, attempt.reference)
    except BankUnavailable:
        record_silence(municipality_id, attempt_id, now=now)
        return "UNAVAILABLE"
    if answer.reason == NOT_FOUND:
        before = _denied_before(attempt, answer, now)
        return record_no_such_sale(municipality_id, attempt_id, denied_before_at=before, now=now)
    provider = attempt.account.bank
    return record_outcome(municipality_id, attempt_id, answer, provider=provider, source="QUERY", now=now).disposition


def _denied_before(attempt: _Attempt, answer: BankAnswer, now: datetime) -> datetime | None:
    """When the bank first said, after the ticket's end, that it knows no such sale; stores the first such word."""
    if now < attempt.ticket_expires_at:
        return None
    with tenancy(municipality=attempt.municipality_id), connection.cursor() as cursor:
        cursor.execute(
            "WITH m AS (INSERT INTO bank_message (municipality_id, provider, source, key, raw, decoded, received_at) "
            "VALUES (%s, %s, 'QUERY', %s, %s, '{}', %s) ON CONFLICT (municipality_id, provider, key) DO NOTHING "
            "RETURNING id), r AS (INSERT INTO bank_result (municipality_id, message_id, verdict, disposition, reason, "
            "attempt_id) SELECT %s, m.id, 'DECLINED', 'DECLINED', 'NOT_FOUND', %s FROM m) "
            "SELECT received_at FROM bank_message WHERE municipality_id = %s AND provider = %s AND key = %s",
            [
                attempt.municipality_id,
                attempt.account.bank,
                f"NOT_FOUND:{attempt.reference}",
                answer.raw,
                now,
                attempt.municipality_id,
                attempt.id,
                attempt.municipality_id,
                attempt.account.bank,
                f"NOT_FOUND:{attempt.reference}",
            ],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _place(reference: str) -> tuple[int, int]:
    """(municipality id, attempt id) of a reference. Raises NotOurs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id, id FROM obolos_find_attempt(%s)", [reference])
        row = cursor.fetchone()
    if row is None:
        raise NotOurs("unknown reference")
    return row[0], row[1]


def _read(municipality_id: int, attempt_id: int) -> _Attempt:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.reference, a.sealed_ticket, a.merchant_account_id, o.public_id, a.created_at, a.ticket_expires_at, "
            "m.law_version FROM payment_attempt a JOIN payment_order o ON o.id = a.order_id "
            "JOIN municipality m ON m.id = a.municipality_id WHERE a.id = %s",
            [attempt_id],
        )
        reference, sealed, account_id, public_id, created_at, expires_at, version = cursor.fetchone()
    return _Attempt(
        id=attempt_id,
        municipality_id=municipality_id,
        reference=reference,
        ticket=open_ticket(municipality_id, sealed),
        account=account_by_id(municipality_id, account_id, version),
        public_id=public_id,
        created_at=created_at,
        ticket_expires_at=expires_at,
    )

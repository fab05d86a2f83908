"""DIAS: an online message is a question and may be refused; a day file is news and never is.

Accepted online payments are booked to clearing at once and confirmed by the file; one that no file confirms within
two working days becomes a question to a person. A file line that cannot be applied becomes unapplied money.
"""

import hmac
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import structlog
from django.db import connection

from obolos.adapters.dias.day_file import BadDayFile, DayFile, FileRow, LineError, read_day_file
from obolos.adapters.dias.online import Decision, IncomingPayment, OnlineRequest, Rejection
from obolos.base.dates import athens_date, athens_day_bounds
from obolos.base.tenancy import tenancy
from obolos.domain.debts.law import law_of
from obolos.domain.debts.queries import locked_instalments
from obolos.domain.municipalities.models import Municipality
from obolos.domain.notices.slips import instalments_behind
from obolos.domain.payments import booking
from obolos.domain.payments.booking import Evidence, Received
from obolos.domain.payments.models import Disposition, MerchantAccount
from obolos.flows.bank_accounts import open_password
from obolos.flows.collect import apply_money
from obolos.flows.slips import objection_to_slip, order_for_slip

log = structlog.get_logger(__name__)
PROVIDER = "DIAS"
#: How far the clocks of two institutions may differ.
CLOCKS = timedelta(hours=1)


class NotDias(Exception):
    """The caller did not prove to be DIAS for that organisation. Nothing is stored."""


@dataclass(frozen=True, slots=True)
class _Code:
    id: int
    order_id: int | None
    amount_cents: int | None
    valid_until: date
    voided_at: datetime | None
    issued_at: datetime | None = None

    def plausible(self, paid_at: datetime, now: datetime) -> bool:
        """Whether the code can have been paid then: not before it was issued, not in time to come."""
        return self.issued_at is None or self.issued_at - CLOCKS <= paid_at <= now + CLOCKS


def is_dias(user: str, password: str) -> bool:
    """Whether somebody calls with the user and password that a municipality gave DIAS; asked before the body is read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id, id FROM obolos_find_dias(%s)", [user.replace("\x00", "")])
        found = cursor.fetchall()
    for municipality_id, account_id in found:
        with tenancy(municipality=municipality_id):
            sealed = MerchantAccount.objects.values_list("sealed_password", flat=True).get(id=account_id)
        if hmac.compare_digest(open_password(municipality_id, sealed).encode(), password.encode()):
            return True
    return False


def answer_online(request: OnlineRequest, *, user: str, password: str, now: datetime) -> list[Decision]:
    """Accept or reject each payment DIAS asks about. The same question asked again gets its stored answer.

    Each answer is committed before it is returned. Raises NotDias when the credentials are not those of every
    organisation named.
    """
    places = {payment.organisation: _place(payment.organisation, user, password) for payment in request.payments}
    return [_answer(places[payment.organisation], payment, now) for payment in request.payments]


def _place(organisation: str, user: str, password: str) -> int:
    municipality_id = Municipality.objects.filter(dias_code=organisation).values_list("id", flat=True).first()
    if municipality_id is None:
        raise NotDias("unknown organisation")
    with tenancy(municipality=municipality_id):
        account = MerchantAccount.objects.filter(municipality_id=municipality_id, bank=PROVIDER, active=True).first()
    if account is None:
        raise NotDias("organisation without DIAS")
    right_user = hmac.compare_digest(str(account.public.get("user", "")).encode(), user.encode())
    stored = open_password(municipality_id, account.sealed_password)
    if not (hmac.compare_digest(stored.encode(), password.encode()) and right_user):
        raise NotDias("wrong credentials")
    return municipality_id


def _answer(municipality_id: int, payment: IncomingPayment, now: datetime) -> Decision:
    received = Received(
        municipality_id=municipality_id,
        provider=PROVIDER,
        source="ONLINE",
        key=f"online:{payment.rid}",
        raw=_raw(payment),
        decoded={"rid": payment.rid, "rf": payment.rf, "amount_cents": payment.amount_cents, "txn": payment.bank_txn},
        received_at=now,
    )
    with tenancy(municipality=municipality_id):
        message_id = booking.store_message(received)
        if message_id is None:
            return Decision(payment.rid, _stored_answer(received))
        code = _lock_code(municipality_id, payment.rf)
        paid_at = payment.paid_at or now
        rejection = _objection(code, payment, paid_at, now)
        code_id = code.id if code else None
        if rejection:
            booking.store_result(
                received, message_id, "DECLINED", Disposition.REJECTED, str(rejection), rf_code_id=code_id
            )
            return Decision(payment.rid, rejection)
        assert code is not None
        evidence = _evidence(
            payment.organisation, payment.bank_txn, code, payment.amount_cents, paid_at, payment.debtor_name
        )
        order = _order_of(code, evidence, now)
        payment_id = booking.new_payment(received, evidence, order)
        if payment_id is None:
            booking.store_result(
                received, message_id, "DECLINED", Disposition.REJECTED, str(Rejection.DUPLICATE), rf_code_id=code_id
            )
            return Decision(payment.rid, Rejection.DUPLICATE)
        apply_money(received, evidence, order, payment_id, message_id)
        return Decision(payment.rid, None)


def _objection(code: _Code | None, payment: IncomingPayment, paid_at: datetime, now: datetime) -> Rejection | None:
    """Why the payer's bank should not move the money, while it still can be stopped."""
    if code is None:
        return Rejection.UNKNOWN_CODE
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM payment WHERE rf_code_id = %s LIMIT 1", [code.id])
        if cursor.fetchone():
            return Rejection.DUPLICATE
    if code.voided_at is not None or athens_date(paid_at) > code.valid_until or not code.plausible(paid_at, now):
        return Rejection.TOO_LATE
    if code.order_id is None:
        return objection_to_slip(code.id, payment.amount_cents, athens_date(paid_at))
    if code.amount_cents != payment.amount_cents:
        return Rejection.WRONG_AMOUNT
    return _closed(code.order_id)


def _order_of(code: _Code | None, evidence: Evidence, now: datetime) -> booking.OrderRow | None:
    """What money against a code is for: its order; that of a slip's code is made when the money comes."""
    if code is None:
        return None
    order_id = code.order_id or order_for_slip(code.id, evidence.amount_cents, evidence.paid_on, now=now)
    return booking.read_order(order_id) if order_id else None


def _closed(order_id: int) -> Rejection | None:
    """Why the payer would pay for nothing: what the order asks for was withdrawn or declared void, or is paid already.

    None while every line can still be paid as asked.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(i.open_cents >= l.principal_cents + l.discount_cents), bool_or(CASE WHEN s.id IS NULL "
            "THEN i.withdrawn OR d.withdrawn_at IS NOT NULL ELSE s.ended = 'VOIDED' END) FROM order_line l "
            "JOIN instalment i ON i.id = l.instalment_id JOIN debt d ON d.id = i.debt_id "
            "LEFT JOIN preissued_slip s ON s.municipality_id = d.municipality_id AND s.debt_id = d.id "
            "WHERE l.order_id = %s",
            [order_id],
        )
        payable, void = cursor.fetchone()
    return None if payable else Rejection.TOO_LATE if void else Rejection.DUPLICATE


def _stored_answer(received: Received) -> Rejection | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.disposition, r.reason, m.decoded FROM bank_message m JOIN bank_result r ON r.message_id = m.id "
            "WHERE m.municipality_id = %s AND m.provider = %s AND m.key = %s",
            [received.municipality_id, received.provider, received.key],
        )
        disposition, reason, decoded = cursor.fetchone()
    if (json.loads(decoded) if isinstance(decoded, str) else decoded) != received.decoded:
        # The same question number with another content is not the same question: what was never agreed to must not pass.
        return Rejection.DUPLICATE
    return Rejection(reason) if disposition == Disposition.REJECTED else None


def take_inbox(folder: Path, *, now: datetime) -> int:
    """Read every day file that waits in the inbox; read ones move to `done`, unreadable ones to `refused`."""
    count = 0
    for path in sorted(folder.glob("DIAS_*.csv")):
        try:
            take_day_file(path.read_bytes(), path.name, now=now)
            target = "done"
        except BadDayFile as error:
            log.warning("DIAS day file refused", file=path.name, first=str(error.errors[0]))
            target = "refused"
        except FileNotFoundError:
            continue  # another reader of the inbox was quicker
        (folder / target).mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            path.replace(folder / target / path.name)
        count += 1
    return count


def take_day_file(content: bytes, name: str, *, now: datetime) -> Counter[str]:
    """Take a whole day file into the books; returns how its lines ended. The same file again changes nothing.

    Raises BadDayFile, then nothing was written. One transaction for the whole file.
    """
    file = read_day_file(content, name=name)
    municipality_id = Municipality.objects.filter(dias_code=file.organisation).values_list("id", flat=True).first()
    if municipality_id is None:
        raise BadDayFile([LineError(1, "", file.organisation, "no municipality here has this organisation code")])
    with tenancy(municipality=municipality_id):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(
                "INSERT INTO dias_day_file (municipality_id, name, sha256, day, sequence, rows, amount_cents, read_at) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (municipality_id, day, sequence) DO NOTHING "
                "RETURNING id",
                [
                    municipality_id,
                    name[:120],
                    file.digest,
                    file.day,
                    file.sequence,
                    len(file.rows),
                    file.total_cents,
                    now,
                ],
            )
            if cursor.fetchone() is None:
                return Counter({"FILE_SEEN_BEFORE": 1})
        _lock_all(municipality_id, [row.rf for row in file.rows])
        endings: Counter[str] = Counter()
        matched: set[int] = set()
        for row in sorted(file.rows, key=lambda row: (row.rf, row.line)):
            endings[_take_row(municipality_id, file, row, matched, now)] += 1
        return endings


def _lock_all(municipality_id: int, codes: Sequence[str]) -> None:
    """Lock everything a file is about before its first line: codes, orders, instalments, each ascending by id.

    Line by line, the file would hold the instalments of one line while it waits for the code of another, and an online
    payment the other way round.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, order_id FROM rf_code WHERE municipality_id = %s AND code = ANY (%s::text[]) "
            "ORDER BY id FOR UPDATE",
            [municipality_id, list(codes)],
        )
        found = cursor.fetchall()
        orders = [order_id for _, order_id in found if order_id]
        cursor.execute("SELECT id FROM payment_order WHERE id = ANY (%s::bigint[]) ORDER BY id FOR UPDATE", [orders])
        cursor.execute("SELECT instalment_id FROM order_line WHERE order_id = ANY (%s::bigint[])", [orders])
        instalments = [instalment_id for (instalment_id,) in cursor.fetchall()]
        unbound = [code_id for code_id, order_id in found if not order_id]
        locked_instalments([*instalments, *(instalments_behind(unbound) if unbound else ())])


def _take_row(municipality_id: int, file: DayFile, row: FileRow, matched: set[int], now: datetime) -> str:
    received = Received(
        municipality_id=municipality_id,
        provider=PROVIDER,
        source="FILE",
        key=f"file:{file.day}:{file.sequence}:{row.line}",
        raw=f"{row.rid};{row.transaction_id};{row.rf};{row.amount_cents};{row.paid_at.isoformat()};{row.bank_bic}",
        decoded={"rid": row.rid, "rf": row.rf, "amount_cents": row.amount_cents, "txn": row.transaction_id},
        received_at=now,
    )
    message_id = booking.store_message(received)
    if message_id is None:
        return "LINE_SEEN_BEFORE"
    code = _lock_code(municipality_id, row.rf)
    code_id = code.id if code else None
    known, ambiguous = _known_payment(municipality_id, file, row, code_id, matched)
    if known is not None:
        matched.add(known)
        booking.confirm(known, row.transaction_id, "", now)
        booking.store_result(
            received, message_id, "PAID", Disposition.CONFIRMED, "", rf_code_id=code_id, payment_id=known
        )
        return "CONFIRMED"
    if ambiguous:
        booking.open_worklist(received, "DIAS_AMBIGUOUS", f"rf:{row.rf}", "SEVERAL_PAYMENTS_FIT", received.decoded)
    paid_at = row.paid_at
    if code and not code.plausible(paid_at, now):
        # The money is news and is booked; its date cannot be right, so the day of the file counts and a person looks.
        booking.open_worklist(received, "DIAS_AMBIGUOUS", f"rf:{row.rf}", "IMPLAUSIBLE_DATE", {"paid_at": str(paid_at)})
        paid_at = athens_day_bounds(file.day)[0]
    evidence = _evidence(file.organisation, row.transaction_id, code, row.amount_cents, paid_at, row.payer)
    order = _order_of(code, evidence, now)
    payment_id = booking.new_payment(received, evidence, order)
    if payment_id is None:
        booking.store_result(
            received, message_id, "PAID", Disposition.CONFIRMED, "SAME_TRANSACTION", rf_code_id=code_id
        )
        return "CONFIRMED"
    matched.add(payment_id)
    disposition = apply_money(received, evidence, order, payment_id, message_id)
    booking.confirm(payment_id, row.transaction_id, "", now)
    return disposition


def _known_payment(
    municipality_id: int, file: DayFile, row: FileRow, code_id: int | None, matched: set[int]
) -> tuple[int | None, bool]:
    """The online payment a file line confirms: by DIAS' id, else by RF, amount and date as a multiset.

    Returns (payment id or None, whether several fit and a person must look).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM payment WHERE municipality_id = %s AND evidence_key = %s",
            [municipality_id, _key(file.organisation, row.transaction_id)],
        )
        found = cursor.fetchone()
        if found:
            return found[0], False
        if code_id is None:
            return None, False
        cursor.execute(
            "SELECT id FROM payment WHERE municipality_id = %s AND rf_code_id = %s AND amount_cents = %s "
            "AND paid_on = %s AND confirmed_at IS NULL ORDER BY id",
            [municipality_id, code_id, row.amount_cents, athens_date(row.paid_at)],
        )
        fitting = [one for (one,) in cursor.fetchall() if one not in matched]
        same_in_file = sum(
            1
            for other in file.rows
            if (other.rf, other.amount_cents, athens_date(other.paid_at))
            == (row.rf, row.amount_cents, athens_date(row.paid_at))
        )
    if not fitting:
        return None, False
    if len(fitting) == 1 or len(fitting) <= same_in_file:
        return fitting[0], False
    return None, True


def alarm_unconfirmed(*, now: datetime, working_days: int = 2) -> int:
    """Open a question for every accepted online payment that no file confirmed within two working days."""
    opened = 0
    for municipality_id, version in Municipality.objects.order_by("id").values_list("id", "law_version"):
        with tenancy(municipality=municipality_id):
            calendar = law_of(municipality_id, version).calendar
            before = athens_date(now)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id, paid_on, amount_cents FROM payment WHERE municipality_id = %s AND provider = %s "
                    "AND confirmed_at IS NULL AND paid_on > %s",
                    [municipality_id, PROVIDER, before - timedelta(days=60)],
                )
                late = [row for row in cursor.fetchall() if calendar.add_working_days(row[1], working_days) < before]
            for payment_id, paid_on, cents in late:
                received = Received(municipality_id, PROVIDER, "TICK", "", "", {}, now)
                booking.open_worklist(
                    received, "DIAS_UNCONFIRMED", f"payment:{payment_id}", "NO_DAY_FILE_LINE",
                    {"paid_on": str(paid_on), "amount_cents": cents},
                )  # fmt: skip
                opened += 1
    return opened


def _lock_code(municipality_id: int, rf: str) -> _Code | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, order_id, amount_cents, valid_until, voided_at, issued_at FROM rf_code "
            "WHERE municipality_id = %s AND code = %s "
            "FOR UPDATE",
            [municipality_id, rf],
        )
        row = cursor.fetchone()
    return _Code(*row) if row else None


def _key(organisation: str, transaction_id: str) -> str:
    return f"dias:{organisation}:{transaction_id}"


def _evidence(
    organisation: str, transaction_id: str, code: _Code | None, cents: int, paid_at: datetime, payer: str
) -> Evidence:
    return Evidence(
        key=_key(organisation, transaction_id),
        channel="RF",
        clearing=f"12:{PROVIDER}",
        amount_cents=cents,
        paid_at=paid_at,
        paid_on=athens_date(paid_at),
        bank_txn=transaction_id,
        approval="",
        payer=payer,
        attempt_id=None,
        rf_code_id=code.id if code else None,
    )


def _raw(payment: IncomingPayment) -> str:
    fields: Sequence[object] = (
        payment.rid, payment.organisation, payment.bank_txn, payment.rf, payment.amount_cents, payment.paid_at,
        payment.booked_on, payment.debtor_bank, payment.remittance,
    )  # fmt: skip
    return ";".join(str(field) for field in fields)

"""Each municipality: can it quote and collect today, and is nothing of its outgoing work stuck."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import connection

from obolos.base import crypto
from obolos.base.dates import CalendarMissing, add_months, athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.debts import rules
from obolos.domain.debts.law import Kind, Law, law_of
from obolos.domain.debts.models import ErpLink
from obolos.domain.municipalities.models import CalendarDay, Municipality
from obolos.domain.payments.models import MerchantAccount
from obolos.domain.reconciliation.failed_deliveries import OUR_FAULT
from obolos.flows.bank_accounts import BANKS, NoBankAccount, open_password, read_account
from obolos.flows.doctor.findings import Finding, doubtful, right, wrong

#: Calendars must reach so many years ahead: arrangements and due dates lie there.
YEARS_AHEAD = 2
#: Quoted for the trial: due so many months ago.
MONTHS_LATE = (2, 60)
#: Outgoing work that is due for longer than this is stuck.
STUCK = timedelta(minutes=10)
#: Changes are read every five minutes.
CHANGES_LATE = timedelta(minutes=16)

_BACKLOG = """
SELECT (SELECT count(*) FROM delivery WHERE municipality_id = %(id)s AND state = 'PENDING' AND due_at < %(before)s),
    (SELECT count(*) FROM delivery WHERE municipality_id = %(id)s AND state IN ('REFUSED', 'PARKED')),
    (SELECT count(*) FROM payment_attempt WHERE municipality_id = %(id)s AND next_query_at < %(before)s),
    (SELECT count(*) FROM delivery WHERE municipality_id = %(id)s AND state = 'PENDING' AND answer ->> 'error' = %(fault)s)
"""


def examine_municipalities(*, now: datetime) -> Iterator[Finding]:
    """Every municipality in a unit of work of its own."""
    rows = list(Municipality.objects.order_by("code"))
    if not rows:
        yield doubtful("municipalities", "there is none", "Enrol one, or load the trial with demo_data.")
    for row in rows:
        with tenancy(municipality=row.id):
            found = [*_examine(row, now)]
        yield from found or [right(row.code, "can quote and collect; nothing is stuck")]


def _examine(row: Municipality, now: datetime) -> Iterator[Finding]:
    on = athens_date(now)
    law = law_of(row.id, row.law_version)
    yield from _calendar(row, on)
    yield from _quotes(row, law, on)
    yield from _accounts(row, list(law.kinds.values()))
    yield from _backlog(row, now)
    yield from _erp(row, now)


def _calendar(row: Municipality, on: date) -> Iterator[Finding]:
    """Holidays are known for this year and the next two."""
    years = set(
        CalendarDay.objects.filter(municipality_id=row.id, on__year__gte=on.year).values_list("on__year", flat=True)
    )
    missing = [str(year) for year in range(on.year, on.year + YEARS_AHEAD + 1) if year not in years]
    if missing:
        yield wrong(row.code, f"no holidays for {', '.join(missing)}", "Enter them in the municipality's calendar.")


def _quotes(row: Municipality, law: Law, on: date) -> Iterator[Finding]:
    """Every kind that is paid online can say an amount for something overdue, certified or arranged."""
    online = [kind for kind in law.kinds.values() if kind.online]
    if not online:
        yield doubtful(row.code, "no revenue kind is payable online", "Switch on what the municipality collects.")
    for kind in online:
        try:
            _quote(kind, law, on)
        except (rules.RateMissing, CalendarMissing) as error:
            yield wrong(row.code, f"{kind.code} cannot be quoted: {error}", "Enter and approve the missing row.")


def _quote(kind: Kind, law: Law, on: date) -> None:
    for debt_kind in rules.DebtKind:
        for months in MONTHS_LATE:
            snapshot = rules.InstalmentSnapshot(
                id=0, number=1, of=1, due_on=add_months(on, -months), open_principal_cents=10_000, kind=debt_kind
            )
            rules.quote_instalment(snapshot, kind.rules, law.calendar, on)


def _accounts(row: Municipality, kinds: list[Kind]) -> Iterator[Finding]:
    """Whoever takes cards has a bank account, whoever takes RF codes is known to DIAS, and each secret opens."""
    takes_cards = any(kind.online and kind.card for kind in kinds)
    takes_rf = any(kind.online and kind.rf for kind in kinds)
    rows = {one.bank: one for one in MerchantAccount.objects.filter(municipality_id=row.id, active=True)}
    if takes_cards:
        yield from _card_account(row)
    if takes_rf and "DIAS" not in rows:
        yield wrong(row.code, "takes RF codes but has no DIAS account", "Enter DIAS' user and password.")
    if "ERP" not in rows:
        yield doubtful(row.code, "its ERP is not told about payments", "Enter the ERP's address and token.")
    for bank, account in rows.items():
        if bank in BANKS:
            continue
        empty = [name for name, value in account.public.items() if not value]
        if empty:
            yield wrong(row.code, f"{bank} account without {', '.join(empty)}", "Complete the account.")
        try:
            open_password(row.id, account.sealed_password)
        except crypto.CannotOpen as error:
            yield wrong(row.code, f"{bank} password: {error}", "Set the right OBOLOS_FIELD_KEY, or enter it anew.")


def _card_account(row: Municipality) -> Iterator[Finding]:
    try:
        account = read_account(row.id)
    except NoBankAccount:
        yield wrong(row.code, "takes cards but has no bank account", "Enter one, or switch cards off.")
    except KeyError as error:
        yield wrong(row.code, f"bank account without {error}", "Complete the account.")
    except crypto.CannotOpen as error:
        yield wrong(row.code, f"bank password: {error}", "Set the right OBOLOS_FIELD_KEY, or enter it anew.")
    else:
        names = ("merchant_id", "pos_id", "acquirer_id", "user", "password", "base_url")
        empty = [name for name in names if not getattr(account.credentials, name, "")]
        if empty:
            yield wrong(row.code, f"bank account without {', '.join(empty)}", "Complete the account.")


def _backlog(row: Municipality, now: datetime) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(_BACKLOG, {"id": row.id, "before": now - STUCK, "fault": OUR_FAULT})
        late_deliveries, given_up, late_questions, faults = cursor.fetchone()
    if faults:
        remedy = "Search the worker's log for «delivery failed»; the worklist names the payments."
        yield wrong(row.code, f"deliveries that a fault of ours holds back: {faults}", remedy)
    if late_deliveries:
        yield doubtful(row.code, f"deliveries that wait too long: {late_deliveries}", "See that the worker runs.")
    if given_up:
        yield doubtful(row.code, f"deliveries refused or given up: {given_up}", "Look at the worklist.")
    if late_questions:
        yield doubtful(
            row.code, f"card attempts that wait to be asked about: {late_questions}", "See that the worker runs."
        )


def _erp(row: Municipality, now: datetime) -> Iterator[Finding]:
    """Its financial system answers, and its changes are read."""
    if not MerchantAccount.objects.filter(municipality_id=row.id, bank="ERP", active=True).exists():
        return
    link = ErpLink.objects.filter(municipality_id=row.id).first()
    if link is None:
        return
    if link.failures:
        says = f"its ERP has not answered well {link.failures} times, last {link.failed_at:%Y-%m-%d %H:%M} UTC"
        yield doubtful(row.code, f"{says}: {link.failure}", "Call its vendor; until then last-known amounts are shown.")
    elif link.heard_at is None or now - link.heard_at > CHANGES_LATE:
        heard = f"since {link.heard_at:%Y-%m-%d %H:%M} UTC" if link.heard_at else "yet"
        yield doubtful(row.code, f"changes of its ERP were not read {heard}", "See that the worker runs.")

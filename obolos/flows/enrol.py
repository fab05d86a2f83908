"""Make a municipality ready to collect: its row, calendar, law, revenue kinds and bank accounts, in one transaction.

Afterwards every shipped revenue kind can be quoted and paid. Staff are admitted by `obolos.flows.admit_staff`.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from django.db import IntegrityError

from obolos.base.dates import greek_holidays
from obolos.base.references import afm_valid
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.law_actions import Signatures, Switches, adopt_kinds, adopt_schemes
from obolos.domain.debts.law_defaults import KINDS, SCHEMES, KindDefault
from obolos.domain.municipalities.actions import NamedDay, declare_days, open_municipality, reserve_municipality_id
from obolos.domain.municipalities.models import Municipality
from obolos.domain.payments.account_actions import open_merchant_account
from obolos.flows.bank_accounts import seal_password

#: Calendars are seeded for these years. The oldest due date that can be quoted is of 2005 (no rate is known before).
FIRST_YEAR, LAST_YEAR = 2000, 2040


class CannotEnrol(Exception):
    """Why a municipality cannot be made ready: code taken, ΑΦΜ or DIAS code that cannot be one."""


@dataclass(frozen=True, slots=True)
class LocalFeast:
    """A yearly day on which this municipality's services stay closed."""

    month: int
    day: int
    name_el: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Account:
    """Access to a bank or to DIAS. `public` is no secret; the password is sealed before it is stored."""

    bank: str
    label: str
    public: Mapping[str, str]
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewMunicipality:
    """What has to be known of a municipality; names and texts as in `Municipality`."""

    code: str
    slug: str
    name_el: str
    name_en: str
    short_el: str
    sms_sender: str
    phone: str
    email: str
    afm: str
    dias_code: str
    feasts: Sequence[LocalFeast] = ()


def enrol(
    municipality: NewMunicipality,
    *,
    accounts: Sequence[Account],
    signed: Signatures,
    switches: Mapping[str, Switches] | None = None,
    kinds: Sequence[KindDefault] = KINDS,
    now: datetime,
) -> int:
    """Make a municipality ready and return its id. `switches` by revenue code overrides what kinds start with.

    The law rows are the shipped defaults under the given two signatures. Raises CannotEnrol, and then wrote nothing.
    """
    _refuse_wrong(municipality)
    municipality_id = reserve_municipality_id()
    try:
        with tenancy(municipality=municipality_id):
            _write(municipality, accounts, signed, switches or {}, kinds, now)
    except IntegrityError as error:
        if Municipality.objects.filter(code=municipality.code).exists():
            raise CannotEnrol(f"municipality {municipality.code} is there already") from error
        raise
    return municipality_id


def _write(
    municipality: NewMunicipality,
    accounts: Sequence[Account],
    signed: Signatures,
    switches: Mapping[str, Switches],
    kinds: Sequence[KindDefault],
    now: datetime,
) -> None:
    row = open_municipality(
        code=municipality.code,
        slug=municipality.slug,
        name_el=municipality.name_el,
        name_en=municipality.name_en,
        short_el=municipality.short_el,
        sms_sender=municipality.sms_sender,
        phone=municipality.phone,
        email=municipality.email,
        afm=municipality.afm,
        dias_code=municipality.dias_code,
    )
    declare_days(days=calendar_days(municipality.feasts))
    scheme_ids = adopt_schemes(schemes=[default.row for default in SCHEMES], signed=signed)
    kind_ids = adopt_kinds(kinds=kinds, scheme_ids=scheme_ids, switches=switches, signed=signed)
    for account in accounts:
        open_merchant_account(
            bank=account.bank,
            label=account.label,
            public=account.public,
            sealed_password=seal_password(row.id, account.password),
        )
    add_audit_entry(
        actor=Actor.SYSTEM,
        actor_id=None,
        action="municipality.enrolled",
        subject=f"municipality:{row.id}",
        detail={
            "code": row.code,
            "signed": asdict(signed),
            "kinds": sorted(kind_ids),
            "accounts": [account.bank for account in accounts],
        },
        now=now,
    )


def calendar_days(feasts: Sequence[LocalFeast]) -> Iterator[NamedDay]:
    """Greece's holidays and a municipality's own feasts, FIRST_YEAR to LAST_YEAR, each day once."""
    national = _national_days()
    yield from national.values()
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for feast in feasts:
            on = date(year, feast.month, feast.day)
            if on not in national:
                yield NamedDay(on, feast.name_el, feast.name_en)


@functools.cache
def _national_days() -> Mapping[date, NamedDay]:
    """All years at once: a command that enrols several municipalities asks the slow source only once."""
    return {
        on: NamedDay(on, name_el, name_en)
        for year in range(FIRST_YEAR, LAST_YEAR + 1)
        for on, (name_el, name_en) in greek_holidays(year).items()
    }


def _refuse_wrong(municipality: NewMunicipality) -> None:
    if not afm_valid(municipality.afm):
        raise CannotEnrol(f"{municipality.code}: the municipality's ΑΦΜ fails its check digit")
    if not (municipality.dias_code.isascii() and municipality.dias_code.isdigit() and len(municipality.dias_code) == 5):
        raise CannotEnrol(f"{municipality.code}: the organisation code of DIAS has five digits")
